"""External Secrets Operator: a store of the namespace's own, an ExternalSecret, an identity that reaches one secret."""

from __future__ import annotations

from advisor.manifests.consumers import Consumption, Reading, consumer
from advisor.manifests.foundations import access_by_name
from advisor.manifests.kubernetes import (
    NAMESPACE_FILE,
    Style,
    account_subject,
    derived_name,
    ingress_policy,
    metadata,
    namespace_object,
    role,
    role_binding,
    rule,
    service_account,
)
from advisor.manifests.model import NOT_APPLIED, Draft, ManifestFile, Prerequisite, Step, Structure
from advisor.manifests.stores import StorePart, store_part
from advisor.manifests.vault_server import in_cluster_peer, network_policy, policy_file
from advisor.manifests.yaml_writer import Document, yaml_file
from advisor.parameters import Parameters
from advisor.syntax import go_duration
from advisor.versions import minor

API = "external-secrets.io/v1"
OPERATOR = "external-secrets"  # namespace and ServiceAccount of the chart
VALUES_FILE = f"{NOT_APPLIED}values-external-secrets.yaml"
_WEBHOOK_PORT, _METRICS_PORT = 10250, 8080


def store_name(parameters: Parameters) -> str:
    return derived_name(parameters.secret, "-store")


def external_secrets(
    parameters: Parameters, style: Style, workload_identity: bool, consumption: Consumption | None
) -> Draft:
    """The set for ESO, without GitOps and the cluster's foundations."""
    part = store_part(parameters, workload_identity)
    draft = Draft(prerequisites=[_operator(parameters), *part.prerequisites], before=list(part.steps))
    draft.files.append(
        yaml_file(
            NAMESPACE_FILE,
            "The namespace of the Secret, its store and its consumers.",
            Document(namespace_object(parameters.namespace, style)),
        )
    )
    if part.account:
        draft.files += [_identity(parameters, part, style), _token_request(parameters, style)]
    draft.files += [_store(parameters, part, style), _external_secret(parameters, part, style), _values(parameters)]
    draft.add(_verification(parameters))
    reading = Reading(consumption=consumption or "files", secret=parameters.secret)
    draft.add(consumer(parameters, reading, style))
    draft.add(access_by_name(parameters, style, "", "secrets", parameters.secret, "Secret"))
    draft.add(_network(parameters))
    draft.rollback.append(
        Step(
            title="Stop synchronising and keep the Secret",
            text="`--cascade=orphan` matters: without it Kubernetes deletes the Secret together with its owner.",
            commands=(
                f"kubectl -n {parameters.namespace} delete externalsecret {parameters.secret} --cascade=orphan",
                f"kubectl -n {parameters.namespace} delete secretstore {store_name(parameters)}",
            ),
        )
    )
    draft.remarks += [
        f"A Secret {parameters.namespace}/{parameters.secret} that exists already is overwritten at the first "
        "synchronisation, if nobody else owns it. Check first that the store holds the same keys: "
        f"`kubectl -n {parameters.namespace} describe secret {parameters.secret}` lists keys and sizes.",
        f"A value rotated in the store arrives within {go_duration(parameters.refresh_seconds)}; files follow about a "
        "minute later, environment variables with the next rollout.",
    ]
    if part.stability != "stable":
        draft.remarks.append(f"ESO's provider for {parameters.store.kind} is {part.stability}.")
    if parameters.refresh_seconds < 60:
        draft.remarks.append(
            "A refresh below a minute costs one call per key and interval and is throttled by most stores; an hour is "
            "usual, and a rotation can be pushed at once by the annotation force-sync."
        )
    return draft


def _operator(parameters: Parameters) -> Prerequisite:
    version = parameters.versions["external-secrets"]
    return Prerequisite(
        what="External Secrets Operator with its CRDs",
        version=version,
        command="helm repo add external-secrets https://charts.external-secrets.io\n"
        f"helm upgrade --install external-secrets external-secrets/external-secrets --version {version} \\\n"
        f"  --namespace {OPERATOR} --create-namespace --values {VALUES_FILE} --wait",
        provides=(f"ServiceAccount/{OPERATOR}/{OPERATOR}", f"Namespace//{OPERATOR}"),
    )


def _values(parameters: Parameters) -> ManifestFile:
    if minor(parameters.versions["external-secrets"]) >= (2, 5):
        values: Structure = {"installCRDs": True, "rbac": {"serviceAccountTokenCreate": False}}
        notes = {
            "rbac.serviceAccountTokenCreate": "Takes away the operator's right to mint tokens of every "
            "ServiceAccount of "
            "the cluster; the Role of this set names the one it needs. Stores of other teams that sign in with a "
            "ServiceAccount need such a Role too: look for them before you set this on an existing installation."
        }
    else:
        values, notes = {"installCRDs": True}, {}
    return yaml_file(
        VALUES_FILE,
        f"Helm values for the chart external-secrets {parameters.versions['external-secrets']}.",
        Document(values, notes),
        comment="CRDs applied by hand need kubectl apply --server-side: they are too large for client-side apply.",
    )


def _identity(parameters: Parameters, part: StorePart, style: Style) -> ManifestFile:
    account = service_account(parameters.service_account, parameters.namespace, style, part.annotations)
    notes = {"automountServiceAccountToken": "The operator asks for this identity's token by itself; no Pod needs it."}
    return yaml_file(
        "10-service-account.yaml",
        "The identity that the operator takes on to read the store. Give it nothing else.",
        Document(account, notes),
    )


def _token_request(parameters: Parameters, style: Style) -> ManifestFile:
    name = derived_name(parameters.service_account, "-token-request")
    rights = rule("", "serviceaccounts/token", ["create"], [parameters.service_account])
    return yaml_file(
        "11-token-request.yaml",
        "Lets the operator ask for a token of this one ServiceAccount, and of no other.",
        Document(
            role(name, parameters.namespace, [rights], style),
            {
                "rules[0].resourceNames": "By name. It only limits anything where the operator's chart does not grant "
                f"the same for the whole cluster: see {VALUES_FILE}."
            },
        ),
        Document(role_binding(name, parameters.namespace, name, account_subject(OPERATOR, OPERATOR), style)),
    )


def _store(parameters: Parameters, part: StorePart, style: Style) -> ManifestFile:
    store = {
        "apiVersion": API,
        "kind": "SecretStore",
        "metadata": metadata(store_name(parameters), parameters.namespace, style.annotations(0)),
        "spec": {"provider": part.provider},
    }
    notes = {"kind": "A store of the namespace's own: no other namespace can read through it."}
    return yaml_file(
        "20-secret-store.yaml",
        "Where the operator reads, and as whom.",
        Document(store, notes | part.notes),
    )


def _remote_defaults(version: str) -> Structure:
    """The fields of a remoteRef that the CRD of this version fills in by itself.

    Written out, because otherwise GitOps engines see a difference between wish and object (external-secrets#5895).
    From 2.9 on the CRD fills in none (#6798).
    """
    found = minor(version)
    if found >= (2, 9):
        return {}
    defaults = {"conversionStrategy": "Default", "decodingStrategy": "None", "metadataPolicy": "None"}
    return defaults | ({"nullBytePolicy": "Ignore"} if found >= (2, 3) else {})


def _external_secret(parameters: Parameters, part: StorePart, style: Style) -> ManifestFile:
    defaults = _remote_defaults(parameters.versions["external-secrets"])
    document = {
        "apiVersion": API,
        "kind": "ExternalSecret",
        "metadata": metadata(parameters.secret, parameters.namespace, style.annotations(0)),
        "spec": {
            "refreshPolicy": "Periodic",
            "refreshInterval": go_duration(parameters.refresh_seconds),
            "secretStoreRef": {"kind": "SecretStore", "name": store_name(parameters)},
            "target": {
                "name": parameters.secret,
                "creationPolicy": "Owner",
                "deletionPolicy": "Retain",
                "template": {
                    "engineVersion": "v2",
                    "mergePolicy": "Replace",
                    "type": "Opaque",
                    "metadata": {"annotations": {}, "labels": {}},
                },
            },
            "data": [{"secretKey": key, "remoteRef": part.remote(key) | defaults} for key in parameters.keys],
        },
    }
    notes = {
        "spec.refreshInterval": "A Go duration as the operator itself writes it. 0 would mean: once, and never again.",
        "spec.target.deletionPolicy": "A secret that vanishes from the store does not take the Secret with it.",
        "spec.target.template.metadata": "Empty on purpose: otherwise this object's labels and annotations are "
        "copied to "
        "the Secret, and Argo CD would take it for its own and prune it.",
    }
    if parameters.store.kind in ("vault", "openbao"):
        notes["spec.data[0].remoteRef.key"] = "Below the store's mount, without data/: the operator adds that."
    return yaml_file(
        "30-external-secret.yaml",
        f"Keeps the Secret {parameters.secret} in step with the store.",
        Document(document, notes),
    )


def _verification(parameters: Parameters) -> Draft:
    namespace, secret = parameters.namespace, parameters.secret
    return Draft(
        after=[
            Step(
                title="See that it works",
                text="The store must be Ready before the ExternalSecret can be. `describe` lists the keys with their "
                "sizes, never the values.",
                commands=(
                    f"kubectl -n {namespace} wait --for=condition=Ready secretstore/{store_name(parameters)} "
                    f"--timeout=2m",
                    f"kubectl -n {namespace} wait --for=condition=Ready externalsecret/{secret} --timeout=2m",
                    f"kubectl -n {namespace} describe secret {secret}",
                    f"kubectl -n {namespace} logs deployment/{derived_name(parameters.workload.name, '-example')}",
                ),
            ),
            Step(
                title="If it does not",
                text="The Ready condition's message names the cause; so do the events.",
                commands=(
                    f"kubectl -n {namespace} describe secretstore {store_name(parameters)}",
                    f"kubectl -n {namespace} describe externalsecret {secret}",
                ),
            ),
        ],
        rotation=[
            Step(
                title="Rotate",
                text="Change the value in the store. To have it at once, rather than at the next refresh:",
                commands=(
                    f"kubectl -n {namespace} annotate externalsecret {secret} force-sync=$(date +%s) --overwrite",
                ),
            )
        ],
    )


def _network(parameters: Parameters) -> Draft:
    """Around the operator, which holds the right to read; and around the store where it runs in this cluster."""
    path = f"{NOT_APPLIED}network-policy-external-secrets.yaml"
    name_label = {"app.kubernetes.io/instance": OPERATOR}
    policy = ingress_policy("external-secrets", OPERATOR, name_label, [([], [_WEBHOOK_PORT, _METRICS_PORT])])
    draft = Draft(
        files=[
            yaml_file(
                path,
                "NetworkPolicy around the operator: nothing but its webhook and metrics can be reached.",
                Document(
                    policy,
                    {"spec.ingress[0]": "The webhook is called by the API server, whose address no selector can name."},
                ),
                comment="Not applied by itself: look at the labels of your installation first.",
            )
        ],
        after=[
            Step(
                title="Foundation: restrict who reaches the operator",
                commands=(f"kubectl -n {OPERATOR} get pods --show-labels", f"kubectl apply -f {path}"),
            )
        ],
    )
    if parameters.store.kind in ("vault", "openbao"):
        readers = [in_cluster_peer(OPERATOR, OPERATOR)]
        draft.add(network_policy(parameters, readers, "the External Secrets Operator"))
        draft.files.append(policy_file(parameters))
    return draft
