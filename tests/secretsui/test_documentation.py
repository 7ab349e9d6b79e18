"""docs/running-in-production.md names every setting, command and address, and none that does not exist."""

from __future__ import annotations

import re

from secretsui import environment
from tests.secretsui import compose
from tests.secretsui.processes import ROOT

PAGE = (ROOT / "docs" / "running-in-production.md").read_text()
CALL = re.compile(r"(?:environment\.\w+|(?<![.\w])text)\(\s*((?:\"SECRETSUI_\w+\"(?:,\s*)?)+)")


def settings_in_code() -> set[str]:
    """Every name that the code asks the environment for."""
    code = "\n".join(path.read_text() for path in (ROOT / "secretsui").rglob("*.py"))
    return {name for names in CALL.findall(code) for name in re.findall(r"SECRETSUI_\w+", names)}


def test_every_setting_has_its_row_and_every_row_its_setting() -> None:
    rows = set(re.findall(r"^\| `(SECRETSUI_\w+)` \|", PAGE, re.MULTILINE))
    assert rows == settings_in_code()
    assert rows >= environment._asked_for


def test_the_page_gives_the_commands_of_the_compose_file() -> None:
    given = {
        "SECRETSUI_SECRET_KEY": "x",
        "SECRETSUI_CREDENTIAL_KEYS": "x",
        "SECRETSUI_DIGEST_KEY": "x",
        "POSTGRES_PASSWORD": "x",
        "REDIS_PASSWORD": "x",
    }
    services = compose.services(given)
    for name in ("migrate", "web", "worker", "scheduler"):
        assert f"\n{' '.join(services[name]['command'])}\n" in PAGE, name


def test_the_page_names_our_management_commands() -> None:
    for path in (ROOT / "secretsui" / "accounts" / "management" / "commands").glob("[a-z]*.py"):
        assert f"python -m django {path.stem}" in PAGE


def test_the_page_names_the_health_addresses() -> None:
    for address in re.findall(r'"(/\w+z)"', (ROOT / "secretsui" / "health.py").read_text()):
        assert f"`{address}`" in PAGE
