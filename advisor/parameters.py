"""The parameters of the starter manifests: which Secret, where it comes from, who reads it, for which versions.

They come from an answers file or a form, so they are untrusted: each is checked against the syntax of Kubernetes or of
the store before anything is written. Where a parameter is left out a default stands in; `given` says which were given,
so that the README can list what is still an example.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from advisor import syntax
from advisor.versions import ALIASES, KNOWN, check_version

StoreKind = Literal[
    "aws-secrets-manager",
    "aws-parameter-store",
    "gcp-secret-manager",
    "azure-key-vault",
    "vault",
    "openbao",
    "1password",
    "fake",
]
WorkloadKind = Literal["Deployment", "StatefulSet", "DaemonSet", "CronJob"]
Scope = Literal["strict", "namespace-wide", "cluster-wide"]

MAX_KEYS = 100
MAX_RECIPIENTS = 20

# The answers to the question external-store, as the store that the manifests then begin with.
STORE_OF_ANSWER: dict[str, StoreKind] = {
    "vault": "vault",
    "openbao": "openbao",
    "aws": "aws-secrets-manager",
    "gcp": "gcp-secret-manager",
    "azure": "azure-key-vault",
}


class ParameterError(ValueError):
    """A parameter is unknown or wrong; the message names it and what is allowed, and quotes nothing secret."""


class Store(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Where the value lives. Which fields a kind has is in STORE_FIELDS; the others are empty.

    `path` is the secret's own name or path in the store: below `mount` for Vault and OpenBao, the item for 1Password.
    """

    kind: StoreKind = "vault"
    path: str = ""
    region: str = ""
    role_arn: str = ""
    project: str = ""
    vault_url: str = ""
    tenant_id: str = ""
    client_id: str = ""
    address: str = ""
    mount: str = ""
    auth_mount: str = ""
    role: str = ""
    vault: str = ""


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads the Secret. `container` is the name of the container in its pod template."""

    kind: WorkloadKind = "Deployment"
    name: str = "app"
    container: str = "app"


class Parameters(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Everything the generator needs to know. `refresh_seconds` is in seconds; `versions` is complete for every tool.

    `given` holds the names that were given, a store's or workload's field as `store.path`.
    """

    namespace: str = "app"
    secret: str = "app-credentials"
    keys: tuple[str, ...] = ("username", "password")
    store: Store = Store()
    service_account: str = "app-secrets"
    workload: Workload = Workload()
    refresh_seconds: int = 3600
    scope: Scope = "strict"
    age_recipients: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    given: frozenset[str] = frozenset()


class StoreField(NamedTuple):
    """How a store's field is checked (value and where it stands → value, or ValueError), and what stands in for it."""

    check: Callable[[Any, str], str]
    default: Callable[[str, str], str]  # of namespace and secret


def _fixed(value: str) -> Callable[[str, str], str]:
    return lambda namespace, secret: value


def _folder(namespace: str, secret: str) -> str:
    return f"{namespace}/{secret}"


def _flat(namespace: str, secret: str) -> str:
    """For stores without folders: only letters, digits and '-'."""
    return f"{namespace}-{secret}".replace(".", "-")


def _vault_path(value: Any, where: str) -> str:
    text = syntax.VAULT_PATH.check(syntax.text_of(value, where).strip("/"), where)
    if text.split("/")[0] == "data":
        raise ValueError(
            f"{where} begins with data/, which belongs to the API's path of KV version 2, not to the secret's. "
            "Leave it out: it is added where the API needs it."
        )
    return text


def _parameter_path(value: Any, where: str) -> str:
    return syntax.AWS_PARAMETER.check(f"/{syntax.text_of(value, where).strip('/')}", where)


def _vault_fields(address: str) -> dict[str, StoreField]:
    return {
        "address": StoreField(syntax.check_https, _fixed(address)),
        "mount": StoreField(lambda value, where: _vault_path(value, where), _fixed("secret")),
        "path": StoreField(_vault_path, _folder),
        "auth-mount": StoreField(lambda value, where: _vault_path(value, where), _fixed("kubernetes")),
        "role": StoreField(syntax.VAULT_NAME.check, lambda namespace, secret: f"{namespace}-{secret}"),
    }


_AWS = {
    "region": StoreField(syntax.AWS_REGION.check, _fixed("eu-west-1")),
    "role-arn": StoreField(
        syntax.AWS_ROLE.check,
        lambda namespace, secret: f"arn:aws:iam::111122223333:role/{_flat(namespace, secret)[:64]}",
    ),
}
_EXAMPLE_UUID = "00000000-0000-0000-0000-000000000000"

STORE_FIELDS: dict[StoreKind, dict[str, StoreField]] = {
    "aws-secrets-manager": {"path": StoreField(syntax.AWS_SECRET.check, _folder), **_AWS},
    "aws-parameter-store": {
        "path": StoreField(_parameter_path, lambda namespace, secret: f"/apps/{namespace}/{secret}"),
        **_AWS,
    },
    "gcp-secret-manager": {
        "path": StoreField(syntax.GCP_SECRET.check, lambda namespace, secret: _flat(namespace, secret)[:255]),
        "project": StoreField(syntax.GCP_PROJECT.check, _fixed("example-project")),
    },
    "azure-key-vault": {
        "path": StoreField(syntax.AZURE_SECRET.check, lambda namespace, secret: _flat(namespace, secret)[:127]),
        "vault-url": StoreField(syntax.check_azure_vault, _fixed("https://example-vault.vault.azure.net")),
        "tenant-id": StoreField(syntax.UUID.check, _fixed(_EXAMPLE_UUID)),
        "client-id": StoreField(syntax.UUID.check, _fixed(_EXAMPLE_UUID)),
    },
    "vault": _vault_fields("https://vault.example.com:8200"),
    "openbao": _vault_fields("https://openbao.example.com:8200"),
    "1password": {
        "path": StoreField(syntax.ONEPASSWORD_NAME.check, lambda namespace, secret: _flat(namespace, secret)[:200]),
        "vault": StoreField(syntax.ONEPASSWORD_NAME.check, _fixed("kubernetes")),
    },
    "fake": {"path": StoreField(syntax.VAULT_PATH.check, _folder)},
}
_WORKLOAD_FIELDS = ("kind", "name", "container")
NAMES = (
    "namespace",
    "secret",
    "keys",
    "store",
    "service-account",
    "workload",
    "refresh",
    "scope",
    "age-recipients",
    "versions",
)


def parse_parameters(mapping: Mapping[str, Any] | None, *, store_kind: StoreKind = "vault") -> Parameters:
    """The parameters of an answers file, each checked, the missing ones filled in.

    `store_kind` is the store's kind where none is given (what the answers say). Raises ParameterError.
    """
    try:
        return _parse(_mapping(mapping or {}, "parameters", NAMES), store_kind)
    except ParameterError:
        raise
    except ValueError as error:
        raise ParameterError(str(error)) from None


def _parse(given: Mapping[str, Any], store_kind: StoreKind) -> Parameters:
    names = set(given)
    default = Parameters()
    namespace = _checked(given, "namespace", syntax.DNS_LABEL, default.namespace)
    secret = _checked(given, "secret", syntax.DNS_SUBDOMAIN, default.secret)
    store = _mapping(given.get("store", {}), "store", None)
    workload = _mapping(given.get("workload", {}), "workload", _WORKLOAD_FIELDS)
    names |= {f"store.{field}" for field in store} | {f"workload.{field}" for field in workload}
    return Parameters(
        namespace=namespace,
        secret=secret,
        keys=_keys(given["keys"]) if "keys" in given else default.keys,
        store=_store(store, store_kind, namespace, secret),
        service_account=_checked(given, "service-account", syntax.DNS_SUBDOMAIN, default.service_account),
        workload=_workload(workload),
        refresh_seconds=syntax.duration_seconds(given.get("refresh", "1h"), "refresh"),
        scope=_one_of(given.get("scope", "strict"), "scope", get_args(Scope)),
        age_recipients=_recipients(given.get("age-recipients", [])),
        versions=_versions(given.get("versions", {})),
        given=frozenset(names),
    )


def _mapping(value: Any, where: str, names: tuple[str, ...] | None) -> Mapping[str, Any]:
    """`value` as a mapping whose names are all among `names`."""
    if not isinstance(value, Mapping):
        raise ParameterError(f"{where} must be a mapping of names to values.")
    for name in value:
        if not isinstance(name, str):
            raise ParameterError(
                f"{where} has the name {syntax.quoted(str(name))}, which is no text; put it in quotes."
            )
        if names is not None and name not in names:
            prefix = "" if where == "parameters" else f"{where}."
            raise ParameterError(
                f"There is no parameter {syntax.quoted(prefix + name)}; there are "
                f"{', '.join(prefix + known for known in names)}."
            )
    return value


def _checked(given: Mapping[str, Any], name: str, form: syntax.Syntax, default: str) -> str:
    return form.check(given[name], name) if name in given else default


def _one_of(value: Any, where: str, allowed: tuple[str, ...]) -> Any:
    text = syntax.text_of(value, where)
    if text not in allowed:
        raise ParameterError(f"{where} is {syntax.quoted(text)}; it must be one of {', '.join(allowed)}.")
    return text


def _list(value: Any, where: str, longest: int) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise ParameterError(f"{where} must be a list.")
    if len(value) > longest:
        raise ParameterError(f"{where} has {len(value)} entries; at most {longest} are allowed.")
    return list(value)


def _keys(value: Any) -> tuple[str, ...]:
    keys = tuple(
        syntax.SECRET_KEY.check(key, f"keys[{index}]") for index, key in enumerate(_list(value, "keys", MAX_KEYS))
    )
    if not keys:
        raise ParameterError("keys is empty; name at least one key of the Secret, such as password.")
    for key in keys:
        if keys.count(key) > 1:
            raise ParameterError(f"keys has {syntax.quoted(key)} more than once; a Secret has each key once.")
    return keys


def _store(given: Mapping[str, Any], default_kind: StoreKind, namespace: str, secret: str) -> Store:
    kind: StoreKind = _one_of(given.get("kind", default_kind), "store.kind", get_args(StoreKind))
    fields = STORE_FIELDS[kind]
    for name in given:
        if name != "kind" and name not in fields:
            raise ParameterError(
                f"There is no parameter {syntax.quoted(f'store.{name}')} for the store {kind}; there are store.kind, "
                f"{', '.join(f'store.{known}' for known in fields)}."
            )
    values = {
        name: field.check(given[name], f"store.{name}") if name in given else field.default(namespace, secret)
        for name, field in fields.items()
    }
    mount = values.get("mount", "")
    if mount and values["path"].startswith((f"{mount}/data/", f"{mount}/")):
        # ESO cuts a leading mount off the key, so that both spellings mean the same secret there; here they do too.
        values["path"] = values["path"].removeprefix(f"{mount}/").removeprefix("data/")
    return Store(kind=kind, **{name.replace("-", "_"): value for name, value in values.items()})


def _workload(given: Mapping[str, Any]) -> Workload:
    kind: WorkloadKind = _one_of(given.get("kind", "Deployment"), "workload.kind", get_args(WorkloadKind))
    form = syntax.CRON_JOB_NAME if kind == "CronJob" else syntax.DNS_SUBDOMAIN
    name = _checked({"workload.name": given["name"]} if "name" in given else {}, "workload.name", form, "app")
    container = syntax.DNS_LABEL.check(given["container"], "workload.container") if "container" in given else ""
    return Workload(kind=kind, name=name, container=container or _label_of(name))


def _label_of(name: str) -> str:
    """The likely name of the container of a workload: the workload's own, as a DNS label."""
    return name.replace(".", "-")[:63].strip("-")


def _recipients(value: Any) -> tuple[str, ...]:
    entries = _list(value, "age-recipients", MAX_RECIPIENTS)
    found = [syntax.check_age_recipient(entry, f"age-recipients[{index}]") for index, entry in enumerate(entries)]
    return tuple(dict.fromkeys(found))


def _versions(value: Any) -> dict[str, str]:
    """A version for every known tool, the newest known where none was asked for."""
    asked = _mapping(value, "versions", (*KNOWN, *ALIASES))
    chosen = {tool: known.default for tool, known in KNOWN.items()}
    for name, version in asked.items():
        tool = ALIASES.get(name, name)
        chosen[tool] = check_version(tool, version, f"versions.{name}")
    return chosen
