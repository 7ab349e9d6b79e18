"""The judgement: first what the value is by itself, then what its name makes of it."""

from __future__ import annotations

from scanners.plaintext.assignments import assignments
from scanners.plaintext.connections import connection_string
from scanners.plaintext.detected import Detected
from scanners.plaintext.names import Demand, Meaning, meaning, words
from scanners.plaintext.patterns import is_password_hash, is_plain, self_evident
from scanners.plaintext.shapes import (
    is_code,
    is_object_name,
    is_something_else,
    is_something_else_if_issued,
    is_variable,
    looks_generated,
    template_default,
)
from scanners.plaintext.vocabulary import NAME_SERVICES

INSIDE = " inside a longer text"
"""Added to the kind of a credential that is assigned to a name of its own within a value."""

_WORKING_DIRECTORIES = frozenset({"PWD", "OLDPWD"})
"""As env vars; in a connection string `PWD` is a password."""

_SHORTEST_BY_ITSELF = 8
"""No shorter value is a credential without its name: `a://b:c@d` has nine characters."""


def detect(name: str, value: str) -> Detected | None:
    """Whether a literal, such as that of an env var, is a credential; None if not.

    Pure, and linear in the length of the value. The answer holds no part of the value but a published prefix.
    """
    if not value:
        return None
    if not name:
        return by_value(value) if len(value) >= _SHORTEST_BY_ITSELF else None
    means = meaning(name)
    if means is not None and (name in _WORKING_DIRECTORIES or _lists_services(name, value)):
        means = None
    if means is None and len(value) < _SHORTEST_BY_ITSELF:
        return None
    found = by_value(value)
    if found is not None or means is None or (means.demand is Demand.ISSUED and _repeats(name, value)):
        return found
    return by_name(means, value)


def _repeats(name: str, value: str) -> bool:
    """`secret_access_key: secret_access_key` shows where the key goes."""
    parts = words(value) if "_" in value else []
    return len(parts) > 1 and parts == words(name)


def _lists_services(name: str, value: str) -> bool:
    """nsswitch.conf: `passwd: files systemd` says where accounts are kept."""
    return name == "passwd" and NAME_SERVICES.issuperset(value.split())


def by_value(value: str) -> Detected | None:
    """A credential that needs no name: a private key, an issued token, a password inside a longer text."""
    if is_plain(value):
        return None
    if "@" in value and (found := connection_string(value)):
        return found
    if found := self_evident(value):
        return found
    if "=" in value or ":" in value:
        return assigned(value)
    return None


def assigned(text: str) -> Detected | None:
    """The first credential that the text assigns to a name of its own."""
    for assignment in assignments(text):
        means = meaning(assignment.name)
        if means is not None and (found := by_name(means, assignment.value, inside_text=True)):
            return Detected(f"{found.credential}{INSIDE}")
    return None


def by_name(means: Meaning, value: str, *, inside_text: bool = False) -> Detected | None:
    """Whether the value is what the name promises. Inside a text, bare words are too often code or prose."""
    value = _unquoted(value.strip())
    if not value:
        return None
    default = template_default(value)
    if default is not None:
        return by_name(means, default, inside_text=inside_text)
    if is_something_else(value) or _names_a_credential(value) or (inside_text and is_code(value)):
        return None
    if is_password_hash(value):
        return Detected("password hash")
    if means.pair and (pair := _pair(value)):
        return pair
    return Detected(means.credential) if _meets(means, value, inside_text) else None


def _names_a_credential(value: str) -> bool:
    """`$email-password`, as Argo CD and many templates refer to one; `$ecret` is a password."""
    return value[0] == "$" and is_variable(value) and meaning(value[1:]) is not None


def _meets(means: Meaning, value: str, inside_text: bool) -> bool:
    """Whether the value is of the kind that the name calls for."""
    if means.demand is Demand.CHOSEN:
        return True
    if is_something_else_if_issued(value):
        return False
    if means.demand is Demand.OPAQUE or (inside_text and value.isalpha()):
        return looks_generated(value)
    return not (means.object_name and is_object_name(value))


def _pair(value: str) -> Detected | None:
    """`user:password`, as basic authentication writes it, and Neo4j's `neo4j/password`."""
    user, separator, password = value.partition("/" if value.startswith("neo4j/") else ":")
    if not (separator and user and password) or any(character in " /@{}[]$<" for character in user):
        return None
    if password.isdigit() or is_something_else(password) or is_something_else_if_issued(password):
        return None
    return Detected("user name and password")


def _unquoted(value: str) -> str:
    """Without one pair of quotes around it, which env files and templates leave there."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
