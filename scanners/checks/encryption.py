"""Whether Secrets are encrypted on their way to etcd, from whatever the cluster lets one see."""

from __future__ import annotations

from collections.abc import Iterable

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.encryption_evidence import (
    API_SERVERS,
    CONFIGURATION,
    METRICS,
    files_differ,
    given,
    given_is_loaded,
    line,
    metrics,
    remembered,
    steps,
    the_cluster,
)
from scanners.context import Context
from scanners.encryption import MANAGED, State, Verdict, by_distribution, by_flags
from scanners.inventory import Cluster


def _judge(context: Context, cluster: Cluster) -> Judgement:
    """Certain plaintext from any source fails; else what is certain to encrypt passes, if nothing contradicts it.

    A given EncryptionConfiguration outweighs the metrics, whose counters may be older than it; flags outweigh
    both, since an API server without the flag has loaded nothing. Counters that do not tell are helped by an earlier
    scan that saw the same file. Where a provider runs the API server, plaintext is never concluded: it encrypts
    what lies beneath.
    """
    flags = by_flags(context.inventory.api_servers)
    file = given(context)
    counters = metrics(context)
    platform = by_distribution(cluster.distribution, cluster.version)
    if flags.state is State.PLAINTEXT:
        return [_plaintext(cluster, flags)]
    if file.state is State.PLAINTEXT:
        return [_plaintext(cluster, file)]
    if file.state is State.ENCRYPTED:
        agree = counters.state is not State.PLAINTEXT or given_is_loaded(context)
        return [] if agree else _contradiction(file, counters)
    if counters.state is State.PLAINTEXT and cluster.distribution not in MANAGED:
        return [_plaintext(cluster, counters)]
    if counters.state is State.UNKNOWN:
        counters = remembered(context)
        if counters.state is State.PLAINTEXT and cluster.distribution not in MANAGED:
            return [_plaintext(cluster, counters)]
    if counters.state is State.ENCRYPTED and not files_differ(context):
        return []
    if platform.state is State.ENCRYPTED:
        return [] if counters.state is not State.PLAINTEXT else _contradiction(platform, counters)
    return _unresolved(context, cluster, (platform, flags, file, metrics(context)))


def _contradiction(said: Verdict, counters: Verdict) -> Unknown:
    return Unknown(
        f"{line(said.because)}, but {line(counters.because)}: either another configuration is loaded, or it was "
        "loaded since. Restart the API server, change any Secret and scan again"
    )


def _unresolved(context: Context, cluster: Cluster, verdicts: Iterable[Verdict]) -> Unknown:
    """What is known, and each step that would tell the rest."""
    known = "; ".join(line(verdict.because) for verdict in verdicts if verdict.because)
    return Unknown(f"{known}. It can be told by {' or by '.join(steps(context, cluster))}")


def _plaintext(cluster: Cluster, verdict: Verdict) -> Fault:
    return Fault(
        kind="Cluster",
        namespace="",
        name=cluster.name,
        message=f"Secrets are written to etcd in plaintext: {line(verdict.because)}.",
        evidence=line(verdict.because),
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
        "believed to be the one that is loaded; from Kubernetes 1.34 on its hash proves it. Encryption of disks "
        "beneath etcd is not this check's subject."
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
    select=the_cluster,
    judge=_judge,
)

CHECKS = (ENCRYPTION_AT_REST,)

__all__ = ["API_SERVERS", "CHECKS", "CONFIGURATION", "ENCRYPTION_AT_REST", "METRICS"]
