"""docker-compose.yml as its author means it: merged, variables put in, each service with command and environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[2] / "docker-compose.yml"

VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?:(?P<kind>:[?-])(?P<rest>[^}]*))?\})")


class Missing(Exception):
    """A required variable is not set; the message is the file's own."""


def services(variables: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Each service by name, after interpolation (compose specification, 12-interpolation). Raises Missing."""
    loaded: dict[str, dict[str, Any]] = _put_in(yaml.safe_load(FILE.read_text()), variables)["services"]
    return loaded


def _put_in(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _put_in(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [_put_in(each, variables) for each in value]
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: _value(found, variables), value)
    return value


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["name"] is None:
        return "$"
    value = variables.get(found["name"], "")
    if not value and found["kind"] == ":?":
        raise Missing(found["rest"])
    return value or (found["rest"] if found["kind"] == ":-" else "")
