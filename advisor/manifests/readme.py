"""The README of a set: what to have, what to replace, and each step in order of execution."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.manifests.model import Draft, Example, ManifestFile, Step
from advisor.parameters import Parameters

TITLES = {
    "external-secrets": "External Secrets Operator",
    "sealed-secrets": "Sealed Secrets",
    "vault-csi": "the Secrets Store CSI driver",
    "sops": "SOPS",
}


def readme(
    tool: str, parameters: Parameters, draft: Draft, apply: Step, examples: Sequence[Example], foundations: Draft
) -> ManifestFile:
    """README.md, from what every part of the set brought along."""
    summary = "Read this first: prerequisites, the steps in order, verification and rollback."
    lines = [
        f"# {parameters.namespace}/{parameters.secret} with {TITLES[tool]}",
        "",
        f"A starter set for the Secret `{parameters.secret}` in the namespace `{parameters.namespace}`, with the keys "
        f"{', '.join(f'`{key}`' for key in parameters.keys)}. It holds no value. Every `.yaml` file of this folder is "
        "for the cluster, in the order of the names; what lies in `not-applied/` is not, and each file there says "
        "what it is for. Run commands in this folder, with bash.",
        "",
        "## Before you begin",
        "",
        "Skip a command whose part is installed already: `helm upgrade` would replace its settings.",
        "",
        "| what | version | |",
        "|---|---|---|",
        f"| Kubernetes, and kubectl signed in to the right cluster | {parameters.versions['kubernetes']} | "
        f"`kubectl config current-context` |",
    ]
    commands: list[str] = []
    for prerequisite in draft.prerequisites:
        mark = f"({commands.count('```bash') + 1})" if prerequisite.command else ""
        lines.append(f"| {prerequisite.what} | {prerequisite.version} | {mark} |")
        if prerequisite.command:
            commands += ["", mark, "", *_shell((prerequisite.command,))]
    lines += commands
    if examples:
        lines += [
            "",
            "### Examples to replace",
            "",
            "These were not given, so an example stands in their place. Generate the set again with your own values "
            "(best), or change them in the files.",
            "",
            "| parameter | example | what |",
            "|---|---|---|",
            *(f"| `{example.parameter}` | `{example.value}` | {example.what} |" for example in examples),
        ]
    lines += ["", "## Steps"]
    for number, step in enumerate((*draft.before, apply, *draft.after), 1):
        lines += _step(step, f"{number}. ")
    lines += ["", "## Rotation"]
    for step in draft.rotation:
        lines += _step(step, "")
    lines += ["", "## To know"]
    lines += ["", *(f"- {remark}" for remark in draft.remarks)]
    lines += ["", "## Rollback"]
    for index, step in enumerate(draft.rollback, 1):
        lines += _step(step, f"{index}. ")
    lines += [
        "",
        "## Foundations",
        "",
        "Independent of the tool, and worth as much. They need whoever runs the control plane or the repository.",
    ]
    for step in foundations.after:
        lines += _step(step, "")
    lines += ["", "## Files", "", "| file | what it is |", "|---|---|"]
    files = sorted((*draft.files, *foundations.files), key=lambda file: file.path)
    lines += [f"| `{file.path}` | {file.summary} |" for file in files]
    return ManifestFile(path="README.md", content="\n".join(lines) + "\n", summary=summary)


def _step(step: Step, number: str) -> list[str]:
    lines = ["", f"### {number}{step.title}"]
    if step.text:
        lines += ["", step.text]
    if step.commands:
        lines += ["", *_shell(step.commands)]
    return lines


def _shell(commands: Sequence[str]) -> list[str]:
    return ["```bash", *commands, "```"]
