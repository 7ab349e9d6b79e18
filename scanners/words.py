"""How facts are worded: numbers, names, ages and sources, the same on every page, chart and export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from scanners.formats.printable import printable

SOURCE_NAMES: dict[str, str] = {
    "external-secrets": "External Secrets",
    "sealed-secrets": "Sealed Secrets",
    "vault-csi": "Secrets Store CSI",
    "sops-flux": "SOPS with Flux",
    "sops-operator": "SOPS operator",
    "vault-operator": "Vault operator",
    "infisical": "Infisical",
    "doppler": "Doppler",
    "onepassword": "1Password",
    "azure-key-vault": "Azure Key Vault (akv2k8s)",
    "bitwarden": "Bitwarden",
    "secret-sync": "Secrets Store Sync",
    "copy": "Copy of another Secret",
    "cert-manager": "cert-manager",
    "service-account": "Service account token",
    "bootstrap": "Bootstrap token",
    "helm": "Helm release record",
    "helm-chart": "Helm chart",
    "argo-cd": "Argo CD",
    "flux": "Flux, unencrypted",
    "operator": "An operator",
    "sealing-key": "Sealing key",
    "control-plane": "Control plane",
    "manual": "By hand",
}
"""What a source kind of the contract is called on the pages."""

HOW_NAMES: dict[str, str] = {
    "env": "environment variable",
    "env-from": "all keys as environment variables",
    "volume": "mounted files",
    "projected": "mounted files (projected)",
    "csi": "mounted files (CSI)",
    "image-pull": "pulls images with it",
    "ingress-tls": "TLS certificate of the Ingress",
    "gateway-tls": "TLS certificate of the Gateway",
    "service-account": "listed by the service account",
    "custom-resource": "referred to by the resource",
}
"""How a consumer uses a Secret, in the contract's words and in plain ones."""

_BLANK = (
    *(ord(character) for character in "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"),
    *range(0xFE00, 0xFE10),
)
"""Characters that count as printable and show nothing."""

_SPELT_OUT = {code: f"\\u{code:04x}" for code in _BLANK}


def visible(text: object, keep: str = "") -> str:
    """The text with every character that shows nothing, or turns the text round, spelt out as `\\u202e`.

    Names come from the cluster: what looks like another name must not pass for it. Characters of `keep` stay.
    """
    return printable(str(text), keep).translate(_SPELT_OUT)


def visible_lines(text: object) -> str:
    """`visible` for text of several lines, such as a manifest."""
    return visible(str(text).replace("\r\n", "\n"), keep="\n\t")


def number(value: float) -> str:
    """20000 as 20,000; at most one decimal."""
    return f"{value:,.1f}".removesuffix(".0") if isinstance(value, float) else f"{value:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 Secret`, `20,000 Secrets`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def days(count: int) -> str:
    return plural(count, "day")


def age_words(at_least: int | None, at_most: int | None) -> str:
    """An age interval in whole days, in words; None is unbounded on that side."""
    if not at_least and at_most is None:
        return "unknown"
    if at_most is None:
        return f"at least {days(at_least or 0)}"
    if at_least == at_most:
        return days(at_most)
    if not at_least:
        return f"at most {days(at_most)}"
    return f"at least {days(at_least)}, at most {number(at_most)}"


def age_figures(at_least: int | None, at_most: int | None) -> str:
    """The same for a narrow column: `92–400 d`, `≤ 400 d`, `≥ 92 d`."""
    if not at_least and at_most is None:
        return "unknown"
    if at_most is None:
        return f"≥ {number(at_least or 0)} d"
    if at_least == at_most:
        return f"{number(at_most)} d"
    if not at_least:
        return f"≤ {number(at_most)} d"
    return f"{number(at_least)}–{number(at_most)} d"


def listed(items: Sequence[str] | Iterable[str], most: int = 4) -> str:
    """`a`, `a and b`, `a, b, c and 5 more`."""
    names = list(items)
    if len(names) > most:
        names = [*names[: most - 1], f"{number(len(names) - most + 1)} more"]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def day_words(moment: datetime) -> str:
    """3 Nov 2026, in UTC: for text that no script rewords for the reader's zone."""
    utc = moment.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y}"


def utc_words(moment: datetime) -> str:
    """3 Nov 2026, 14:05 UTC."""
    return f"{day_words(moment)}, {moment.astimezone(UTC):%H:%M} UTC"


def share(value: float | None) -> str:
    """A share from 0 to 1 in per cent, never rounded up to all of it."""
    if value is None:
        return "unknown"
    return f"{min(99, round(value * 100)) if value < 1 else 100}%"
