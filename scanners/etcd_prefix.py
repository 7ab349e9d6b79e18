"""The prefix that a value has in etcd: it tells which provider wrote it, and of a local one under which key.

`k8s:enc:aescbc:v1:key1:` and its like for aesgcm and secretbox, `k8s:enc:kms:v2:NAME:` for a KMS plugin
(k8s.io/apiserver, pkg/server/options/encryptionconfig/config.go, 1.37). The metrics count a local provider's values
twice: under the provider's prefix, and under `key1:` alone. A plaintext value has no prefix; the metrics call that
"" when it is written and `identity` when it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scanners.inventory import EncryptionProvider, Transformation

SECRETS = "secrets"
IDENTITY = "identity"
"""The provider that leaves values as they are; as a metrics prefix, plaintext read through a configured provider."""

_ENCRYPTED = re.compile(r"(k8s:enc:(?:(aescbc|aesgcm|secretbox):v1:|kms:(v[12]):[^:]+:))(.+:)?")


@dataclass(frozen=True, slots=True)
class Prefix:
    """How values are written: `provider` is `k8s:enc:aescbc:v1:`, `key` is `key1:` or "" for a KMS plugin.

    Both are empty for plaintext.
    """

    provider: str = ""
    key: str = ""

    @property
    def text(self) -> str:
        """The whole prefix, "" for plaintext."""
        return self.provider + self.key

    @property
    def kind(self) -> str:
        """The provider by its name: `aescbc`, `KMS v2`, `identity`."""
        found = _ENCRYPTED.fullmatch(self.provider)
        if found is None:
            return IDENTITY
        return found[2] or f"KMS {found[3]}"


PLAINTEXT = Prefix()


def parse_prefix(text: str) -> Prefix | None:
    """The Prefix that was kept as its text; None for what is no such prefix."""
    if not text:
        return PLAINTEXT
    found = _ENCRYPTED.fullmatch(text)
    return Prefix(found[1], found[4] or "") if found else None


def is_provider(prefix: str) -> bool:
    """Whether this is the prefix of a provider that encrypts, rather than that of a key."""
    return bool((found := _ENCRYPTED.fullmatch(prefix)) and not found[4])


def prefix_of(provider: EncryptionProvider | None) -> Prefix | None:
    """The prefix of what this provider writes; None where its names are not known."""
    if provider is None or provider.kind == IDENTITY:
        return PLAINTEXT
    if not provider.keys or provider.keys[0].startswith("("):
        return None
    if provider.kind == "kms":
        return parse_prefix(f"k8s:enc:kms:{provider.kms_version}:{provider.keys[0]}:")
    return parse_prefix(f"k8s:enc:{provider.kind}:v1:{provider.keys[0]}:")


def names_resources(transformations: Iterable[Transformation]) -> bool:
    """Whether the metrics tell one resource from another: from 1.32 on (kubernetes/kubernetes#126512)."""
    return all(item.resource for item in transformations if item.count)


def write_prefixes(transformations: Iterable[Transformation]) -> tuple[Prefix, ...]:
    """Every prefix under which the API server has written Secrets since its start, as far as that is certain.

    With several keys of several providers, which key is whose is not: then each provider stands with no key.
    """
    secrets = [item for item in transformations if (item.resource, item.direction) == (SECRETS, "to_storage")]
    written = {item.prefix for item in secrets if item.count}
    providers = sorted(prefix for prefix in written if not prefix or is_provider(prefix))
    keys = sorted(prefix for prefix in written if prefix and not is_provider(prefix))
    if len(providers) == 1 and providers[0]:
        return tuple(Prefix(providers[0], key) for key in keys) or (Prefix(providers[0]),)
    return tuple(Prefix(provider) for provider in providers)


@dataclass(frozen=True, slots=True)
class Reads:
    """How often the API server has read a Secret from etcd since its start.

    `under` is how often at the most the value had the given prefix, `other` how often at the least another one,
    of which `plaintext` in plaintext. `strays` are those other prefixes. `failed` counts values that a key of the
    configuration did not open.
    """

    under: int
    other: int
    plaintext: int
    strays: tuple[str, ...]
    failed: int

    @property
    def total(self) -> int:
        return self.under + self.other


def reads(transformations: Iterable[Transformation], prefix: Prefix) -> Reads:
    """The reads of Secrets, divided by whether the value was written as it would be now."""
    found = [item for item in transformations if item.resource == SECRETS and item.direction == "from_storage"]
    counts = {item.prefix: item.count for item in found if item.count}
    total = sum(count for name, count in counts.items() if name == IDENTITY or is_provider(name))
    under = counts.get(prefix.provider, 0)
    if prefix.key:
        # Under the provider there are other keys, and another provider may have a key of that name.
        under = min(under, counts.get(prefix.key, 0))
    return Reads(
        under=under,
        other=total - under,
        plaintext=counts.get(IDENTITY, 0),
        strays=tuple(sorted(name for name in counts if name not in (prefix.provider, prefix.key))),
        failed=sum(item.failed for item in found),
    )
