"""Literals of an object's fields: values of env vars, annotations, binary data. Short ones are judged as they are,
longer ones as the files that they hold."""

from __future__ import annotations

from scanners.plaintext.binary import decoded, key_container, text_of
from scanners.plaintext.detect import INSIDE, detect
from scanners.plaintext.detected import Detected
from scanners.plaintext.files.inspection import CLEAN, MAX_TEXT, UNJUDGED, InFile, Inspection, inspect
from scanners.plaintext.names import meaning, words
from scanners.plaintext.shapes import is_structure, looks_generated

_MAX_BASE64 = MAX_TEXT * 4 // 3 + 4
_DIGESTS = frozenset(
    {"checksum", "hash", "sha", "sha1", "sha256", "sha512", "md5", "digest", "fingerprint", "revision"}
)

_OPENING = frozenset(" \t{[<")


def credential_in_env(name: str, value: str) -> Detected | None:
    """The first credential in the value of an env var: in the field of a file where the value is one."""
    found = detect(name, value)
    if found is None and ("\n" in value or value[:1] in _OPENING) and is_structure(value.strip() or " "):
        inside = inspect(name, value).found
        if inside:
            return Detected(f"{inside[0].detected.credential.removesuffix(INSIDE)}{INSIDE}", inside[0].detected.masked)
    return found


def credential_in_annotation(name: str, value: str) -> Detected | None:
    """The first credential in an annotation. `secret` in an annotation's name is nearly always that of an object,
    and whole fields are often summed up in a digest.
    """
    own_name = name.rpartition("/")[2]
    means = meaning(own_name)
    if means is not None:
        of_object = "secret" in means.credential and not looks_generated(value)
        if of_object or not _DIGESTS.isdisjoint(words(name)):
            own_name = ""
    return credential_in_env(own_name, value)


def inspect_binary(key: str, encoded: str) -> Inspection:
    """What a value of binaryData holds, in base64: text is read as a file, key containers are known by their format."""
    if len(encoded) > _MAX_BASE64:
        return UNJUDGED
    content = decoded(encoded)
    if content is None:
        return CLEAN
    if (found := key_container(content)) is not None:
        return Inspection((InFile("", key, found),))
    text = text_of(content)
    return CLEAN if text is None else inspect(key, text)
