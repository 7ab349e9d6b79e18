"""Values that are credentials whatever their name: private keys, signed and issued tokens, registry logins."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator

from scanners.plaintext.detected import Detected, Located
from scanners.plaintext.formats import FORMATS, INFIX_FORMATS, PREFIX_FORMATS
from scanners.plaintext.lowered import lowered
from scanners.plaintext.vocabulary import EMULATOR_KEY

_SHORTEST = len("Basic dTpwYXNz")
"""No shorter text is a credential by itself."""
_SHORTEST_TOKEN = 20
_LONG_RUN = re.compile(rf"[A-Za-z0-9_.~+/=:%?&@-]{{{_SHORTEST_TOKEN},}}")
"""What holds every token of every format, and every URL with a key in it."""

_CORE = re.compile(r"[A-Za-z0-9_-]{16}")
"""Nearly every token holds one; most host names, paths and images do not."""

_WIDER_ALPHABETS = ("Q~", "whsec_", "glc_", "ABSK", "sntrys_", "ops_eyJ", "dp.", "+ASt", "eyJhIjoi", "eyJrIjoi", "tfp_")
"""Markers of the formats whose tokens may hold none, having more than letters, digits, hyphen and underscore."""

_SHORT = 400
"""Characters up to which looking for long runs at once costs less than splitting first."""

_WORD_BEGINNINGS = re.compile(r"(?=(.{3}))\w+", re.DOTALL)
_TOKEN_BEGINNINGS = frozenset(
    form.prefix[:3] if len(form.prefix) > 2 else form.prefix + digit
    for form in PREFIX_FORMATS
    for digit in "0123456789abcdef"
)
_FEWEST_DISTINCT = 6
"""Characters that differ in a real token; documentation writes `ghp_xxxxxxxx…`."""

_PEM = re.compile(
    r"-----BEGIN (?P<kind>(?:[A-Z0-9]{1,12} ){0,3})PRIVATE KEY(?: BLOCK)?-----"
    r"(?:\s|\\[nrt]){0,8}(?P<body>[^\\\s]{0,80})"
)
_PEM_PLACEHOLDER = re.compile(r"[^A-Za-z0-9+/=:.-]|\.{2,}|x{4,}|^.{0,3}$|your|key-?here", re.IGNORECASE)
_BASE64_PEM = re.compile(r"(?<![A-Za-z0-9+/])LS0tLS1CRUdJTi[A-Za-z0-9+/]{30,80}")
_PUTTY = re.compile(r"PuTTY-User-Key-File-\d: ")

_JWT = re.compile(
    r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{10,4096})\.(eyJ[A-Za-z0-9_-]{2,65536})\.([A-Za-z0-9_-]{4,4096})"
)
_DOCKER_AUTH = re.compile(r'\\?"auth\\?"\s{0,4}:\s{0,4}\\?"([A-Za-z0-9+/]{4,4096}={0,2})\\?"')
_HEADER = re.compile(r"(?<![A-Za-z0-9+/._~-])[A-Za-z]{4,6}(?:\s|%20|\+)([A-Za-z0-9._~+/-]{8,4096}+)={0,2}")
_SCHEMES = ("bearer", "basic", "ssws", "token")
_WEBHOOK = re.compile(
    r"https://(?:hooks\.slack\.com/(?:services|workflows|triggers)/[A-Z0-9]{6,16}/[A-Z0-9]{6,16}/[A-Za-z0-9]{16,64}"
    r"|(?:canary\.|ptb\.)?discord(?:app)?\.com/api/webhooks/\d{15,22}/[A-Za-z0-9_-]{50,100}"
    r"|[a-z0-9-]{1,63}\.webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{60,300}"
    r"|open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/[0-9a-f-]{36}"
    r"|qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=[0-9a-f-]{36})"
)
_AZURE_KEY = re.compile(r"\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=([A-Za-z0-9+/%]{20,512})")
_AZURE_SIGNATURE = re.compile(r"[?&]sig=[A-Za-z0-9+/%]{40,100}")
_LEGACY_VAULT_TOKEN = re.compile(r"s\.[A-Za-z0-9]{24}(?:\.[A-Za-z0-9]{5})?")
_HASH = re.compile(
    r"(?:[\w.@-]{1,64}:)?(?:\$(?:2[abxy]|apr1|1|5|6|y|argon2(?:id?|d))\$[^\s]{20,300}"
    r"|\{(?:SSHA|SHA|CRYPT|PBKDF2)\}[^\s]{20,200})"
)


def is_plain(value: str) -> bool:
    """Whether a value is too plain to hold a credential that needs no name: a word, a number, a short path or host.

    Every format has a long run, a blank, or one of `@ = : +`; this spares most values everything else.
    """
    return not (
        "=" in value
        or ":" in value
        or " " in value
        or "@" in value
        or "\n" in value
        or "+" in value
        or "%20" in value
        or _CORE.search(value)
        or any(map(value.__contains__, _WIDER_ALPHABETS))
    )


def self_evident(value: str) -> Detected | None:
    """The first kind of credential in `value` that needs no name to be recognised."""
    return next((found for _, found in occurrences(value)), None)


def occurrences(text: str) -> Iterator[Located]:
    """Every credential in `text` that needs no name, kind by kind. Linear in the length of the text."""
    if len(text) < _SHORTEST:
        return
    if "PRIVATE KEY" in text:
        yield from _pem(text)
    if '"auth' in text:
        yield from _docker_login(text)
    if " " in text or "%20" in text or "+" in text:
        yield from _authorization_header(text)
    runs = _long_runs(text)
    if runs:
        if _CORE.search(runs) or any(map(runs.__contains__, _WIDER_ALPHABETS)):
            yield from _hidden_key(text, runs)
            yield from _signed(text, runs)
            yield from _issued(text, runs)
        if "=" in runs or "https://" in runs:
            yield from _keyed_by_service(text, runs)
        if text.startswith("s.") and _LEGACY_VAULT_TOKEN.fullmatch(text) and _has_digit(text):
            yield 0, Detected("Vault token", "s.…")
    if text.startswith("PuTTY-User-Key-File-") and _PUTTY.match(text):
        yield 0, Detected("private key")


def _long_runs(text: str) -> str:
    """The parts of the text that are as long as a token and hold no character that no token has.

    Splitting at blanks first costs least, since nearly all words of nearly all texts are short.
    """
    if len(text) > _SHORT:
        text = " ".join([word for word in text.split() if len(word) >= _SHORTEST_TOKEN])
    return " ".join(_LONG_RUN.findall(text))


def is_password_hash(value: str) -> bool:
    """Whether the value is a crypt or LDAP password hash, alone or behind `user:`."""
    return _HASH.fullmatch(value) is not None


def is_registry_login(value: str) -> bool:
    """Whether the value is base64 of `user:password`, as the `auth` of a Docker configuration is."""
    return len(value) < 8192 and _is_user_and_password(value)


def _pem(text: str) -> Iterator[Located]:
    """A private key in PEM; a header without a body, or with a placeholder as its body, is none."""
    for match in _PEM.finditer(text):
        if not _PEM_PLACEHOLDER.search(match["body"]):
            kind = "encrypted private key" if match["kind"] == "ENCRYPTED " else "private key"
            yield match.start(), Detected(kind)


def _hidden_key(text: str, runs: str) -> Iterator[Located]:
    """A private key in PEM within base64, as kubeconfig's client-key-data has it."""
    if "LS0tLS1CRUdJTi" in runs:
        for match in _BASE64_PEM.finditer(text):
            if b"PRIVATE KEY" in _decoded(match[0]):
                yield match.start(), Detected("private key")


def _signed(text: str, runs: str) -> Iterator[Located]:
    """A JWT whose header names an algorithm other than none."""
    if "eyJ" in runs:
        for token in _JWT.finditer(text):
            try:
                header = json.loads(_decoded(token[1]))
            except (ValueError, RecursionError):
                continue
            if isinstance(header, dict) and str(header.get("alg", "none")).lower() != "none":
                yield token.start(), Detected("signed token (JWT)", "eyJ…")


def _issued(text: str, runs: str) -> Iterator[Located]:
    """Tokens of a published format. Comparing word beginnings first spares most texts the whole table."""
    begins_like_one = not _TOKEN_BEGINNINGS.isdisjoint(_WORD_BEGINNINGS.findall(runs))
    for form in FORMATS if begins_like_one else INFIX_FORMATS:
        if form.marker in runs:
            for token in form.tokens(text):
                if len(set(token[0].removeprefix(form.prefix))) >= _FEWEST_DISTINCT:
                    yield token.start(), Detected(form.credential, form.shown)


def _keyed_by_service(text: str, runs: str) -> Iterator[Located]:
    """Keys in the places where one service puts them."""
    if "https://" in runs:
        for webhook in _WEBHOOK.finditer(text):
            yield webhook.start(), Detected("incoming webhook URL")
    if "AccountKey=" in text or "SharedAccess" in text:
        for key in _AZURE_KEY.finditer(text):
            if not key[1].startswith(EMULATOR_KEY):
                yield key.start(), Detected("connection string with an Azure key")
    if "sig=" in text and "sv=" in text:
        for signature in _AZURE_SIGNATURE.finditer(text):
            yield signature.start(), Detected("Azure shared access signature")


def _docker_login(text: str) -> Iterator[Located]:
    """A registry login as `docker login` writes it: base64 of `user:password`."""
    for match in _DOCKER_AUTH.finditer(text):
        if _is_user_and_password(match[1]):
            yield match.start(), Detected("registry login")


def _authorization_header(text: str) -> Iterator[Located]:
    lower = lowered(text)
    for scheme in _SCHEMES:
        at = lower.find(scheme)
        while at != -1:
            header = _HEADER.match(text, at)
            if header is not None and _is_authorization(scheme, header[1]):
                kind = "basic authentication header" if scheme == "basic" else "bearer token"
                yield at, Detected(kind)
            at = lower.find(scheme, at + len(scheme))


def _is_authorization(scheme: str, credentials: str) -> bool:
    if scheme == "basic":
        return _is_user_and_password(credentials)
    return len(credentials) >= 16 and _has_digit(credentials) and len(set(credentials)) >= 8


def _is_user_and_password(encoded: str) -> bool:
    text = _decoded(encoded).decode(errors="replace")
    user, colon, password = text.partition(":")
    return (
        bool(user and colon and password.strip()) and text.isprintable() and "�" not in text and password[0] not in "$<"
    )


def _decoded(text: str) -> bytes:
    """Base64 of either alphabet, without padding or cut off anywhere; empty if it is none."""
    text = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(text[: len(text) - (len(text) % 4 == 1)] + "==")
    except binascii.Error:
        return b""


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)
