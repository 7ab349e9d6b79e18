"""The credentials of this very machine: its user's kubeconfig, whole, as kubectl reads it, and a Pod's own account.

Only for what the person at this machine names: a kubeconfig may run programs and open files. What strangers upload
goes through `kubeconfig`. The official client merges the files and runs the plugins; it is imported late, since it
takes 0.4 s and 43 MB. https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import yaml
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from scanners.kube import pem
from scanners.kube.credential import BadCredential, Credential, is_token, token_expired
from scanners.kube.errors import CredentialUnavailable
from scanners.kube.network import NetworkRules

DEFAULT_KUBECONFIG = "~/.kube/config"
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
PLUGIN_SECONDS = 120.0  # a plugin may open a browser and wait for a person


@dataclass(frozen=True)
class LocalContext:
    """A context of this machine's kubeconfig; `cluster` is its name there, `server` its address."""

    name: str
    cluster: str
    server: str
    current: bool


@dataclass(frozen=True)
class _Entry:
    """A named entry of a kubeconfig, with the folder that its relative paths start from."""

    fields: Mapping[str, Any]
    folder: Path


@dataclass(frozen=True)
class _Merged:
    """Every file of the kubeconfig as one, by kubectl's rule that the first to name something wins."""

    files: str
    current: str | None
    contexts: dict[str, _Entry]
    clusters: dict[str, _Entry]
    users: dict[str, _Entry]


def local_contexts(kubeconfig: Path | None = None) -> list[LocalContext]:
    """The contexts that kubectl would offer here, in their order; none where there is no kubeconfig.

    Runs and opens nothing but the kubeconfig files. Raises CredentialUnavailable for one that cannot be read.
    """
    merged = _merge(kubeconfig)
    if merged is None:
        return []
    found = []
    for name, context in merged.contexts.items():
        cluster = str(context.fields.get("cluster") or "")
        fields = merged.clusters[cluster].fields if cluster in merged.clusters else {}
        found.append(LocalContext(name, cluster, str(fields.get("server") or ""), name == merged.current))
    return found


def local_credential(kubeconfig: Path | None = None, context: str | None = None) -> Credential:
    """What kubectl would use here, with exec plugins run and files read; by default of the current context.

    TLS is always verified, and impersonation is refused rather than ignored. Where a plugin or a file gives
    the token, the credential can be refreshed. Raises CredentialUnavailable.
    """
    merged = _merge(kubeconfig)
    if merged is None:
        raise CredentialUnavailable(
            f"There is no kubeconfig at {_files(kubeconfig)}; name one with --kubeconfig, or set KUBECONFIG."
        )
    name = context or merged.current
    if not name:
        raise CredentialUnavailable(f"{merged.files} has no current-context; name one with --context.")
    chosen = _find(merged.contexts, "context", name, merged.files)
    cluster = _find(merged.clusters, "cluster", chosen.fields.get("cluster"), merged.files)
    user = _find(merged.users, "user", chosen.fields.get("user"), merged.files)
    _refuse_impersonation(user)
    try:
        return Credential(
            **_server(cluster),
            **_identity(user, cluster),
            namespace=_text(chosen, "namespace"),
            refresh=partial(local_credential, kubeconfig, name) if _may_change(user) else None,
        )
    except BadCredential as error:
        raise CredentialUnavailable(f"The context {name!r} cannot be used: {error}") from None


def in_cluster_credential(folder: Path = SERVICE_ACCOUNT, environment: Mapping[str, str] = os.environ) -> Credential:
    """The ServiceAccount of the Pod that this runs in; refreshed from its files, whose token changes every hour.

    https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/. Raises CredentialUnavailable.
    """
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        raise CredentialUnavailable(
            "This does not run in a Pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; "
            "name a kubeconfig instead."
        )
    namespace = folder / "namespace"
    try:
        return Credential(
            server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
            ca_pem=pem.select((folder / "ca.crt").read_bytes(), pem.CERTIFICATE),
            token=(folder / "token").read_text("ascii").strip(),
            namespace=namespace.read_text("ascii").strip() if namespace.exists() else None,
            refresh=partial(in_cluster_credential, folder, environment),
        )
    except (OSError, ValueError):
        raise CredentialUnavailable(
            f"The ServiceAccount's token and ca.crt in {folder} cannot be read; "
            "set automountServiceAccountToken and a serviceAccountName for this Pod."
        ) from None


def runs_in_pod(folder: Path = SERVICE_ACCOUNT, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process is in a Pod with a ServiceAccount's token."""
    return bool(environment.get("KUBERNETES_SERVICE_HOST")) and (folder / "token").is_file()


def in_cluster_rules(environment: Mapping[str, str] = os.environ) -> NetworkRules:
    """Rules that allow the one address at which the platform says the Pod's own API server is."""
    try:
        return NetworkRules(own=frozenset({ip_address(environment.get("KUBERNETES_SERVICE_HOST", ""))}))
    except ValueError:  # a name, as AKS gives: its addresses are judged like any other's
        return NetworkRules()


def _files(kubeconfig: Path | None) -> str:
    return str(kubeconfig) if kubeconfig else os.environ.get("KUBECONFIG") or DEFAULT_KUBECONFIG


def _official_loader() -> Any:
    """The official client's loader, which is untyped; see the module's docstring for why it is imported here."""
    from kubernetes.config import kube_config

    return kube_config


def _merge(kubeconfig: Path | None) -> _Merged | None:
    """The merged files; None where none of them exists."""
    official = _official_loader()
    files = _files(kubeconfig)
    try:
        merger = official.KubeConfigMerger(files)
        if merger.config is None:
            return None
        named = [config.get("current-context") for config in merger.config_files.values()]
        lists = {
            plural: {str(entry.value["name"]): _entry(entry, singular) for entry in merger.config.value[plural]}
            for plural, singular in (("contexts", "context"), ("clusters", "cluster"), ("users", "user"))
        }
    except OSError:
        raise CredentialUnavailable(f"The kubeconfig {files} cannot be opened; check its path and its mode.") from None
    except (
        official.ConfigException,
        yaml.YAMLError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        RecursionError,
    ):
        # Their texts may quote whole entries, tokens included.
        raise CredentialUnavailable(
            f"The kubeconfig {files} is not valid; look at it with `kubectl config view`."
        ) from None
    return _Merged(files, next((str(name) for name in named if name), None), **lists)


def _entry(node: Any, kind: str) -> _Entry:
    fields = node.value.get(kind) or {}
    if not isinstance(fields, dict) or not isinstance(fields.get("exec") or {}, dict):
        raise TypeError
    return _Entry(fields, Path(node.path).absolute().parent)


def _find(entries: dict[str, _Entry], kind: str, name: object, files: str) -> _Entry:
    if not isinstance(name, str) or name not in entries:
        asked = repr(name) if isinstance(name, str) else "of that name"
        raise CredentialUnavailable(f"{files} has no {kind} {asked}; it has: {', '.join(entries) or 'none'}.")
    return entries[name]


def _refuse_impersonation(user: _Entry) -> None:
    if any(user.fields.get(key) for key in ("as", "as-uid", "as-groups", "as-user-extra")):
        raise CredentialUnavailable(
            "This context acts as somebody else (as), which secretsui does not do; "
            "use a context with that identity's own token."
        )


def _server(cluster: _Entry) -> dict[str, Any]:
    fields = cluster.fields
    if fields.get("insecure-skip-tls-verify"):
        raise CredentialUnavailable(
            "This context switches off the check of the server's certificate (insecure-skip-tls-verify), which is "
            "never done; put the cluster's certificate-authority-data in its place."
        )
    authority = _bytes(cluster, "certificate-authority")
    if authority is not None and not (authority := pem.select(authority, pem.CERTIFICATE)):
        raise CredentialUnavailable(
            "The certificate-authority of this context holds no certificate in PEM form; mend it."
        )
    return {
        "server": (_text(cluster, "server") or "").rstrip("/"),
        "ca_pem": authority,
        "tls_server_name": _text(cluster, "tls-server-name"),
        "proxy_url": _proxy(cluster),
    }


def _proxy(cluster: _Entry) -> str | None:
    url = _text(cluster, "proxy-url")
    if url is None:
        return None
    try:
        parts = parse_url(url)
    except LocationParseError:
        parts = None
    if parts is None or parts.scheme != "http" or not parts.host:
        raise CredentialUnavailable(
            "The proxy-url of this context is not http://HOST:PORT, the only kind of proxy that is used; "
            "give such a one, or a server address that needs none."
        )
    return url


def _may_change(user: _Entry) -> bool:
    return bool(user.fields.get("exec") or user.fields.get("tokenFile"))


def _identity(user: _Entry, cluster: _Entry) -> dict[str, Any]:
    """Token and client certificate, from wherever the user entry says."""
    fields = user.fields
    if fields.get("exec"):
        return _from_plugin(user, cluster)
    if fields.get("auth-provider"):
        return {"token": _from_auth_provider(fields["auth-provider"])}
    if fields.get("username") or fields.get("password"):
        raise CredentialUnavailable(
            "This context signs in with a user name and password, which API servers no longer take; use a token."
        )
    token = _bytes(user, "tokenFile") if fields.get("tokenFile") else (_text(user, "token") or "").encode()
    certificate, key = _bytes(user, "client-certificate"), _bytes(user, "client-key")
    found = _checked((token or b"").decode("ascii", "replace").strip(), certificate, key)
    if not any(found.values()):
        raise CredentialUnavailable("The user of this context has no credential; use another context.")
    return found


def _checked(token: str, certificate: bytes | None, key: bytes | None) -> dict[str, Any]:
    if token and not is_token(token):
        raise CredentialUnavailable("The token of this context has characters that no token has; get a new one.")
    return {
        "token": token or None,
        "client_certificate_pem": pem.select(certificate or b"", pem.CERTIFICATE) or None,
        "client_key_pem": pem.select(key or b"", pem.PRIVATE_KEY) or None,
    }


def _from_plugin(user: _Entry, cluster: _Entry) -> dict[str, Any]:
    """Runs the exec plugin: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/"""
    official = _official_loader()
    settings = dict(user.fields["exec"])
    command = str(settings.get("command") or "")
    if os.sep in command:
        settings["command"] = command = str(user.folder / command)  # relative to the kubeconfig, as kubectl does
    name = Path(command).name
    outcome: list[Mapping[str, Any]] = []

    def run() -> None:
        try:
            about = official.ConfigNode("cluster", dict(cluster.fields))
            outcome.append(official.ExecProvider(official.ConfigNode("exec", settings), None, about).run())
        except (official.ConfigException, OSError, ValueError, TypeError, KeyError, AttributeError):
            return  # their texts may hold what the plugin printed

    thread = threading.Thread(target=run, daemon=True, name="secretsui-exec-plugin")
    thread.start()
    thread.join(PLUGIN_SECONDS)
    if not outcome or not isinstance(outcome[0], dict):
        what = f"did not end within {PLUGIN_SECONDS:g} s" if thread.is_alive() else "gave no credential"
        raise CredentialUnavailable(
            f"The credential plugin {name!r} of this context {what}; "
            "try `kubectl get --raw /version` with this context, and mend what it complains about."
        )
    status = {key: value for key, value in outcome[0].items() if isinstance(value, str)}
    certificate, key = status.get("clientCertificateData", ""), status.get("clientKeyData", "")
    found = _checked(status.get("token", "").strip(), certificate.encode(), key.encode())
    if not any(found.values()):
        raise CredentialUnavailable(
            f"The credential plugin {name!r} of this context gave no credential; run it by hand."
        )
    return found


def _from_auth_provider(provider: Any) -> str:
    """The id-token that kubectl's oidc provider keeps, while it lasts.

    It is not refreshed here: a refresh may end the refresh token that kubectl itself keeps in the file.
    """
    config = provider.get("config") if isinstance(provider, dict) else None
    token = config.get("id-token") if isinstance(config, dict) else None
    if not isinstance(token, str) or not is_token(token) or provider.get("name") != "oidc":
        raise CredentialUnavailable(
            "This context uses an auth-provider that kubectl no longer has; use the provider's exec plugin, or a token."
        )
    if token_expired(token):
        raise CredentialUnavailable(
            "The OpenID Connect token of this context has expired; "
            "run `kubectl get --raw /version` once with this context, which renews it, and try again."
        )
    return token


def _text(entry: _Entry, key: str) -> str | None:
    value = entry.fields.get(key)
    return str(value).strip() or None if value is not None else None


def _bytes(entry: _Entry, key: str) -> bytes | None:
    """The field's content, from KEY-data (base64) or else from the file that KEY names."""
    data, path = _text(entry, f"{key}-data"), _text(entry, key)
    if data:
        try:
            return base64.b64decode(data)
        except ValueError:
            raise CredentialUnavailable(
                f"The {key}-data of this context is not valid base64; mend the kubeconfig."
            ) from None
    try:
        return (entry.folder / Path(path).expanduser()).read_bytes() if path else None
    except (OSError, ValueError, RuntimeError):  # no such file, no such path, no such home
        raise CredentialUnavailable(
            f"The file that {key} of this context names cannot be read; check its path and its mode."
        ) from None
