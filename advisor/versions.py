"""The versions of each tool that the manifests are known to be right for, as data with what differs between them.

Checked in November 2026 against the tools' release notes, charts and CRDs. A version that is not here is refused: a
manifest for an unknown version would be a guess.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from advisor.syntax import quoted, text_of


class Known(NamedTuple):
    """The minor versions known, oldest first, and the full version that is meant where none was asked for."""

    title: str
    minors: tuple[str, ...]
    default: str


KNOWN: dict[str, Known] = {
    "kubernetes": Known("Kubernetes", ("1.33", "1.34", "1.35", "1.36", "1.37"), "1.37.2"),
    # 2.0 to 2.9 and 1.3 serve external-secrets.io/v1; v1beta1 is served by none of them.
    "external-secrets": Known("External Secrets Operator", ("1.3", *(f"2.{minor}" for minor in range(10))), "2.9.0"),
    # Before 0.40.0 the controller answers /v1/rotate as a decryption oracle (#2019, #2049).
    "sealed-secrets": Known("Sealed Secrets", ("0.38", "0.39", "0.40"), "0.40.0"),
    "vault-csi": Known("Secrets Store CSI driver", ("1.5", "1.6"), "1.6.0"),
    "vault-csi-provider": Known("Vault CSI provider", ("1.7",), "1.7.4"),
    "openbao-csi-provider": Known("OpenBao CSI provider", ("2.0",), "2.0.2"),
    "sops": Known("SOPS", ("3.11", "3.12", "3.13"), "3.13.3"),
    "age": Known("age", ("1.2", "1.3"), "1.3.2"),
    "kustomize-controller": Known("Flux kustomize-controller", ("1.6", "1.7", "1.8", "1.9", "1.10"), "1.10.1"),
    "argo-cd": Known("Argo CD", ("3.0", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6"), "3.6.1"),
    "ksops": Known("KSOPS", ("4.3", "4.4", "4.5"), "4.5.1"),
}
ALIASES = {"secrets-store-csi-driver": "vault-csi", "flux": "kustomize-controller"}


def check_version(tool: str, value: object, where: str) -> str:
    """The full version (`2.9.0`) for what was asked (`2.9`, `v2.9.0`); ValueError names the versions that are known."""
    known = KNOWN[tool]
    text = text_of(value, where)
    found = re.fullmatch(r"v?([0-9]{1,3}\.[0-9]{1,3})(\.[0-9]{1,3})?", text)
    if not found or found[1] not in known.minors:
        raise ValueError(
            f"{where} is {quoted(text)}; the manifests for {known.title} are known to be right for "
            f"{', '.join(known.minors)}."
        )
    if found[2]:
        return found[1] + found[2]
    return known.default if known.default.startswith(found[1] + ".") else found[1] + ".0"


def minor(version: str) -> tuple[int, int]:
    """`2.9.0` as (2, 9), for comparing."""
    first, second = version.split(".")[:2]
    return int(first), int(second)
