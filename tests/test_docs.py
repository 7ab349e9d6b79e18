"""The documentation mentions every command, setting and check, and what is generated is in step."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from docs import comparison
from docs.build import COMPARISON, FOLDER, KUBERNETES, manifests, pages
from scanners.checks import REGISTRY
from secretsui import environment
from secretsui.command import COMMANDS
from secretsui.command.arguments import Parser

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_command_and_option_is_documented() -> None:
    documented = text("commands.md")
    for name in COMMANDS:
        assert f"secretsui {name}" in documented, name
        parser = Parser(prog=name)
        import_module(f"secretsui.command.{name.replace('-', '_')}").add_arguments(parser)
        for option in parser._option_string_actions:
            if option.startswith("--"):
                assert f"`{option}" in documented, f"{name} {option}"


def test_every_setting_is_documented() -> None:
    documented = text("running-in-production.md")
    asked = set(re.findall(r"SECRETSUI_[A-Z_]+", (ROOT / "secretsui" / "settings.py").read_text(encoding="utf-8")))
    assert asked
    missing = {name for name in asked | environment._asked_for if not name.endswith("_") and name not in documented}
    assert not missing


def test_the_settings_that_are_documented_exist() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "secretsui").rglob("*.py"))
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"SECRETSUI_[A-Z][A-Z_]*[A-Z]", text("running-in-production.md")))
    unknown = {name for name in named if name.removesuffix("_FILE") not in sources + compose}
    assert not unknown


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_page_of_a_check_is_what_its_metadata_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


@pytest.mark.parametrize("name", sorted(manifests()))
def test_the_manifests_are_those_of_this_version(name: str) -> None:
    assert (KUBERNETES / name).read_text(encoding="utf-8") == manifests()[name], "run `make docs`"
    assert f"kubernetes/{name}" in text("running-in-production.md")


def test_no_page_of_a_check_is_left_over() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(pages())


@pytest.mark.parametrize("check", REGISTRY, ids=lambda check: check.id)
def test_every_check_says_what_why_and_how(check) -> None:  # type: ignore[no-untyped-def]
    for part in (check.title, check.what, check.why, check.fix):
        assert len(part) > 20
    assert all(framework and control for framework, control in check.mappings)
    assert all(url.startswith("https://") for _, url in check.references)


def test_links_between_pages_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_comparison_is_what_its_cases_say() -> None:
    assert COMPARISON.read_text(encoding="utf-8") == comparison.page(), "run `make docs`"


@pytest.mark.parametrize("case", comparison.CASES, ids=lambda case: case.id)
def test_every_case_of_the_comparison_is_a_test_of_ours(case: comparison.Case) -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "peers").glob("*.py")))
    assert re.search(rf"def test_{case.id.lower()}_", sources), f"tests/peers has no test of {case.id}"


def test_the_comparison_names_checks_that_exist() -> None:
    assert {check for case in comparison.CASES for check in case.checks} <= {check.id for check in REGISTRY}
