"""Files: the path to each credential, the formats, and how hostile ones are borne."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.plaintext import Inspection, inspect
from scanners.plaintext.files import inspection, yaml_events
from scanners.plaintext.files.leaf import MAX_DEPTH
from scanners.plaintext.files.suspicion import _HINTS, may_hold_credential
from scanners.plaintext.names import _OTHER_NOUNS, meaning
from scanners.plaintext.vocabulary import KEY_KINDS, NAMES_OF_THEIR_OWN, PASSWORD_NOUNS
from tests.plaintext.cases import Case, places

MEGABYTE = 1_000_000


def paths(name: str, text: str) -> list[str]:
    found = inspect(name, text)
    assert found.whole
    return [item.path for item in found.found]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("PASSWORD", "hunter2", [""]),
        ("app.yaml", "spring:\n  datasource:\n    password: hunter2\n", ["spring.datasource.password"]),
        ("app.yaml", "users:\n- name: a\n- name: b\n  token: c8d1f2a97b4e4d6\n", ["users[1].token"]),
        ("app.yaml", "a: 1\n---\npassword: x1\n---\npassword: x2\n", ["document 2: password", "document 3: password"]),
        ("app.yaml", "env:\n- {name: DB_PASSWORD, value: hunter2}\n", ["env[0].value"]),
        ("app.yaml", "? {a: b}\n: {password: hunter2}\n", ['[""].password']),
        ("app.yaml", "a b:\n  c/d:\n    pass word: hunter2\n", ['["a b"]["c/d"]["pass word"]']),
        ("app.yaml", "inner.json: '{\"a\": [{\"password\": \"hunter2\"}]}'\n", ["inner.json a[0].password"]),
        ("app.yaml", "run.sh: |\n  #!/bin/sh\n  a\n  mysql -phunter2\n", ["run.sh line 3"]),
        ("app.yaml", "key: |\n  -----BEGIN " + "PRIVATE KEY-----\n  MIIEabc\n", ["key"]),
        ("a.json", '{"a": {"b": [1, {"password": "hunter2"}]}}', ["a.b[1].password"]),
        ("a.json", '[{"password": "hunter2"}]', ["[0].password"]),
        ("a.toml", "[[db]]\npassword = 'a1'\n[[db]]\npassword = 'a2'\n", ["db[0].password", "db[1].password"]),
        ("a.ini", '[db "x"]\npassword = a1\n[cache]\npassword: a2\n', ["[\"db 'x'\"].password", "cache.password"]),
        ("a.properties", "a=b\nspring.datasource.password=hunter2\n", ["spring.datasource.password"]),
        (".env", "export DB_PASSWORD='hunter2' # x\n\nPORT=1\n", ["DB_PASSWORD"]),
        ("a.xml", "<a><b password='x1'/><c><password>x2</password></c></a>", ['a.b["@password"]', "a.c.password"]),
        ("a.xml", "<m:a xmlns:m='u'><m:password>x1</m:password></m:a>", ["a.password"]),
        ("a.properties.xml", "<properties><entry key='db.password'>x1</entry></properties>", ["properties.entry"]),
        ("a.conf", "server {\n  requirepass hunter2\n}\n", ["line 2"]),
        ("run.sh", "#!/bin/sh\n\nexport PW=hunter2\ncurl -u a:hunter2 h\n", ["line 3", "line 4"]),
        ("notes", "some prose\nand then password=hunter2 in it\n", ["line 2"]),
        ("a.yaml", "a: 1\n# was: postgres://app:Xk29@db/x\n", ["line 2"]),
        ("bundle", "-----BEGIN CERTIFICATE-----\nMII\n-----BEGIN " + "PRIVATE KEY-----\nMIIEabc\n", [""]),
    ],
    ids=repr,
)  # fmt: skip
def test_the_path_to_the_field(name: str, text: str, expected: list[str]) -> None:
    assert paths(name, text) == expected


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_endings_and_byte_order_marks(ending: str, mark: str) -> None:
    for name, text in {"a.yaml": "a: 1\npassword: hunter2\n", "a.env": "A=1\nPASSWORD=hunter2\n"}.items():
        assert len(paths(name, mark + text.replace("\n", ending))) == 1


@pytest.mark.parametrize("value", ["~", "null", "true", '""', "''", "[]", "{}", "0", "3600", "${X}", "/run/x", "1h"])
def test_values_of_yaml_that_are_none(value: str) -> None:
    assert paths("a.yaml", f"password: {value}\ntoken: {value}\na: b\n") == ([] if value != "3600" else ["password"])


def test_a_name_that_is_a_credential_itself_is_not_written_out() -> None:
    token = "ghp_" + "1aB2cD3eF4gH5iJ6kL7mN8oP9qR0sT1uV2wX"
    assert paths("a.yaml", f"tokens:\n  {token}:\n    password: hunter2\n") == ["tokens.….password", "line 2"]


def test_one_yaml_bomb_costs_nothing() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    assert paths("a.yaml", "\n".join([*lines, "password: hunter2"])) == ["password"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "a: " + "[" * (MAX_DEPTH + 5) + "]" * (MAX_DEPTH + 5) + "\npassword: hunter2\n"),
        ("a.json", '{"a":' * (MAX_DEPTH + 5) + '{"password":"hunter2"}' + "}" * (MAX_DEPTH + 5)),
        ("a.json", "[" * 100_000 + '{"password":"hunter2"}' + "]" * 100_000),
        ("a.xml", "<a>" * (MAX_DEPTH + 5) + "<password>x1</password>" + "</a>" * (MAX_DEPTH + 5)),
    ],
    ids=["yaml", "json", "json-far-too-deep", "xml"],
)
def test_what_is_nested_too_deeply_is_not_judged(name: str, text: str) -> None:
    assert not inspect(name, text).whole


def test_what_is_too_large_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    assert inspect("a", "x" * (inspection.MAX_TEXT + 1)) == Inspection(whole=False)
    monkeypatch.setattr(yaml_events, "MAX_EVENTS", 50)
    large = inspect("a.yaml", "password: hunter2\nb: [" + "1," * 100 + "]\n")
    assert not large.whole
    assert [item.path for item in large.found] == ["line 1"]


def test_a_file_within_a_file_that_is_not_judged_makes_the_outer_one_so() -> None:
    inner = json.dumps('{"a":' * 80 + '{"password":"hunter2"}' + "}" * 80)
    assert not inspect("a.yaml", f"password: ''\ninner: {inner}\ntoken: c8d1f2a97b4e4d6\n").whole


def test_entities_of_xml_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 40))
    text = f'<!DOCTYPE x [<!ENTITY a0 "x">{entities}]>\n<x>\n<password>hunter2</password>&a39;</x>\n'
    assert inspect("a.xml", text).whole


def test_no_more_than_a_bounded_number_is_named() -> None:
    text = "\n".join(f"a{number}: {{password: hunter{number}}}" for number in range(1_000))
    assert len(inspect("a.yaml", text).found) == inspection.MAX_FOUND


HOSTILE = [
    "password: ", "password:\n", "password: [", "password: {", "- ", "- password:\n", "a:\n ", "? ", "&a ", "*a ",
    "!a ", "|\n", "password=", "password = \\\n", "[", "[a]\n", "{", '{"password":', "<", "<a>", "<a ", "<!--",
    "#!/bin/sh\n", "requirepass ", "user a on >", "identified by '", "'password' ", '"password" "',
    "value: password\n", "- name: password\n  value: ", "key: ", "password\n", "password: |\n", "$2a$10$", "a:$",
    "eyJ", "\t", "\x00", "\ud800", "İ", "---\n", "%", "token ", "pw ",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_a_large_file_of_anything_is_judged(piece: str) -> None:
    """A reader with more than linear cost would not come back from these."""
    for name in ("a.yaml", "x"):
        inspect(name, piece * (MEGABYTE // 4 // len(piece)) + "!")


@pytest.mark.parametrize("name", ["a.yaml", "a.json", "a.toml", "a.xml", "a.ini", "a.sh", "a", "password"])
@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("password:=\n {}[]\"'<>/-#$|&*!?,.;\\t1aé"), max_size=200))
def test_any_text_is_judged_without_an_error(name: str, text: str) -> None:
    inspect(name, text)


PLACES = [case for case in places() if case.where == "configmap"]


@pytest.mark.parametrize("case", PLACES, ids=lambda case: f"{case.name}={case.value[:20]!r}")
def test_the_quick_look_never_hides_anything(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are parsed only where a quick look sees a chance; without it, the same is found."""
    quick = inspect(case.name, case.value)
    monkeypatch.setattr(inspection, "may_hold_credential", lambda text: True)
    assert inspect(case.name, case.value) == quick


KEYS = st.sampled_from(
    ["password", "dbPassword", "token", "api_key", "secret", "key", "value", "name", "default", "user", "auth",
     "a", "x-key", "passwords"]
)  # fmt: skip
SCALARS = st.sampled_from(
    ["hunter2", "c8d1f2a97b4e4d6", "${X}", "", "true", "a b", "db", "x: y", "7f3a9c1e5b2d80467f3a9c1e5b2d8046", "1",
     "# no", "[a]"]
)  # fmt: skip
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@settings(max_examples=15000, deadline=None)
@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=4), st.sampled_from([None, 2]), st.booleans())
def test_the_quick_look_never_hides_anything_of_any_document(
    document: dict[str, object], indent: int | None, in_yaml: bool
) -> None:
    import yaml

    text = (
        yaml.safe_dump(document, default_flow_style=indent is None) if in_yaml else json.dumps(document, indent=indent)
    )
    found, _ = inspection._structured("a.yaml" if in_yaml else "a.json", text, text.strip(), 0)
    if found:
        assert may_hold_credential(text), (text, found)


def test_every_noun_holds_a_hint_of_the_quick_look() -> None:
    nouns = [*PASSWORD_NOUNS, *_OTHER_NOUNS, *(f"{kind}key" for kind in KEY_KINDS), "secret", "token", "passphrase"]
    for noun in [*nouns, *(name.lower() for name in NAMES_OF_THEIR_OWN)]:
        assert meaning(noun) is None or any(hint in noun for hint in _HINTS), noun
