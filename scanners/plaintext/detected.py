"""What the detector answers: the kind of credential, and no part of it that would help anyone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Detected:
    """A literal is a credential.

    `credential` is its kind in words ("password", "GitHub token", "connection string with a password").
    `masked` may be shown: a published prefix and an ellipsis (`AKIA…`), or empty where there is no such prefix.
    """

    credential: str
    masked: str = ""


Located = tuple[int, Detected]
"""The position in a text at which a credential stands, and which it is."""
