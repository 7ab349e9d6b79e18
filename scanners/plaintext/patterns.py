"""Values that are credentials whatever their name: private keys, signed and issued tokens, registry logins."""

from __future__ import annotations

import base64
import binascii
import json
import re

from scanners.plaintext.detected import Detected
from scanners.plaintext.formats import FORMATS, INFIX_FORMATS, PREFIX_FORMATS
from scanners.plaintext.vocabulary import EMULATOR_KEY

_LONG_RUN = re.compile(r"[A-Za-z0-9_-]{20}")
"""Nearly every token holds one; most other values do not."""

_WIDER_ALPHABETS = ("Q~", "whsec_", "glc_", "ABSK", "sntrys_", "ops_eyJ")
"""Markers of the formats whose tokens may hold none, having more than letters, digits, hyphen and underscore."""

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
_HEADER = re.compile(
    r"(?<![A-Za-z0-9+/._~-])(bearer|basic|ssws|token)(?:\s|%20|\+)([A-Za-z0-9._~+/-]{8,4096}+)={0,2}",
    re.IGNORECASE,
)
_WEBHOOK = re.compile(
    r"https://(?:hooks\.slack\.com/(?:services|workflows|triggers)/[A-Z0-9]{6,16}/[A-Z0-9]{6,16}/[A-Za-z0-9]{16,64}"
    r"|(?:canary\.|ptb\.)?discord(?:app)?\.com/api/webhooks/\d{15,22}/[A-Za-z0-9_-]{50,100}"
    r"|[a-z0-9-]{1,63}\.webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{60,300})"
)
_AZURE_KEY = re.compile(r"\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=([A-Za-z0-9+/%]{20,512})")
_AZURE_SIGNATURE = re.compile(r"[?&]sig=[A-Za-z0-9+/%]{40,100}")
_LEGACY_VAULT_TOKEN = re.compile(r"s\.[A-Za-z0-9]{24}(?:\.[A-Za-z0-9]{5})?")
_HASH = re.compile(
    r"(?:[\w.@-]{1,64}:)?(?:\$(?:2[abxy]|apr1|1|5|6|y|argon2(?:id?|d))\$[^\s]{20,300}"
    r"|\{(?:SSHA|SHA|CRYPT|PBKDF2)\}[^\s]{20,200})"
)


def self_evident(value: str) -> Detected | None:
    """The first credential in `value` that needs no name to be recognised."""
    if "PRIVATE KEY" in value and (found := _pem(value)):
        return found
    if '"auth' in value and (found := _docker_login(value)):
        return found
    spaced = " " in value or "%20" in value or "+" in value
    if spaced and (found := _authorization_header(value)):
        return found
    run = _LONG_RUN.search(value) or any(map(value.__contains__, _WIDER_ALPHABETS))
    if run and (found := _hidden_key(value) or _signed(value) or _issued(value)):
        return found
    return _keyed_by_service(value)


def is_password_hash(value: str) -> bool:
    """Whether the value is a crypt or LDAP password hash, alone or behind `user:`."""
    return _HASH.fullmatch(value) is not None


def _pem(value: str) -> Detected | None:
    """A private key in PEM; a header without a body, or with a placeholder as its body, is none."""
    for match in _PEM.finditer(value):
        if not _PEM_PLACEHOLDER.search(match["body"]):
            return Detected("encrypted private key" if match["kind"] == "ENCRYPTED " else "private key")
    return None


def _hidden_key(value: str) -> Detected | None:
    """A private key in PEM within base64, as kubeconfig's client-key-data has it."""
    if "LS0tLS1CRUdJTi" in value:
        for match in _BASE64_PEM.finditer(value):
            if b"PRIVATE KEY" in _decoded(match[0]):
                return Detected("private key")
    return None


def _signed(value: str) -> Detected | None:
    """A JWT whose header names an algorithm other than none."""
    if "eyJ" in value:
        for token in _JWT.finditer(value):
            try:
                header = json.loads(_decoded(token[1]))
            except (ValueError, RecursionError):
                continue
            if isinstance(header, dict) and str(header.get("alg", "none")).lower() != "none":
                return Detected("signed token (JWT)", "eyJ…")
    return None


def _issued(value: str) -> Detected | None:
    """A token of a published format. Comparing word beginnings first spares most values the whole table."""
    begins_like_one = not _TOKEN_BEGINNINGS.isdisjoint(_WORD_BEGINNINGS.findall(value))
    for form in FORMATS if begins_like_one else INFIX_FORMATS:
        if form.marker in value:
            for token in form.expression.finditer(value):
                if len(set(token[0].removeprefix(form.prefix))) >= _FEWEST_DISTINCT:
                    return Detected(form.credential, form.shown)
    return None


def _keyed_by_service(value: str) -> Detected | None:
    """Keys in the places where one service puts them."""
    if "https://" in value and _WEBHOOK.search(value):
        return Detected("incoming webhook URL")
    if "AccountKey=" in value or "SharedAccess" in value:
        for key in _AZURE_KEY.finditer(value):
            if not key[1].startswith(EMULATOR_KEY):
                return Detected("connection string with an Azure key")
    if "sig=" in value and "sv=" in value and _AZURE_SIGNATURE.search(value):
        return Detected("Azure shared access signature")
    if value.startswith("PuTTY-User-Key-File-") and _PUTTY.match(value):
        return Detected("private key")
    if value.startswith("s.") and _LEGACY_VAULT_TOKEN.fullmatch(value) and _has_digit(value):
        return Detected("Vault token", "s.…")
    return None


def _docker_login(value: str) -> Detected | None:
    """A registry login as `docker login` writes it: base64 of `user:password`."""
    for match in _DOCKER_AUTH.finditer(value):
        if _is_user_and_password(match[1]):
            return Detected("registry login")
    return None


def _authorization_header(value: str) -> Detected | None:
    for match in _HEADER.finditer(value):
        scheme, credentials = match[1].lower(), match[2]
        if scheme == "basic":
            if _is_user_and_password(credentials):
                return Detected("basic authentication header")
        elif len(credentials) >= 16 and _has_digit(credentials) and len(set(credentials)) >= 8:
            return Detected("bearer token")
    return None


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
