"""The stores that the External Secrets Operator reads from: provider, identity, keys, and the store's own side.

One function per store builds a StorePart; STORES is the table. Sources are the provider pages of external-secrets.io.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable

import msgspec

from advisor.manifests.kubernetes import NAMESPACE_FILE, derived_name
from advisor.manifests.model import Prerequisite, Step, Structure
from advisor.manifests.vault_server import AUDIENCE, product_name, server_prerequisite, vault_role_step
from advisor.parameters import Parameters, StoreKind
from advisor.syntax import AZURE_CLOUDS


class StorePart(msgspec.Struct, frozen=True, kw_only=True):
    """`provider` is SecretStore.spec.provider; `remote` gives a key's remoteRef (key, property).

    `account` says whether the ServiceAccount of the set is the identity, with `annotations` on it. Without an identity
    `prerequisites` has the Secret the operator signs in with (secret zero). `notes` are for the SecretStore.
    """

    provider: Structure
    remote: Callable[[str], Structure]
    account: bool = True
    annotations: dict[str, str] = {}
    notes: dict[str, str] = {}
    prerequisites: tuple[Prerequisite, ...] = ()
    steps: tuple[Step, ...] = ()
    stability: str = "stable"


def store_part(parameters: Parameters, workload_identity: bool) -> StorePart:
    return STORES[parameters.store.kind](parameters, workload_identity)


def credentials_name(parameters: Parameters) -> str:
    """The Secret that holds what the operator signs in with, where there is no workload identity."""
    return derived_name(parameters.secret, "-store-access")


def _secret_zero(parameters: Parameters, what: str, keys: tuple[str, ...], source: str) -> Prerequisite:
    """The Secret the operator signs in with; the command asks for each value and leaves none in the shell's history."""
    name = credentials_name(parameters)
    reads = [f"read -r -s -p '{key}: ' VALUE_{number} && echo" for number, key in enumerate(keys, 1)]
    files = " ".join(f'--from-file={key}=<(printf %s "$VALUE_{number}")' for number, key in enumerate(keys, 1))
    unset = "unset " + " ".join(f"VALUE_{number}" for number in range(1, len(keys) + 1))
    if source:
        reads, unset = [], ""
        files = " ".join(f"--from-file={key}={source}" for key in keys)
    create = (
        f"kubectl apply -f {NAMESPACE_FILE}\nkubectl -n {parameters.namespace} create secret generic {name} {files}"
    )
    return Prerequisite(
        what=f"Secret {parameters.namespace}/{name} with {what}. It is the one value that no store can give (secret "
        "zero); keep it out of Git, or keep it there with SOPS",
        command="\n".join(part for part in (*reads, create, unset) if part),
        provides=(f"Secret/{parameters.namespace}/{name}",),
    )


def _reference(parameters: Parameters, key: str) -> Structure:
    return {"name": credentials_name(parameters), "key": key}


def _json_property(path: str) -> Callable[[str], Structure]:
    return lambda key: {"key": path, "property": key}


def _example_json(parameters: Parameters) -> str:
    fields = ", ".join(f'"{key}": "…"' for key in parameters.keys)
    return f"{{{fields}}}"


def _aws(parameters: Parameters, workload_identity: bool) -> StorePart:
    store = parameters.store
    secrets_manager = store.kind == "aws-secrets-manager"
    provider: Structure = {
        "service": "SecretsManager" if secrets_manager else "ParameterStore",
        "region": store.region,
    }
    prerequisites: tuple[Prerequisite, ...] = ()
    actions = (
        "secretsmanager:GetSecretValue and secretsmanager:DescribeSecret on "
        f"arn:aws:secretsmanager:{store.region}:ACCOUNT:secret:{store.path}-??????"
        if secrets_manager
        else "ssm:GetParameter, ssm:GetParameters and ssm:GetParametersByPath on "
        f"arn:aws:ssm:{store.region}:ACCOUNT:parameter{store.path}/*"
    )
    if workload_identity:
        provider["auth"] = {"jwt": {"serviceAccountRef": {"name": parameters.service_account}}}
        identity = (
            f"Its trust policy must name system:serviceaccount:{parameters.namespace}:{parameters.service_account} and "
            "the audience sts.amazonaws.com of the cluster's OIDC provider."
        )
    else:
        provider["auth"] = {
            "secretRef": {
                "accessKeyIDSecretRef": _reference(parameters, "access-key-id"),
                "secretAccessKeySecretRef": _reference(parameters, "secret-access-key"),
            }
        }
        prerequisites = (
            _secret_zero(
                parameters, "the access key of an IAM user of its own", ("access-key-id", "secret-access-key"), ""
            ),
        )
        identity = "The access key belongs to an IAM user that may do just this; rotate it as any other credential."
    if secrets_manager:
        title, create = (
            "Put the value into AWS Secrets Manager",
            (
                f"aws secretsmanager create-secret --region {store.region} --name {shlex.quote(store.path)} "
                "--secret-string file:///dev/stdin   # paste the JSON, end with Ctrl-D"
            ),
        )
        text = f"One secret as JSON, {_example_json(parameters)}."
    else:
        title, text = "Put the values into AWS Parameter Store", "One SecureString for each key."
        create = "\n".join(
            f"aws ssm put-parameter --region {store.region} --type SecureString --name {store.path}/{key} "
            "--value file:///dev/stdin   # paste the value, end with Ctrl-D twice"
            for key in parameters.keys
        )
    return StorePart(
        provider={"aws": provider},
        remote=_json_property(store.path) if secrets_manager else lambda key: {"key": f"{store.path}/{key}"},
        account=workload_identity,
        annotations={"eks.amazonaws.com/role-arn": store.role_arn} if workload_identity else {},
        prerequisites=prerequisites,
        steps=(
            Step(title="Allow just this in IAM", text=f"Allow {actions}. {identity}"),
            Step(title=title, text=text, commands=(create,)),
        ),
    )


def _gcp(parameters: Parameters, workload_identity: bool) -> StorePart:
    store, account = parameters.store, parameters.service_account
    provider: Structure = {"projectID": store.project}
    member = "serviceAccount:NAME@PROJECT.iam.gserviceaccount.com"
    prerequisites: tuple[Prerequisite, ...] = ()
    if workload_identity:
        provider["auth"] = {"workloadIdentity": {"serviceAccountRef": {"name": account}}}
        member = (
            f"principal://iam.googleapis.com/projects/$PROJECT_NUMBER/locations/global/workloadIdentityPools/"
            f"{store.project}.svc.id.goog/subject/ns/{parameters.namespace}/sa/{account}"
        )
    else:
        provider["auth"] = {"secretRef": {"secretAccessKeySecretRef": _reference(parameters, "key.json")}}
        prerequisites = (
            _secret_zero(parameters, "the JSON key of a GCP service account of its own", ("key.json",), "key.json"),
        )
    return StorePart(
        provider={"gcpsm": provider},
        remote=_json_property(store.path),
        account=workload_identity,
        prerequisites=prerequisites,
        notes={
            "spec.provider.gcpsm.auth.workloadIdentity": "On GKE the cluster's name, location and project are found by "
            "themselves. Elsewhere, or where the cluster is in another project than the secret, use "
            "workloadIdentityFederation or name them."
        }
        if workload_identity
        else {},
        steps=(
            Step(
                title="Put the value into GCP Secret Manager",
                text=f"One secret as JSON, {_example_json(parameters)}.",
                commands=(
                    f"gcloud secrets create {store.path} --project {store.project} --replication-policy automatic",
                    f"gcloud secrets versions add {store.path} --project {store.project} --data-file=-   "
                    "# paste the JSON, end with Ctrl-D",
                ),
            ),
            Step(
                title="Allow just this secret to be read",
                text="The role is given on the secret, not on the project."
                + (
                    " The principal is the ServiceAccount of this set; no GCP service account is needed."
                    if workload_identity
                    else ""
                ),
                commands=(
                    *(
                        (f"PROJECT_NUMBER=$(gcloud projects describe {store.project} --format='value(projectNumber)')",)
                        if workload_identity
                        else ()
                    ),
                    f"gcloud secrets add-iam-policy-binding {store.path} --project {store.project} "
                    f'--role roles/secretmanager.secretAccessor --member "{member}"',
                ),
            ),
        ),
    )


def _azure(parameters: Parameters, workload_identity: bool) -> StorePart:
    store, account = parameters.store, parameters.service_account
    cloud = store.vault_url.removeprefix("https://").split(":")[0].partition(".")[2]
    provider: Structure = {"vaultUrl": store.vault_url, "environmentType": AZURE_CLOUDS[cloud]}
    prerequisites: tuple[Prerequisite, ...] = ()
    steps: list[Step] = []
    name = store.vault_url.removeprefix("https://").split(".")[0]
    if workload_identity:
        provider |= {"authType": "WorkloadIdentity", "serviceAccountRef": {"name": account}}
        steps.append(
            Step(
                title="Trust the ServiceAccount in Entra ID",
                commands=(
                    "az identity federated-credential create --resource-group GROUP --identity-name IDENTITY "
                    f"--name {derived_name(account, '', 100)} --issuer CLUSTER_OIDC_ISSUER "
                    f"--subject system:serviceaccount:{parameters.namespace}:{account} "
                    "--audiences api://AzureADTokenExchange",
                ),
            )
        )
    else:
        provider |= {
            "authType": "ServicePrincipal",
            "tenantId": store.tenant_id,
            "authSecretRef": {
                "clientId": _reference(parameters, "client-id"),
                "clientSecret": _reference(parameters, "client-secret"),
            },
        }
        prerequisites = (
            _secret_zero(
                parameters, "the client id and secret of an Entra application", ("client-id", "client-secret"), ""
            ),
        )
    return StorePart(
        provider={"azurekv": provider},
        remote=_json_property(store.path),
        account=workload_identity,
        annotations={
            "azure.workload.identity/client-id": store.client_id,
            "azure.workload.identity/tenant-id": store.tenant_id,
        }
        if workload_identity
        else {},
        prerequisites=prerequisites,
        steps=(
            *steps,
            Step(
                title="Allow just this secret to be read",
                text="Key Vault Secrets User, on the secret rather than on the whole vault.",
                commands=(
                    "az role assignment create --role 'Key Vault Secrets User' --assignee CLIENT_ID --scope "
                    f'"$(az keyvault show --name {name} --query id -o tsv)/secrets/{store.path}"',
                ),
            ),
            Step(
                title="Put the value into Azure Key Vault",
                text=f"One secret as JSON, {_example_json(parameters)}.",
                commands=(
                    f"az keyvault secret set --vault-name {name} --name {store.path} --file /dev/stdin "
                    f"--encoding utf-8 "
                    "  # paste the JSON, end with Ctrl-D",
                ),
            ),
        ),
    )


def _vault(parameters: Parameters, workload_identity: bool) -> StorePart:
    """Vault, and OpenBao, which ESO reads through the same provider (external-secrets.io/latest/provider/openbao)."""
    store = parameters.store
    notes = {
        "spec.provider.vault.path": "The mount of the KV engine and nothing behind it: ESO adds data/ itself.",
        "spec.provider.vault.auth.kubernetes.serviceAccountRef.audiences": "ESO asks for no audience by itself; the "
        f"role in {product_name(store.kind)} must have the same.",
    }
    if store.kind == "openbao":
        notes["spec.provider.vault"] = (
            "OpenBao speaks Vault's API. ESO's provider openBao of its own has no Kubernetes sign-in yet and is alpha."
        )
    return StorePart(
        provider={
            "vault": {
                "server": store.address,
                "path": store.mount,
                "version": "v2",
                "auth": {
                    "kubernetes": {
                        "mountPath": store.auth_mount,
                        "role": store.role,
                        "serviceAccountRef": {"name": parameters.service_account, "audiences": [AUDIENCE]},
                    }
                },
            }
        },
        remote=_json_property(store.path),
        notes=notes,
        prerequisites=(server_prerequisite(parameters),),
        steps=vault_role_step(parameters),
    )


def _onepassword(parameters: Parameters, workload_identity: bool) -> StorePart:
    store = parameters.store
    return StorePart(
        provider={
            "onepasswordSDK": {
                "vault": store.vault,
                "auth": {"serviceAccountSecretRef": _reference(parameters, "token")},
            }
        },
        remote=lambda key: {"key": f"{store.path}/{key}"},
        account=False,
        prerequisites=(_secret_zero(parameters, "the token of a 1Password service account", ("token",), ""),),
        steps=(
            Step(
                title="Make the item in 1Password",
                text=f"An item {store.path!r} in the vault {store.vault!r} with the fields "
                f"{', '.join(parameters.keys)}, "
                "and a service account that may read just this vault.",
            ),
        ),
        stability="alpha",
    )


def _fake(parameters: Parameters, workload_identity: bool) -> StorePart:
    store = parameters.store
    return StorePart(
        provider={
            "fake": {
                "data": [
                    {"key": f"{store.path}/{key}", "value": f"not-a-secret-{number}"}
                    for number, key in enumerate(parameters.keys, 1)
                ]
            }
        },
        remote=lambda key: {"key": f"{store.path}/{key}"},
        account=False,
        notes={
            "spec.provider.fake.data": "Made-up values in plain sight, for trying the chain without a store. Never put "
            "a real one here."
        },
        stability="for trying only",
    )


STORES: dict[StoreKind, Callable[[Parameters, bool], StorePart]] = {
    "aws-secrets-manager": _aws,
    "aws-parameter-store": _aws,
    "gcp-secret-manager": _gcp,
    "azure-key-vault": _azure,
    "vault": _vault,
    "openbao": _vault,
    "1password": _onepassword,
    "fake": _fake,
}
