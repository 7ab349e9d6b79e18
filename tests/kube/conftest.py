"""Fixtures of the tests of `scanners.kube`: fake servers, and transports that are in a hurry."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scanners.kube.credential import Credential
from scanners.kube.network import NetworkRules
from scanners.kube.transport import Transport
from tests.kube.authority import Authority, Issued
from tests.kube.fake_server import FakeServer, Handler

LOCAL = NetworkRules(allow_loopback=True)


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def serve(stack: contextlib.ExitStack) -> Callable[..., FakeServer]:
    """Starts a FakeServer with a handler; it ends with the test."""

    def start(handler: Handler, **options: Any) -> FakeServer:
        return stack.enter_context(FakeServer(handler, **options))

    return start


@pytest.fixture
def connect(stack: contextlib.ExitStack) -> Callable[..., Transport]:
    """A Transport to a FakeServer or with a Credential; loopback is allowed unless `rules` say otherwise."""

    def start(to: FakeServer | Credential, rules: NetworkRules = LOCAL, **options: Any) -> Transport:
        credential = to.credential() if isinstance(to, FakeServer) else to
        return stack.enter_context(Transport(credential, rules, **{"deadline_seconds": 20} | options))

    return start


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a kubeconfig, and without the one of whoever runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def issued() -> Issued:
    """A client certificate with its key."""
    return Authority().issue("someone")
