"""The second half of the labelled cluster: a fault, and a healthy neighbour, for each posture and rotation check.

All Secrets that are not labelled as unused are read as files by one Deployment, so that nothing else is said of them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cluster.server import Cluster
from tests.demo_company.values import sops_ciphertext, tls_pair
from tests.end_to_end.shop import container, deployment, files, from_secret, metadata, namespace, secret

Manifest = dict[str, Any]
Label = tuple[str, str, str, str, str]

HOME = "posture"
FLUX = "kustomize.toolkit.fluxcd.io"
EXTERNAL_SECRETS = "external-secrets.io/v1"
SECRET_LEAK = "vK8#mq2!Lz9w"

POLICY = f"""\
environments:
  - {{label: environment=staging, environment: staging}}
  - {{namespace: {HOME}, environment: production}}
rehearsals:
  - {{production: {HOME}, staging: {HOME}-staging}}
"""


def write(cluster: Cluster) -> None:
    """Adds everything of this file to a cluster."""
    for name in (HOME, f"{HOME}-staging", "bao", "vault"):
        cluster.create(namespace(name))
    for part in (_plaintext, _values, _gitops, _managers, _leftovers):
        cluster.create(*part())
    for manifest in (*_stores(), *_refreshed(), *_kustomizations(), *_certificates()):
        cluster.apply({key: value for key, value in manifest.items() if key != "status"})
        if "status" in manifest:
            cluster.apply_status(manifest)
    cluster.apply_status(_running("runs-with-the-old-certificate", days=10))
    cluster.apply_status(_running("runs-with-the-new-certificate", days=1))


def _ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plaintext() -> Iterator[Manifest]:
    def runs(name: str, *args: str) -> Manifest:
        return deployment(HOME, name, {"containers": [container(args=list(args))]}, replicas=0)

    def config_map(name: str, data: dict[str, str], **more: Any) -> Manifest:
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name, HOME), "data": data} | more

    yield runs("args-leak", "--host=db", f"--db-password={SECRET_LEAK}")
    yield runs("args-fine", "--password-file=/etc/password", "--token-ttl=3600", "--db-password=$(DB_PASSWORD)")
    yield config_map("value-leak", {"DB_PASSWORD": SECRET_LEAK})
    yield config_map("file-leak", {"app.yaml": f"db:\n  user: app\n  password: '{SECRET_LEAK}'\n"})
    packed = base64.b64encode(f"password={SECRET_LEAK}\n".encode()).decode()
    yield config_map("binary-leak", {}, binaryData={"db.properties": packed})
    yield config_map("settings", {"app.yaml": "db:\n  host: db\n  passwordFile: /etc/password\n", "TOKEN_TTL": "60"})


def _values() -> Iterator[Manifest]:
    """What only the values tell, and certificates, whose dates a Certificate tells as well."""
    yield secret(HOME, "guessed", password="changeme")
    yield secret(HOME, "twin", password="Vt7-kelp-49-orchard")
    yield secret(f"{HOME}-staging", "twin-of-it", password="Vt7-kelp-49-orchard")
    yield secret(HOME, "never-decrypted", token=sops_ciphertext(HOME, "token"))
    for name, (began, days) in CERTIFICATES.items():
        certificate, key = tls_pair(f"{name}.example.org", days, began)
        yield secret(HOME, name, "kubernetes.io/tls", **{"tls.crt": certificate, "tls.key": key})
    read = ("guessed", "twin", "never-decrypted", "staged", "from-git", "from-sops", *CERTIFICATES, *REFRESHED)
    volumes = [files(name) for name in read]
    yield deployment(HOME, "reads-all", {"containers": [container()], "volumes": volumes}, replicas=0)
    elsewhere = {"containers": [container()], "volumes": [files("twin-of-it")]}
    yield deployment(f"{HOME}-staging", "reads-all", elsewhere, replicas=0)
    for name in ("runs-with-the-old-certificate", "runs-with-the-new-certificate"):
        spec = {"containers": [container(from_secret("CERTIFICATE", "renewed", "tls.crt"))]}
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": metadata(name, HOME), "spec": spec}


CERTIFICATES = {"renewed": (5, 90), "ending": (85, 90), "by-hand-ending": (355, 365), "by-hand-fine": (5, 365)}
"""TLS Secret → days since its certificate began, and days it is valid."""
BY_CERT_MANAGER = ("renewed", "ending")


def _certificates() -> Iterator[Manifest]:
    for name in BY_CERT_MANAGER:
        began, days = CERTIFICATES[name]
        dates = {"notBefore": _ago(began), "notAfter": _ago(began - days)}
        yield {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": metadata(name, HOME),
            "spec": {"secretName": name, "dnsNames": [f"{name}.example.org"], "issuerRef": {"name": "ca"}},
            "status": _ready() | dates,
        }


def _running(name: str, days: float) -> Manifest:
    """What a kubelet reports of a Pod whose container started so many days ago."""
    state = {"running": {"startedAt": _ago(days)}}
    image = "example.org/app:1"
    reported = {"name": "main", "image": image, "imageID": image, "ready": True, "restartCount": 0, "state": state}
    status = {"phase": "Running", "containerStatuses": [reported]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata(name, HOME), "status": status}


def _ready() -> Manifest:
    said = {"reason": "Tested", "message": "said", "lastTransitionTime": _ago(30)}
    return {"conditions": [{"type": "Ready", "status": "True"} | said]}


def _stores() -> Iterator[Manifest]:
    provider = {"provider": {"fake": {"data": [{"key": "x", "value": "y"}]}}}
    for name, conditions in (("open", []), ("limited", [{"namespaces": [HOME]}])):
        spec = provider | ({"conditions": conditions} if conditions else {})
        kind = {"apiVersion": EXTERNAL_SECRETS, "kind": "ClusterSecretStore"}
        yield kind | {"metadata": metadata(name), "spec": spec, "status": _ready()}


REFRESHED = {
    "on-time": ("1h", "Periodic", 0.01),
    "late": ("1h", "Periodic", 9),
    "never-again": ("0s", "Periodic", 0.01),
    "once": ("0s", "CreatedOnce", 300),
}
"""ExternalSecret → its interval, its policy, and days since its last refresh."""


def _refreshed() -> Iterator[Manifest]:
    for name, (interval, policy, days) in REFRESHED.items():
        data = [{"secretKey": "password", "remoteRef": {"key": "x"}}]
        spec = {"refreshInterval": interval, "refreshPolicy": policy, "target": {"name": name}, "data": data}
        reference = {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "limited"}}
        kind = {"apiVersion": EXTERNAL_SECRETS, "kind": "ExternalSecret", "metadata": metadata(name, HOME)}
        yield kind | {"spec": spec | reference, "status": _ready() | {"refreshTime": _ago(days)}}


def _gitops() -> Iterator[Manifest]:
    yield from (secret(HOME, name) for name in REFRESHED)
    for name, kustomization in (("from-git", "plain"), ("from-sops", "decrypts")):
        manifest = secret(HOME, name)
        manifest["metadata"]["labels"] = {f"{FLUX}/name": kustomization, f"{FLUX}/namespace": HOME}
        yield manifest


def _kustomizations() -> Iterator[Manifest]:
    for name in ("plain", "decrypts"):
        spec: Manifest = {"interval": "10m", "prune": True, "sourceRef": {"kind": "GitRepository", "name": "fleet"}}
        if name == "decrypts":
            spec["decryption"] = {"provider": "sops"}
        kind = {"apiVersion": f"{FLUX}/v1", "kind": "Kustomization", "metadata": metadata(name, HOME)}
        yield kind | {"spec": spec, "status": _ready()}


def _managers() -> Iterator[Manifest]:
    """Vault, open to all, and OpenBao, which admits one namespace; and an old Sealed Secrets controller."""
    for product, image in (("vault", "hashicorp/vault:1.20"), ("openbao", "openbao/openbao:2.4")):
        home = product.removeprefix("open")
        labels = {"app.kubernetes.io/name": product, "component": "server"}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [container() | {"image": image}]}}
        spec = {"replicas": 0, "serviceName": product, "selector": {"matchLabels": labels}, "template": pod}
        yield {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata(product, home), "spec": spec}
        yield {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata(product, home),
            "spec": {"selector": labels, "ports": [{"name": "http", "port": 8200, "targetPort": 8200}]},
        }
    admitted = {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": HOME}}}]}
    yield {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata("clients", "bao"),
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [admitted]},
    }
    controller = container() | {"image": "bitnami/sealed-secrets-controller:0.32.2"}
    yield deployment("tools", "sealed-secrets-controller", {"containers": [controller]}, replicas=0)


def _leftovers() -> Iterator[Manifest]:
    yield secret("default", "stray")
    staged = secret(HOME, "staged")
    staged["metadata"]["labels"] = {"environment": "staging"}
    yield staged


BY_HAND = ("guessed", "twin", "never-decrypted", "staged", "by-hand-ending", "by-hand-fine", "from-git")

LABELS: set[Label] = {
    ("plaintext-args", "high", "Deployment", HOME, "args-leak"),
    *(("plaintext-configmap", "high", "ConfigMap", HOME, f"{name}-leak") for name in ("value", "file", "binary")),
    *(("no-source-of-truth", "medium", "Secret", HOME, name) for name in BY_HAND),
    ("no-source-of-truth", "medium", "Secret", f"{HOME}-staging", "twin-of-it"),
    ("no-source-of-truth", "medium", "Secret", "default", "stray"),
    ("sync-stale", "medium", "ExternalSecret", HOME, "late"),
    ("sync-stale", "medium", "ExternalSecret", HOME, "never-again"),
    ("store-open", "medium", "ClusterSecretStore", "", "open"),
    ("sealed-secrets-outdated", "high", "Deployment", "tools", "sealed-secrets-controller"),
    ("gitops-plaintext", "high", "Secret", HOME, "from-git"),
    ("default-namespace", "low", "Secret", "default", "stray"),
    ("namespace-mixed", "low", "Secret", HOME, "staged"),
    ("certificate-expiring", "high", "Secret", HOME, "ending"),
    ("stale-consumer", "high", "Pod", HOME, "runs-with-the-old-certificate"),
    ("secret-in-env", "low", "Pod", HOME, "runs-with-the-old-certificate"),
    ("secret-in-env", "low", "Pod", HOME, "runs-with-the-new-certificate"),
    ("unused-secret", "low", "Secret", "default", "stray"),
    ("manager-reachable", "medium", "Service", "vault", "vault"),
}
"""What every scan finds."""

DEEP_LABELS: set[Label] = {
    ("certificate-expiring", "high", "Secret", HOME, "by-hand-ending"),
    ("sops-not-decrypted", "high", "Secret", HOME, "never-decrypted"),
    ("duplicate-value", "medium", "Secret", HOME, "twin"),
    ("duplicate-value", "medium", "Secret", f"{HOME}-staging", "twin-of-it"),
    ("weak-value", "high", "Secret", HOME, "guessed"),
}
"""What a deep scan finds besides."""

NOTHING_TO_FIND = frozenset({"rotation-overdue", "rotation-unproven", "rotation-not-rehearsed"})
"""All Secrets are minutes old: no value is too old, and none was rotated."""

NOT_ASSESSED: dict[str, str] = {
    "encryption-weak": "Secrets are written in plaintext, so there is no encryption to judge",
    "encryption-not-rewritten": "Secrets are written in plaintext, so nothing is to be rewritten yet",
    "audit-off": "Give the policy with --audit-policy",
    "audit-logs-values": "Give the policy with --audit-policy",
    "git-plaintext-secret": "run `secretsui repo-scan PATH`",
    "ci-unscanned": "run `secretsui repo-scan PATH`",
}
"""What this cluster cannot show to any scan, and the words of the reason."""

NEEDS_VALUES: dict[str, str] = {
    "sops-not-decrypted": "scan with --deep",
    "duplicate-value": "values are read only by a deep scan (--deep)",
    "weak-value": "values are read only by a deep scan (--deep)",
}
"""What only a deep scan sees, and what another one says instead."""
