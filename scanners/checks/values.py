"""What only the values themselves show: that one is in several places, and that one can be guessed.

A deep scan reduces values to facts (scanners.values); these checks see the facts and never a value.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.wording import counted, listed, quoted, shown
from scanners.context import Context
from scanners.inventory import KeyFacts, Secret
from scanners.report import Severity
from scanners.sources import MACHINE_MADE

SECRET_VALUES = "secretvalues"
"""The input of the Secrets' values (scanners.collect.inputs)."""
NOT_DEEP = "values are read only by a deep scan (--deep)"

PULL_TYPES = frozenset({"kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"})
"""Types of image pull Secrets: a Pod can use only one of its own namespace, so that every namespace has a copy."""
SAYS_NOTHING = frozenset({"empty", "placeholder"})
"""Weaknesses of a value that is none yet: that two are equal says nothing."""

MOST_SHOWN = 8
"""Other places named in one finding."""

_BLIND_SPOTS = (
    "Values are looked at only by a deep scan. Of Helm's release records and of service account tokens they are not "
    "read. PKCS#12 files and Java keystores are not opened, and of a value only the first 64 KiB are looked through."
)
_REFERENCES = (
    (
        "Good practices for Kubernetes Secrets",
        "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
    ),
    ("OWASP Secrets Management", "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html"),
)


class _Place(NamedTuple):
    """Where a value is: a key of a Secret."""

    secret: Secret
    facts: KeyFacts


class _Holders:
    """Every place of one value. What is said of all of them is found out once, however many they are."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.places: list[_Place] = []

    @cached_property
    def secrets(self) -> tuple[Secret, ...]:
        return tuple({id(place.secret): place.secret for place in self.places}.values())

    @cached_property
    def namespaces(self) -> frozenset[str]:
        return frozenset(secret.namespace for secret in self.secrets)

    @cached_property
    def environments(self) -> tuple[str, ...]:
        """The environments they are in, by the policy's rules."""
        return tuple(sorted({self._context.environment(secret) for secret in self.secrets} - {""}))

    @cached_property
    def copied_on_purpose(self) -> str:
        """Why they are copies of one that somebody keeps in step, "" where nothing says so."""
        return _on_purpose(self._context, self.secrets)

    @cached_property
    def _sorted(self) -> list[_Place]:
        return sorted(self.places, key=lambda place: (place.secret.namespace, place.secret.name, place.facts.key))

    @cached_property
    def _places_in(self) -> Counter[int]:
        return Counter(id(place.secret) for place in self.places)

    def beside(self, secret: Secret) -> str:
        """The other places in words: the first few, and how many more."""
        others = (place for place in self._sorted if place.secret is not secret)
        first = [
            f"{place.secret.namespace}/{place.secret.name} {place.facts.key}" for place in islice(others, MOST_SHOWN)
        ]
        more = len(self.places) - self._places_in[id(secret)] - len(first)
        return f"{listed(first)} and {more} more" if more else listed(first)


@dataclass(frozen=True, slots=True)
class _Values:
    """A Secret with those of its keys that hold credentials."""

    secret: Secret
    credentials: tuple[KeyFacts, ...]
    holders: Mapping[str, _Holders]

    @property
    def namespace(self) -> str:
        return self.secret.namespace

    @property
    def name(self) -> str:
        return self.secret.name


def _select_shared(context: Context) -> Iterable[_Values] | Unknown:
    """The Secrets of people that hold credentials. A copy's original answers for it, and so does a machine."""
    if not context.inventory.deep:
        return Unknown(NOT_DEEP)
    holders: dict[str, _Holders] = defaultdict(lambda: _Holders(context))
    for secret in context.inventory.secrets:
        for facts in _tellable(secret):
            holders[facts.digest].places.append(_Place(secret, facts))
    return (
        _Values(secret, tuple(_tellable(secret)), holders)
        for secret in context.inventory.secrets
        if any(_tellable(secret)) and context.source(secret).kind not in MACHINE_MADE
    )


def _tellable(secret: Secret) -> Iterator[KeyFacts]:
    """The keys whose value is a credential of its own, so that an equal one elsewhere is the same credential."""
    return (facts for facts in secret.values or () if facts.credential and facts.weakness not in SAYS_NOTHING)


def _judge_shared(context: Context, item: _Values) -> Judgement:
    return [fault for facts in item.credentials if (fault := _shared(context, item, facts)) is not None]


def _shared(context: Context, item: _Values, facts: KeyFacts) -> Fault | None:
    secret, holders = item.secret, item.holders[facts.digest]
    others = len(holders.secrets) - 1
    elsewhere = len(context.history.digests_elsewhere.get(facts.digest, ()))
    if not others and not elsewhere:
        return None
    reason = "" if elsewhere else holders.copied_on_purpose
    return Fault(
        kind="Secret",
        namespace=secret.namespace,
        name=secret.name,
        field=f'data["{shown(facts.key)}"]',
        severity="low" if reason else None,
        message=(
            f"Secret {shown(secret.namespace)}/{shown(secret.name)} holds in {shown(facts.key)} the same "
            f"{facts.credential} as {_where(holders, others, elsewhere)}{f': {reason}' if reason else ''}."
        ),
        evidence=_evidence(holders, secret) if others else "",
        remediation=_ONE_SOURCE if reason else "",
    )


def _where(holders: _Holders, others: int, elsewhere: int) -> str:
    """In how many other Secrets the value is. Those of other clusters are counted and not named: a reader of this
    cluster's findings may not know the others."""
    parts = []
    if others:
        namespaces = len(holders.namespaces) - 1
        across = f" of {counted(namespaces, 'other namespace')}" if namespaces else ""
        parts.append(f"{counted(others, 'other Secret')}{across}")
    if elsewhere:
        parts.append(f"{counted(elsewhere, 'Secret')} in other clusters")
    return " and ".join(parts)


def _evidence(holders: _Holders, secret: Secret) -> str:
    """The other places, and the environments where they differ."""
    text = f"also in {holders.beside(secret)}"
    return f"{text}; environments {listed(holders.environments)}" if len(holders.environments) > 1 else text


def _on_purpose(context: Context, holders: Sequence[Secret]) -> str:
    """Why these Secrets are copies of one that somebody keeps in step, "" where nothing says so."""
    originals = {_original(context, secret) for secret in holders} - {""}
    if len(originals) == 1 and _are_named_as(originals.pop(), context, holders):
        return "a controller keeps the copies in step with this one"
    stores = {_store(context, secret) for secret in holders}
    if len(stores) == 1 and None not in stores:
        return "all are synced from the same store"
    places = {secret.namespace for secret in holders}
    if len(places) == len(holders) and all(secret.type in PULL_TYPES for secret in holders):
        return "every namespace needs an image pull Secret of its own"
    return ""


def _are_named_as(original: str, context: Context, holders: Sequence[Secret]) -> bool:
    """Whether each copy that does not name its original has that one's name, as a pushed copy does."""
    name = original.rpartition("/")[2]
    return all(secret.name == name for secret in holders if not _original(context, secret))


def _original(context: Context, secret: Secret) -> str:
    """`Secret/NAMESPACE/NAME` of what a replicating controller copies it from, "" where the copy does not name it; of
    any other Secret itself."""
    source = context.source(secret)
    return source.object if source.kind == "copy" else f"Secret/{secret.namespace}/{secret.name}"


def _store(context: Context, secret: Secret) -> tuple[str, str, str] | None:
    """The External Secrets store that makes it: kind, namespace and name."""
    for writer in context.sources.writers(secret.namespace, secret.name):
        if writer.store:
            namespace = "" if writer.store_kind == "ClusterSecretStore" else writer.namespace
            return writer.store_kind, namespace, writer.store
    return None


_ONE_SOURCE = (
    "Rotate it at its source, which changes every copy. Ask of each namespace whether it still needs one, since "
    "whoever may read Secrets there has the credential."
)
_SEPARATE = (
    "Give each user of the credential one of its own, so that it can be rotated, and taken away, for one of them:\n\n"
    "  kubectl create secret generic NEW-NAME -n {namespace} --from-file=password=/dev/stdin\n\n"
    "Where one credential must serve several namespaces, keep it in one place and let a tool copy it (an "
    "ExternalSecret per namespace from one store, or a replicating controller), so that no copy is forgotten at the "
    "next rotation. After a leak, rotate all of the places named here."
)

DUPLICATE_VALUE = Check(
    id="duplicate-value",
    title="No credential is kept in several Secrets",
    severity="medium",
    needs=(SECRET_VALUES,),
    checklist="rotation",
    deep=True,
    what=(
        "The same credential is the value of a key in more than one Secret, in this cluster or in another one of this "
        "installation. Only credentials count: not user names, hosts, certificates, or values that are empty or a "
        "placeholder. It is low where the copies are made on purpose: by a replicating controller, from one External "
        "Secrets store, or as the image pull Secret that every namespace needs. Secrets that a machine makes are not "
        "evaluated, but count as a place."
    ),
    why=(
        "Whoever reads one of the places has all of them, whatever RBAC says of the others: a password shared between "
        "staging and production makes staging production. At a rotation a forgotten copy keeps the old value, so "
        "people put the rotation off."
    ),
    fix=_SEPARATE,
    blind_spots=(
        f"{_BLIND_SPOTS} Equal means equal byte by byte: the same password within two different connection strings, or "
        "with a line break at its end, is not recognised. Other clusters count as their last deep scan saw them."
    ),
    references=_REFERENCES,
    mappings=(
        ("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Secrets"),
    ),
    select=_select_shared,
    judge=_judge_shared,
)


def _select_weak(context: Context) -> Iterable[Secret] | Unknown:
    """The Secrets in which there is something to guess, whoever made them."""
    if not context.inventory.deep:
        return Unknown(NOT_DEEP)
    return (
        secret
        for secret in context.inventory.secrets
        if any(facts.credential or facts.weakness for facts in secret.values or ())
    )


def _judge_weak(_: Context, secret: Secret) -> Judgement:
    return [_weak(secret, facts) for facts in secret.values or () if facts.weakness]


_SAID = {
    "empty": "is empty where {credential} is expected",
    "placeholder": "still holds a placeholder instead of {credential}",
    "default": "holds {credential} that a product is shipped or documented with",
    "guessable": "holds {credential} that can be guessed",
}


def _weak(secret: Secret, facts: KeyFacts) -> Fault:
    said = _SAID[facts.weakness].format(credential=_one(facts.credential or "value"))
    key = shown(facts.key)
    return Fault(
        kind="Secret",
        namespace=secret.namespace,
        name=secret.name,
        field=f'data["{key}"]',
        severity=_severity(facts),
        message=f"{key} in Secret {shown(secret.namespace)}/{shown(secret.name)} {said}.",
        evidence=f"judged as {facts.weakness}",
        remediation=_NEW_VALUE.replace("{namespace}", quoted(secret.namespace))
        .replace("{name}", quoted(secret.name))
        .replace("{key}", quoted(facts.key)),
    )


def _one(credential: str) -> str:
    """`a password`, `an API key`, `a user name and password`."""
    vowel = credential[0].lower() in "aeiou" and not credential.startswith("user")
    return f"{'an' if vowel else 'a'} {credential}"


def _severity(facts: KeyFacts) -> Severity | None:
    """An empty password may let everybody in; an empty token or key lets nobody in, and is mostly one not needed."""
    if facts.weakness == "empty" and not ("password" in facts.credential or facts.credential.startswith("pass")):
        return "low"
    return None


_NEW_VALUE = (
    "Make a new value where the credential is kept (its store, or the encrypted manifest), at least 128 random bits, "
    "and change it at the service that it opens:\n\n"
    "  openssl rand -base64 24\n\n"
    "Where the Secret itself is the only place, replace it without the value appearing in a command line:\n\n"
    "  (umask 077; openssl rand -base64 24 | tr -d '\\n' > /dev/shm/value)\n"
    "  kubectl create secret generic {name} -n {namespace} --from-file={key}=/dev/shm/value --dry-run=client -o yaml "
    "| kubectl patch secret {name} -n {namespace} --patch-file=/dev/stdin\n"
    "  rm /dev/shm/value\n\n"
    "Then restart what reads it as environment variables. If nothing needs the key, take it out of the Secret."
)

WEAK_VALUE = Check(
    id="weak-value",
    title="No credential can be guessed",
    severity="high",
    needs=(SECRET_VALUES,),
    checklist="rotation",
    deep=True,
    what=(
        "A credential is empty, a placeholder (changeme, <your-token>, xxx, a template that nobody filled in), a "
        "default that a product is shipped or documented with (postgres, minio123, changeit), or guessable: fewer than "
        "six characters, up to eight digits, the name of its key, of the user beside it, of the Secret or namespace, "
        "one of the commonest passwords with or without digits and signs, or a run along the keyboard. Passwords "
        "inside connection strings count. User names, hosts, ports, database names and certificates are never judged. "
        "An empty token or key is low."
    ),
    why=(
        "A guessable password needs no access to the cluster: it is tried over the network, by programs that know "
        "these lists. Encryption at rest, RBAC and rotation protect it as little as an open door."
    ),
    fix=_NEW_VALUE.replace("{key}", "KEY"),
    blind_spots=(
        f"{_BLIND_SPOTS} Passwords inside files (JSON, registry logins) are not judged, and no list of leaked "
        "passwords is asked: what is not called weak here is not proven strong."
    ),
    references=(
        *_REFERENCES,
        ("NIST SP 800-63B: passwords", "https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver"),
    ),
    mappings=(
        ("NSA/CISA Kubernetes Hardening Guide", "Authentication and authorization"),
        ("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),
    ),
    select=_select_weak,
    judge=_judge_weak,
)

CHECKS = (DUPLICATE_VALUE, WEAK_VALUE)
