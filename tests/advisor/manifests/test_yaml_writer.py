"""What is written is read back alike, by YAML 1.1 readers too."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.manifests.yaml_writer import Document, list_to_yaml, quote, to_yaml, yaml_file

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
scalars = texts | st.integers() | st.booleans() | st.none()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=12
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(texts, values, min_size=1, max_size=4))
def test_any_structure_is_read_back_the_same(structure: dict[str, Any]) -> None:
    assert yaml.safe_load(to_yaml(structure)) == structure


@pytest.mark.parametrize(
    "word",
    [
        "y",
        "n",
        "Yes",
        "no",
        "on",
        "off",
        "null",
        "~",
        "1e3",
        "0o17",
        "017",
        "1_000",
        ".inf",
        "NaN",
        "=",
        "<<",
        "",
        "1:30",
    ],
)
def test_words_with_a_meaning_stay_text_as_value_key_and_entry(word: str) -> None:
    written = to_yaml({"value": word, word: "key", "list": [word]})
    assert yaml.safe_load(written) == {"value": word, word: "key", "list": [word]}
    assert f'value: "{word}"' in written


def test_keys_that_no_reader_bends_stay_plain() -> None:
    assert to_yaml({"apiVersion": "v1", "on": {}, "a/b.c-d": []}) == 'apiVersion: "v1"\n"on": {}\na/b.c-d: []\n'


def test_lines_become_a_literal_block_only_where_that_is_safe() -> None:
    assert to_yaml({"a": "one\n  two\n"}) == "a: |\n  one\n    two\n"
    for text in ("one\ntwo", " one\ntwo\n", "one \ntwo\n", "one\ntwo\n\n", "\x07\ntwo\n", "\n\n", "one\n\u0085two\n"):
        written = to_yaml({"a": text})
        assert "|" not in written
        assert yaml.safe_load(written) == {"a": text}


def test_a_list_can_be_a_document() -> None:
    entries = [{"objectName": "y", "secretKey": "1e3"}]
    assert yaml.safe_load(list_to_yaml(entries)) == entries


def test_unwritable_things_are_refused() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        quote("\ud800")
    with pytest.raises(TypeError):
        to_yaml({"a": 1.5})
    with pytest.raises(TypeError):
        to_yaml({1: "a"})  # type: ignore[dict-item]


def test_notes_stand_above_their_line_and_know_its_number() -> None:
    first = Document(
        {"kind": "A", "spec": {"list": [{"name": "x"}, {"name": "y"}]}}, {"spec.list[1].name": "the second"}
    )
    second = Document({"kind": "B"}, {"kind": "why B"})
    file = yaml_file("a.yaml", "What it is.", first, second, comment="A remark.")
    lines = file.content.splitlines()
    assert [(note.field, lines[note.line - 1].strip()) for note in file.notes] == [
        ("spec.list[1].name", '- name: "y"'),
        ("kind", 'kind: "B"'),
    ]
    assert [lines[note.line - 2].strip() for note in file.notes] == ["# the second", "# why B"]
    assert list(yaml.safe_load_all(file.content)) == [first.structure, second.structure]


def test_a_note_for_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError, match=r"spec\.gone"):
        yaml_file("a.yaml", "What it is.", Document({"kind": "A"}, {"spec.gone": "why"}))
