"""What a name says about its value: nothing, or that a credential is to be expected, and how much doubt remains.

Names lie in both directions (MONKEY, KEYCLOAK_URL, TOKEN_TTL), so a name is read word by word and only its last
meaningful word counts: PASSWORD_FILE is a file. What the name alone cannot decide is left to the value, as a
Demand.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from scanners.plaintext.vocabulary import (
    COUNTED_TOKENS,
    KEY_KINDS,
    NAMED_SECRETS,
    NAMES_OF_THEIR_OWN,
    NEUTRAL_AFTER,
    NO_PASSWORD_BEFORE,
    NOUNS_OF_SECRETS,
    OBJECT_SECRETS,
    PASSWORD_NOUNS,
    PUBLIC_KEYS,
    SOMETHING_ABOUT_IT,
)


class Demand(Enum):
    """What the value must be for the name to make it a credential."""

    CHOSEN = "anything a person might choose: a word, digits, a sentence"
    ISSUED = "anything but a word, name or number that means something else"
    OPAQUE = "a string that only a generator would write"


class Meaning(NamedTuple):
    """`credential` is the kind in words; `pair` allows `user:password` as a value.

    `object_name` is set where the name may just as well hold the name of a Kubernetes object.
    """

    credential: str
    demand: Demand
    pair: bool = False
    object_name: bool = False


MAX_NAME = 256
"""Characters of a name that are looked at, from its end; the API server allows names far longer than any real one."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z][a-z0-9]*|[A-Z][A-Z0-9]*|[0-9]+")
_DIGITS = "0123456789"
_GLUED_PASSWORD = re.compile(
    r"(?:password|(?<!ht)passwd|passphrase|passwort)$"
    r"|^(?:db|smtp|mysql|postgres|pg|root|user|admin|redis|mail|ftp|ldap|sql|rabbit|mongo|basic|auth|http|bind|app|svc|my|sa"
    r"|sys|sudo|ssh|vnc|keystore|store|key|login|proxy|master|repl)(?:pass|pwd|pw)$"
)
_GLUED_KEY = re.compile(
    r"(api|secret|private|encryption|master|auth|signing|shared|ssh|storage|account|hmac|jwt|session)key$"
)


def meaning(name: str) -> Meaning | None:
    """What `name` says of its value; None for nothing."""
    return _meaning(name if len(name) <= MAX_NAME else name[-MAX_NAME:])


def words(name: str) -> list[str]:
    """The words of a name in lower case: `DB_PASSWORD`, `dbPassword` and `db.password` are the same two."""
    return [word.lower() for word in _WORD.findall(name)]


@lru_cache(maxsize=8192)
def _meaning(name: str) -> Meaning | None:
    """Cached, since a cluster repeats its names by the thousand. Only names are cached, never values."""
    if name in NAMES_OF_THEIR_OWN:
        return Meaning(NAMES_OF_THEIR_OWN[name], Demand.CHOSEN)
    parts = words(name)
    if not parts:
        return None
    end = len(parts)
    while end > 1 and (parts[end - 1] in NEUTRAL_AFTER or parts[end - 1].isdigit()):
        end -= 1
    found = _noun(parts[:end])
    # A noun further left, as in API_KEY_BILLING, is believed only if the value looks generated.
    for stop in range(end - 1, max(end - 3, 0), -1):
        if found is not None or parts[stop] in SOMETHING_ABOUT_IT:
            break
        further = _noun(parts[:stop])
        found = further and further._replace(demand=Demand.OPAQUE)
    return found


def _noun(parts: list[str]) -> Meaning | None:
    """The meaning of a name whose last word is the noun, with or without a number: PASSWORD2."""
    last, before = parts[-1].rstrip(_DIGITS), parts[-2] if len(parts) > 1 else ""
    if last in PASSWORD_NOUNS:
        no_password = last in ("pass", "pw", "pwd") and before in NO_PASSWORD_BEFORE
        return None if no_password else Meaning(PASSWORD_NOUNS[last], Demand.CHOSEN)
    if before == "pass" and last in ("phrase", "word"):
        return Meaning(f"pass{last}", Demand.CHOSEN)
    if last in ("key", "keys"):
        return _key(parts[:-1], plural=last == "keys")
    if last in ("secret", "secrets"):
        return _secret(before, plural=last == "secrets")
    if last in ("token", "tokens"):
        doubtful = last == "tokens" or before == "cluster"  # etcd's cluster token is a name
        return None if before in COUNTED_TOKENS else Meaning("token", _issued(doubtful=doubtful))
    return _OTHER_NOUNS.get(last) or _glued(last)


_OTHER_NOUNS = {
    **dict.fromkeys(
        ("credential", "credentials", "creds", "cred", "auth", "authorization", "userpass"),
        Meaning("credentials", Demand.OPAQUE, pair=True),
    ),
    **dict.fromkeys(("jwt", "bearer", "pat"), Meaning("token", Demand.OPAQUE)),
    **dict.fromkeys(("salt", "pepper"), Meaning("salt", Demand.OPAQUE)),
    "passwords": Meaning("password", Demand.CHOSEN),
    "cookie": Meaning("session cookie", Demand.OPAQUE),
    "psk": Meaning("shared key", Demand.ISSUED),
}


def _key(before: list[str], *, plural: bool) -> Meaning | None:
    kind = before[-1] if before else ""
    if kind == "access":
        # The access key of AWS and MinIO is a user name; only the secret one is a secret.
        if before[-2:-1] != ["secret"]:
            return Meaning("access key", Demand.OPAQUE)
        kind = "secret"
    if kind in PUBLIC_KEYS or "public" in before:
        return None
    if kind not in KEY_KINDS or (kind == "secret" and not NOUNS_OF_SECRETS.isdisjoint(before[-2:-1])):
        # DB_PASSWORD_SECRET_KEY names the key within a Secret.
        return Meaning("key", Demand.OPAQUE)
    # A private key is written by a generator; a short word under such a name is that of a key.
    return Meaning(KEY_KINDS[kind], _issued(doubtful=plural or KEY_KINDS[kind] == "private key"))


def _secret(before: str, *, plural: bool) -> Meaning:
    credential = "client secret" if before in ("client", "oauth", "oidc", "consumer") else "secret"
    if before in OBJECT_SECRETS or before in ("password", "passwd", "credentials", "credential"):
        return Meaning(credential, Demand.OPAQUE)
    return Meaning(credential, _issued(doubtful=plural), object_name=before not in NAMED_SECRETS)


def _glued(word: str) -> Meaning | None:
    """Names without a separator: PGPASSWORD, APIKEY, CLIENTSECRET. `NOPASSWD` is a word of sudoers."""
    if word.startswith("nopass"):
        return None
    if _GLUED_PASSWORD.search(word):
        return Meaning("passphrase" if word.endswith("passphrase") else "password", Demand.CHOSEN)
    if key := _GLUED_KEY.search(word):
        return Meaning(KEY_KINDS[key[1]], _issued(doubtful=KEY_KINDS[key[1]] == "private key"))
    if word.endswith("accesskey"):
        return Meaning("access key", Demand.OPAQUE)
    if word.endswith("token"):
        return Meaning("token", Demand.ISSUED)
    if word.endswith("secret"):
        return _secret(word.removesuffix("secret"), plural=False)
    return None


def _issued(*, doubtful: bool) -> Demand:
    """TOKENS is as often a number or a switch as a list of tokens."""
    return Demand.OPAQUE if doubtful else Demand.ISSUED
