"""Whatever a kubeconfig holds in whatever place, its reader gives a credential or a sentence."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.kube.errors import CredentialUnavailable
from scanners.kube.kubeconfig import KubeconfigRefused, contexts, parse_kubeconfig
from scanners.kube.local import local_contexts, local_credential
from tests.kube.local_files import CANARY

WHOLE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [
        {
            "name": "t",
            "cluster": {
                "server": "https://cluster.example",
                "certificate-authority-data": "eA==",
                "tls-server-name": "a",
                "proxy-url": "http://proxy.example:1",
            },
        }
    ],
    "users": [
        {
            "name": "u",
            "user": {
                "token": CANARY,
                "client-certificate-data": "eA==",
                "client-key-data": "eA==",
                "tokenFile": "",
                "auth-provider": {"name": "oidc", "config": {"id-token": "a.b.c"}},
                "username": "",
            },
        }
    ],
    "contexts": [{"name": "c", "context": {"cluster": "t", "user": "u", "namespace": "n"}}],
    "current-context": "c",
}

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(["https://[::1", "https://[1]:2", "https://a.example:99999", "é", "%zz", "~x", "c", "t", "u"]),
    st.sampled_from([[], {}, [None], [[]], {"a": 1}, {"name": 1}, {1: 2}, {"name": "c"}, {"name": None, "user": []}]),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside, but for the whole itself."""
    if path:
        yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """A whole kubeconfig with some values replaced or removed."""
    document = copy.deepcopy(WHOLE)
    for _ in range(draw(st.integers(1, 4))):
        *path, last = draw(st.sampled_from(sorted(places(document), key=repr)))
        inside: Any = document
        for key in path:
            inside = inside[key]
        if isinstance(inside, dict) and draw(st.booleans()):
            del inside[last]
        else:
            inside[last] = copy.deepcopy(draw(JUNK))
        if not list(places(document)):
            break
    return document


def outcome(read: Callable[[], object], refusal: type[ValueError]) -> None:
    """Reads; a refusal is a sentence without the token."""
    try:
        read()
    except refusal as error:
        assert type(error) is refusal
        assert str(error).endswith(".")
        assert CANARY not in str(error)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=spoiled())
def test_a_kubeconfig_with_junk_in_it(document: dict[str, Any], home: Path) -> None:
    text = yaml.safe_dump(document, allow_unicode=True)
    outcome(lambda: parse_kubeconfig(text), KubeconfigRefused)
    outcome(lambda: contexts(text), KubeconfigRefused)
    path = home / "config"
    path.write_text(text, encoding="utf-8")
    outcome(lambda: local_credential(path), CredentialUnavailable)
    outcome(lambda: local_contexts(path), CredentialUnavailable)


@settings(max_examples=100, deadline=None)
@given(text=st.text())
def test_text_that_is_no_kubeconfig(text: str) -> None:
    outcome(lambda: parse_kubeconfig(text), KubeconfigRefused)
