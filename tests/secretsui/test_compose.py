"""What docker-compose.yml and the Dockerfile promise: only the web server is published, no secret is built in."""

from __future__ import annotations

import re

import pytest

from secretsui import up
from tests.secretsui import compose
from tests.secretsui.processes import ROOT

GIVEN = {
    "SECRETSUI_SECRET_KEY": "a secret key",
    "SECRETSUI_CREDENTIAL_KEYS": "a keyring",
    "SECRETSUI_DIGEST_KEY": "a digest key",
    "POSTGRES_PASSWORD": "one",
    "REDIS_PASSWORD": "two",
}
OURS = ("migrate", "web", "worker", "scheduler")


@pytest.mark.parametrize("name", GIVEN)
def test_each_secret_is_asked_for_by_name(name: str) -> None:
    with pytest.raises(compose.Missing, match=f"Set {name} in .env"):
        compose.services({other: value for other, value in GIVEN.items() if other != name})


def test_only_the_web_server_is_published_and_only_on_loopback() -> None:
    services = compose.services(GIVEN)
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "web": ["127.0.0.1:8000:8000"]
    }
    for name in ("postgres", "redis", "migrate", "scheduler"):
        assert services[name]["networks"] == ["inside"], name


def test_our_containers_are_read_only_and_without_rights() -> None:
    services = compose.services(GIVEN)
    for name in OURS:
        service = services[name]
        assert service["read_only"] is True
        assert service["tmpfs"] == ["/tmp"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
        assert "user" not in service, "the image's own user, which is not root"


def test_secrets_are_in_no_command() -> None:
    for name, service in compose.services(GIVEN).items():
        command = " ".join(map(str, service.get("command", [])))
        for value in ("one", "two", "a secret key", "a keyring"):
            assert f" {value} " not in f" {command} ", name


def test_everything_waits_for_the_migration() -> None:
    services = compose.services(GIVEN)
    for name in ("web", "worker", "scheduler"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_up_runs_the_same_commands() -> None:
    services = compose.services(GIVEN)
    for name, command in (("web", up.WEB), ("worker", up.WORKER), ("scheduler", up.SCHEDULER)):
        assert services[name]["command"] == ["python", "-m", *command.split()]


def test_the_image_runs_as_nobody_from_hashed_packages() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER 10001:10001$", dockerfile, re.MULTILINE)
    assert "pip install --require-hashes --requirement /build/requirements.lock" in dockerfile
    assert "HEALTHCHECK" in dockerfile
    for line in dockerfile.splitlines():
        named = re.match(r"(ENV|ARG) .*(SECRET_KEY|CREDENTIAL_KEYS|DIGEST_KEY|PASSWORD)", line)
        assert not named, "no secret in a layer"


def test_the_example_names_every_variable_of_the_compose_file() -> None:
    example = (ROOT / ".env.example").read_text()
    used = {found["name"] for found in compose.VARIABLE.finditer(compose.FILE.read_text()) if found["name"]}
    assert used == set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
