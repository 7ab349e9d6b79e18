"""Whether a value can be guessed: empty, a placeholder, a published default, or what people choose first.

Only what a credential is to be expected in is judged (scanners.plaintext.names): a password may be a word, so words are
looked at closely; a token or key that somebody issues is none if it is short, common or a placeholder; user names,
hosts, ports, database names and certificates are never weak. What the judgement cannot know, such as a password that
leaked somewhere, it does not claim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from scanners.plaintext.names import Demand, Meaning, meaning, words
from scanners.plaintext.shapes import is_object_name, is_something_else, is_something_else_if_issued, looks_generated
from scanners.plaintext.vocabulary import SOMETHING_ABOUT_IT
from scanners.values.passwords import (
    COMMON_WORDS,
    DEFAULT_BEGINNINGS,
    DEFAULT_VALUES,
    FILLERS,
    KEYBOARD_LINES,
    STANDS_FOR_A_VALUE,
    STARTERS,
    UNFILLED_BEGINNINGS,
)

Weakness = Literal["", "empty", "placeholder", "default", "guessable"]

LONGEST = 128
"""Characters of the longest value that is looked at: longer ones are files, keys and sentences."""
SHORTEST = 6
"""Characters of a credential that cannot be tried out: all words of five letters take a second."""
SHORTEST_NUMBER = 9
"""Digits of a password of digits alone."""
MOST_APPENDED = 6
"""Characters that people append to a word: a year and an exclamation mark."""
SHORTEST_RUN = 3
"""Characters of the shortest run along a keyboard line that counts."""

_PLAIN = re.compile(r"[^a-z0-9]+")
_TEMPLATE = re.compile(
    r"<[^<>]{1,100}>|\$\{[^{}]{1,100}\}|\{\{.{1,120}\}\}|\$\([\w.-]{1,100}\)|%[A-Z_]{2,60}%|__[A-Z_]{2,60}__"
)
_MASK = re.compile(r"(?:[xX]{3,}|\*{3,}|\.{3,}|#{3,}|\?{3,}|-{3,}|_{3,})")
_APPENDED = re.compile(rf"[^a-z]{{1,{MOST_APPENDED}}}\Z")
_IN_FRONT = re.compile(rf"\A[^a-z]{{1,{MOST_APPENDED}}}")
_LOGIN_IN_URL = re.compile(r"[a-z][a-z0-9+.-]{1,30}://([^\s:/@]{0,128}):([^\s/@]{0,128})@", re.IGNORECASE)
_LOOKALIKES = (str.maketrans("013457@$!|", "oieastasii"), str.maketrans("013457@$!|", "oleastasll"))
"""Digits and signs written for the letters they look like; 1 is i or l."""

_STEPS = frozenset(pair for line in KEYBOARD_LINES for way in (line, line[::-1]) for pair in pairwise(way))
_NAMES_OF_OTHER_THINGS = SOMETHING_ABOUT_IT | {"database", "db", "dbname", "ca", "login"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a guesser knows of a value: the names of the Secret and its namespace, and the user names beside it."""

    name: str = ""
    namespace: str = ""
    users: tuple[str, ...] = ()


def weakness(key: str, value: str, around: Surroundings) -> Weakness:
    """Why the value of `key` can be guessed, "" where it is not known to be. Linear in the length of the value.

    - `empty`: nothing, or white space, where the key's name calls for a password, a token or a key.
    - `placeholder`: what stands where a value is still to come: `changeme`, `password`, `<your-token>`, `xxx`, `null`,
      a template that nobody filled in.
    - `default`: a credential that a product is shipped or documented with (scanners.values.passwords).
    - `guessable`: fewer than six characters; up to eight digits; the name of the key, of the user beside it, of the
      Secret or its namespace; one of the commonest passwords, with digits and signs appended or written for letters; a
      run along the keyboard; one character or one of these words repeated.
    """
    text = value.strip()
    if len(text) > LONGEST:
        return ""
    if login := _LOGIN_IN_URL.match(text):
        user, password = login[1], login[2]
        return _judged(_PASSWORD, "password", password, Surroundings(around.name, around.namespace, (user,)))
    means = meaning(key)
    if means is None:
        return "placeholder" if _may_be_a_credential(key) and _is_unfilled(text) else ""
    if means.pair and ":" in text:
        user, _, password = text.partition(":")
        return _judged(_PASSWORD, key, password, Surroundings(around.name, around.namespace, (user,)))
    return _judged(means, key, text, around)


_PASSWORD = Meaning("password", Demand.CHOSEN)


def _judged(means: Meaning, key: str, text: str, around: Surroundings) -> Weakness:
    if not text:
        return "" if means.demand is Demand.OPAQUE else "empty"
    if text.lower() in DEFAULT_VALUES or text.startswith(DEFAULT_BEGINNINGS):
        return "default" if _is_meant(means, text) else ""
    if _is_unfilled(text) or (_plain(text) in STANDS_FOR_A_VALUE and means.demand is not Demand.OPAQUE):
        return "placeholder"
    if means.demand is Demand.OPAQUE or (is_something_else(text) and not _is_number(text)):
        return ""
    if means.demand is Demand.ISSUED and not _is_meant(means, text):
        return ""
    return "guessable" if _is_guessable(text, key, around) else ""


def _is_meant(means: Meaning, text: str) -> bool:
    """Whether the value is the credential itself, and not a word that says which kind, or the name of an object."""
    if means.demand is Demand.CHOSEN:
        return True
    if means.demand is Demand.OPAQUE:
        return False
    return not (is_something_else_if_issued(text) or (means.object_name and is_object_name(text)))


def _may_be_a_credential(key: str) -> bool:
    """Whether a key whose name says nothing of credentials does at least not name something else."""
    parts = words(key)
    return bool(parts) and parts[-1] not in _NAMES_OF_OTHER_THINGS


def _is_unfilled(text: str) -> bool:
    """Whether it tells the reader to put another value there, masks one, or is a template."""
    if _MASK.fullmatch(text) or _TEMPLATE.fullmatch(text):
        return True
    return not looks_generated(text) and _plain(text).startswith(UNFILLED_BEGINNINGS)


def _plain(text: str) -> str:
    return _PLAIN.sub("", text.lower())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_guessable(text: str, key: str, around: Surroundings) -> bool:
    lower = text.lower()
    if len(text) < SHORTEST or (_is_number(text) and len(text) < SHORTEST_NUMBER):
        return True
    unit = _repeated(lower)
    if len(unit) == 1 or _runs_along_lines(lower):
        return True
    known = COMMON_WORDS | _names(key, around)
    return any(_is_known(word, known) for word in _without_decoration(unit))


def _names(key: str, around: Surroundings) -> frozenset[str]:
    """What the value must not be: names that stand beside it, whole and without separators."""
    found = (_plain(name) for name in (key, around.name, around.namespace, *around.users))
    return frozenset(name for name in found if len(name) > 2)


def _without_decoration(word: str) -> set[str]:
    """The words it may have begun as: without what was appended or put in front, with letters for lookalikes."""
    bare = {word, _APPENDED.sub("", word), _IN_FRONT.sub("", word)}
    return {_plain(form) for each in bare for form in (each, *(each.translate(table) for table in _LOOKALIKES)) if each}


def _is_known(word: str, known: frozenset[str]) -> bool:
    """Whether it is a known word, alone or with one of the usual words before and after it: `mydbpass`."""
    if word in known:
        return True
    for bare in (word, *(word.removesuffix(filler) for filler in FILLERS if word.endswith(filler))):
        for core in (bare, *(bare.removeprefix(starter) for starter in STARTERS if bare.startswith(starter))):
            if core != word and (core in known or core in STARTERS or not core):
                return True
    return False


def _repeated(text: str) -> str:
    """The shortest text of which this one is a repetition: itself mostly."""
    at = (text + text).find(text, 1)
    return text[:at]


def _runs_along_lines(text: str) -> bool:
    """Whether all of it is made of runs along keyboard lines: `qwerty123`, `1qaz2wsx`, `asdf1234`."""
    run = 1
    for before, after in pairwise(text):
        if (before, after) in _STEPS:
            run += 1
        elif run < SHORTEST_RUN:
            return False
        else:
            run = 1
    return run >= SHORTEST_RUN
