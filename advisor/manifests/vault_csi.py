"""Vault or OpenBao through the Secrets Store CSI driver: files in the Pod; a Secret object only where env needs one."""

from __future__ import annotations

from advisor.manifests.consumers import Consumption, Reading, consumer, mount_path
from advisor.manifests.foundations import access_by_name
from advisor.manifests.kubernetes import (
    NAMESPACE_FILE,
    Style,
    derived_name,
    metadata,
    namespace_object,
    service_account,
)
from advisor.manifests.model import NOT_APPLIED, Draft, ManifestFile, Prerequisite, Step, Structure
from advisor.manifests.vault_server import (
    AUDIENCE,
    in_cluster_peer,
    network_policy,
    policy_file,
    product_name,
    server_prerequisite,
    vault_role_step,
)
from advisor.manifests.yaml_writer import Document, list_to_yaml, yaml_file
from advisor.parameters import ParameterError, Parameters

DRIVER_NAMESPACE = "kube-system"
VALUES_FILE = f"{NOT_APPLIED}values-secrets-store-csi-driver.yaml"
POLL_INTERVAL = "2m"

# For each other store: what mounts it as files instead.
_OTHER_PROVIDERS = {
    "aws-secrets-manager": "the AWS provider (secrets-store-csi-driver-provider-aws)",
    "aws-parameter-store": "the AWS provider (secrets-store-csi-driver-provider-aws)",
    "gcp-secret-manager": "the Google provider (secrets-store-csi-driver-provider-gcp, or GKE's add-on)",
    "azure-key-vault": "the Azure provider (secrets-store-csi-driver-provider-azure, or AKS's add-on)",
    "1password": "External Secrets Operator, since there is no CSI provider for it",
    "fake": "External Secrets Operator, whose provider fake is for trying",
}
# Per store: the provider's name, the prefix of its parameters, the version that is meant, and its Helm chart.
_PROVIDERS = {
    "vault": ("vault", "vault", "vault-csi-provider", "hashicorp", "https://helm.releases.hashicorp.com"),
    "openbao": ("openbao", "openbao", "openbao-csi-provider", "openbao", "https://openbao.github.io/openbao-helm"),
}


def vault_csi(parameters: Parameters, style: Style, workload_identity: bool, consumption: Consumption | None) -> Draft:
    """The set for the CSI driver, without GitOps and the cluster's foundations.

    Raises ParameterError for a store that neither Vault's nor OpenBao's provider reads.
    """
    kind = parameters.store.kind
    if kind not in _PROVIDERS:
        raise ParameterError(
            f"The store {kind} cannot be mounted by the tool vault-csi, which reads Vault and OpenBao; for {kind} use "
            f"{_OTHER_PROVIDERS[kind]}, or choose the tool external-secrets."
        )
    reading = Reading(
        consumption=consumption or "files",
        secret=parameters.secret if consumption in ("env", "both") else "",
        provider_class=parameters.secret,
        account=parameters.service_account,
    )
    draft = Draft(
        files=[
            yaml_file(
                NAMESPACE_FILE,
                "The namespace of the consumers; the driver looks for the SecretProviderClass in the Pod's own.",
                Document(namespace_object(parameters.namespace, style)),
            ),
            _identity(parameters, style),
            _provider_class(parameters, style, reading.env),
            _values(parameters, reading.env),
            policy_file(parameters),
        ],
        prerequisites=[server_prerequisite(parameters), *_prerequisites(parameters)],
        before=list(vault_role_step(parameters)),
    )
    draft.add(_verification(parameters, reading.env))
    draft.add(consumer(parameters, reading, style))
    if reading.env:
        draft.add(access_by_name(parameters, style, "", "secrets", parameters.secret, "Secret"))
    else:
        group, resource = "secrets-store.csi.x-k8s.io", "secretproviderclasses"
        draft.add(access_by_name(parameters, style, group, resource, parameters.secret, "SecretProviderClass"))
    readers = [in_cluster_peer(provider_namespace(parameters), f"{kind}-csi-provider")]
    draft.add(network_policy(parameters, readers, f"{product_name(kind)}'s CSI provider"))
    draft.rollback.append(
        Step(
            title="Take the SecretProviderClass away",
            text="Only after no Pod mounts it any more: a Pod that does cannot start again."
            + (" A synchronised Secret goes with the last Pod that mounts it." if reading.env else ""),
            commands=(f"kubectl -n {parameters.namespace} delete secretproviderclass {parameters.secret}",),
        )
    )
    draft.remarks += _remarks(parameters, reading.env)
    return draft


def _remarks(parameters: Parameters, env: bool) -> list[str]:
    name = product_name(parameters.store.kind)
    remarks = [
        f"A Pod that mounts the volume cannot start while {name} is down, sealed, or refuses its identity. "
        f"Running Pods "
        "keep the files they have.",
        f"Rotation is an alpha feature of the driver, switched on in `{VALUES_FILE}`: files follow a change in {name} "
        f"after {POLL_INTERVAL} at the earliest. A subPath mount never changes.",
        "For dynamic credentials (database/creds/…) each poll may mint new ones; use Vault Secrets Operator or "
        "the Agent "
        "for those.",
    ]
    if env:
        remarks.append(
            "The Secret for environment variables exists only while a Pod mounts the volume: keep the volume in "
            "the Pod "
            "even though it reads variables. It is an ordinary Secret in etcd, which files alone would avoid."
        )
    if parameters.store.kind == "vault":
        remarks.append("vault-csi-provider is under the Business Source License 1.1.")
    return remarks


def provider_namespace(parameters: Parameters) -> str:
    """Where the provider runs: apart from the server, so that installing it cannot change the server's release."""
    return f"{parameters.store.kind}-csi"


def _prerequisites(parameters: Parameters) -> list[Prerequisite]:
    driver = parameters.versions["vault-csi"]
    provider, _, version_of, repository, address = _PROVIDERS[parameters.store.kind]
    version = parameters.versions[version_of]
    namespace = provider_namespace(parameters)
    return [
        Prerequisite(
            what="Secrets Store CSI driver with its CRDs, on every node (it needs privileged DaemonSets)",
            version=driver,
            command="helm repo add secrets-store-csi-driver "
            "https://kubernetes-sigs.github.io/secrets-store-csi-driver/charts\n"
            f"helm upgrade --install csi-secrets-store secrets-store-csi-driver/secrets-store-csi-driver "
            f"--version {driver} \\\n"
            f"  --namespace {DRIVER_NAMESPACE} --values {VALUES_FILE} --wait",
        ),
        Prerequisite(
            what=f"{product_name(parameters.store.kind)}'s CSI provider, on every node",
            version=version,
            command=f"helm repo add {repository} {address}\n"
            f"helm upgrade --install {provider}-csi {repository}/{provider} --namespace {namespace} "
            f"--create-namespace \\\n"
            "  --set server.enabled=false --set injector.enabled=false --set csi.enabled=true \\\n"
            f"  --set csi.agent.enabled=false --set-string csi.image.tag={version} --wait",
            provides=(f"Namespace//{namespace}",),
        ),
    ]


def _values(parameters: Parameters, env: bool) -> ManifestFile:
    values: Structure = {
        "enableSecretRotation": True,
        "rotationPollInterval": POLL_INTERVAL,
        "syncSecret": {"enabled": env},
        "tokenRequests": [{"audience": AUDIENCE}],
    }
    notes = {
        "enableSecretRotation": "Off by default. Without it a mounted file keeps the value the Pod started with.",
        "syncSecret": "Needed for environment variables; it lets the driver write Secrets in the whole cluster."
        if env
        else "Off: files need no Secret object, and the driver then may write none. Leave it on if other teams use it.",
        "tokenRequests": "The audience that the role of the store asks for.",
    }
    return yaml_file(
        VALUES_FILE,
        f"Helm values for the chart secrets-store-csi-driver {parameters.versions['vault-csi']}.",
        Document(values, notes),
    )


def _identity(parameters: Parameters, style: Style) -> ManifestFile:
    return yaml_file(
        "10-service-account.yaml",
        "The identity the Pod runs as, and the only one that the store's role trusts.",
        Document(
            service_account(parameters.service_account, parameters.namespace, style),
            {
                "automountServiceAccountToken": "The driver gets a token for the Pod by itself; the application "
                "needs none."
            },
        ),
    )


def _provider_class(parameters: Parameters, style: Style, env: bool) -> ManifestFile:
    store = parameters.store
    provider, prefix, *_ = _PROVIDERS[store.kind]
    objects = [
        {"objectName": key, "secretPath": f"{store.mount}/data/{store.path}", "secretKey": key}
        for key in parameters.keys
    ]
    spec: Structure = {
        "provider": provider,
        "parameters": {
            "roleName": store.role,
            f"{prefix}Address": store.address,
            f"{prefix}AuthMountPath": store.auth_mount,
            "audience": AUDIENCE,
            "objects": list_to_yaml(objects),
        },
    }
    notes = {
        "spec.parameters.objects": "A text that holds YAML, as the driver wants it. secretPath is the full path "
        "of the API, "
        "so KV version 2 needs data/ behind the mount.",
        "metadata": "It must be in the namespace of the Pods that mount it.",
    }
    if env:
        spec["secretObjects"] = [
            {
                "secretName": parameters.secret,
                "type": "Opaque",
                "data": [{"key": key, "objectName": key} for key in parameters.keys],
            }
        ]
        notes["spec.secretObjects"] = (
            "The Secret that environment variables read; it lives as long as a Pod mounts this."
        )
    document = {
        "apiVersion": "secrets-store.csi.x-k8s.io/v1",
        "kind": "SecretProviderClass",
        "metadata": metadata(parameters.secret, parameters.namespace, style.annotations(0)),
        "spec": spec,
    }
    return yaml_file(
        "30-secret-provider-class.yaml",
        f"What the driver fetches from {product_name(store.kind)}, and as which files it mounts it.",
        Document(document, notes),
    )


def _verification(parameters: Parameters, env: bool) -> Draft:
    namespace, example = parameters.namespace, derived_name(parameters.workload.name, "-example")
    label = f"app.kubernetes.io/name={derived_name(parameters.workload.name, '-example', 63)}"
    return Draft(
        after=[
            Step(
                title="See that it works",
                text=f"The example's log lists the files below `{mount_path(parameters)}`"
                + (" and the names of its variables" if env else "")
                + ", never a value. The last command shows which Pod mounted which version.",
                commands=(
                    f"kubectl -n {namespace} rollout status deployment/{example} --timeout=2m",
                    f"kubectl -n {namespace} logs deployment/{example}",
                    f"kubectl -n {namespace} get secretproviderclasspodstatuses",
                ),
            ),
            Step(
                title="If it does not",
                text="The Pod stays in ContainerCreating and its events name the cause: `permission denied` is "
                "the role, the "
                "audience or the namespace; an empty secret is a path without data/.",
                commands=(f"kubectl -n {namespace} describe pod -l {label}",),
            ),
        ],
        rotation=[
            Step(
                title="Rotate",
                text="Change the value in the store; the files follow. An application that reads its file once must be "
                "rolled out, as must one that reads environment variables.",
                commands=(
                    f"kubectl -n {namespace} rollout restart "
                    f"{parameters.workload.kind.lower()}/{parameters.workload.name}",
                )
                if parameters.workload.kind != "CronJob"
                else (),
            )
        ],
    )
