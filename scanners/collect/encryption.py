"""EncryptionConfiguration: which resources are encrypted by which provider, without any key.

kubernetes.io/docs/tasks/administer-cluster/encrypt-data. Key material is left behind here: the result holds
provider kinds and key names only, and no message quotes the file.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from scanners.collect.keep import clean
from scanners.collect.metadata import mapping
from scanners.inventory import EncryptionEntry, EncryptionProvider
from scanners.safe_yaml import UnsafeYaml, load_yaml

MAX_BYTES = 1024 * 1024

KINDS = ("EncryptionConfiguration", "EncryptionConfig")  # the second until Kubernetes 1.13
_PROVIDERS = ("aescbc", "aesgcm", "secretbox", "kms", "identity")
_KEY_NAME = re.compile(r"[A-Za-z0-9._-]{1,63}")
"""What is kept as a key's name. Base64 of a whole key ends in `=`, so a name swapped with its secret is not kept."""


class EncryptionConfigError(ValueError):
    """The text is no EncryptionConfiguration; the message says why and quotes nothing of it."""


def parse_encryption_config(text: str) -> tuple[EncryptionEntry, ...]:
    """The entries in their order, from YAML or JSON. Raises EncryptionConfigError."""
    try:
        document = load_yaml(text, limit=MAX_BYTES)
    except UnsafeYaml as error:
        raise EncryptionConfigError(f"The encryption configuration cannot be read: {error}") from None
    return encryption_entries(document)


def configuration_hash(text: str) -> str:
    """What the API server's metrics say of this file if it is the one that is loaded, byte by byte.

    k8s.io/apiserver, pkg/server/options/encryptionconfig/config.go. It tells nothing of the keys in the file.
    """
    return f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def encryption_entries(document: Any) -> tuple[EncryptionEntry, ...]:
    """The entries of a parsed EncryptionConfiguration. Raises EncryptionConfigError."""
    if mapping(document).get("kind") not in KINDS:
        raise EncryptionConfigError(
            "The encryption configuration has no kind EncryptionConfiguration; give the file that the API server's "
            "flag --encryption-provider-config names."
        )
    entries = mapping(document).get("resources")
    if not isinstance(entries, list) or not entries:
        raise EncryptionConfigError("The encryption configuration has no list `resources`.")
    return tuple(_entry(entry, f"resources[{index}]") for index, entry in enumerate(entries))


def _entry(entry: Any, where: str) -> EncryptionEntry:
    resources, providers = mapping(entry).get("resources"), mapping(entry).get("providers")
    if not isinstance(resources, list) or not all(isinstance(resource, str) for resource in resources):
        raise EncryptionConfigError(f"{where}.resources of the encryption configuration is not a list of names.")
    if not isinstance(providers, list) or not providers:
        raise EncryptionConfigError(f"{where}.providers of the encryption configuration is not a list of providers.")
    return EncryptionEntry(
        resources=tuple(clean(resource) for resource in resources),
        providers=tuple(_provider(provider, f"{where}.providers[{index}]") for index, provider in enumerate(providers)),
    )


def _provider(provider: Any, where: str) -> EncryptionProvider:
    kinds = list(mapping(provider))
    if len(kinds) != 1 or kinds[0] not in _PROVIDERS:
        raise EncryptionConfigError(
            f"{where} of the encryption configuration must be one of {', '.join(_PROVIDERS)}, and only one."
        )
    kind, settings = kinds[0], mapping(provider[kinds[0]])
    if kind == "kms":
        version = settings.get("apiVersion", "v1")  # v1 is the default
        return EncryptionProvider(
            kind=kind,
            keys=(_key_name(settings.get("name")),),
            kms_version=version if version in ("v1", "v2") else "",
        )
    keys = settings.get("keys")
    if kind != "identity" and not (isinstance(keys, list) and keys):
        raise EncryptionConfigError(f"{where}.{kind} of the encryption configuration has no keys.")
    names = tuple(_key_name(mapping(key).get("name")) for key in keys) if isinstance(keys, list) else ()
    return EncryptionProvider(kind=kind, keys=names)


def _key_name(name: Any) -> str:
    text = "" if name is None else str(name)
    return text if _KEY_NAME.fullmatch(text) else "(unnamed)"
