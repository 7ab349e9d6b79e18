"""Whether Secrets are encrypted on their way to etcd, from whatever the cluster lets one see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.context import Context
from scanners.encryption import (
    MANAGED,
    SELF_REPORTING,
    State,
    Verdict,
    by_configuration,
    by_distribution,
    by_flags,
    by_metrics,
)
from scanners.inventory import Cluster

API_SERVERS = "apiservers"
METRICS = "metrics"
CONFIGURATION = "encryptionconfiguration"


def _select_cluster(context: Context) -> Iterable[Cluster]:
    return (context.inventory.cluster,)


def _judge(context: Context, cluster: Cluster) -> Judgement:
    """Certain plaintext from any source fails; else what is certain to encrypt passes, if nothing contradicts it.

    A given EncryptionConfiguration outweighs the metrics, whose counters may be older than it; flags outweigh
    both, since an API server without the flag has loaded nothing. Where a provider runs the API server,
    plaintext is never concluded: it encrypts what lies beneath.
    """
    flags = by_flags(context.inventory.api_servers)
    given = _given(context)
    metrics = _metrics(context)
    platform = by_distribution(cluster.distribution, cluster.version)
    if flags.state is State.PLAINTEXT:
        return [_plaintext(cluster, flags)]
    if given.state is State.PLAINTEXT:
        return [_plaintext(cluster, given)]
    if given.state is State.ENCRYPTED:
        return [] if metrics.state is not State.PLAINTEXT else _contradiction(given, metrics)
    if metrics.state is State.PLAINTEXT and cluster.distribution not in MANAGED:
        return [_plaintext(cluster, metrics)]
    if metrics.state is State.ENCRYPTED and not _differ(context):
        return []
    if platform.state is State.ENCRYPTED:
        return [] if metrics.state is not State.PLAINTEXT else _contradiction(platform, metrics)
    return _unresolved(context, cluster, (platform, flags, given, metrics))


def _given(context: Context) -> Verdict:
    if context.inventory.encryption is not None:
        return by_configuration(context.inventory.encryption)
    coverage = context.coverage(CONFIGURATION)
    unreadable = coverage.status == "error" and CONFIGURATION in context.inventory.coverage
    return Verdict(
        State.UNKNOWN, f"the EncryptionConfiguration could not be read: {coverage.detail}" if unreadable else ""
    )


def _metrics(context: Context) -> Verdict:
    if context.coverage(METRICS).status != "complete":
        return Verdict(State.UNKNOWN, "")
    return by_metrics(context.inventory.transformations, secrets_exist=bool(context.inventory.secrets))


def _differ(context: Context) -> bool:
    """Whether several API servers load different files, so that the metrics of one do not speak for the others."""
    return len({server.encryption_config for server in context.inventory.api_servers}) > 1


def _contradiction(said: Verdict, metrics: Verdict) -> Unknown:
    return Unknown(
        f"{_line(said.because)}, but {_line(metrics.because)}: either another configuration is loaded, or it was "
        "loaded since. Restart the API server, change any Secret and scan again"
    )


def _unresolved(context: Context, cluster: Cluster, verdicts: Iterable[Verdict]) -> Unknown:
    """What is known, and each step that would tell the rest."""
    known = "; ".join(_line(verdict.because) for verdict in verdicts if verdict.because)
    return Unknown(f"{known}. It can be told by {' or by '.join(_steps(context, cluster))}")


def _line(text: str) -> str:
    """One printable line: file and Pod names in it come from the cluster."""
    return "".join(character if character.isprintable() else "�" for character in text)[:500]


def _steps(context: Context, cluster: Cluster) -> Iterator[str]:
    yield "giving the file with --encryption-config"
    if context.coverage(METRICS).status != "complete":
        yield "allowing get on the non-resource URL /metrics"
    elif context.inventory.transformations:
        yield "restarting the API server, whose counters then start afresh, and changing any Secret"
    if cluster.distribution in MANAGED:
        yield MANAGED[cluster.distribution].ask
        return
    if context.coverage(API_SERVERS).status not in ("complete", "absent"):
        yield "allowing list on pods in kube-system"
    if cluster.distribution in SELF_REPORTING:
        yield SELF_REPORTING[cluster.distribution]


def _plaintext(cluster: Cluster, verdict: Verdict) -> Fault:
    return Fault(
        kind="Cluster",
        namespace="",
        name=cluster.name,
        message=f"Secrets are written to etcd in plaintext: {_line(verdict.because)}.",
        evidence=_line(verdict.because),
    )


ENCRYPTION_AT_REST = Check(
    id="encryption-at-rest",
    title="Secrets are encrypted in etcd",
    severity="critical",
    needs=(),
    checklist="encryption-at-rest",
    what=(
        "The API server writes Secrets to etcd in plaintext: it has no EncryptionConfiguration, or the "
        "configuration has no entry for secrets, or identity is the first provider of the first entry that covers "
        "them. The first provider writes; the others only read."
    ),
    why=(
        "Base64 is no encryption. Whoever obtains an etcd backup, a snapshot of its disk, or a way to its port "
        "has every Secret of the cluster, past RBAC and unseen by the audit log."
    ),
    fix=(
        "Write an EncryptionConfiguration with KMS v2 where a key service exists, else secretbox. identity comes "
        "last, so that what is still in plaintext can be read:\n\n"
        "  apiVersion: apiserver.config.k8s.io/v1\n"
        "  kind: EncryptionConfiguration\n"
        "  resources:\n"
        "    - resources: [secrets]\n"
        "      providers:\n"
        "        - kms:\n"
        "            apiVersion: v2\n"
        "            name: kms\n"
        "            endpoint: unix:///var/run/kms/socket.sock\n"
        "        # without a key service, in place of kms:\n"
        "        # - secretbox:\n"
        "        #     keys:\n"
        "        #       - name: key1\n"
        "        #         secret: OUTPUT-OF  head -c 32 /dev/urandom | base64\n"
        "        - identity: {}\n\n"
        "Give it to every API server (mode 0600, owned by root) and restart them one by one:\n\n"
        "  --encryption-provider-config=/etc/kubernetes/encryption.yaml\n\n"
        "Existing Secrets stay in plaintext until they are written again. When every API server has the file:\n\n"
        "  kubectl get secrets --all-namespaces -o json | kubectl replace -f -\n\n"
        "or, from Kubernetes 1.37 on, by the control plane itself:\n\n"
        "  apiVersion: storagemigration.k8s.io/v1\n"
        "  kind: StorageVersionMigration\n"
        "  metadata:\n"
        "    name: encrypt-secrets\n"
        "  spec:\n"
        "    resource:\n"
        '      group: ""\n'
        "      resource: secrets\n\n"
        "Backups made before hold the old plaintext: rotate the values, and let the backups expire."
    ),
    blind_spots=(
        "What /metrics tells comes from the one API server that answered, since its start. A given file is "
        "believed to be the one that is loaded. Encryption of disks beneath etcd is not this check's subject."
    ),
    references=(
        ("Encrypting Confidential Data at Rest", "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/"),
        ("Using a KMS provider", "https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/"),
        (
            "Default envelope encryption of EKS",
            "https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html",
        ),
    ),
    mappings=(
        (
            "CIS Kubernetes Benchmark",
            "1.2.27 Ensure that the --encryption-provider-config argument is set as appropriate",
        ),
        ("CIS Kubernetes Benchmark", "1.2.28 Ensure that encryption providers are appropriately configured"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Secrets"),
    ),
    select=_select_cluster,
    judge=_judge,
)

CHECKS = (ENCRYPTION_AT_REST,)
