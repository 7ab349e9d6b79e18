"""What Vault or OpenBao itself must know: the policy, the role of its Kubernetes sign-in, and who may reach it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from advisor.manifests.kubernetes import derived_name, ingress_policy, peer
from advisor.manifests.model import NOT_APPLIED, Draft, ManifestFile, Prerequisite, Step, Structure
from advisor.manifests.yaml_writer import Document, yaml_file
from advisor.parameters import Parameters

AUDIENCE = "vault"  # of the ServiceAccount token; the role asks for the same
API_PORT, CLUSTER_PORT = 8200, 8201
_COMMANDS = {"vault": "vault", "openbao": "bao"}
_ADDRESSES = {"vault": "VAULT_ADDR", "openbao": "BAO_ADDR"}
_NAMES = {"vault": "Vault", "openbao": "OpenBao"}


def product_name(kind: str) -> str:
    """The product's name for a sentence."""
    return _NAMES[kind]


def server_prerequisite(parameters: Parameters) -> Prerequisite:
    """The server itself, with the two engines that the set relies on."""
    store, tool = parameters.store, _COMMANDS[parameters.store.kind]
    namespace = server_namespace(store.address)
    return Prerequisite(
        what=f"{_NAMES[store.kind]} at {store.address}, unsealed, with a KV engine of version 2 at "
        f"`{store.mount}/`, the "
        f"Kubernetes sign-in at `auth/{store.auth_mount}/`, and a certificate that its clients trust",
        command=f"export {_ADDRESSES[store.kind]}={store.address}\n{tool} status\n{tool} secrets list\n{tool} "
        f"auth list",
        provides=(f"Namespace//{namespace}",) if namespace else (),
    )


def policy_file(parameters: Parameters) -> ManifestFile:
    """The policy: this one path, read."""
    store = parameters.store
    path = f"{store.mount}/data/{store.path}"
    summary = f"Policy for {_NAMES[store.kind]}: this one secret, and reading only."
    content = f'# {summary}\npath "{path}" {{\n  capabilities = ["read"]\n}}\n'
    return ManifestFile(path=f"{NOT_APPLIED}{store.kind}-policy.hcl", content=content, summary=summary)


def vault_role_step(parameters: Parameters) -> tuple[Step, ...]:
    """Policy, role and value, as commands for the store's own program."""
    store, tool, name = parameters.store, _COMMANDS[parameters.store.kind], _NAMES[parameters.store.kind]
    fields = ", ".join(f'"{key}": "…"' for key in parameters.keys)
    return (
        Step(
            title=f"Let {name} trust the ServiceAccount",
            text=f"The Kubernetes sign-in at `auth/{store.auth_mount}` must be configured for this cluster, and "
            f"{name}'s "
            "own ServiceAccount be bound to the ClusterRole `system:auth-delegator` (its Helm chart does that) "
            "so that it "
            "may review tokens.",
            commands=(
                f"{tool} policy write {store.role} {NOT_APPLIED}{store.kind}-policy.hcl",
                f"{tool} write auth/{store.auth_mount}/role/{store.role} "
                f"bound_service_account_names={parameters.service_account} "
                f"bound_service_account_namespaces={parameters.namespace} audience={AUDIENCE} "
                f"token_policies={store.role} token_ttl=15m",
            ),
        ),
        Step(
            title=f"Put the value into {name}",
            text=f"One secret as JSON, {{{fields}}}, so that no value stands in the shell's history.",
            commands=(f"{tool} kv put -mount={store.mount} {store.path} -   # paste the JSON, end with Ctrl-D",),
        ),
    )


def server_namespace(address: str) -> str:
    """The namespace of a server inside the cluster, from its Service's name (`vault.NAMESPACE.svc`); else empty."""
    found = re.fullmatch(r"[a-z0-9-]+\.([a-z0-9-]+)\.svc(\..*)?", urlsplit(address).hostname or "")
    return found[1] if found else ""


def network_policy(parameters: Parameters, readers: list[Structure], who: str) -> Draft:
    """Who may reach a server inside this cluster: `readers` (NetworkPolicyPeers) and its own Pods."""
    store, name = parameters.store, _NAMES[parameters.store.kind]
    namespace = server_namespace(store.address)
    if not namespace:
        return Draft(
            remarks=[
                f"{name} at {store.address} is not a Service of this cluster (NAME.NAMESPACE.svc), so no "
                f"NetworkPolicy is "
                f"made for it; let its firewall admit only {who}."
            ]
        )
    own = {"app.kubernetes.io/name": store.kind, "component": "server"}
    policy = ingress_policy(
        derived_name(store.kind, "-server"),
        namespace,
        own,
        [(readers, [API_PORT]), ([{"podSelector": {"matchLabels": own}}], [API_PORT, CLUSTER_PORT])],
    )
    path = f"{NOT_APPLIED}network-policy-{store.kind}.yaml"
    notes = {
        "spec.podSelector": f"The labels of {name}'s Helm chart; compare them with your Pods' before you apply this.",
        "spec.ingress[0]": f"Admits {who}. Add every other reader {name} has: whoever is not listed is cut off.",
    }
    return Draft(
        files=[
            yaml_file(
                path,
                f"NetworkPolicy: only those who must may reach {name}.",
                Document(policy, notes),
                comment=f"Not applied by itself, because it would cut off readers of {name} it does not know: look at "
                "the labels and the list first.",
            )
        ],
        after=[
            Step(
                title=f"Foundation: restrict who reaches {name}",
                text=f"Compare the labels and add the other readers of {name} first.",
                commands=(f"kubectl -n {namespace} get pods --show-labels", f"kubectl apply -f {path}"),
            )
        ],
    )


def in_cluster_peer(namespace: str, name: str) -> Structure:
    """Pods of a Helm release that carry the usual name label."""
    return peer(namespace, {"app.kubernetes.io/name": name})
