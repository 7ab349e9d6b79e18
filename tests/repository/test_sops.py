"""Files that the real SOPS encrypted, then broken by hand as people break them; and its configuration."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scanners.repository.expressions import InvalidExpression, matches
from tests.cluster.build import program
from tests.cluster.toolchain import CannotBuild
from tests.missing import missing
from tests.repository.trees import faults, findings, secret, work_tree

Encrypt = Callable[..., str]
REGEX = "^(data|stringData)$"


@pytest.fixture(scope="module")
def sops(tmp_path_factory: pytest.TempPathFactory) -> Encrypt:
    """`encrypt(name, text, *options)`: what SOPS makes of a file."""
    try:
        binary, keygen = program("sops"), program("age-keygen")
    except CannotBuild as error:
        missing(str(error))
    folder = tmp_path_factory.mktemp("sops")
    said = subprocess.run([keygen, "-o", folder / "key"], capture_output=True, text=True, check=True)
    recipient = said.stderr.strip().removeprefix("Public key: ")

    def encrypt(name: str, text: str, *options: str) -> str:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [binary, "encrypt", "--age", recipient, *options, path],
            capture_output=True,
            text=True,
            cwd=folder,
            env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return encrypt


SECRET = secret(string_data="{password: hunter2, username: app}")
FILES = {
    "db.yaml": (SECRET, ("--encrypted-regex", REGEX)),
    "whole.yaml": (SECRET, ()),
    "two.yaml": (f"{SECRET}---\n{SECRET}", ("--encrypted-regex", REGEX)),
    "values.yaml": ("db:\n  password: hunter2\n  port: 5432\n  tags: [a, b]\nplain_unencrypted: x\n", ()),
    "values.json": ('{"db": {"password": "hunter2", "on": true, "off": null, "empty": ""}}', ()),
    "prod.env": ("# prod\nDB_PASSWORD=hunter2\nEMPTY=\n", ()),
    "app.ini": ("[db]\npassword = hunter2\n", ()),
    "notes.txt": ("the password is hunter2\n", ()),
    "suffix.yaml": ("password_secret: hunter2\nhost: db\n", ("--encrypted-suffix", "_secret")),
    "unencrypted.yaml": ("password: hunter2\nhost: db\n", ("--unencrypted-regex", "^host$")),
}

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def encrypted(sops: Encrypt) -> dict[str, str]:
    return {name: sops(name, text, *options) for name, (text, options) in FILES.items()}


def test_what_sops_wrote_has_no_fault(tmp_path: Path, encrypted: dict[str, str]) -> None:
    assert all("hunter2" not in text for text in encrypted.values())
    assert faults(work_tree(tmp_path, encrypted)) == {}


@pytest.mark.parametrize(
    ("name", "broken", "key"),
    [
        ("db.yaml", lambda text: text.replace("stringData:\n", "stringData:\n    added: hunter2\n"), "added"),
        ("db.yaml", lambda text: re.sub(r"password: ENC\[[^]]*\]", "password: hunter2", text), "password"),
        (
            "whole.yaml",
            lambda text: re.sub(r"password: ENC\[[^]]*\]", "password: hunter2", text),
            "stringData.password",
        ),
        ("values.yaml", lambda text: text.replace("db:\n", "db:\n    added: some-value\n"), "db.added"),
        ("values.yaml", lambda text: re.sub(r"- ENC\[[^]]*\]", "- plain", text, count=1), "db.tags"),
        ("values.json", lambda text: text.replace('"empty": ""', '"empty": "now-filled"'), "db.empty"),
        ("prod.env", lambda text: f"ADDED=some-value\n{text}", "ADDED"),
        ("app.ini", lambda text: text.replace("[db]\n", "[db]\nadded = some-value\n"), "db.added"),
        ("suffix.yaml", lambda text: f"added_secret: some-value\n{text}", "added_secret"),
        ("unencrypted.yaml", lambda text: f"added: some-value\n{text}", "added"),
    ],
)
def test_a_value_that_was_put_in_afterwards(
    tmp_path: Path, encrypted: dict[str, str], name: str, broken: Callable[[str], str], key: str
) -> None:
    changed = broken(encrypted[name])
    assert changed != encrypted[name]
    (fault,) = faults(work_tree(tmp_path, {**encrypted, name: changed}))[name]
    assert (fault.kind, fault.rule, fault.keys) == ("SOPS file with unencrypted values", "sops-plain", (key,))
    assert key.rpartition(".")[2] in changed.split("\n")[fault.line - 1] or name == "values.yaml"
    assert "are to be encrypted" in fault.detail


def test_every_plain_value_of_both_documents_is_told(tmp_path: Path, encrypted: dict[str, str]) -> None:
    text = encrypted["two.yaml"].replace("stringData:\n", "stringData:\n    added: hunter2\n")
    (first, second) = faults(work_tree(tmp_path, {"two.yaml": text}))["two.yaml"]
    assert first.keys == second.keys == ("added",)
    assert first.line < second.line
    assert first.field != second.field


def test_values_under_the_unencrypted_suffix_are_meant_to_be_plain(tmp_path: Path, encrypted: dict[str, str]) -> None:
    text = encrypted["values.yaml"].replace("plain_unencrypted: x", "plain_unencrypted:\n    deeper: {too: x}")
    assert text != encrypted["values.yaml"]
    assert faults(work_tree(tmp_path, {"values.yaml": text})) == {}


@pytest.mark.parametrize("expression", ["^(data | stringData)$", "^(data|stringdata$", "(?=data)data"])
def test_an_expression_that_matches_nothing_leaves_a_secret_in_plain(
    tmp_path: Path, sops: Encrypt, encrypted: dict[str, str], expression: str
) -> None:
    """SOPS itself writes such a file without a word where the expression is valid, and metadata make it look done."""
    if expression == "^(data | stringData)$":
        text = sops("broken.yaml", SECRET, "--encrypted-regex", expression)
    else:
        text = SECRET + encrypted["db.yaml"].partition("\nsops:")[2].join(("sops:", "")).replace(
            REGEX, f"'{expression}'"
        )
    assert "hunter2" in text
    (fault,) = [item for item in faults(work_tree(tmp_path, {"db.yaml": text}))["db.yaml"] if item.rule == "sops-plain"]
    assert fault.keys == ("password",)
    assert "leaves them out" in fault.detail or "no valid expression" in fault.detail


def test_a_file_of_which_nothing_is_encrypted(tmp_path: Path, sops: Encrypt) -> None:
    text = sops("values.yaml", "db: {host: x}\n", "--encrypted-regex", "^password$")
    (fault,) = faults(work_tree(tmp_path, {"values.yaml": text}))["values.yaml"]
    assert (fault.rule, fault.keys) == ("sops-plain", ())
    assert "nothing in it is encrypted" in fault.detail


def test_a_missing_mac(tmp_path: Path, encrypted: dict[str, str]) -> None:
    broken = {
        "db.yaml": re.sub(r"    mac: ENC\[[^]]*\]\n", "", encrypted["db.yaml"]),
        "prod.env": re.sub(r"sops_mac=.*\n", "", encrypted["prod.env"]),
    }
    found = findings(work_tree(tmp_path, broken))
    assert {(finding.name, finding.severity) for finding in found} == {("db.yaml", "high"), ("prod.env", "high")}
    assert all("without a MAC" in finding.message for finding in found)


def test_a_value_is_never_shown(tmp_path: Path, encrypted: dict[str, str]) -> None:
    text = encrypted["db.yaml"].replace("stringData:\n", "stringData:\n    added: hunter2-canary\n")
    tree = work_tree(tmp_path, {"db.yaml": text})
    assert findings(tree)
    assert "canary" not in repr(faults(tree)) + repr(findings(tree))


CONFIGURATION = "creation_rules:\n  - path_regex: {path}\n    {setting}\n    age: age1xxx\n"


@pytest.mark.parametrize(
    ("path", "setting", "words"),
    [
        (r".*\.yaml", f"encrypted_regex: {REGEX}", ""),
        (r".*\.yaml", "unencrypted_regex: ^(apiVersion|kind|metadata|type)$", ""),
        (r".*\.yaml", "mac_only_encrypted: true", ""),
        (r"talos/.*", "encrypted_regex: ^(token|secret)$", ""),
        (r".*\.yaml", "encrypted_regex: ^(data | stringData)$", "does not match data and stringData"),
        (r".*\.yaml", "encrypted_regex: ^data$", "does not match stringData"),
        (r".*\.yaml", "unencrypted_regex: data", "does not match data"),
        (r".*\.yaml", "encrypted_regex: ^(password)$", "does not match data and stringData"),
        (r".*\.yaml", f"encrypted-regex: {REGEX}", "encrypted-regex is ignored: SOPS knows only encrypted_regex"),
        (r".*\.yaml", "encrypted_regex: ^(data|stringData", "encrypted_regex is no valid expression"),
        (r"(?<!x)\.yaml", f"encrypted_regex: {REGEX}", "path_regex is no valid expression"),
        (r".*\.yaml", f"encrypted_regex: {REGEX}\n    unencrypted_suffix: _x", "only one of"),
    ],
)
def test_creation_rules(tmp_path: Path, path: str, setting: str, words: str) -> None:
    config = CONFIGURATION.format(path=f"'{path}'", setting=setting)
    found = faults(work_tree(tmp_path, {".sops.yaml": config, "db.yaml": secret(data="{a: ''}")})).get(".sops.yaml", [])
    assert bool(found) == bool(words)
    if words:
        assert words in found[0].detail
        assert (found[0].line, found[0].field) == (2, "creation_rules[0]")


def test_a_plain_secret_under_a_rule_is_told_which_rule_was_meant_for_it(tmp_path: Path) -> None:
    rules = "creation_rules:\n- path_regex: other/.*\n- path_regex: secrets/.*\\.yaml$\n  encrypted_regex: " + REGEX
    tree = work_tree(
        tmp_path,
        {
            "clusters/.sops.yaml": rules,
            "clusters/secrets/db.yaml": SECRET,
            "clusters/other.yaml": SECRET,
            "elsewhere/secrets/db.yaml": SECRET,
        },
    )
    details = {path: found[0].detail for path, found in faults(tree).items()}
    assert details == {
        "clusters/secrets/db.yaml": "creation rule 2 of clusters/.sops.yaml is meant to encrypt this file",
        "clusters/other.yaml": "",
        "elsewhere/secrets/db.yaml": "",
    }


def test_expressions_are_those_of_go_and_take_linear_time() -> None:
    assert matches("^(data|stringData)$", "data")
    assert not matches("^(data | stringData)$", "data")
    assert matches(r"[[:alpha:]]+\z", "data")
    for expression in ("(?=x)", r"(a)\1", "(a", "a" * 5000):
        with pytest.raises(InvalidExpression):
            matches(expression, "a")
    assert not matches("(a+)+$", "a" * 5000 + "!")
