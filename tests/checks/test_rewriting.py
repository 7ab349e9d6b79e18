"""What earlier scans prove about Secrets that were not rewritten, and where they prove nothing."""

from __future__ import annotations

import pytest

from scanners.assess import CheckResult, assess_check
from scanners.checks.encryption import ENCRYPTION_AT_REST
from scanners.checks.encryption_evidence import certain_prefix, encryption_seen
from scanners.checks.encryption_rewriting import ENCRYPTION_NOT_REWRITTEN
from scanners.collect.inputs import NAMES
from scanners.context import Context
from scanners.etcd_prefix import PLAINTEXT, Prefix, is_provider, parse_prefix, prefix_of, reads, write_prefixes
from scanners.history import EncryptionSeen, History, stretches
from scanners.inventory import EncryptionProvider, Inventory, Secret, Transformation
from scanners.revisions import revision
from tests.core.build import complete, inventory, secret

AESCBC = "k8s:enc:aescbc:v1:"
KEY1, KEY2 = Prefix(AESCBC, "key1:"), Prefix(AESCBC, "key2:")
KMS = Prefix("k8s:enc:kms:v2:vault:")


def moved(direction: str, prefix: str, count: int, failed: int = 0) -> Transformation:
    return Transformation(
        resource="secrets",
        direction="to_storage" if direction == "to" else "from_storage",
        prefix=prefix,
        count=count,
        failed=failed,
    )


def old(number: int, versions: range = range(10, 100, 10)) -> tuple[Secret, ...]:
    """So many Secrets, at the resourceVersions 10, 20, …"""
    return tuple(secret(f"s{version}", resource_version=str(version)) for version in list(versions)[:number])


def seen(
    secrets: tuple[Secret, ...], *series: Transformation, config_hash: str = "sha256:now", listed_at: str = "1000"
) -> Inventory:
    return inventory(
        secrets=secrets,
        transformations=series,
        secret_cache_fills=1,
        secrets_resource_version=listed_at,
        encryption_config_hash=config_hash,
        coverage=complete(*NAMES),
    )


def judged(found: Inventory, *earlier: EncryptionSeen) -> CheckResult:
    return assess_check(ENCRYPTION_NOT_REWRITTEN, Context(found, history=History(encryption=earlier)))


def many_reads_of(prefix: Prefix, *others: Transformation) -> tuple[Transformation, ...]:
    """A long-lived API server, whose counters alone prove nothing."""
    local = (moved("from", prefix.key, 99), moved("to", prefix.key, 9)) if prefix.key else ()
    return (moved("from", prefix.provider, 99), moved("to", prefix.provider, 9), *local, *others)


IN_PLAINTEXT = moved("from", "identity", 4)


def test_a_secret_not_written_since_a_scan_in_plaintext_is_named() -> None:
    result = judged(
        seen(old(4), *many_reads_of(KMS, IN_PLAINTEXT)), EncryptionSeen("", 25, PLAINTEXT), EncryptionSeen("b", 30, KMS)
    )
    (finding,) = result.findings
    assert (finding.kind, finding.severity) == ("Cluster", "high")
    assert finding.message == "At least 2 of 4 Secrets in etcd still are in plaintext."
    assert finding.evidence.endswith("another way to write: shop/s10, shop/s20")


def test_of_many_only_the_first_are_named() -> None:
    result = judged(seen(old(9), *many_reads_of(KMS, moved("from", "identity", 9))), EncryptionSeen("", 500, PLAINTEXT))
    (finding,) = result.findings
    assert "shop/s50 and 4 more" in finding.evidence
    assert "s60" not in finding.evidence


def test_without_a_write_since_the_start_plaintext_is_still_certain() -> None:
    result = judged(seen(old(4), IN_PLAINTEXT), EncryptionSeen("", 25, PLAINTEXT))
    assert [finding.message for finding in result.findings] == [
        "At least 2 of 4 Secrets in etcd still are in plaintext."
    ]
    unknown = judged(seen(old(4), IN_PLAINTEXT), EncryptionSeen("a", 25, KEY1))
    assert (unknown.status, unknown.findings) == ("not-assessed", [])


@pytest.mark.parametrize(
    ("earlier", "why"),
    [
        ((), "nothing was seen before"),
        ((EncryptionSeen("", 5, PLAINTEXT),), "all were written since"),
        ((EncryptionSeen("sha256:now", 25, KMS),), "the same file"),
        ((EncryptionSeen("other", 25, KMS),), "another file that writes alike"),
        ((EncryptionSeen("other", 25, None),), "another file, and nobody knows how it writes"),
        ((EncryptionSeen("a", 20, KMS), EncryptionSeen("b", 30, KEY1)), "written before, perhaps as now (a rollback)"),
        ((EncryptionSeen("a", 20, None), EncryptionSeen("b", 30, KEY1)), "written before, nobody knows how"),
        ((EncryptionSeen("", 2000, PLAINTEXT),), "the versions went back: etcd was restored"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_concluded_where_it_is_not_certain(earlier: tuple[EncryptionSeen, ...], why: str) -> None:
    result = judged(seen(old(4), *many_reads_of(KMS, IN_PLAINTEXT)), *earlier)
    assert (result.status, result.findings) == ("not-assessed", []), why


def test_fewer_old_reads_than_old_secrets_prove_the_earlier_scan_wrong() -> None:
    """In a rollout over several API servers, one that was not restarted yet had answered the earlier scan."""
    found = seen(old(4), *many_reads_of(KMS, moved("from", "identity", 1)))
    assert judged(found, EncryptionSeen("", 25, PLAINTEXT)).findings == []


@pytest.mark.parametrize("version", ["", "0", "-5", "abc", "12.5", "9" * 40, "٣"])
def test_a_version_that_is_no_integer_proves_nothing(version: str) -> None:
    assert revision(version) == 0
    odd = (secret("odd", resource_version=version),)
    found = seen(odd, *many_reads_of(KMS, IN_PLAINTEXT))
    assert judged(found, EncryptionSeen("", 25, PLAINTEXT)).findings == []
    assert encryption_seen(Context(seen(odd, *many_reads_of(KMS), listed_at=version))) is None


def test_the_old_key_that_is_taken_out_after_a_rotation_leaves_no_finding() -> None:
    """Four files of one rotation: key1; key2 added; key2 first and all rewritten; key1 gone."""
    earlier = stretches(
        [
            EncryptionSeen("one", 25, KEY1),
            EncryptionSeen("two", 26, KEY1),
            EncryptionSeen("three", 900, KEY2),
        ]
    )
    rewritten = old(4, range(500, 900, 100))
    result = judged(seen(rewritten, *many_reads_of(KEY2)), *earlier)
    assert result.status == "pass"


def test_one_stretch_of_scans_is_one_entry_and_one_that_knows_tells_the_others() -> None:
    scans = [
        EncryptionSeen("", 1, PLAINTEXT),
        EncryptionSeen("", 2, PLAINTEXT),
        EncryptionSeen("a", 3, None),
        EncryptionSeen("a", 4, KEY1),
        EncryptionSeen("a", 5, None),
        EncryptionSeen("b", 6, KEY2),
        EncryptionSeen("a", 7, None),
        EncryptionSeen("", 8, None),
        EncryptionSeen("", 9, PLAINTEXT),
    ]
    assert [(entry.resource_version, entry.written) for entry in stretches(scans)] == [
        (2, PLAINTEXT),
        (5, KEY1),
        (6, KEY2),
        (7, KEY1),
        (8, None),
        (9, PLAINTEXT),
    ]


def test_what_a_scan_leaves_for_later_ones() -> None:
    known = Context(seen(old(1), *many_reads_of(KEY1), listed_at="77"))
    assert encryption_seen(known) == EncryptionSeen("sha256:now", 77, KEY1)
    unknown = Context(seen(old(1), IN_PLAINTEXT))
    assert encryption_seen(unknown) == EncryptionSeen("sha256:now", 1000, None)
    plain = Context(seen(old(1), config_hash=""))
    assert encryption_seen(plain) == EncryptionSeen("", 1000, PLAINTEXT)
    denied = inventory(secrets=old(1), secrets_resource_version="77", coverage=complete("secrets"))
    assert encryption_seen(Context(denied)) is None


def test_an_earlier_scan_of_the_same_file_tells_what_writes_now() -> None:
    restarted = seen(old(2), moved("from", AESCBC, 2), moved("from", "key1:", 2))
    context = Context(restarted, history=History(encryption=(EncryptionSeen("sha256:now", 900, KEY1),)))
    assert certain_prefix(context) == KEY1
    assert assess_check(ENCRYPTION_NOT_REWRITTEN, context).status == "pass"


@pytest.mark.parametrize(("written", "status"), [(KEY1, "pass"), (PLAINTEXT, "fail"), (None, "not-assessed")])
def test_at_rest_remembers_how_the_same_file_wrote(written: Prefix | None, status: str) -> None:
    """After a restart, and until the first write, the counters alone do not tell."""
    restarted = seen(old(2), moved("from", AESCBC, 2), moved("from", "key1:", 2))
    context = Context(restarted, history=History(encryption=(EncryptionSeen("sha256:now", 900, written),)))
    assert assess_check(ENCRYPTION_AT_REST, context).status == status
    other = Context(restarted, history=History(encryption=(EncryptionSeen("sha256:other", 900, written),)))
    assert assess_check(ENCRYPTION_AT_REST, other).status == "not-assessed"


@pytest.mark.parametrize(
    ("text", "prefix", "kind"),
    [
        ("", PLAINTEXT, "identity"),
        ("k8s:enc:aescbc:v1:key1:", KEY1, "aescbc"),
        ("k8s:enc:secretbox:v1:a.b_c-1:", Prefix("k8s:enc:secretbox:v1:", "a.b_c-1:"), "secretbox"),
        ("k8s:enc:kms:v2:vault:", KMS, "KMS v2"),
        ("k8s:enc:kms:v1:vault:", Prefix("k8s:enc:kms:v1:vault:"), "KMS v1"),
        ("k8s:enc:aesgcm:v1:", Prefix("k8s:enc:aesgcm:v1:"), "aesgcm"),
    ],
)
def test_a_prefix_is_kept_as_its_text(text: str, prefix: Prefix, kind: str) -> None:
    assert parse_prefix(text) == prefix
    assert (prefix.text, prefix.kind) == (text, kind)


@pytest.mark.parametrize(
    "text", ["identity", "key1:", "k8s:enc:rot13:v1:", "k8s:enc:kms:v3:x:", "k8s:enc:kms:v2:", "x"]
)
def test_what_is_no_prefix(text: str) -> None:
    assert parse_prefix(text) is None
    assert not is_provider(text)


def test_the_prefix_of_a_provider_s_first_key() -> None:
    assert prefix_of(EncryptionProvider(kind="aescbc", keys=("key1", "key2"))) == KEY1
    assert prefix_of(EncryptionProvider(kind="kms", keys=("vault",), kms_version="v2")) == KMS
    assert prefix_of(EncryptionProvider(kind="kms", keys=("vault",))) is None
    assert prefix_of(EncryptionProvider(kind="aescbc", keys=("(unnamed)",))) is None
    assert prefix_of(EncryptionProvider(kind="identity")) == PLAINTEXT
    assert prefix_of(None) == PLAINTEXT


def test_the_prefixes_that_were_written() -> None:
    assert write_prefixes([moved("to", AESCBC, 3), moved("to", "key1:", 3)]) == (KEY1,)
    assert write_prefixes([moved("to", AESCBC, 3), moved("to", "key1:", 1), moved("to", "key2:", 2)]) == (KEY1, KEY2)
    assert write_prefixes([moved("to", "", 3), moved("to", KMS.provider, 1)]) == (PLAINTEXT, KMS)
    assert write_prefixes([moved("to", "", 3)]) == (PLAINTEXT,)
    assert write_prefixes([moved("to", AESCBC, 0, failed=2), moved("from", AESCBC, 2)]) == ()


def test_reads_count_at_most_what_has_the_prefix_and_at_least_what_has_not() -> None:
    found = reads(
        [
            moved("from", "identity", 2),
            moved("from", AESCBC, 7, failed=1),
            moved("from", "key1:", 9),
            moved("to", "x", 5),
        ],
        KEY1,
    )
    assert (found.under, found.other, found.plaintext, found.failed, found.total) == (7, 2, 2, 1, 9)
    assert found.strays == ("identity",)
    assert reads([moved("from", AESCBC, 7), moved("from", "key1:", 3), moved("from", "key2:", 4)], KEY1).other == 4
