"""The registry of checks: the one list that assessing, the catalogue pages and the docs read."""

from __future__ import annotations

from scanners.checks.annotation import VALUE_IN_ANNOTATION
from scanners.checks.check import Check
from scanners.checks.encryption import ENCRYPTION_AT_REST
from scanners.checks.legacy import LEGACY_TOKEN
from scanners.checks.missing import MISSING_SECRET
from scanners.checks.plaintext import PLAINTEXT_ENV
from scanners.checks.rbac import RBAC_LIST_WATCH, RBAC_WILDCARD
from scanners.checks.rotation import ROTATION_OVERDUE, ROTATION_UNPROVEN
from scanners.checks.sources import NO_SOURCE_OF_TRUTH, SYNC_FAILING
from scanners.checks.usage import SECRET_IN_ENV, UNUSED_SECRET

REGISTRY: tuple[Check, ...] = (
    ENCRYPTION_AT_REST,
    VALUE_IN_ANNOTATION,
    PLAINTEXT_ENV,
    NO_SOURCE_OF_TRUTH,
    SYNC_FAILING,
    ROTATION_OVERDUE,
    ROTATION_UNPROVEN,
    SECRET_IN_ENV,
    UNUSED_SECRET,
    MISSING_SECRET,
    LEGACY_TOKEN,
    RBAC_WILDCARD,
    RBAC_LIST_WATCH,
)

BY_ID: dict[str, Check] = {check.id: check for check in REGISTRY}
