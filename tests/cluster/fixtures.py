"""pytest fixtures for the real test cluster; imported by tests/conftest.py.

A test that needs one is skipped, with the reason, where the programs cannot be built (no Go, no network), and fails
there when the environment says CI=true: continuous integration must not pass what it did not run.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.cluster.identity import Rule, make_identity
from tests.cluster.server import Cluster
from tests.cluster.toolchain import CannotBuild
from tests.missing import missing


@contextlib.contextmanager
def open_cluster(**options: Any) -> Iterator[Cluster]:
    """A started Cluster with the given options, for fixtures of a test module's own."""
    with contextlib.ExitStack() as stack:
        try:
            cluster = stack.enter_context(Cluster(**options))
        except CannotBuild as error:
            missing(f"The test cluster cannot be built: {error}")
        yield cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One plain API server for the whole run, with `admin` and RBAC. Tests keep to namespaces of their own."""
    with open_cluster() as started:
        yield started


@pytest.fixture(scope="module")
def cluster_factory() -> Iterator[Callable[..., Cluster]]:
    """Starts clusters with the options of `Cluster`; they end with the test module, or earlier by `close`."""
    with contextlib.ExitStack() as stack:
        yield lambda **options: stack.enter_context(open_cluster(**options))


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    """A new namespace of the session's cluster, for one test."""
    name = f"test-{secrets.token_hex(4)}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


@pytest.fixture(scope="session")
def identity(cluster: Cluster) -> Callable[..., str]:
    """Makes identities: `identity(rules, namespace_rules={NAMESPACE: rules})` answers with a kubeconfig.

    For the token or the subject's name, or another cluster, call `identity.make_identity` itself.
    """

    def make(rules: Sequence[Rule] = (), namespace_rules: dict[str, Sequence[Rule]] | None = None) -> str:
        return make_identity(cluster, rules, namespace_rules).kubeconfig

    return make
