"""A Secret's life as an API server would show it, with the times at which its values really changed.

Times are milliseconds; the server writes its own in whole seconds, cut off, as Kubernetes does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from scanners.digest import DATA_HASH, SECRET_VALUE, KeyedDigest
from scanners.inventory import KeyFacts, Secret
from scanners.observations import ESO_MANAGER

START = datetime(2026, 1, 1, tzinfo=UTC)
DIGEST = KeyedDigest(b"k" * 32)
ESO = f"{ESO_MANAGER}db"


def at(milliseconds: int) -> datetime:
    return START + timedelta(milliseconds=milliseconds)


def stamp(milliseconds: int) -> datetime:
    """The time as the API server writes it."""
    return at(milliseconds - milliseconds % 1000)


@dataclass
class Life:
    """One object. `changed` is when each key's value was last set, and `held` every value with the time it was set."""

    made: int
    values: dict[str, int] = field(default_factory=lambda: {"a": 0})
    changed: dict[str, int] = field(default_factory=dict)
    held: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    tracked: bool = True
    hash: str = ""
    version: int = 1
    last_set: int = 0
    digest: KeyedDigest = DIGEST
    _next: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        for key, value in self.values.items():
            self.changed[key] = self.made
            self.held[key] = [(self.made, value)]
        self.written["maker"] = self.last_set = self.made

    def write(self, now: int, manager: str, *keys: str) -> None:
        """The manager sets new values; a key that is not there is added."""
        for key in keys:
            self.values[key] = next(self._next)
            self.changed[key] = now
            self.held.setdefault(key, []).append((now, self.values[key]))
        self.last_set = now
        self._by(now, manager)

    def take_away(self, now: int, key: str, manager: str) -> None:
        self.values.pop(key, None)
        self.changed.pop(key, None)
        self.held.pop(key, None)
        self._by(now, manager)

    def label(self, now: int, manager: str) -> None:
        """A label is written; only the time of a manager that owns data tells of it."""
        self.version += 1
        if self.tracked and manager in self.written:
            self.written[manager] = now

    def clear_managed_fields(self) -> None:
        self.version += 1
        self.tracked, self.written = False, {}

    def apply_after_clearing(self, now: int) -> None:
        """The first server-side apply makes `before-first-apply` the owner of all there was."""
        if not self.tracked:
            self.version += 1
            self.tracked, self.written = True, {"before-first-apply": now}

    def sync(self, now: int) -> None:
        """External Secrets writes a new value with its hash, and owns everything afterwards."""
        self.write(now, ESO, *self.values)
        self.written = {ESO: now} if self.tracked else {}
        self.hash = DIGEST.of(DATA_HASH, repr(sorted(self.values.items())).encode())

    def _by(self, now: int, manager: str) -> None:
        self.version += 1
        if self.tracked:
            self.written[manager] = now

    def seen(self, *, deep: bool) -> Secret:
        """What a scan reads of it at this moment."""
        facts = tuple(
            KeyFacts(key=key, digest=self.digest.of(SECRET_VALUE, str(value).encode()))
            for key, value in sorted(self.values.items())
        )
        return Secret(
            namespace="shop",
            name="db",
            uid="1",
            created_at=stamp(self.made),
            resource_version=str(self.version),
            key_count=len(self.values),
            keys=tuple(sorted(self.values)),
            data_written_at=stamp(max(self.written.values())) if self.written else None,
            managers=tuple(self.written),
            data_hash=self.hash,
            values=facts if deep else None,
        )

    def last_change(self) -> datetime:
        """When a value that is there now was last set."""
        return at(max(self.changed.values(), default=self.made))

    def last_write(self) -> datetime:
        """When any value was last set, also one that is gone."""
        return at(self.last_set)

    def value_at(self, key: str, moment: int) -> int | None:
        held = [value for since, value in self.held.get(key, ()) if since <= moment]
        return held[-1] if held else None

    def holds_another(self, keys: Sequence[str], started: int) -> bool:
        """Whether a container that read these keys when it started has an older value of one of them."""
        return any(self.value_at(key, started) != self.values.get(key) for key in keys)
