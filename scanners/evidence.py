"""How the age of a value is known, and what would make it more certain, in sentences (design.md, decision 3)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """`known` says what the dates rest on, `surer` what would narrow the interval."""

    name: str
    known: str
    surer: str


EVIDENCE: dict[str, Evidence] = {
    "managed-fields": Evidence(
        "field managers",
        "Kubernetes records when each field manager last wrote. None that owns this Secret's data has written since "
        "the later date, so the value has not changed since. It cannot be older, in this object, than the object.",
        "A manager's time also moves when it changes only a label of its own, so the value may be older than it "
        "looks here. Regular scans with --deep tell the two apart. A source that states each change narrows it as "
        "well: an ExternalSecret carries a hash of the data, a certificate its first day of validity.",
    ),
    "created": Evidence(
        "creation date",
        "No field manager claims this Secret's data, so only the object's creation is known: the value cannot be "
        "older than that in this object, and may have changed at any time since.",
        "Write the value once more with kubectl apply or a controller that records its fields, and the next scan "
        "knows when it last changed.",
    ),
    "observed": Evidence(
        "comparison of scans",
        "Scans compared the value itself, by its keyed digest, or found the whole object unchanged. Two that saw "
        "different values prove a change between them; all that saw the same value prove that there was none.",
        "More frequent scans narrow the interval.",
    ),
    "data-hash": Evidence(
        "hash of the data",
        "External Secrets Operator records a hash of the data it wrote, and the hash changed between two scans.",
        "More frequent scans narrow the interval. A scan with --deep also sees values that were changed by hand.",
    ),
    "certificate": Evidence(
        "certificate",
        "The certificate in this Secret states its first day of validity, and cannot have been there before.",
        "Regular scans with --deep tell since when the rest of the value is what it is.",
    ),
}

UNDATED = Evidence(
    "no date",
    "The object carries neither a creation date nor field managers, as in a manifest that was never applied.",
    "Scan the live cluster, or a snapshot made by secretsui collect, which keeps the dates.",
)


def evidence(kind: str) -> Evidence:
    """The sentences for `SecretRecord.age_evidence`, "" where there is none."""
    return EVIDENCE.get(kind, UNDATED)
