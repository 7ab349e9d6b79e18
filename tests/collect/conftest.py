"""Fixtures of the collection's tests: a transport to the real API server, and one collection of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from scanners.collect import Options, collect
from scanners.inventory import Inventory
from scanners.kube.credential import Credential
from scanners.kube.network import NetworkRules
from scanners.kube.transport import Transport
from tests.cluster.server import Cluster

Connect = Callable[..., Transport]


def connect(cluster: Cluster, token: str) -> Transport:
    credential = Credential(server=cluster.server, ca_pem=cluster.ca_pem.encode(), token=token)
    return Transport(credential, NetworkRules(allow_loopback=True))


@pytest.fixture
def transport(cluster: Cluster) -> Iterator[Transport]:
    """The session's cluster as its administrator."""
    with connect(cluster, cluster.token("admin")) as opened:
        yield opened


@pytest.fixture
def connect_as(cluster: Cluster) -> Iterator[Callable[[str], Transport]]:
    """Transports to the session's cluster with a token each."""
    with ExitStack() as stack:
        yield lambda token: stack.enter_context(connect(cluster, token))


def collected(transport: Transport, **options: object) -> Inventory:
    """One collection, quietly."""
    return collect(transport, Options(name="test", **options), lambda *_: None, lambda: None)  # type: ignore[arg-type]
