"""Where Secrets come from: whether they have a source of truth, whether it works, and what stands in the way of it."""

from __future__ import annotations

from scanners.checks.sources.gitops import GITOPS_PLAINTEXT
from scanners.checks.sources.namespaces import DEFAULT_NAMESPACE, NAMESPACE_MIXED
from scanners.checks.sources.sealed_secrets import SEALED_SECRETS_OUTDATED
from scanners.checks.sources.sops import SOPS_NOT_DECRYPTED
from scanners.checks.sources.stale import SYNC_STALE
from scanners.checks.sources.stores import STORE_OPEN
from scanners.checks.sources.syncing import SYNC_FAILING
from scanners.checks.sources.truth import NO_SOURCE_OF_TRUTH

CHECKS = (
    NO_SOURCE_OF_TRUTH,
    SYNC_FAILING,
    SYNC_STALE,
    STORE_OPEN,
    SEALED_SECRETS_OUTDATED,
    GITOPS_PLAINTEXT,
    SOPS_NOT_DECRYPTED,
    DEFAULT_NAMESPACE,
    NAMESPACE_MIXED,
)

__all__ = [
    "CHECKS",
    "DEFAULT_NAMESPACE",
    "GITOPS_PLAINTEXT",
    "NAMESPACE_MIXED",
    "NO_SOURCE_OF_TRUTH",
    "SEALED_SECRETS_OUTDATED",
    "SOPS_NOT_DECRYPTED",
    "STORE_OPEN",
    "SYNC_FAILING",
    "SYNC_STALE",
]
