"""Questions, matrix, gates and weights as data: what the contract names exists, and the tables agree."""

from __future__ import annotations

import msgspec
import pytest

from advisor.gates import GATES
from advisor.matrix import BY_SLUG, MATRIX, TOOLS
from advisor.questions import BY_ID, QUESTIONNAIRE, QUESTIONS, UNKNOWN
from advisor.weights import ARGUMENTS, LARGEST, REFINEMENTS
from tests.advisor.decision.build import VALUES

CONTRACT = {
    "external-store": "none, vault, openbao, aws, gcp, azure, other",
    "ciphertext-in-git": "allowed, forbidden",
    "kubernetes-secrets": "allowed, avoid, forbidden",
    "dynamic-credentials": "no, nice, required",
    "rotation": "rare, quarterly, monthly, daily",
    "clusters": "one, few, many, disposable",
    "gitops": "none, flux, argo-cd, ci",
    "consumption": "env, files, both",
    "non-pod-consumers": "yes, no",
    "start-without-store": "required, nice, no",
    "air-gapped": "yes, no",
    "outside-kubernetes": "yes, no",
    "read-audit": "none, store, per-identity",
    "capacity": "none, part-time, team",
    "tenancy": "single, trusting, untrusting",
    "write-only-developers": "yes, no",
    "privileged-daemonsets": "allowed, forbidden",
    "cluster-scoped-installs": "allowed, forbidden",
    "workload-identity": "yes, no",
    "busl-licence": "acceptable, not-acceptable",
    "key-backup": "tested, untested",
    "secret-count": "up-to-20, up-to-200, more",
}

DECISION_MATRIX = """\
| GitOps-friendly | Partial | Yes | No | Yes |
| Dynamic secrets | Via provider | No | Yes | No |
| Multi-cloud | Yes | N/A | Yes | Yes |
| No Kubernetes Secret objects | No | No | Yes | No |
| Low operational overhead | Medium | Low | High | Low |
| Audit trail | Via provider | No | Yes | No |
"""


def test_the_questions_and_values_are_those_of_the_contract() -> None:
    assert {name: ", ".join(values) for name, values in VALUES.items()} == CONTRACT


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_every_question_says_why_and_how_and_may_stay_unknown(question) -> None:  # type: ignore[no-untyped-def]
    assert question.values[-1] == UNKNOWN
    assert len(set(question.values)) == len(question.values)
    for sentence in (question.why, question.hint):
        assert sentence.endswith(".")
        assert len(sentence) > 20
    assert question.text.endswith("?")
    assert all(option.label for option in question.options)


def test_the_questionnaire_as_json_is_what_the_contract_says() -> None:
    document = msgspec.to_builtins(QUESTIONNAIRE)
    assert document["schema"] == "secretsui.questions/v1"
    for question in document["questions"]:
        assert set(question) == {"id", "text", "why", "hint", "options"}
        assert all(set(option) == {"value", "label"} for option in question["options"])


def test_the_matrix_is_the_one_that_was_agreed() -> None:
    rows = (f"| {row.title} | {' | '.join(row.cells[tool].value for tool in TOOLS)} |\n" for row in MATRIX)
    assert "".join(rows) == DECISION_MATRIX


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.slug)
def test_every_cell_has_a_reason_and_a_source_and_every_row_a_question(row) -> None:  # type: ignore[no-untyped-def]
    assert row.question in BY_ID
    for cell in row.cells.values():
        assert cell.reason.endswith(".")
        assert cell.source.startswith("https://")


def test_what_the_matrix_calls_impossible_is_a_gate_with_the_same_reason() -> None:
    for question, answer, slug in (
        ("kubernetes-secrets", "forbidden", "no-secret-objects"),
        ("dynamic-credentials", "required", "dynamic"),
    ):
        closed = {gate.tool: gate.because for gate in GATES if (gate.question, gate.answer) == (question, answer)}
        assert closed == {tool: cell.reason for tool, cell in BY_SLUG[slug].cells.items() if cell.value == "No"}


def test_arguments_and_gates_name_what_exists() -> None:
    named = [*ARGUMENTS, *((gate.question, gate.answer, gate.tool) for gate in GATES)]
    named += [(item.question, item.answer, item.tool) for item in REFINEMENTS]
    for question, answer, tool in named:
        assert answer in VALUES[question]
        assert tool in TOOLS
    for item in REFINEMENTS:
        assert item.given_answers <= set(VALUES[item.given_question])


def test_an_answer_never_both_closes_a_gate_and_argues() -> None:
    assert not {(gate.question, gate.answer, gate.tool) for gate in GATES} & set(ARGUMENTS)


def test_arguments_are_within_their_scale_and_say_why_in_a_sentence() -> None:
    for argument in [*ARGUMENTS.values(), *(item.argument for item in REFINEMENTS)]:
        assert -LARGEST <= argument.effect <= LARGEST
        assert argument.because[0].isupper()
        assert argument.because.endswith(".")
    assert all(argument.effect for argument in ARGUMENTS.values())
