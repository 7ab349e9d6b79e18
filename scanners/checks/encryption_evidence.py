"""What the checks on encryption share: how Secrets are written, as far as it is certain, and how that was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanners.checks.check import Unknown
from scanners.context import Context
from scanners.encryption import (
    MANAGED,
    SELF_REPORTING,
    State,
    Verdict,
    by_configuration,
    by_flags,
    by_metrics,
    write_provider,
)
from scanners.etcd_prefix import PLAINTEXT, Prefix, names_resources, prefix_of, write_prefixes
from scanners.history import EncryptionSeen
from scanners.inventory import Cluster
from scanners.revisions import revision

API_SERVERS = "apiservers"
METRICS = "metrics"
SECRETS = "secrets"
CONFIGURATION = "encryptionconfiguration"


def the_cluster(context: Context) -> Iterable[Cluster]:
    """What these checks look at: the cluster as a whole."""
    return (context.inventory.cluster,)


def line(text: str) -> str:
    """One printable line: file and Pod names in it come from the cluster."""
    return "".join(character if character.isprintable() else "�" for character in text)[:500]


def given(context: Context) -> Verdict:
    """The verdict of the EncryptionConfiguration that a person gave, or that it could not be read."""
    if context.inventory.encryption is not None:
        return by_configuration(context.inventory.encryption)
    coverage = context.coverage(CONFIGURATION)
    unreadable = coverage.status == "error" and CONFIGURATION in context.inventory.coverage
    return Verdict(
        State.UNKNOWN, f"the EncryptionConfiguration could not be read: {coverage.detail}" if unreadable else ""
    )


def given_is_loaded(context: Context) -> bool:
    """Whether the given file is, byte by byte, the one that the API server has loaded."""
    inventory = context.inventory
    return bool(inventory.given_encryption_hash) and inventory.given_encryption_hash == inventory.encryption_config_hash


def metrics(context: Context) -> Verdict:
    """The verdict of the API server's counters."""
    if context.coverage(METRICS).status != "complete":
        return Verdict(State.UNKNOWN, "")
    inventory = context.inventory
    return by_metrics(
        inventory.transformations,
        secrets_exist=bool(inventory.secrets),
        reloaded=bool(inventory.encryption_reloads),
    )


def files_differ(context: Context) -> bool:
    """Whether several API servers load different files, so that the metrics of one do not speak for the others."""
    return len({server.encryption_config for server in context.inventory.api_servers}) > 1


def certain_prefix(context: Context) -> Prefix | Unknown:
    """The prefix under which the API server writes Secrets, PLAINTEXT for none, from what leaves no doubt.

    That is the file that is loaded, if its hash proves it to be the given one; else the one prefix that the API
    server has written under since its start, if it has loaded no other file since; else what an earlier scan knew
    of the same file. Unknown says what would tell.
    """
    inventory = context.inventory
    if given_is_loaded(context) and inventory.encryption is not None:
        prefix = prefix_of(write_provider(inventory.encryption))
        if prefix is not None:
            return prefix
    if by_flags(inventory.api_servers).state is State.PLAINTEXT:
        return PLAINTEXT
    if files_differ(context):
        return Unknown("the API servers load different files, and /metrics speaks for one of them")
    if metrics(context).state is State.PLAINTEXT and inventory.cluster.distribution not in MANAGED:
        return PLAINTEXT
    if not names_resources(inventory.transformations):
        return Unknown(
            "the metrics of this version do not tell which resource was encrypted; they do from Kubernetes 1.32 on"
        )
    written = write_prefixes(inventory.transformations)
    if len(written) == 1 and not inventory.encryption_reloads:
        return written[0]
    known = _known_of_this_file(context)
    if known is not None:
        return known
    if inventory.encryption_reloads or len(written) > 1:
        return Unknown(
            "the API server has written Secrets in more than one way since its start, or has loaded another "
            "EncryptionConfiguration, so its counters do not tell which provider writes now. Restart the API server, "
            "change any Secret and scan again"
        )
    return Unknown(
        "the API server has written no Secret since its start, so its counters do not tell which provider writes. "
        "Change any Secret and scan again, or give the file that is loaded with --encryption-config"
    )


def remembered(context: Context) -> Verdict:
    """The verdict of an earlier scan that saw the API server write with the same file."""
    known = _known_of_this_file(context)
    if known is None:
        return Verdict(State.UNKNOWN, "")
    because = "an earlier scan saw that the EncryptionConfiguration that is loaded writes Secrets"
    if known == PLAINTEXT:
        return Verdict(State.PLAINTEXT, f"{because} in plaintext")
    return Verdict(State.ENCRYPTED, f"{because} with the prefix {known.text}")


def _known_of_this_file(context: Context) -> Prefix | None:
    config_hash = context.inventory.encryption_config_hash
    same = (scan.written for scan in context.history.encryption if config_hash and scan.config_hash == config_hash)
    return next((written for written in same if written is not None), None)


def encryption_seen(context: Context) -> EncryptionSeen | None:
    """What this scan leaves for later ones to compare with; None where the metrics or the list tell too little."""
    listed_at = revision(context.inventory.secrets_resource_version)
    if context.coverage(METRICS).status != "complete" or not listed_at:
        return None
    prefix = certain_prefix(context)
    return EncryptionSeen(
        config_hash=context.inventory.encryption_config_hash,
        resource_version=listed_at,
        written=prefix if isinstance(prefix, Prefix) else None,
    )


def steps(context: Context, cluster: Cluster) -> Iterator[str]:
    """Each step that would tell how Secrets are written."""
    yield "giving the file with --encryption-config"
    if context.coverage(METRICS).status != "complete":
        yield "allowing get on the non-resource URL /metrics"
    elif context.coverage(SECRETS).status not in ("complete", "absent"):
        yield "allowing list on secrets, with which the API server's counters are compared"
    elif context.inventory.transformations:
        yield "restarting the API server, whose counters then start afresh, and changing any Secret"
    if cluster.distribution in MANAGED:
        yield MANAGED[cluster.distribution].ask
        return
    if context.coverage(API_SERVERS).status not in ("complete", "absent"):
        yield "allowing list on pods in kube-system"
    if cluster.distribution in SELF_REPORTING:
        yield SELF_REPORTING[cluster.distribution]
