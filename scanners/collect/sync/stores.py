"""SecretStore and ClusterSecretStore (external-secrets.io): where ExternalSecrets take their values from.

Of `spec.provider` only its one key is kept, such as `aws` or `vault`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal, cast

import msgspec

from scanners.collect import keep
from scanners.collect.metadata import (
    Condition,
    ObjectMeta,
    Reader,
    Shape,
    decoder,
    name_of,
    namespace_of,
    readiness,
)
from scanners.collect.pool import Pool
from scanners.inventory import SecretStore

GROUP = "external-secrets.io"
_StoreKind = Literal["SecretStore", "ClusterSecretStore"]

EVERY_NAME = frozenset(
    {
        "", "^", "$", ".", ".*", ".+", "^.*", "^.+", ".*$", ".+$", "^.*$", "^.+$", "(.*)", "(.+)", "^(.*)$", "^(.+)$",
        "[a-z0-9-]+", "[a-z0-9-]*", "^[a-z0-9-]+$", "^[a-z0-9-]*$", "\\w", "\\w+", "[a-z]", "[a-z0-9]",
    }
)  # fmt: skip
"""Regular expressions that match, or all but match, every namespace's name: Go's MatchString looks anywhere in it.

A list, since patterns from a cluster are not run here.
"""


class _Expression(Shape):
    key: str = ""
    operator: str = ""


class _Selector(Shape):
    match_labels: dict[str, str] | None = None
    match_expressions: list[_Expression] | None = None


class _StoreCondition(Shape):
    namespaces: list[str] | None = None
    namespace_regexes: list[str] | None = None
    namespace_selector: _Selector | None = None


class _Spec(Shape):
    provider: dict[str, msgspec.Raw] | None = None
    conditions: list[_StoreCondition] | None = None
    controller: str | None = None


class _Status(Shape):
    conditions: list[Condition] | None = None


class _Store(Shape):
    metadata: ObjectMeta
    spec: _Spec = msgspec.field(default_factory=_Spec)
    status: _Status = msgspec.field(default_factory=_Status)


_decoder = decoder(_Store)


def store_reader(kind: str) -> Reader:
    """The reader of SecretStore or ClusterSecretStore."""
    return partial(_read, cast(_StoreKind, kind))


def _read(kind: _StoreKind, raw: msgspec.Raw, pool: Pool) -> Iterable[SecretStore]:
    found = _decoder.decode(raw)
    spec = found.spec
    ready, reason = readiness(found.status.conditions, "Ready")
    yield SecretStore(
        kind=kind,
        namespace=namespace_of(found.metadata, pool) if kind == "SecretStore" else "",
        name=name_of(found.metadata),
        uid=found.metadata.uid or "",
        provider=pool.one(keep.clean(next(iter(spec.provider or ()), ""), 63)),
        conditions=len(spec.conditions or ()),
        matches_all=any(_matches_all(condition) for condition in spec.conditions or ()),
        controller=keep.clean(spec.controller or "", 63),
        ready=ready,
        reason=pool.one(reason),
    )


def _matches_all(condition: _StoreCondition) -> bool:
    """Whether a condition lets every namespace in. Its parts, and all conditions, are alternatives.

    https://external-secrets.io/latest/api/clustersecretstore/ and shouldProcessSecret in the operator's
    pkg/controllers/secretstore/client_manager.go. Every namespace has the label kubernetes.io/metadata.name.
    """
    selector = condition.namespace_selector
    if selector is not None and not selector.match_labels:
        expressions = selector.match_expressions or ()
        if all((item.key, item.operator) == ("kubernetes.io/metadata.name", "Exists") for item in expressions):
            return True
    return any(pattern in EVERY_NAME for pattern in condition.namespace_regexes or ())
