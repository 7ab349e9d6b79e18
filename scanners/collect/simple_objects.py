"""Objects of which little is kept: Namespaces and ServiceAccounts."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from scanners.collect import keep
from scanners.collect.metadata import ObjectMeta, Shape, decoder, name_of, namespace_of, reference
from scanners.collect.pool import Pool
from scanners.inventory import Namespace, ServiceAccount


class _Named(Shape):
    name: str = ""


class _Namespace(Shape):
    metadata: ObjectMeta


class _ServiceAccount(Shape):
    metadata: ObjectMeta
    secrets: list[_Named] | None = None
    image_pull_secrets: list[_Named] | None = None


_namespace = decoder(_Namespace)
_account = decoder(_ServiceAccount)


def read_namespace(raw: msgspec.Raw, pool: Pool) -> Iterable[Namespace]:
    """A Namespace with its labels: the policy's owner and environment rules look at them."""
    metadata = _namespace.decode(raw).metadata
    yield Namespace(name=pool.one(name_of(metadata)), labels=keep.all_labels(metadata.labels, pool))


def read_service_account(raw: msgspec.Raw, pool: Pool) -> Iterable[ServiceAccount]:
    """A ServiceAccount. Its Secrets are always those of its own namespace, whatever the reference says."""
    account = _account.decode(raw)
    yield ServiceAccount(
        namespace=namespace_of(account.metadata, pool),
        name=name_of(account.metadata),
        uid=account.metadata.uid or "",
        secrets=_names(account.secrets, pool),
        image_pull_secrets=_names(account.image_pull_secrets, pool),
    )


def _names(found: list[_Named] | None, pool: Pool) -> tuple[str, ...]:
    return tuple(reference(item.name, pool) for item in found or () if item.name)
