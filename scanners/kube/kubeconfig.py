"""Kubeconfigs from strangers, read by an allow-list: a server, certificates in place, and a token.

Everything else that a kubeconfig may hold makes its reader run a program, open a file, or trust what it
should not; see CVE-2022-24817 (Flux) for what a kubeconfig with `exec` does to the service that loads it.
Format: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

import yaml

from scanners.kube import pem
from scanners.kube.address import BadAddress, is_host, is_namespace, parse_server
from scanners.kube.credential import Credential, is_token
from scanners.kube.tls import BadCertificateAuthority, BadClientCertificate, client_context
from scanners.safe_yaml import UnsafeYaml, load_yaml

MAX_BYTES = 256 * 1024
MAX_NAMES_SHOWN = 10

FLATTEN = "embed it with `kubectl config view --raw --flatten --minify`"
MINT = "put in a token made by `kubectl -n secretsui create token secretsui --duration=720h`"

# What is refused where it holds anything, and what to do instead.
_REFUSED_OF_CLUSTER: Mapping[str, str] = {
    "certificate-authority": f"names a file (certificate-authority), and no files are opened for it; {FLATTEN}",
    "insecure-skip-tls-verify": (
        "switches off the check of the server's certificate (insecure-skip-tls-verify), which is never done; "
        "give certificate-authority-data"
    ),
    "proxy-url": "wants a proxy (proxy-url), which is not used for uploaded files; give an address without one",
}
_REFUSED_OF_USER: Mapping[str, str] = {
    "exec": f"runs a program to get its credential (exec), which is never run; {MINT}",
    "auth-provider": f"gets its credential through an auth-provider, which is not done; {MINT}",
    "tokenFile": f"names a file (tokenFile), and no files are opened for it; {MINT}",
    "client-certificate": f"names a file (client-certificate), and no files are opened for it; {FLATTEN}",
    "client-key": f"names a file (client-key), and no files are opened for it; {FLATTEN}",
    "username": f"signs in with a user name and password, which API servers no longer take; {MINT}",
    "password": f"signs in with a user name and password, which API servers no longer take; {MINT}",
    "as": f"acts as somebody else (as), which would hide what its own identity may do; {MINT} for that identity",
    "as-uid": f"acts as somebody else (as-uid), which would hide what its own identity may do; {MINT}",
    "as-groups": f"acts as somebody else (as-groups), which would hide what its own identity may do; {MINT}",
    "as-user-extra": f"acts as somebody else (as-user-extra), which would hide what its own identity may do; {MINT}",
}
_ALLOWED_OF_CLUSTER = frozenset(
    {"server", "certificate-authority-data", "tls-server-name", "disable-compression", "extensions"}
)
_ALLOWED_OF_USER = frozenset({"token", "client-certificate-data", "client-key-data", "extensions"})

_SHOWN_KEY = re.compile(r"[A-Za-z-]{1,40}\Z")  # no digits: what was pasted in the wrong place is not shown
_NOT_SHOWN = re.compile(r"[^\w .:/@+-]")


class KubeconfigRefused(ValueError):
    """The kubeconfig is not used; the message is a sentence for whoever gave it, without any credential."""


def parse_kubeconfig(text: str, context: str | None = None) -> Credential:
    """The credential of `context`, or of the current one, or of the only one.

    Only what that context uses has to be clean. Raises KubeconfigRefused.
    """
    config = _load(text)
    chosen = _choose_context(config, context)
    return _credential(
        cluster=_entry(config, "cluster", _reference(chosen, "cluster")),
        user=_entry(config, "user", _reference(chosen, "user")),
        namespace=_namespace(chosen),
    )


def contexts(text: str) -> list[str]:
    """The names of the file's contexts, in their order. Raises KubeconfigRefused."""
    return [_name(entry, "contexts") for entry in _entries(_load(text), "contexts")]


def _load(text: str) -> Mapping[str, Any]:
    try:
        config = load_yaml(text, limit=MAX_BYTES)
        _refuse_repeated_keys(text)
    except UnsafeYaml as error:
        raise KubeconfigRefused(f"This file was not read as a kubeconfig: {error}") from None
    if not isinstance(config, dict):
        raise KubeconfigRefused(
            "This is not a kubeconfig: it has no fields; export one with `kubectl config view --raw`."
        )
    if config.get("kind") != "Config" or config.get("apiVersion", "v1") != "v1":
        raise KubeconfigRefused(
            "This is not a kubeconfig: its kind is not Config in version v1; "
            "export one with `kubectl config view --raw --flatten --minify`."
        )
    return config


def _refuse_repeated_keys(text: str) -> None:
    """YAML readers take the last of equal keys, people read the first: neither is what was meant."""
    waiting = [yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(keys) != len(set(keys)):
                line = node.start_mark.line + 1
                raise KubeconfigRefused(
                    f"The mapping that begins in line {line} has the same key twice, so it could be read in two ways; "
                    "remove one of them."
                )
            waiting += [value for _, value in node.value]


def _choose_context(config: Mapping[str, Any], wanted: str | None) -> Mapping[str, Any]:
    names = [_name(entry, "contexts") for entry in _entries(config, "contexts")]
    if not names:
        raise KubeconfigRefused(f"This kubeconfig has no contexts, so it names no cluster to use; {FLATTEN}.")
    current = wanted or config.get("current-context")
    if current is None or current == "":
        if len(names) > 1:
            raise KubeconfigRefused(
                f"This kubeconfig has several contexts and no current-context; choose one of {_shown(names)}."
            )
        current = names[0]
    if current not in names:
        missing = _shown([current]) if isinstance(current, str) else "that is chosen"
        raise KubeconfigRefused(f"This kubeconfig has no context {missing}; choose one of {_shown(names)}.")
    return _entry(config, "context", current)


def _entries(config: Mapping[str, Any], plural: str) -> list[Any]:
    entries = config.get(plural) or []
    if not isinstance(entries, list):
        raise KubeconfigRefused(f"The {plural} of this kubeconfig are not a list; export it anew with kubectl.")
    return entries


def _name(entry: Any, plural: str) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        raise KubeconfigRefused(f"One of the {plural} of this kubeconfig has no name; export it anew with kubectl.")
    return name


def _entry(config: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    """The only entry of that name in the list of its kind."""
    found = [entry for entry in _entries(config, f"{kind}s") if _name(entry, f"{kind}s") == name]
    if not found:
        raise KubeconfigRefused(
            f"The {kind} {_shown([name])} that the context uses is not in this kubeconfig; {FLATTEN}."
        )
    if len(found) > 1:
        raise KubeconfigRefused(
            f"This kubeconfig has several {kind}s named {_shown([name])}, so it could be read in two ways; "
            "remove all but one."
        )
    fields = found[0].get(kind)
    if not isinstance(fields, dict) or not all(isinstance(key, str) for key in fields):
        raise KubeconfigRefused(
            f"The {kind} {_shown([name])} of this kubeconfig has no fields; export it anew with kubectl."
        )
    return fields


def _reference(context: Mapping[str, Any], kind: str) -> str:
    name = context.get(kind)
    if not isinstance(name, str) or not name:
        raise KubeconfigRefused(f"The context in use names no {kind}; {FLATTEN}.")
    return name


def _credential(cluster: Mapping[str, Any], user: Mapping[str, Any], namespace: str | None) -> Credential:
    _refuse("cluster", cluster, _REFUSED_OF_CLUSTER, _ALLOWED_OF_CLUSTER)
    _refuse("user", user, _REFUSED_OF_USER, _ALLOWED_OF_USER)
    server = _text("cluster", cluster, "server")
    if not server:
        raise KubeconfigRefused("The cluster in use has no server address; give https://HOST:PORT.")
    try:
        parse_server(server)
    except BadAddress as error:
        raise KubeconfigRefused(f"The server address of the cluster in use {error}") from None
    tls_server_name = _text("cluster", cluster, "tls-server-name")
    if tls_server_name and not is_host(tls_server_name):
        raise KubeconfigRefused(
            "The tls-server-name of the cluster in use is not a host name; leave it out or mend it."
        )
    token = _text("user", user, "token")
    if token and not is_token(token):
        raise KubeconfigRefused(
            f"The token of the user in use cannot be a token (it has spaces or is too long); {MINT}."
        )
    authority = _pem("cluster", cluster, "certificate-authority-data", pem.CERTIFICATE)
    certificate = _pem("user", user, "client-certificate-data", pem.CERTIFICATE)
    key = _pem("user", user, "client-key-data", pem.PRIVATE_KEY)
    if bool(certificate) != bool(key):
        raise KubeconfigRefused(
            "The user in use has a client certificate without its key, or a key without its certificate; "
            "give client-certificate-data and client-key-data together."
        )
    if not token and not certificate:
        raise KubeconfigRefused(f"The user in use has no credential (token or client certificate); {MINT}.")
    _try_tls(authority, certificate, key)
    return Credential(
        server=server.rstrip("/"),
        ca_pem=authority,
        token=token,
        client_certificate_pem=certificate,
        client_key_pem=key,
        tls_server_name=tls_server_name,
        namespace=namespace,
    )


def _refuse(kind: str, fields: Mapping[str, Any], refused: Mapping[str, str], allowed: frozenset[str]) -> None:
    for key, value in fields.items():
        if value in (None, "", False, [], {}) or key in allowed:
            continue
        if key in refused:
            raise KubeconfigRefused(f"The {kind} in use {refused[key]}.")
        what = f"the field {key!r}" if _SHOWN_KEY.match(key) else "a field"
        raise KubeconfigRefused(
            f"The {kind} in use has {what} that secretsui does not know, so it is not clear what it means; remove it."
        )


def _text(kind: str, fields: Mapping[str, Any], key: str) -> str | None:
    value = fields.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise KubeconfigRefused(f"The {key} of the {kind} in use is not text; put it in quotes.")
    return value.strip()


def _pem(kind: str, fields: Mapping[str, Any], key: str, labels: frozenset[str]) -> bytes | None:
    """The PEM blocks in a base64 field; None where it is empty."""
    text = _text(kind, fields, key)
    if not text:
        return None
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise KubeconfigRefused(f"The {key} of the {kind} in use is not valid base64; {FLATTEN}.") from None
    if len(content) > pem.MAX_PEM_BYTES:
        raise KubeconfigRefused(f"The {key} of the {kind} in use is larger than 64 KiB; give what is needed only.")
    if labels == pem.PRIVATE_KEY and pem.is_encrypted_key(content):
        raise KubeconfigRefused(f"The {key} of the {kind} in use is encrypted with a passphrase; {MINT}.")
    wanted = pem.select(content, labels)
    if not wanted:
        what = "private key" if labels == pem.PRIVATE_KEY else "certificate"
        raise KubeconfigRefused(f"The {key} of the {kind} in use holds no {what} in PEM form; {FLATTEN}.")
    return wanted


def _try_tls(authority: bytes | None, certificate: bytes | None, key: bytes | None) -> None:
    """Lets OpenSSL read what will be given to it, so that a mistake is told now and not in the first scan."""
    try:
        client_context(authority, certificate, key)
    except BadCertificateAuthority:
        raise KubeconfigRefused(
            f"The certificate-authority-data of the cluster in use is not a readable certificate; {FLATTEN}."
        ) from None
    except BadClientCertificate as error:
        raise KubeconfigRefused(f"The client certificate of the user in use {error}") from None


def _namespace(context: Mapping[str, Any]) -> str | None:
    name = _text("context", context, "namespace")
    if name and not is_namespace(name):
        raise KubeconfigRefused("The namespace of the context in use is not a valid name; mend it or leave it out.")
    return name


def _shown(names: list[str]) -> str:
    """Names for a message: quoted, shortened, and not too many."""
    shown = [f"“{_NOT_SHOWN.sub('?', name[:80])}”" for name in names[:MAX_NAMES_SHOWN]]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
