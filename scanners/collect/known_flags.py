"""Flags of known controllers that a check asks for: an allow-list, and only values of a form that holds no secret.

Everything else of a command line stays outside. A controller is known by its image.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scanners.collect.command_line import flags, words
from scanners.collect.durations import go_duration
from scanners.images import is_sealed_secrets_controller

UNREADABLE = "?"
"""Stands for a value that is no duration, or comes from elsewhere."""


@dataclass(frozen=True, slots=True)
class Controller:
    """Which image it is, which of its flags are kept, and the prefix of the variables that may stand for them.

    `flags` are durations in Go's form, kept in seconds; several names of one flag are kept under the first.
    """

    is_image: Callable[[str], bool]
    flags: tuple[tuple[str, ...], ...]
    environment: str = ""


CONTROLLERS = (
    # cmd/controller/main.go of v0.40.0; a variable counts only where the flag is not given (pkg/pflagenv).
    Controller(is_sealed_secrets_controller, (("key-renew-period", "rotate-period"),), "SEALED_SECRETS"),
)


def is_known_controller(image: str) -> bool:
    """Whether flags of this image's program are kept at all."""
    return any(known.is_image(image) for known in CONTROLLERS)


def known_flags(
    image: str, command: Sequence[str] | None, args: Sequence[str] | None, environment: Mapping[str, str | None]
) -> dict[str, str]:
    """The flags of one container by name. In `environment` a variable without a literal is None."""
    controller = next((known for known in CONTROLLERS if known.is_image(image)), None)
    if controller is None:
        return {}
    given = flags(list(words(command, args)))
    found: dict[str, str] = {}
    for names in controller.flags:
        for name in names:
            variable = f"{controller.environment}_{name.upper().replace('-', '_')}"
            if name in given:
                found[names[0]] = _duration(given[name])
                break
            if variable in environment:
                found[names[0]] = _duration(environment[variable])
                break
    return found


def _duration(text: str | None) -> str:
    seconds = go_duration(text)
    return UNREADABLE if seconds is None else f"{seconds:.3f}".rstrip("0").rstrip(".")
