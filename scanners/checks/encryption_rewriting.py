"""Whether Secrets in etcd are all encrypted as they would be written now, or some still as they were before."""

from __future__ import annotations

from collections.abc import Iterator

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.encryption_evidence import METRICS, certain_prefix, line, metrics, the_cluster
from scanners.checks.wording import counted, shown
from scanners.context import Context
from scanners.encryption import State
from scanners.etcd_prefix import PLAINTEXT, Prefix, Reads, names_resources, reads
from scanners.inventory import Cluster, Secret
from scanners.revisions import revision
from scanners.rewriting import Counted, count, left_behind

SECRETS_INPUT = "secrets"
NAMED = 5
"""Secrets that are named as examples."""

_RESTART = "Restart the API server, whose counters then start afresh, and scan again"


def _judge(context: Context, cluster: Cluster) -> Judgement:
    """Fails for what certainly remains, passes where certainly nothing does, and says what would tell the rest."""
    if context.coverage(METRICS).status != "complete":
        return Unknown("what was rewritten shows in the counters of the API server, at /metrics")
    inventory = context.inventory
    prefix = certain_prefix(context)
    if prefix == PLAINTEXT:
        return Unknown("Secrets are written in plaintext, so nothing is to be rewritten yet: see encryption-at-rest")
    if isinstance(prefix, Unknown) and (
        metrics(context).state is State.PLAINTEXT or not names_resources(inventory.transformations)
    ):
        return prefix
    now = prefix if isinstance(prefix, Prefix) else None
    seen = reads(inventory.transformations, now or PLAINTEXT)
    old = left_behind(
        inventory.secrets,
        context.history.encryption,
        now,
        inventory.encryption_config_hash,
        revision(inventory.secrets_resource_version),
        seen,
    )
    if isinstance(prefix, Unknown):
        return [_fault(cluster, None, 0, old, seen, len(inventory.secrets))] if old else prefix
    counters = _count(context, seen)
    if old or counters.remaining:
        return [_fault(cluster, prefix, counters.remaining, old, seen, counters.listed)]
    if counters.all_rewritten:
        return []
    return Unknown(f"{line(counters.doubt)}. {_RESTART}")


def _count(context: Context, seen: Reads) -> Counted:
    """The counters beside the list of all Secrets; without all of them, nothing is counted."""
    listed = len(context.inventory.secrets)
    coverage = context.coverage(SECRETS_INPUT)
    if coverage.status != "complete" or context.inventory.scope:
        return Counted(listed, doubt="not all Secrets of the cluster were listed, so they cannot be compared")
    return count(listed, seen, cache_fills=context.inventory.secret_cache_fills)


def _fault(
    cluster: Cluster, prefix: Prefix | None, remaining: int, old: tuple[Secret, ...], seen: Reads, listed: int
) -> Fault:
    number = max(remaining, len(old))
    state = "in plaintext or under an old key"
    if not seen.plaintext:
        state = "under an old key"
    elif seen.plaintext == seen.other:
        state = "in plaintext"
    return Fault(
        kind="Cluster",
        namespace="",
        name=cluster.name,
        message=f"At least {number} of {counted(listed, 'Secret')} in etcd still {_are(number)} {state}.",
        evidence="; ".join(_evidence(prefix, old, seen)),
    )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _evidence(prefix: Prefix | None, old: tuple[Secret, ...], seen: Reads) -> Iterator[str]:
    if prefix is not None:
        yield (
            f"the API server writes Secrets with the prefix {line(prefix.text)}, and since its start has read one "
            f"with that prefix {counted(seen.under, 'time')}, with another or none {counted(seen.other, 'time')}"
        )
    if old:
        examples = ", ".join(shown(f"{secret.namespace}/{secret.name}") for secret in old[:NAMED])
        more = f" and {len(old) - NAMED} more" if len(old) > NAMED else ""
        yield f"not written since an earlier scan, which saw another way to write: {examples}{more}"


ENCRYPTION_NOT_REWRITTEN = Check(
    id="encryption-not-rewritten",
    title="Secrets in etcd were rewritten after the encryption changed",
    severity="high",
    needs=(METRICS, SECRETS_INPUT),
    checklist="encryption-at-rest",
    what=(
        "Secrets are encrypted when they are written, and some have not been written since encryption was switched "
        "on or its key was changed: they are in etcd as before, in plaintext or under the old key. Only what is "
        "certain is counted, so the number is the least there can be."
    ),
    why=(
        "A cluster that encrypts now may still keep years of Secrets in plaintext, in etcd and in each of its "
        "backups. And an old key that was leaked opens whatever is still under it, until every Secret is written "
        "again."
    ),
    fix=(
        "When every API server has loaded the new configuration, write each Secret again as it is:\n\n"
        "  kubectl get secrets --all-namespaces -o json | kubectl replace -f -\n\n"
        "or, from Kubernetes 1.37 on, let the control plane do it:\n\n"
        "  apiVersion: storagemigration.k8s.io/v1\n"
        "  kind: StorageVersionMigration\n"
        "  metadata:\n"
        "    name: rewrite-secrets\n"
        "  spec:\n"
        "    resource:\n"
        '      group: ""\n'
        "      resource: secrets\n\n"
        "Then restart the API servers one by one: their counters start afresh, and the next scan proves the result. "
        "Take identity and old keys out of the configuration only after that. Backups made before hold the old "
        "state: rotate the values, and let the backups expire."
    ),
    blind_spots=(
        "A key that is renewed inside a key service, behind the same KMS plugin, does not show. The counters are "
        "those of the API server that answered. Backups, and etcd's own history until it is compacted, are not seen."
    ),
    references=(
        (
            "Ensure all Secrets are encrypted",
            "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#ensure-all-secrets-are-encrypted",
        ),
        (
            "Rotate a decryption key",
            "https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#rotating-a-decryption-key",
        ),
        (
            "Storage version migration",
            "https://kubernetes.io/docs/tasks/manage-kubernetes-objects/storage-version-migration/",
        ),
    ),
    mappings=(
        ("CIS Kubernetes Benchmark", "1.2.28 Ensure that encryption providers are appropriately configured"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Secrets"),
    ),
    select=the_cluster,
    judge=_judge,
)

CHECKS = (ENCRYPTION_NOT_REWRITTEN,)
