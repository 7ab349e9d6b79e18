"""Writes docs/checks/, docs/kubernetes/ and docs/comparison.md: `make docs`. A test fails when they differ."""

from __future__ import annotations

from pathlib import Path

from docs import comparison
from scanners import deployment
from scanners.checks import REGISTRY
from scanners.checks.check import Check

FOLDER = Path(__file__).parent / "checks"
COMPARISON = Path(__file__).parent / "comparison.md"
KUBERNETES = Path(__file__).parent / "kubernetes"


def page(check: Check) -> str:
    """One check as Markdown."""
    parts = [
        f"# {check.title}",
        f"`{check.id}` · severity {check.severity}"
        + (f" · checklist item `{check.checklist}`" if check.checklist else ""),
        f"## What fails it\n\n{check.what}",
        f"## Why it matters\n\n{check.why}",
        f"## How to fix it\n\n```\n{check.fix.strip()}\n```",
        f"## What it needs to see\n\n{', '.join(f'`{name}`' for name in check.needs) or 'Nothing in particular.'}\n\n"
        "Where one of these was not read, the check is `not-assessed` unless it fails in what was read.",
    ]
    if check.blind_spots:
        parts.append(f"## What it cannot see\n\n{check.blind_spots}")
    if check.mappings:
        rows = "\n".join(f"| {framework} | {control} |" for framework, control in check.mappings)
        parts.append(f"## Mapping\n\n| framework | control |\n|---|---|\n{rows}")
    if check.references:
        parts.append("## References\n\n" + "\n".join(f"- [{title}]({url})" for title, url in check.references))
    return "\n\n".join(parts) + "\n"


def index() -> str:
    """The list of all checks."""
    rows = "\n".join(
        f"| [`{check.id}`]({check.id}.md) | {check.severity} | {check.title} | {check.checklist or '-'} |"
        for check in REGISTRY
    )
    return (
        "# The checks\n\nGenerated from the checks themselves by `make docs`.\n\n"
        f"| id | severity | what fails it | checklist item |\n|---|---|---|---|\n{rows}\n"
    )


def pages() -> dict[str, str]:
    """File name → content of everything under docs/checks."""
    return {"README.md": index()} | {f"{check.id}.md": page(check) for check in REGISTRY}


def manifests() -> dict[str, str]:
    """File name → content of everything under docs/kubernetes."""
    return {
        name: f"# Written by `make docs`; docs/running-in-production.md says what to change in it.\n{text}"
        for name, text in (
            ("secretsui.yaml", deployment.as_yaml(deployment.installation(with_secrets=True))),
            ("secretsui-without-secrets.yaml", deployment.as_yaml(deployment.installation(with_secrets=False))),
        )
    }


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    KUBERNETES.mkdir(exist_ok=True)
    for name, content in manifests().items():
        (KUBERNETES / name).write_text(content, encoding="utf-8")
    COMPARISON.write_text(comparison.page(), encoding="utf-8")


if __name__ == "__main__":
    main()
