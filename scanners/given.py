"""Files that a person hands in because no API shows them: they become part of the Inventory, with their coverage."""

from __future__ import annotations

import msgspec

from scanners.inventory import AuditPolicy, Coverage, EncryptionEntry, Inventory

BY_A_PERSON = "given by a person"


def with_encryption(inventory: Inventory, entries: tuple[EncryptionEntry, ...], file_hash: str = "") -> Inventory:
    """The Inventory with the EncryptionConfiguration of its API server.

    `file_hash` is `configuration_hash` of the file: where the API server has that one loaded, it proves it.
    """
    return msgspec.structs.replace(
        inventory,
        encryption=entries,
        given_encryption_hash=file_hash,
        coverage=inventory.coverage | _covered("encryptionconfiguration", len(entries)),
    )


def with_audit_policy(inventory: Inventory, policy: AuditPolicy) -> Inventory:
    """The Inventory with the audit policy of its API server."""
    return msgspec.structs.replace(
        inventory, audit_policy=policy, coverage=inventory.coverage | _covered("auditpolicy", len(policy.rules))
    )


def _covered(name: str, read: int) -> dict[str, Coverage]:
    return {name: Coverage(input=name, status="complete", verb="get", detail=BY_A_PERSON, read=read)}
