"""What a report for people says, before anybody lays it out: what is worst, what comes first, what is unseen.

The text and the HTML report say the same, in the same order; this is where the order is decided.
"""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from scanners.formats.amounts import count, percent
from scanners.gains import gains
from scanners.grade import CHECKLIST
from scanners.inventory import CoverageStatus
from scanners.report import (
    SEVERITIES,
    CheckLine,
    CoverageLine,
    Finding,
    Report,
    SecretLine,
    Severity,
)

FIX_FIRST = 5

STATUS_WORDS: Mapping[str, str] = {
    "pass": "pass",
    "fail": "fail",
    "partial": "partly",
    "not-assessed": "not assessed",
}
CHECKLIST_TITLES: Mapping[str, str] = dict(CHECKLIST)

_UNSEEN: tuple[CoverageStatus, ...] = ("denied", "partial", "error")
_READ_AS: Mapping[str, str] = {"apiservers": "pods"}
"""Inputs that are not named after the resource they are read from."""

_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True, slots=True)
class Failing:
    """A check with something at fault. `findings` are those to act on, `folded` those of system objects.

    `gain` is by how many of its 100 points mending all of it would raise the score, 0 where there is no score.
    """

    check: CheckLine
    findings: tuple[Finding, ...]
    folded: tuple[Finding, ...]
    gain: float

    @property
    def gravest(self) -> Severity:
        """The gravest severity among `findings`, or the check's own where all are folded."""
        return min(
            (finding.severity for finding in self.findings),
            key=_RANK.__getitem__,
            default=self.check.severity,
        )


def failing_checks(report: Report) -> list[Failing]:
    """Every check with findings: those to act on first, the gravest of them first, then by gain."""
    by_check: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_check[finding.check].append(finding)
    graded = report.grade.score is not None
    points = {gain.check_id: gain.points for gain in gains(map(msgspec.structs.asdict, report.checks)) if graded}
    failing = [
        Failing(
            check,
            tuple(finding for finding in by_check[check.id] if not finding.folded),
            tuple(finding for finding in by_check[check.id] if finding.folded),
            points.get(check.id, 0.0),
        )
        for check in report.checks
        if by_check[check.id]
    ]
    return sorted(failing, key=lambda item: (not item.findings, _RANK[item.gravest], -item.gain, item.check.id))


def fix_first(report: Report, most: int = FIX_FIRST) -> list[Failing]:
    """The first `most` checks to mend. Low findings and system objects never stand there (checks.md)."""
    return [item for item in failing_checks(report) if item.findings and item.gravest != "low"][:most]


def severity_counts(findings: Iterable[Finding]) -> list[tuple[Severity, int]]:
    """How many findings to act on have each severity, gravest first; severities without any are left out."""
    counts = Counter(finding.severity for finding in findings if not finding.folded)
    return [(severity, counts[severity]) for severity in SEVERITIES if counts[severity]]


def headline(report: Report) -> str:
    """The report's finding in one sentence."""
    findings = severity_counts(report.findings)
    if report.grade.letter is None:
        opening = f"No grade: only {percent(report.grade.assessed)} of the checks could be assessed"
    else:
        opening = f"Grade {report.grade.letter}"
    if not findings:
        return f"{opening}; nothing to fix was found" + ("" if report.grade.letter else " in what could be seen")
    severity, number = findings[0]
    return f"{opening}; {count(number, f'{severity} finding')} to fix"


def subject(report: Report) -> tuple[str, list[str]]:
    """What was looked at: its name, and how much of what it holds."""
    repository, cluster = report.repository, report.cluster
    if repository is not None:
        files, objects = count(repository.files, "file"), count(repository.manifests, "Kubernetes object")
        return f"Repository {repository.name}", [files, objects, count(len(repository.pipelines), "CI file")]
    name = f"Cluster {cluster.name}" if cluster.name else "Cluster without a name"
    return name, [count(cluster.namespaces, "namespace"), count(cluster.secrets, "Secret")]


def object_name(finding: Finding) -> str:
    """`KIND NAMESPACE/NAME`, without the namespace where there is none; of a repository `PATH:LINE`."""
    if finding.kind == "File":
        return f"{finding.name}:{finding.line}" if finding.line else finding.name
    if finding.kind == "Repository":
        return "the repository as a whole"
    return f"{finding.kind} {'/'.join(filter(None, (finding.namespace, finding.name)))}"


@dataclass(frozen=True, slots=True)
class Unseen:
    """Inputs of which something was not seen, for the same reason."""

    status: CoverageStatus
    detail: str
    inputs: tuple[str, ...]


def unseen(report: Report) -> list[Unseen]:
    """What was not seen, by reason, refusals first. What does not exist (`absent`) was not missed."""
    by_reason: dict[tuple[CoverageStatus, str], list[CoverageLine]] = defaultdict(list)
    for line in report.coverage:
        if line.status in _UNSEEN:
            by_reason[line.status, _without_its_name(line)].append(line)
    groups = [
        Unseen(
            status,
            (reason if len(lines) > 1 else lines[0].detail) or "no detail was given",
            tuple(line.input for line in lines),
        )
        for (status, reason), lines in by_reason.items()
    ]
    return sorted(groups, key=lambda group: (_UNSEEN.index(group.status), len(group.inputs), group.inputs))


def _without_its_name(line: CoverageLine) -> str:
    """The detail without the resource: what is the same for several inputs that were refused alike."""
    plural = line.input.partition(".")[0]
    return " ".join(word for word in line.detail.split(" ") if word.partition(".")[0] != plural)


def permission_commands(groups: Iterable[Unseen]) -> list[str]:
    """The kubectl commands that make a ClusterRole for what was refused, empty where nothing was.

    An input is the plural resource, a custom one with its group, which is how kubectl takes it; the API
    server's metrics are a URL instead.
    """
    refused = [name for group in groups if _is_refusal(group) for name in group.inputs]
    resources = dict.fromkeys(_READ_AS.get(name, name) for name in refused if name != "metrics")
    commands = []
    if resources:
        names = shlex.quote(",".join(resources))
        commands.append(f"kubectl create clusterrole secretsui-unseen --verb=list --resource={names}")
    if "metrics" in refused:
        commands.append("kubectl create clusterrole secretsui-metrics --verb=get --non-resource-url=/metrics")
    return commands


def permission_note(groups: Iterable[Unseen]) -> str:
    """What to know before granting it, "" where there is nothing to warn of."""
    if any("secrets" in group.inputs for group in groups if _is_refusal(group)):
        return "RBAC cannot grant a list of Secrets without their values; secretsui never asks for the values."
    return ""


def _is_refusal(group: Unseen) -> bool:
    """Whether a permission resolves it; an input read in part may have been cut short by something else."""
    return group.status == "denied" or (group.status == "partial" and "may not " in group.detail)


def age_words(secret: SecretLine) -> str:
    """How old the value is, as far as is known: "at least 92 days, at most 400"."""
    age = secret.value_age
    if age is None:
        return "unknown"
    if age.at_most_days is None:
        return f"at least {count(age.at_least_days, 'day')}"
    if age.at_least_days == age.at_most_days:
        return count(age.at_least_days, "day")
    return f"at least {count(age.at_least_days, 'day')}, at most {age.at_most_days}"
