"""The starter manifests that an advice leads to: one way from answers to a ManifestSet, for pages and command alike."""

from __future__ import annotations

from typing import Any

from advisor.advice import Advice
from advisor.answers import Answers
from advisor.manifests import ManifestSet, generate
from advisor.matrix import Tool
from advisor.questions import UNKNOWN


def starter_set(tool: Tool, answers: Answers, advice: Advice) -> ManifestSet:
    """The set for `tool` with what is known by answers and facts; what is not known takes the plainest form.

    Raises AnswersError and ParameterError, whose message is a sentence for the person.
    """
    known: dict[str, Any] = advice.answers
    return generate(
        tool,
        answers.parsed_parameters(known["external-store"]),
        gitops=known["gitops"] if known["gitops"] != UNKNOWN else "none",
        workload_identity=known["workload-identity"] != "no",
        consumption=known["consumption"] if known["consumption"] != UNKNOWN else None,
    )
