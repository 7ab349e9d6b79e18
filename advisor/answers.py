"""The answers file: what a person answered, how much each question matters, and the parameters of the manifests.

It is untrusted input. YAML's own reading of `yes` and `no` as true and false is undone here, so that an answer may
be written without quotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from advisor.parameters import STORE_OF_ANSWER, ParameterError, Parameters, parse_parameters
from advisor.questions import BY_ID, UNKNOWN
from scanners.safe_yaml import UnsafeYaml, load_yaml

MAX_BYTES = 256 * 1024
PARTS = ("answers", "importance", "parameters")
IMPORTANCE = (0, 1, 2)


class AnswersError(ValueError):
    """The answers cannot be used; the message names what is wrong and what exists."""


@dataclass(frozen=True)
class Answers:
    """`answers` holds only what was answered, `importance` only what was given, `parameters` as they were written."""

    answers: Mapping[str, str] = field(default_factory=dict)
    importance: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def parsed_parameters(self, external_store: str) -> Parameters:
        """The parameters of the manifests, with the store that `external_store`, an answer, stands for as default."""
        try:
            return parse_parameters(self.parameters, store_kind=STORE_OF_ANSWER.get(external_store, "vault"))
        except ParameterError as error:
            raise AnswersError(f"parameters: {error}") from error


def parse_answers(text: str) -> Answers:
    """Read an answers file, YAML or JSON; an empty one and `{}` answer nothing.

    Raises AnswersError for anything that does not exist: parts, questions, values, importance, parameters.
    """
    try:
        document = load_yaml(text, limit=MAX_BYTES)
        _refuse_repetition(text)
    except UnsafeYaml as error:
        raise AnswersError(f"it cannot be read: {error}") from error
    return answers_from(document)


def answers_from(document: Any) -> Answers:
    """The same, from plain values, as a form has them. Raises AnswersError."""
    parts = _mapping(document, "the file", PARTS, "part")
    given = _mapping(parts.get("answers"), "answers", BY_ID, "question")
    weights = _mapping(parts.get("importance"), "importance", BY_ID, "question")
    found = Answers(
        answers={name: answer for name, value in given.items() if (answer := _answer(name, value)) != UNKNOWN},
        importance={name: _importance(name, value) for name, value in weights.items()},
        parameters=_mapping(parts.get("parameters"), "parameters", None, "parameter"),
    )
    found.parsed_parameters(found.answers.get("external-store", UNKNOWN))
    return found


def _answer(question: str, value: Any) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        value = "yes" if value else "no"
    values = BY_ID[question].values
    if not isinstance(value, str) or value not in values:
        raise AnswersError(f"answers.{question} is {_shown(value)}; it can be {_listed(values)}.")
    return value


def _importance(question: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in IMPORTANCE:
        raise AnswersError(
            f"importance.{question} is {_shown(value)}; it can be 0 (does not matter), 1 (as usual) or 2 (twice)."
        )
    return value


def _mapping(value: Any, where: str, known: Iterable[str] | None, noun: str) -> Mapping[str, Any]:
    """`value` as a mapping; `known`, where given, are the names it may have. Nothing at all is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise AnswersError(f"{where} must be a mapping of names to values, and is {_kind(value)}.")
    for name in value:
        if known is not None and name not in tuple(known):
            raise AnswersError(f"{where} names {_shown(name)}, which is no {noun}; there are {_listed(known)}.")
    return value


def _refuse_repetition(text: str) -> None:
    """The same name twice: YAML would take the last one and say nothing."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    nodes = [root] if root is not None else []
    while nodes:
        node = nodes.pop()
        if isinstance(node, yaml.SequenceNode):
            nodes.extend(node.value)
        if not isinstance(node, yaml.MappingNode):
            continue
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise AnswersError(f"it names {_shown(key.value)} twice, in line {key.start_mark.line + 1}.")
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else "")
            nodes.append(value)


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, (str, int, float)) else _kind(value)
    return text if len(text) <= 60 else f"{text[:57]}…'"


def _kind(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "a text" if isinstance(value, str) else "a number" if isinstance(value, (int, float)) else "something else"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values)
