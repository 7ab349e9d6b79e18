"""What rules a tool out, whatever speaks for it: the tool could not do it at all.

A gate holds regardless of the importance given to its question: importance weighs arguments, not impossibilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from advisor.matrix import BY_SLUG, EXTERNAL_SECRETS, SEALED_SECRETS, SOPS, TOOLS, VAULT_CSI, Tool


@dataclass(frozen=True, slots=True)
class Gate:
    """`answer` to `question` rules out `tool`. With `unless_installed` not where the cluster already has it."""

    question: str
    answer: str
    tool: Tool
    because: str
    unless_installed: bool = False


_READS_VAULT_ONLY = (
    "The Vault provider reads Vault and OpenBao only; for {store}, the same CSI driver has {alternative}, "
    "which is not one of the four."
)
_OTHER_PROVIDERS = {
    "aws": ("AWS", "the AWS provider (ASCP)"),
    "gcp": ("Google Secret Manager", "the GCP provider"),
    "azure": ("Azure Key Vault", "the Azure provider"),
    "other": ("other stores", "providers of their vendors"),
}
_NEEDS_CUSTOM_RESOURCES = (
    "{what} need cluster-wide rights to install, and the cluster does not show that they are there already."
)


def _by_matrix(question: str, answer: str, slug: str) -> tuple[Gate, ...]:
    """The tools that the matrix says cannot do it."""
    cells = BY_SLUG[slug].cells
    return tuple(Gate(question, answer, tool, cells[tool].reason) for tool in TOOLS if cells[tool].value == "No")


GATES: tuple[Gate, ...] = (
    Gate(
        "external-store",
        "none",
        EXTERNAL_SECRETS,
        "It copies from a store, and there is none: decide on one first, and then it can be considered.",
    ),
    Gate(
        "external-store",
        "none",
        VAULT_CSI,
        "It mounts what Vault or OpenBao holds, and neither is there: running one is a decision of its own.",
    ),
    *(
        Gate("external-store", answer, VAULT_CSI, _READS_VAULT_ONLY.format(store=store, alternative=alternative))
        for answer, (store, alternative) in _OTHER_PROVIDERS.items()
    ),
    Gate(
        "ciphertext-in-git",
        "forbidden",
        SEALED_SECRETS,
        "Its source of truth is ciphertext in Git, which you may not keep there.",
    ),
    Gate(
        "ciphertext-in-git",
        "forbidden",
        SOPS,
        "Its source of truth is encrypted files in Git, which you may not keep there.",
    ),
    *_by_matrix("kubernetes-secrets", "forbidden", "no-secret-objects"),
    *_by_matrix("dynamic-credentials", "required", "dynamic"),
    Gate(
        "start-without-store",
        "required",
        VAULT_CSI,
        "A pod whose volume cannot be filled because Vault is down does not start.",
    ),
    Gate(
        "privileged-daemonsets",
        "forbidden",
        VAULT_CSI,
        "The driver and its provider are privileged DaemonSets with host paths.",
    ),
    *(
        Gate(
            "cluster-scoped-installs",
            "forbidden",
            tool,
            _NEEDS_CUSTOM_RESOURCES.format(what=what),
            unless_installed=True,
        )
        for tool, what in (
            (EXTERNAL_SECRETS, "Its custom resource definitions and its operator"),
            (SEALED_SECRETS, "Its custom resource definition and its controller"),
            (VAULT_CSI, "The CSI driver, its provider and their custom resource definitions"),
        )
    ),
)


def gates(answers: Mapping[str, str], installed: frozenset[Tool], tool: Tool) -> tuple[Gate, ...]:
    """The gates that `answers` (question id → value) close for `tool`."""
    return tuple(
        gate
        for gate in GATES
        if gate.tool == tool
        and answers.get(gate.question) == gate.answer
        and not (gate.unless_installed and tool in installed)
    )
