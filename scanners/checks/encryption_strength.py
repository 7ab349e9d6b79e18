"""How strong the encryption of Secrets in etcd is: the provider that writes, and who holds its key."""

from __future__ import annotations

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.encryption_evidence import (
    certain_prefix,
    given,
    given_is_loaded,
    line,
    metrics,
    steps,
    the_cluster,
)
from scanners.context import Context
from scanners.encryption import MANAGED, State, by_distribution, by_flags, named, write_provider
from scanners.etcd_prefix import IDENTITY, Prefix
from scanners.inventory import Cluster
from scanners.report import Severity

# https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#providers
WEAKNESSES: dict[str, tuple[Severity, str]] = {
    "aescbc": (
        "medium",
        "it is open to padding oracle attacks, and its key lies in a file beside every API server",
    ),
    "aesgcm": (
        "medium",
        "its key must be renewed every 200,000 writes, which nothing does by itself, and lies in a file beside every "
        "API server",
    ),
    "KMS v1": ("medium", "it is deprecated since Kubernetes 1.28 and switched off by default since 1.29"),
    "secretbox": (
        "low",
        "its cipher is strong, but its key lies in a file beside every API server, so whoever has that machine's "
        "disk has the Secrets",
    ),
}
"""By the provider that writes, as etcd_prefix and `named` call it. KMS v2 is not among them."""

_PLAINTEXT = Unknown("Secrets are written in plaintext, so there is no encryption to judge: see encryption-at-rest")


def _judge(context: Context, cluster: Cluster) -> Judgement:
    found = _provider(context, cluster)
    if isinstance(found, Unknown):
        return found
    provider, seen = found
    if provider == "KMS v2":
        return []
    if provider not in WEAKNESSES:
        return Unknown(f"secretsui does not know the provider {line(provider)}")
    severity, because = WEAKNESSES[provider]
    return [
        Fault(
            kind="Cluster",
            namespace="",
            name=cluster.name,
            severity=severity,
            message=f"Secrets are encrypted by {provider}: {because}.",
            evidence=seen,
        )
    ]


def _provider(context: Context, cluster: Cluster) -> tuple[str, str] | Unknown:
    """The provider that writes Secrets, and where that is seen."""
    if by_flags(context.inventory.api_servers).state is State.PLAINTEXT:
        return _PLAINTEXT
    prefix = certain_prefix(context)
    by_file = _by_file(context)
    if by_file == IDENTITY:
        return _PLAINTEXT
    if by_file:
        contradicted = isinstance(prefix, Prefix) and prefix.kind != by_file and not given_is_loaded(context)
        if contradicted:
            return Unknown(
                f"the given EncryptionConfiguration writes with {by_file}, but the API server with another provider: "
                "give the file that is loaded"
            )
        return by_file, "the given EncryptionConfiguration"
    if isinstance(prefix, Prefix):
        if prefix.kind == IDENTITY:
            return _PLAINTEXT
        return prefix.kind, f"the API server writes Secrets with the prefix {line(prefix.text)}"
    platform = by_distribution(cluster.distribution, cluster.version)
    if platform.state is State.ENCRYPTED and metrics(context).state is not State.PLAINTEXT:
        return MANAGED[cluster.distribution].encrypts_with, platform.because
    known = "; ".join(filter(None, (line(platform.because), prefix.reason)))
    return Unknown(f"{known}. It can be told by {' or by '.join(steps(context, cluster))}")


def _by_file(context: Context) -> str:
    """The provider that the given file writes Secrets with, "" where there is no file, or one of no known version."""
    entries = context.inventory.encryption
    if entries is None:
        return ""
    provider = write_provider(entries)
    if provider is None or given(context).state is State.PLAINTEXT:
        return IDENTITY
    return named(provider) if provider.kind != "kms" or provider.kms_version else ""


ENCRYPTION_WEAK = Check(
    id="encryption-weak",
    title="Secrets are encrypted by KMS v2",
    severity="medium",
    needs=(),
    checklist="encryption-at-rest",
    what=(
        "Secrets are encrypted in etcd, but by a provider that the documentation of Kubernetes advises against: "
        "aescbc, aesgcm or KMS v1. With secretbox the cipher is sound and only the place of the key is weak, which "
        "is a low finding. KMS v2 passes."
    ),
    why=(
        "The key of a local provider lies in the EncryptionConfiguration on the control plane's own disk, often "
        "beside etcd itself: one backup of that machine holds both the ciphertext and its key. A key service keeps "
        "the key elsewhere, renews it, and records its use."
    ),
    fix=(
        "Add KMS v2 as the first provider, keep the present one after it for reading, and restart the API servers "
        "one by one:\n\n"
        "  apiVersion: apiserver.config.k8s.io/v1\n"
        "  kind: EncryptionConfiguration\n"
        "  resources:\n"
        "    - resources: [secrets]\n"
        "      providers:\n"
        "        - kms:\n"
        "            apiVersion: v2\n"
        "            name: kms\n"
        "            endpoint: unix:///var/run/kms/socket.sock\n"
        "        # the present provider with its keys, then:\n"
        "        - identity: {}\n\n"
        "Without a key service, secretbox is the better local provider. Then write every Secret again:\n\n"
        "  kubectl get secrets --all-namespaces -o json | kubectl replace -f -\n\n"
        "and take the old provider out when encryption-not-rewritten passes."
    ),
    blind_spots=(
        "Whose key a KMS plugin uses is not seen from inside: where the provider of the cluster encrypts with a key "
        "of its own (EKS does from 1.28 on, unless you name one), this passes. To see whether a key of yours is used "
        "there: aws eks describe-cluster --name CLUSTER --query cluster.encryptionConfig. /metrics speaks for one "
        "API server, and a given file is believed to be the one that is loaded."
    ),
    references=(
        (
            "Providers and their strength",
            "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#providers",
        ),
        ("Using a KMS provider", "https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/"),
        (
            "Default envelope encryption of EKS",
            "https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html",
        ),
    ),
    mappings=(
        ("CIS Kubernetes Benchmark", "1.2.28 Ensure that encryption providers are appropriately configured"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Secrets"),
    ),
    select=the_cluster,
    judge=_judge,
)

CHECKS = (ENCRYPTION_WEAK,)
