"""Literals of containers that are credentials: env vars and words of command lines. They are judged and dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanners.collect.container import Container, Handler, NamedContainer
from scanners.collect.keep import clean
from scanners.inventory import PlaintextCredential
from scanners.plaintext import Detected, credential_in_env, credentials_in_arguments

MAX_FOUND = 500
"""Credentials named of one Pod template."""


def env_credentials(members: Sequence[NamedContainer]) -> tuple[int, tuple[PlaintextCredential, ...]]:
    """How many literals the env vars have, and which of them are credentials."""
    literals, found = 0, []
    for path, container in members:
        for index, variable in enumerate(container.env or ()):
            if not variable.value:
                continue
            literals += 1
            detected = credential_in_env(variable.name, variable.value)
            if detected is not None:
                found.append(_credential(f"{path}.env[{index}]", variable.name, detected))
    return literals, tuple(found[:MAX_FOUND])


def argument_credentials(members: Sequence[NamedContainer]) -> tuple[int, tuple[PlaintextCredential, ...]]:
    """How many words the command lines have, and which of them carry credentials.

    A command line is that of the container, or of a probe or lifecycle hook; the headers of these count too.
    """
    count, found = 0, []
    for path, container in members:
        command, args = container.command or (), container.args or ()
        words = [*command, *args]
        count += len(words)
        for item in credentials_in_arguments(words):
            place = f"command[{item.at}]" if item.at < len(command) else f"args[{item.at - len(command)}]"
            found.append(_credential(f"{path}.{place}", item.name, item.detected))
        for field, handler in _handlers(container):
            words = (handler.exec.command if handler.exec else None) or []
            count += len(words)
            for item in credentials_in_arguments(words):
                found.append(_credential(f"{path}.{field}.exec.command[{item.at}]", item.name, item.detected))
            for index, header in enumerate((handler.http_get.http_headers if handler.http_get else None) or ()):
                count += 1
                detected = credential_in_env(header.name, header.value)
                if detected is not None:
                    place = f"{path}.{field}.httpGet.httpHeaders[{index}]"
                    found.append(_credential(place, header.name, detected))
    return count, tuple(found[:MAX_FOUND])


def _handlers(container: Container) -> Iterator[tuple[str, Handler]]:
    hooks = container.lifecycle
    for field, handler in (
        ("lifecycle.postStart", hooks.post_start if hooks else None),
        ("lifecycle.preStop", hooks.pre_stop if hooks else None),
        ("startupProbe", container.startup_probe),
        ("livenessProbe", container.liveness_probe),
        ("readinessProbe", container.readiness_probe),
    ):
        if handler is not None:
            yield field, handler


def _credential(field: str, name: str, detected: Detected) -> PlaintextCredential:
    return PlaintextCredential(field=field, name=clean(name), credential=detected.credential, masked=detected.masked)
