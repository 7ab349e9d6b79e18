"""What must hold for any team: an argument never works against itself, and the same input gives the same advice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.advice import advise
from advisor.answers import Answers
from advisor.gates import gates
from advisor.matrix import TOOLS
from advisor.questions import QUESTIONS, UNKNOWN
from advisor.recommend import Situation, rank, winner
from advisor.weights import argument
from tests.advisor.decision.build import VALUES

answers = st.fixed_dictionaries({name: st.sampled_from((*values, UNKNOWN)) for name, values in VALUES.items()})
importance = st.dictionaries(st.sampled_from(sorted(VALUES)), st.sampled_from((0, 1, 2)))
installed = st.frozensets(st.sampled_from(TOOLS))


@settings(max_examples=150, deadline=None)
@given(answers, importance, installed, st.sampled_from(QUESTIONS))
def test_an_answer_that_speaks_for_a_tool_never_lowers_it(known, weights, here, question) -> None:  # type: ignore[no-untyped-def]
    before = Situation({**known, question.id: UNKNOWN}, weights, here)
    standing_before = {item.tool: item for item in rank(before)}
    for value in VALUES[question.id]:
        after = before.with_answer(question.id, value)
        for item in rank(after):
            found = argument(question.id, value, item.tool, after.answers)
            was = standing_before[item.tool]
            if found is not None and found.effect > 0 and weights.get(question.id, 1):
                assert item.score >= was.score
                assert item.fit >= was.fit
            if found is not None and found.effect < 0:
                assert item.fit <= was.fit or question.id == "external-store"


@settings(max_examples=150, deadline=None)
@given(answers, importance, installed)
def test_a_gate_holds_whatever_speaks_for_the_tool(known, weights, here) -> None:  # type: ignore[no-untyped-def]
    situation = Situation(known, weights, here)
    ranking = rank(situation)
    assert sorted(item.tool for item in ranking) == sorted(TOOLS)
    for item in ranking:
        closed = gates(known, here, item.tool)
        assert bool(item.ruled_out) == bool(closed)
        assert (item.fit == 0) == bool(closed)
    states = [bool(item.gates) for item in ranking]
    assert states == sorted(states)
    chosen = winner(ranking)
    assert chosen in (None, ranking[0].tool)
    assert chosen is None or not ranking[0].gates
    scores = [item.score for item in ranking if not item.gates]
    assert scores == sorted(scores, reverse=True)


@settings(max_examples=40, deadline=None)
@given(answers, importance)
def test_every_flip_is_true_and_none_is_missing(known, weights) -> None:  # type: ignore[no-untyped-def]
    given_answers = Answers({name: value for name, value in known.items() if value != UNKNOWN}, weights)
    advice = advise(given_answers)
    situation = Situation(given_answers.answers, weights)
    told = {(flip.question, flip.to): flip.winner for flip in advice.flips}
    for question, values in VALUES.items():
        for value in values:
            changed = winner(rank(situation.with_answer(question, value)))
            assert told.get((question, value), advice.winner) == changed
    assert advice == advise(given_answers)
