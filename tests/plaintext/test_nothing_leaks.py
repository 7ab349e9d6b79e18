"""No part of a value is in the records, wherever it stands and however it is written."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import msgspec
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plaintext.manifests import (
    Manifest,
    config_map,
    container,
    deployment,
    encoded,
    findings,
    inventory,
    thing,
)

LONGEST_SHOWN = 6
"""Characters of a value that may stand in a record by chance, as words of names do."""

VALUES = st.from_regex(r"[A-Z][a-z0-9]{3}[0-9][-!@:/ ]?[A-Za-z0-9]{8,24}[=$#\"']?", fullmatch=True)
"""Passwords that no name, path or kind of credential in these tests has six characters in common with."""

KEYS = st.from_regex(r"[A-Z][a-z0-9]{3}[0-9][-!]?[A-Za-z0-9]{8,24}", fullmatch=True)
"""Passwords that may be the key of a mapping, as they stand."""

NAMES = ("password", "DB_PASSWORD", "token", "note", "apiKey", "x")

Write = Callable[[str, str], str]

FILES: dict[str, Write] = {
    "app.yaml": lambda name, value: yaml.safe_dump({"db": {name: value, "list": [value], "text": f"{name}={value}"}}),
    "app.json": lambda name, value: json.dumps({"db": [{name: value}, {"name": name, "value": value}]}),
    "app.toml": lambda name, value: f"[db]\n{name} = {json.dumps(value)}\n",
    "app.properties": lambda name, value: f"a={value}\ndb.{name}={value}\n",
    "app.ini": lambda name, value: f"[db]\n{name} = {value}\n",
    "app.xml": lambda name, value: f"<a><{name}>{value}</{name}><b key='{name}' value='{value}'/></a>",
    "run.sh": lambda name, value: f"#!/bin/sh\nexport {name}={value}\nmysql -p{value} x\ncurl -u a:{value} h\n",
    "notes": lambda name, value: f"the {name}: {value}\n{name} {value}\npostgres://app:{value}@db/x\n",
    "redis.conf": lambda name, value: f"requirepass {value}\nuser a on >{value}\n",
    "plain": lambda name, value: value,
}

KEYED_FILES: dict[str, Write] = {
    "app.yaml": lambda name, value: yaml.safe_dump({value: {name: value}, "list": [{value: value, name: value}]}),
    "app.json": lambda name, value: json.dumps({"db": [{value: {name: value}}, {"name": value, "value": value}]}),
    "app.properties": lambda name, value: f"{value}.{name}: {value}\n{name}={value}\n",
    "app.ini": lambda name, value: f"[{value}]\n{name} = {value}\n",
    "run.sh": lambda name, value: f"#!/bin/sh\n{value} {name}={value}\n",
    "notes": lambda name, value: f"{value}.{name}: {value}\n{value}-{name} = {value}\n",
}
"""The value is a key as well as a value."""


def parts(value: str) -> set[bytes]:
    """Every stretch of the value that is long enough to tell something, as itself and in base64."""
    raw = value.encode()
    found = {raw[at : at + LONGEST_SHOWN] for at in range(len(raw) - LONGEST_SHOWN + 1)}
    for shift in range(3):
        coded = base64.b64encode(b"x" * shift + raw)[4:-4]
        found |= {coded[at : at + 12] for at in range(max(0, len(coded) - 11))}
    return found


def holder(name: str, value: str) -> list[Manifest]:
    """The value in every place that is looked at."""
    literal = {"name": name, "value": value}
    command = [f"--{name}={value}", f"--{name}", value, f"sh -c 'run {value}'", f"-p{value}"]
    probe = {"exec": {"command": ["mysql", *command]}, "httpGet": {"httpHeaders": [{"name": name, "value": value}]}}
    member = container(
        env=[
            literal,
            {"name": "URL", "value": f"redis://:{value}@h"},
            {"name": "J", "value": json.dumps({name: value})},
        ],
        command=["mysql", *command],
        args=command,
        livenessProbe=probe,
        lifecycle={"preStop": probe},
    )
    annotations = {
        name: value,
        "example.com/config": json.dumps({name: value}),
        "kapp.k14s.io/original": json.dumps({"data": {name: value}}),
    }
    files = {file: write(name, value) for file, write in FILES.items()} | {name: value}
    metadata = {"annotations": annotations}
    return [
        deployment(annotations=annotations, containers=[member], initContainers=[member], ephemeralContainers=[member]),
        config_map(files, metadata=metadata, binaryData={f"b-{file}": encoded(text) for file, text in files.items()}),
        thing("Secret", "db", metadata=metadata, stringData={name: value}),
    ]  # fmt: skip


def leaked(objects: list[Manifest], value: str) -> set[bytes]:
    read = inventory(*objects)
    told = msgspec.json.encode(read) + repr(read).encode() + repr(findings(*objects)).encode()
    return {part for part in parts(value) if part in told}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(NAMES), VALUES)
def test_no_part_of_a_value_is_in_the_records(name: str, value: str) -> None:
    assert leaked(holder(name, value), value) == set()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(NAMES[:3]), KEYS)
def test_a_key_that_repeats_a_value_is_not_in_the_records(name: str, value: str) -> None:
    files = {file: write(name, value) for file, write in KEYED_FILES.items()}
    assert findings(config_map(files))
    assert leaked([config_map(files)], value) == set()


def test_the_holder_is_found_in_every_place() -> None:
    """Else the property would hold of nothing."""
    fields = [item.field for item in findings(*holder("password", "Hq7x-Zk29vNw3Lr8T"))]
    for place in (
        "initContainers[0].env[0]", "ephemeralContainers[0].command[5]", "containers[0].args[0]", "livenessProbe.exec",
        "lifecycle.preStop.httpGet", 'data["app.yaml"] db.password', 'data["app.json"] db[0].password',
        'data["app.toml"]',
        'data["app.properties"]', 'data["app.ini"]', 'data["app.xml"]', 'data["run.sh"] line 2', 'data["notes"] line 1',
        'data["redis.conf"]', 'data["password"]', 'binaryData["b-app.yaml"]', 'annotations["password"]',
        'annotations["example.com/config"]', 'annotations["kapp.k14s.io/original"]',
    ):  # fmt: skip
        assert any(place in field for field in fields), (place, fields)
