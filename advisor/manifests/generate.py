"""One set of starter manifests from a tool, the parameters and what the answers say about the team's ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from advisor.manifests.consumers import Consumption
from advisor.manifests.external_secrets import external_secrets
from advisor.manifests.foundations import cluster_foundations
from advisor.manifests.gitops import EXAMPLE_REPOSITORY, deliver
from advisor.manifests.kubernetes import Gitops, Style
from advisor.manifests.model import Draft, Example, ManifestFile, ManifestSet
from advisor.manifests.readme import readme
from advisor.manifests.sealed_secrets import sealed_secrets
from advisor.manifests.sops import RECIPIENT_PLACEHOLDER, sops
from advisor.manifests.vault_csi import vault_csi
from advisor.parameters import STORE_FIELDS, Parameters

Tool = Literal["external-secrets", "sealed-secrets", "vault-csi", "sops"]

TOOLS: dict[Tool, Callable[[Parameters, Style, bool, Consumption | None], Draft]] = {
    "external-secrets": external_secrets,
    "sealed-secrets": sealed_secrets,
    "vault-csi": vault_csi,
    "sops": sops,
}
_IGNORED = ManifestFile(
    path=".gitignore",
    content="# Private keys that the steps of the README make or read: never to be committed.\n"
    "*.agekey\nkey.json\nsealing-keys.age\n",
    summary="Keeps private keys out of Git.",
)
_WITH_STORE = ("external-secrets", "vault-csi")
_WORKLOAD_IDENTITY_ONLY = frozenset(("role-arn", "client-id"))
_WHAT = {
    "namespace": "the namespace",
    "secret": "the Secret's name",
    "keys": "its keys",
    "service-account": "the identity that reads the store, or the consumer's",
    "workload.name": "the workload that reads it",
    "store.path": "the secret's name or path in the store",
    "store.region": "the AWS region",
    "store.role-arn": "the IAM role that the ServiceAccount takes on",
    "store.project": "the GCP project",
    "store.vault-url": "the address of the Key Vault",
    "store.tenant-id": "the Entra tenant",
    "store.client-id": "the Entra application or managed identity",
    "store.address": "the address of the server",
    "store.mount": "where the KV engine (version 2) is mounted",
    "store.auth-mount": "where the Kubernetes sign-in is mounted",
    "store.role": "the role of the Kubernetes sign-in",
    "store.vault": "the 1Password vault",
    "age-recipients": "the public keys that can decrypt",
}


def generate(
    tool: Tool,
    parameters: Parameters,
    *,
    gitops: Gitops,
    workload_identity: bool,
    consumption: Consumption | None,
) -> ManifestSet:
    """The set: the same input gives the same bytes.

    `parameters` come from `parse_parameters`. `consumption` None means files. Raises ParameterError where the tool
    cannot do what the parameters ask (a store that the CSI driver's Vault provider does not read).
    """
    style = Style(gitops)
    draft = TOOLS[tool](parameters, style, workload_identity, consumption)
    applied = sorted(file.path for file in draft.files if file.applied)
    delivery, apply = deliver(tool, parameters, gitops, applied)
    # An engine is stopped before anything is undone by hand, and the consumers let go before the source does.
    delivery.rollback, draft.rollback = [], [*delivery.rollback, *draft.rollback]
    draft.add(delivery)
    foundations = cluster_foundations(parameters)
    examples = _examples(tool, parameters, gitops, workload_identity)
    guide = readme(tool, parameters, draft, apply, examples, foundations)
    files = sorted((guide, _IGNORED, *draft.files, *foundations.files), key=lambda file: file.path)
    return ManifestSet(
        tool=tool,
        files=tuple(files),
        order=_order([file.path for file in files]),
        prerequisites=tuple(draft.prerequisites),
        examples=examples,
    )


def _order(paths: list[str]) -> tuple[str, ...]:
    """The README, what is prepared, what is applied (in file-name order), and what is not applied."""

    def rank(path: str) -> int:
        if path == "README.md":
            return 0
        if path.split("/")[-1].startswith("."):
            return 1
        return 3 if "/" in path else 2

    return tuple(sorted(paths, key=lambda path: (rank(path), path)))


def _examples(tool: Tool, parameters: Parameters, gitops: Gitops, workload_identity: bool) -> tuple[Example, ...]:
    """Every default in the set that stands for something of the person's own."""
    values = {
        "namespace": parameters.namespace,
        "secret": parameters.secret,
        "keys": ", ".join(parameters.keys),
        "service-account": parameters.service_account,
        "workload.name": f"{parameters.workload.kind} {parameters.workload.name}",
    }
    if tool in _WITH_STORE:
        for field in STORE_FIELDS[parameters.store.kind]:
            if workload_identity or field not in _WORKLOAD_IDENTITY_ONLY:
                values[f"store.{field}"] = getattr(parameters.store, field.replace("-", "_"))
    if tool == "sops":
        values["age-recipients"] = RECIPIENT_PLACEHOLDER
    found = [
        Example(parameter=name, value=value, what=_WHAT[name])
        for name, value in values.items()
        if name not in parameters.given
    ]
    if gitops == "argo-cd":
        found.append(
            Example(parameter="(in the Application)", value=EXAMPLE_REPOSITORY, what="your Git repository's address")
        )
    return tuple(found)
