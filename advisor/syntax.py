"""What a name, key, path or address may look like, as Kubernetes and the stores define it.

Each Syntax is a fact with its source. `check` answers with the value or raises ValueError with a sentence that says
what is allowed. A value that could be a credential is never quoted in that sentence.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_QUOTED_AT_MOST = 60
_BECOMES_SOMETHING_ELSE = {bool: "true or false", int: "a number", float: "a number", type(None): "nothing"}


class Syntax(NamedTuple):
    """A form of text: a pattern for the whole of it, the most characters, and how to say it in a sentence."""

    says: str
    pattern: str
    longest: int

    def check(self, value: Any, where: str) -> str:
        """`value` itself. ValueError with a sentence naming `where`, if it is no text or has another form."""
        text = text_of(value, where)
        if len(text) > self.longest:
            raise ValueError(f"{where} has {len(text)} characters; at most {self.longest} are allowed.")
        if not re.fullmatch(self.pattern, text, re.ASCII):
            raise ValueError(f"{where} is {quoted(text)}; it must be {self.says}.")
        return text


def quoted(text: str) -> str:
    """`text` for a sentence: its unusual characters escaped, cut at 60."""
    return ascii(text if len(text) <= _QUOTED_AT_MOST else text[: _QUOTED_AT_MOST - 1] + "…")


def text_of(value: Any, where: str) -> str:
    """`value` if it is text. ValueError says what YAML made of an unquoted word such as `no`, `on`, `null` or `1`."""
    if isinstance(value, str):
        return value
    for kind, word in _BECOMES_SOMETHING_ELSE.items():
        if type(value) is kind:
            raise ValueError(
                f'{where} is read as {word}, not as text; if that word is meant, put it in double quotes, as in "no".'
            )
    raise ValueError(f"{where} must be text, not a list or a mapping.")


# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
DNS_LABEL = Syntax("lowercase letters, digits and '-', beginning and ending with a letter or digit", LABEL, 63)
DNS_SUBDOMAIN = Syntax(
    "lowercase letters, digits, '-' and '.', each part beginning and ending with a letter or digit",
    rf"{LABEL}(\.{LABEL})*",
    253,
)
# k8s.io/apimachinery validation.IsConfigMapKey: no key is "." or begins with ".."
SECRET_KEY = Syntax(
    "letters, digits, '-', '_' and '.', and neither '.' nor begin with '..'", r"(?!\.$)(?!\.\.)[-._a-zA-Z0-9]+", 253
)
CRON_JOB_NAME = DNS_SUBDOMAIN._replace(longest=52)  # its Jobs add eleven characters

# https://docs.aws.amazon.com/general/latest/gr/rande.html
AWS_REGION = Syntax("an AWS region such as eu-west-1", r"[a-z]{2,5}(-[a-z]+){1,3}-[0-9]{1,2}", 40)
AWS_ROLE = Syntax(
    "the ARN of an IAM role, arn:aws:iam::ACCOUNT:role/NAME",
    r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+",
    2048,
)
# CreateSecret: names of letters, digits and /_+=.@-
AWS_SECRET = Syntax("letters, digits and / _ + = . @ -", r"[A-Za-z0-9_+=.@-]+(/[A-Za-z0-9_+=.@-]+)*", 512)
# PutParameter: the path begins with '/', has at most 15 levels, and none begins with aws or ssm
AWS_PARAMETER = Syntax(
    "a path such as /team/app: letters, digits and . - _ between slashes, at most 14 levels, not under /aws or /ssm",
    r"/(?!(?i:aws|ssm))[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,13}",
    700,
)
# https://cloud.google.com/resource-manager/docs/creating-managing-projects
GCP_PROJECT = Syntax(
    "a GCP project ID: 6 to 30 lowercase letters, digits and '-', beginning with a letter",
    r"([a-z0-9.-]+\.[a-z]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]",
    100,
)
GCP_SECRET = Syntax("letters, digits, '-' and '_' (GCP Secret Manager has no folders)", r"[A-Za-z0-9_-]+", 255)
# https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates
AZURE_SECRET = Syntax("letters, digits and '-' (Azure Key Vault has no folders)", r"[0-9A-Za-z-]+", 127)
UUID = Syntax("a UUID", r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", 36)
VAULT_NAME = Syntax("letters, digits, '-', '_' and '.'", r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?", 253)
_SEGMENT = r"(?!\.{1,2}(/|$))[A-Za-z0-9_.@=+-]+"
VAULT_PATH = Syntax(
    "a path such as team/app: letters, digits and _ . @ = + - between single slashes", rf"{_SEGMENT}(/{_SEGMENT})*", 400
)
ONEPASSWORD_NAME = Syntax(
    "letters, digits, spaces, '-', '_' and '.'", r"[A-Za-z0-9]([A-Za-z0-9 _.-]*[A-Za-z0-9])?", 200
)

# Which cloud a Key Vault's address belongs to, as ESO's environmentType names it.
AZURE_CLOUDS = {
    "vault.azure.net": "PublicCloud",
    "vault.azure.cn": "ChinaCloud",
    "vault.usgovcloudapi.net": "USGovernmentCloud",
    "vault.microsoftazure.de": "GermanCloud",
}


def check_https(value: Any, where: str) -> str:
    """An https address of host and port without a path; ValueError otherwise. It never quotes a name and password."""
    text = text_of(value, where).rstrip("/")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"{where} is no address that can be read; write https://HOST:PORT.") from None
    if "@" in text:
        raise ValueError(f"{where} holds a user name or password; write https://HOST:PORT without it.")
    if parts.scheme != "https":
        raise ValueError(f"{where} must begin with https://, since values travel over it.")
    if parts.path or parts.query or parts.fragment or port == 0:
        raise ValueError(f"{where} must be https://HOST:PORT and nothing behind it.")
    if not re.fullmatch(rf"{LABEL}(\.{LABEL})*\.?|[0-9a-f:]*:[0-9a-f:.]*", host) or text != text.strip():
        raise ValueError(f"{where} has no host that can be a DNS name or an IP address; write https://HOST:PORT.")
    return text


def check_azure_vault(value: Any, where: str) -> str:
    """The address of a Key Vault in one of AZURE_CLOUDS; ValueError otherwise."""
    text = check_https(value, where)
    name, _, cloud = (urlsplit(text).hostname or "").partition(".")
    if cloud not in AZURE_CLOUDS or not re.fullmatch(r"[a-z][a-z0-9-]{1,22}[a-z0-9]", name):
        clouds = ", ".join(f"https://NAME.{cloud}" for cloud in AZURE_CLOUDS)
        raise ValueError(f"{where} must be the address of a Key Vault: {clouds}.")
    return text


_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)", re.ASCII)
_MICROSECONDS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1000, "us": 1, "µs": 1, "ns": 0.001}


def duration_seconds(value: Any, where: str) -> int:
    """A Go duration (time.ParseDuration), at least one whole second, as seconds; ValueError otherwise.

    Go knows no days: `1d` passes the schema of ESO's CRD and then fails in its controller.
    """
    text = text_of(value, where)
    if len(text) > 40 or not re.fullmatch(rf"({_DURATION.pattern})+", text, re.ASCII):
        hint = " Days are not known there: 1d is 24h." if re.search(r"[0-9][dw]", text) else ""
        raise ValueError(f"{where} is {quoted(text)}; it must be a Go duration such as 1h or 30m.{hint}")
    microseconds = sum(float(number) * _MICROSECONDS[unit] for number, unit in _DURATION.findall(text))
    seconds = round(microseconds / 1_000_000)
    if seconds < 1 or seconds > 365 * 86_400:
        raise ValueError(f"{where} is {quoted(text)}; it must lie between one second and a year (8760h).")
    return seconds


def go_duration(seconds: int) -> str:
    """The duration as Go itself writes it (`1h0m0s`), so that no tool sees a difference between wish and object."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{rest}s"
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"


_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def check_age_recipient(value: Any, where: str) -> str:
    """An age public key (`age1…`, or `age1pq1…`), its checksum verified (BIP 173); ValueError otherwise."""
    text = text_of(value, where).strip()
    if text.upper().startswith("AGE-SECRET-KEY"):
        raise ValueError(
            f"{where} is a private key. It must not be here, and what has been pasted should be replaced: "
            "run age-keygen again and give the public key, which begins with age1."
        )
    prefix, separator, data = text.rpartition("1")
    if prefix not in ("age", "age1pq") or not separator or set(data) - set(_BECH32) or len(text) > 4096:
        raise ValueError(f"{where} is no age public key; it must begin with age1, as age-keygen -y prints it.")
    checksum = 1
    expanded = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    for number in expanded + [_BECH32.index(letter) for letter in data]:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ number
        for bit, generator in enumerate(_GENERATORS):
            checksum ^= generator if top >> bit & 1 else 0
    if checksum != 1 or (prefix == "age" and len(data) != 58):
        raise ValueError(f"{where} is no valid age public key: its checksum does not match. Copy it again.")
    return text
