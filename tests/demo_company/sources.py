"""Secrets of the demo company by what writes them: the operators' objects, their statuses and the Secrets they make.

Labels, annotations, owners, managers and conditions are those the real operators write (External Secrets 2.9, Sealed
Secrets 0.40, cert-manager 1.21, Flux 2, Helm 3, kubectl), since that is what a scan recognises a source by.
"""

from __future__ import annotations

import base64
import gzip
import json
from datetime import timedelta

from tests.demo_company.steps import Manifest, Step, ago, condition, named
from tests.demo_company.values import digest, docker_config, fake, tls_pair

EXTERNAL_SECRETS = "external-secrets.io/v1"
SEALED_SECRETS = "bitnami.com/v1alpha1"
SECRETS_STORE = "secrets-store.csi.x-k8s.io/v1"
CERT_MANAGER = "cert-manager.io/v1"
FLUX = "kustomize.toolkit.fluxcd.io/v1"
GITOPS = "kustomize-controller"
AWS = ("ClusterSecretStore", "aws-secrets-manager")
GCP = ("ClusterSecretStore", "gcp-secret-manager")
VAULT_ADDRESS = "https://vault.vault.svc:8200"
RECENTLY = ago(minutes=24)


def secret(namespace: str, name: str, keys: Manifest | list[str], type_: str = "Opaque") -> Manifest:
    """A Secret with base64 data; a list of keys gets made-up values, as does a key without one."""
    given = keys if isinstance(keys, dict) else {}
    values = {key: given.get(key) or fake(namespace, name, key) for key in keys}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return named("Secret", "v1", namespace, name) | {"type": type_, "data": data}


def by_hand(
    namespace: str, name: str, keys: Manifest | list[str], type_: str = "Opaque", *, labels: Manifest | None = None
) -> list[Step]:
    """A Secret that somebody made with `kubectl create secret`, and labelled."""
    manifest = secret(namespace, name, keys, type_)
    manifest["metadata"] |= {"labels": labels} if labels else {}
    return [Step(manifest)]


def by_apply(namespace: str, name: str, keys: Manifest | list[str], type_: str = "Opaque") -> list[Step]:
    """A Secret that somebody wrote with `kubectl apply`, which leaves all it applied in an annotation."""
    manifest = secret(namespace, name, keys, type_)
    applied = json.dumps(manifest | {"metadata": manifest["metadata"] | {"annotations": {}}}) + "\n"
    manifest["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": applied}
    return [Step(manifest, "kubectl-client-side-apply")]


def by_controller(
    namespace: str,
    name: str,
    keys: Manifest | list[str],
    manager: str,
    type_: str = "Opaque",
    *,
    labels: Manifest | None = None,
    annotations: Manifest | None = None,
) -> list[Step]:
    """A Secret that an operator made for itself, with the marks it leaves."""
    manifest = secret(namespace, name, keys, type_)
    manifest["metadata"] |= {"labels": labels or {}, "annotations": annotations or {}}
    return [Step(manifest, manager)]


def pull_secret(namespace: str, name: str = "registry-pull") -> list[Step]:
    config = {".dockerconfigjson": docker_config("registry.larkspur.example", "ghcr.io")}
    return by_hand(namespace, name, config, "kubernetes.io/dockerconfigjson")


def tls_by_hand(namespace: str, name: str, host: str, valid_days: int = 365, began_days_ago: int = 20) -> list[Step]:
    """A certificate that somebody asked for by hand; of twins, give each a host of its own."""
    certificate, key = tls_pair(host, valid_days, began_days_ago)
    return by_hand(namespace, name, {"tls.crt": certificate, "tls.key": key}, "kubernetes.io/tls")


def external_secret(
    namespace: str,
    name: str,
    keys: list[str],
    *,
    store: tuple[str, str] = AWS,
    refresh: str = "1h0m0s",
    refreshed: timedelta = RECENTLY,
    policy: str = "Periodic",
    problem: str = "",
    made: bool = True,
    type_: str = "Opaque",
) -> list[Step]:
    """An ExternalSecret and the Secret it made. `problem` makes it fail now; `made=False`: it never succeeded."""
    manifest = named("ExternalSecret", EXTERNAL_SECRETS, namespace, name)
    target: Manifest = {"name": name, "creationPolicy": "Owner", "deletionPolicy": "Retain"}
    if type_ != "Opaque":
        target["template"] = {"engineVersion": "v2", "mergePolicy": "Replace", "type": type_}
    references = [{"secretKey": key, "remoteRef": {"key": f"{namespace}/{name}", "property": key}} for key in keys]
    manifest["spec"] = {
        "refreshInterval": refresh,
        "refreshPolicy": policy,
        "secretStoreRef": {"kind": store[0], "name": store[1]},
        "target": target,
        "data": references,
    }
    if problem:
        ready = condition("Ready", False, "SecretSyncedError", problem, refreshed)
    else:
        ready = condition("Ready", True, "SecretSynced", "secret synced", refreshed)
    status: Manifest = {"conditions": [ready]}
    if made:
        version = f"1-{digest(namespace, name, 'version')[:32]}"
        status |= {"refreshTime": refreshed, "syncedResourceVersion": version, "binding": {"name": name}}
    steps = [Step(manifest, GITOPS, applied=True, status=status, status_manager="external-secrets")]
    if not made:
        return steps
    written = secret(namespace, name, keys, type_)
    written["metadata"] |= {
        "labels": {
            "reconcile.external-secrets.io/created-by": digest(namespace, name)[:56],
            "reconcile.external-secrets.io/managed": "true",
        },
        "annotations": {"reconcile.external-secrets.io/data-hash": digest(namespace, name, "data")[:56]},
    }
    writer = f"externalsecrets.external-secrets.io/{name}"
    return [*steps, Step(written, writer, owner=manifest)]


def sealed_secret(namespace: str, name: str, keys: list[str], *, problem: str = "", made: bool = True) -> list[Step]:
    """A SealedSecret and the Secret it made. `problem` makes the last unsealing fail."""
    manifest = named("SealedSecret", SEALED_SECRETS, namespace, name)
    sealed = {key: "AgB" + base64.b64encode(digest(namespace, name, key).encode() * 6).decode() for key in keys}
    template = {"metadata": {"name": name, "namespace": namespace}, "type": "Opaque"}
    manifest["spec"] = {"encryptedData": sealed, "template": template}
    synced: Manifest = {"type": "Synced", "status": "False" if problem else "True", "message": problem}
    synced |= {"lastTransitionTime": ago(days=2), "lastUpdateTime": ago(days=2)}
    status = {"conditions": [synced], "observedGeneration": 1}
    steps = [Step(manifest, GITOPS, applied=True, status=status, status_manager="controller")]
    if made:
        steps.append(Step(secret(namespace, name, keys), "controller", owner=manifest))
    return steps


def certificate(
    namespace: str, name: str, host: str, *, problem: str = "", expires_in: timedelta = timedelta(days=61)
) -> list[Step]:
    """A cert-manager Certificate and its TLS Secret. `problem`: the issuer refuses, and no Secret was made yet."""
    manifest = named("Certificate", CERT_MANAGER, namespace, name)
    issuer = {"name": "letsencrypt", "kind": "ClusterIssuer", "group": "cert-manager.io"}
    manifest["spec"] = {"secretName": name, "dnsNames": [host], "issuerRef": issuer}
    if problem:
        status: Manifest = {"conditions": [condition("Ready", False, "DoesNotExist", problem, ago(days=3))]}
        return [Step(manifest, GITOPS, applied=True, status=status, status_manager=_CERTIFICATES_STATUS)]
    fine = "Certificate is up to date and has not expired"
    status = {
        "conditions": [condition("Ready", True, "Ready", fine, ago(days=29))],
        "notBefore": ago(days=90) - expires_in,
        "notAfter": -expires_in,
        "renewalTime": timedelta(days=30) - expires_in,
        "revision": 4,
    }
    certificate_pem, key_pem = tls_pair(host, 90, 90 - expires_in.days)
    written = secret(namespace, name, {"tls.crt": certificate_pem, "tls.key": key_pem}, "kubernetes.io/tls")
    written["metadata"] |= {
        "labels": {"controller.cert-manager.io/fao": "true"},
        "annotations": {
            "cert-manager.io/alt-names": host,
            "cert-manager.io/certificate-name": name,
            "cert-manager.io/common-name": host,
            "cert-manager.io/issuer-group": "cert-manager.io",
            "cert-manager.io/issuer-kind": "ClusterIssuer",
            "cert-manager.io/issuer-name": "letsencrypt",
        },
    }
    return [
        Step(manifest, GITOPS, applied=True, status=status, status_manager=_CERTIFICATES_STATUS),
        Step(written, "cert-manager-certificates-issuing", applied=True),
    ]


def from_git(namespace: str, name: str, keys: Manifest | list[str], kustomization: str) -> list[Step]:
    """A Secret applied by a Flux Kustomization of flux-system, which labels all it applies."""
    manifest = secret(namespace, name, keys)
    group = "kustomize.toolkit.fluxcd.io"
    manifest["metadata"]["labels"] = {f"{group}/name": kustomization, f"{group}/namespace": "flux-system"}
    return [Step(manifest, GITOPS, applied=True)]


def helm_release(namespace: str, chart: str, first: int, last: int) -> list[Step]:
    """The Secrets in which Helm keeps a release's history, the last one deployed."""
    steps = []
    for version in range(first, last + 1):
        state = "deployed" if version == last else "superseded"
        release = {"name": chart, "version": version, "info": {"status": state}, "chart": {"metadata": {"name": chart}}}
        packed = base64.b64encode(gzip.compress(json.dumps(release).encode(), mtime=0)).decode()
        name = f"sh.helm.release.v1.{chart}.v{version}"
        manifest = secret(namespace, name, {"release": packed}, "helm.sh/release.v1")
        labels = {"name": chart, "owner": "helm", "status": state, "version": str(version)}
        manifest["metadata"]["labels"] = labels
        steps.append(Step(manifest, "helm"))
    return steps


def account_token(namespace: str, account: str, name: str | None = None) -> list[Step]:
    """A long-lived token Secret of a ServiceAccount; the controller manager fills it."""
    manifest = named("Secret", "v1", namespace, name or f"{account}-token")
    manifest["metadata"]["annotations"] = {"kubernetes.io/service-account.name": account}
    return [Step(manifest | {"type": "kubernetes.io/service-account-token"})]


def vault_class(namespace: str, name: str, objects: dict[str, str], synced: str = "") -> list[Step]:
    """A SecretProviderClass for Vault's role `name`: file → key in the store; `synced` also makes a Secret of it."""
    manifest = named("SecretProviderClass", SECRETS_STORE, namespace, name)
    wanted = [
        {"objectName": file, "secretPath": f"kv/data/{namespace}/{name}", "secretKey": key}
        for file, key in objects.items()
    ]
    parameters = {"roleName": name, "vaultAddress": VAULT_ADDRESS}
    manifest["spec"] = {"provider": "vault", "parameters": parameters | {"objects": json.dumps(wanted)}}
    if synced:
        keys = [{"objectName": file, "key": key} for file, key in objects.items()]
        manifest["spec"]["secretObjects"] = [{"secretName": synced, "type": "Opaque", "data": keys}]
    return [Step(manifest, GITOPS, applied=True)]


_CERTIFICATES_STATUS = "cert-manager-certificates-readiness"
