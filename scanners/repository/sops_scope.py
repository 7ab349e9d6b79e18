"""Which values SOPS encrypts: the six rules of a file's metadata or of a creation rule, applied as SOPS applies them.

https://getsops.io/docs/#encrypting-only-parts-of-a-file; every part of a path of keys counts, list positions do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanners.repository.expressions import InvalidExpression, matches, problem

DEFAULT_SUFFIX = "_unencrypted"
SETTINGS = (
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
)
"""At most one of them may be set."""
EXPRESSIONS = tuple(name for name in SETTINGS if name.endswith("_regex"))


@dataclass(frozen=True, slots=True)
class Scope:
    """What is encrypted: the settings that are set, by name."""

    settings: Mapping[str, str]

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Scope:
        """The scope of what is set; where nothing is, the default suffix holds."""
        given = {name: settings[name] for name in SETTINGS if settings.get(name)}
        return cls(given or {"unencrypted_suffix": DEFAULT_SUFFIX})

    @property
    def by_comment(self) -> bool:
        """Whether comments decide, which are not read here."""
        return any(name.endswith("_comment_regex") for name in self.settings)

    def encrypts(self, path: Sequence[str]) -> bool:
        """Whether the value at a path of keys is encrypted. An invalid expression matches nothing, as in SOPS."""
        encrypted = True
        for name, setting in self.settings.items():
            if name.endswith("_comment_regex"):
                continue
            found = any(_meets(name, setting, key) for key in path)
            encrypted = found if name.startswith("encrypted") else encrypted and not found
        return encrypted

    def problems(self) -> list[tuple[str, str]]:
        """(setting, why SOPS cannot compile it) of every broken expression."""
        return [
            (name, reason)
            for name in EXPRESSIONS
            if (reason := problem(self.settings.get(name, ""))) and name in self.settings
        ]

    def __str__(self) -> str:
        return ", ".join(f"{name}: {setting}" for name, setting in self.settings.items())


def _meets(name: str, setting: str, key: str) -> bool:
    if name.endswith("_suffix"):
        return key.endswith(setting)
    try:
        return matches(setting, key)
    except InvalidExpression:
        return False
