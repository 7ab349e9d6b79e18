"""The answers file is untrusted: what does not exist is named, with what does."""

from __future__ import annotations

import pytest

from advisor.answers import MAX_BYTES, Answers, AnswersError, parse_answers


@pytest.mark.parametrize("text", ["{}", "", "answers:\n", "answers: {}\nimportance: {}\nparameters: {}\n", "# nothing"])
def test_a_file_may_answer_nothing(text: str) -> None:
    assert parse_answers(text) == Answers()


def test_yaml_and_json_say_the_same() -> None:
    in_yaml = parse_answers("answers: {gitops: flux, air-gapped: yes}\nimportance: {gitops: 2}\n")
    in_json = parse_answers('{"answers": {"gitops": "flux", "air-gapped": "yes"}, "importance": {"gitops": 2}}')
    assert in_yaml == in_json
    assert in_yaml.answers == {"gitops": "flux", "air-gapped": "yes"}


def test_yes_and_no_need_no_quotes() -> None:
    found = parse_answers("answers: {air-gapped: no, outside-kubernetes: yes, dynamic-credentials: no}")
    assert found.answers == {"air-gapped": "no", "outside-kubernetes": "yes", "dynamic-credentials": "no"}


def test_unknown_and_nothing_are_no_answers() -> None:
    assert parse_answers("answers: {gitops: unknown, clusters: , capacity: null}").answers == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("answers: {git-ops: flux}", ["'git-ops'", "no question", "gitops, consumption"]),
        ("answers: {gitops: fluxcd}", ["answers.gitops", "'fluxcd'", "none, flux, argo-cd, ci, unknown"]),
        ("answers: {gitops: yes}", ["answers.gitops", "'yes'"]),
        ("answers: {gitops: [flux]}", ["answers.gitops", "a list"]),
        ("answers: {secret-count: 20}", ["answers.secret-count", "20", "up-to-20"]),
        ("answers: [flux]", ["answers must be a mapping", "a list"]),
        ("[]", ["must be a mapping"]),
        ("flux", ["must be a mapping", "a text"]),
        ("answer: {}", ["'answer'", "answers, importance, parameters"]),
        ("1: {}", ["names 1", "answers, importance, parameters"]),
        ("importance: {gitops: 3}", ["importance.gitops", "3", "0 (does not matter)"]),
        ("importance: {gitops: yes}", ["importance.gitops"]),
        ("importance: {gitops: 1.0}", ["importance.gitops"]),
        ("importance: {nothing: 1}", ["'nothing'", "no question"]),
        ("parameters: {colour: red}", ["colour", "namespace, secret, keys"]),
        ("parameters: {scope: wide}", ["scope", "strict"]),
        ("parameters: flux", ["parameters must be a mapping"]),
        ("answers: {gitops: flux, gitops: none}", ["'gitops' twice", "line 1"]),
        ("answers: {}\nanswers: {}\n", ["'answers' twice", "line 2"]),
        ("answers: &a {}\nimportance: *a\n", ["aliases"]),
        ("answers: !!python/object:os.system {}", ["tags"]),
        ("answers: {gitops: flux", ["not valid YAML"]),
        ("{}\n---\n{}\n", ["several YAML documents"]),
        ("answers: " + "[" * 100, ["nested deeper"]),
        ("x" * (MAX_BYTES + 1), ["larger than"]),
    ],
)
def test_what_cannot_be_used_is_named(text: str, words: list[str]) -> None:
    with pytest.raises(AnswersError) as raised:
        parse_answers(text)
    for word in words:
        assert word in str(raised.value)


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(AnswersError) as raised:
        parse_answers(f"answers: {{gitops: {'x' * 5000}}}")
    assert len(str(raised.value)) < 200


def test_the_store_of_the_answers_is_the_manifests_default_and_a_parameter_overrules_it() -> None:
    assert parse_answers("answers: {external-store: gcp}").parsed_parameters("gcp").store.kind == "gcp-secret-manager"
    given = parse_answers("parameters: {store: {kind: fake}}")
    assert given.parsed_parameters("aws").store.kind == "fake"
    assert Answers().parsed_parameters("unknown").store.kind == "vault"
