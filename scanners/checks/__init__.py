"""The registry of checks: the one list that assessing, the catalogue pages and the docs read."""

from __future__ import annotations

from scanners.checks.annotation import VALUE_IN_ANNOTATION
from scanners.checks.audit import AUDIT_LOGS_VALUES, AUDIT_OFF
from scanners.checks.certificates import CERTIFICATE_EXPIRING
from scanners.checks.check import Check
from scanners.checks.encryption import ENCRYPTION_AT_REST
from scanners.checks.encryption_rewriting import ENCRYPTION_NOT_REWRITTEN
from scanners.checks.encryption_strength import ENCRYPTION_WEAK
from scanners.checks.legacy import LEGACY_TOKEN
from scanners.checks.missing import MISSING_SECRET
from scanners.checks.network import MANAGER_REACHABLE
from scanners.checks.plaintext import PLAINTEXT_ARGS, PLAINTEXT_CONFIGMAP, PLAINTEXT_ENV
from scanners.checks.rbac import RBAC_LIST_WATCH, RBAC_WILDCARD
from scanners.checks.rehearsal import ROTATION_NOT_REHEARSED
from scanners.checks.repository import CI_UNSCANNED, GIT_PLAINTEXT_SECRET
from scanners.checks.rotation import ROTATION_OVERDUE, ROTATION_UNPROVEN
from scanners.checks.sources import (
    DEFAULT_NAMESPACE,
    GITOPS_PLAINTEXT,
    NAMESPACE_MIXED,
    NO_SOURCE_OF_TRUTH,
    SEALED_SECRETS_OUTDATED,
    SOPS_NOT_DECRYPTED,
    STORE_OPEN,
    SYNC_FAILING,
    SYNC_STALE,
)
from scanners.checks.stale import STALE_CONSUMER
from scanners.checks.usage import SECRET_IN_ENV, UNUSED_SECRET
from scanners.checks.values import DUPLICATE_VALUE, WEAK_VALUE

REGISTRY: tuple[Check, ...] = (
    ENCRYPTION_AT_REST,
    ENCRYPTION_WEAK,
    ENCRYPTION_NOT_REWRITTEN,
    VALUE_IN_ANNOTATION,
    PLAINTEXT_ENV,
    PLAINTEXT_ARGS,
    PLAINTEXT_CONFIGMAP,
    NO_SOURCE_OF_TRUTH,
    SYNC_FAILING,
    SYNC_STALE,
    STORE_OPEN,
    SEALED_SECRETS_OUTDATED,
    GITOPS_PLAINTEXT,
    SOPS_NOT_DECRYPTED,
    DEFAULT_NAMESPACE,
    NAMESPACE_MIXED,
    ROTATION_OVERDUE,
    ROTATION_UNPROVEN,
    CERTIFICATE_EXPIRING,
    STALE_CONSUMER,
    ROTATION_NOT_REHEARSED,
    SECRET_IN_ENV,
    UNUSED_SECRET,
    MISSING_SECRET,
    DUPLICATE_VALUE,
    WEAK_VALUE,
    LEGACY_TOKEN,
    RBAC_WILDCARD,
    RBAC_LIST_WATCH,
    MANAGER_REACHABLE,
    AUDIT_OFF,
    AUDIT_LOGS_VALUES,
    GIT_PLAINTEXT_SECRET,
    CI_UNSCANNED,
)

BY_ID: dict[str, Check] = {check.id: check for check in REGISTRY}
