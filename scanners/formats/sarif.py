"""The findings as SARIF 2.1.0, for code scanning and whatever else collects findings.

Section numbers are those of the OASIS standard (SARIF 2.1.0, Errata 01). Where GitHub's code scanning asks
for more than the standard, its page is named: "SARIF support for code scanning" on docs.github.com.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from scanners.checks import BY_ID
from scanners.formats import Terminal
from scanners.formats.json import encode, json_array
from scanners.formats.outline import unseen
from scanners.formats.version import version
from scanners.report import CheckLine, Finding, Report, Severity

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Node = dict[str, Any]

LEVELS: dict[Severity, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}

SECURITY_SEVERITY: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5"}
"""GitHub reads above 9.0 as critical, from 7.0 as high, from 4.0 as medium, below that as low."""


class Standing(NamedTuple):
    """What became of a finding: `accepted` is the reason somebody gave, "" where nobody accepts it."""

    accepted: str = ""
    resolved: bool = False


def write(report: Report, terminal: Terminal) -> Iterator[bytes]:
    """One run, in pieces of UTF-8, a result per line."""
    return write_results(report, ((finding, Standing()) for finding in report.findings))


def write_results(report: Report, findings: Iterable[tuple[Finding, Standing]]) -> Iterator[bytes]:
    """The same with other findings than the report's own, each with what became of it."""
    rules = [_rule(check) for check in report.checks]
    index = {check.id: number for number, check in enumerate(report.checks)}
    driver = {"name": "secretsui", "rules": rules} | ({"version": known} if (known := version()) else {})
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"secretsui/{_segment(report.cluster.name or 'cluster')}/"},
        "invocations": [_invocation(report, index)],
        "columnKind": "unicodeCodePoints",
    }
    opening = encode({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})
    yield opening.removesuffix(b"}]}") + b',"results":'
    yield from json_array(_result(finding, standing, index) for finding, standing in findings)
    yield b"}]}\n"


def _rule(line: CheckLine) -> Node:
    """A check as a reportingDescriptor (3.49); the severity is the policy's, the words the check's own."""
    rule: Node = {
        "id": line.id,
        "shortDescription": {"text": message(line.title)},
        "defaultConfiguration": {"level": LEVELS[line.severity]},
        "properties": {
            "tags": ["security", "kubernetes", "secrets"],
            "security-severity": SECURITY_SEVERITY[line.severity],
            "precision": "high",
        },
    }
    check = BY_ID.get(line.id)
    if check is not None:
        rule["fullDescription"] = {"text": message(check.what)}
        rule["help"] = {"text": message(f"{check.why}\n\n{check.fix}")}
        if check.references:
            rule["helpUri"] = check.references[0][1]
        if check.mappings:
            rule["properties"]["mappings"] = [f"{framework} {control}" for framework, control in check.mappings]
    return rule


def _result(finding: Finding, standing: Standing, index: dict[str, int]) -> Node:
    """A finding as a result (3.27). Those of system objects and accepted ones are suppressed, which keeps them and
    says so; a resolved one passes (3.27.9).

    `suppressions` stands on every result, since it must stand on all or none (3.27.23). GitHub follows a
    finding from run to run by `primaryLocationLineHash`, and shows none without a start line.
    """
    text = " ".join(filter(None, (finding.message, finding.evidence and f"Evidence: {finding.evidence}")))
    why = standing.accepted or ("It belongs to the system itself." if finding.folded else "")
    suppression = {"kind": "external", "status": "accepted", "justification": why}
    return {
        "ruleId": finding.check,
        **({"ruleIndex": index[finding.check]} if finding.check in index else {}),
        **({"kind": "pass", "level": "none"} if standing.resolved else {"level": LEVELS[finding.severity]}),
        "message": {"text": message(text or finding.check)},
        "locations": [_location(finding)],
        "partialFingerprints": {
            "secretsuiFinding/v1": finding.id,
            "primaryLocationLineHash": f"{finding.id}:1",
        },
        "suppressions": [suppression] if why else [],
        "properties": {
            "severity": finding.severity,
            "security-severity": SECURITY_SEVERITY[finding.severity],
            "field": finding.field,
            "remediation": finding.remediation,
        },
    }


def _location(finding: Finding) -> Node:
    """Where it is (3.28): a line of a file of the repository, or an object of a cluster as a file of that name.

    Paths are relative to the repository's root, which GitHub takes `%SRCROOT%` for.
    """
    where = {"uri": artifact(finding)}
    if finding.kind in _OF_A_REPOSITORY:
        where["uriBaseId"] = "%SRCROOT%"
    physical = {"artifactLocation": where, "region": {"startLine": max(finding.line, 1)}}
    if finding.kind in _OF_A_REPOSITORY:
        return {"physicalLocation": physical}
    name = "/".join((finding.namespace, finding.kind, finding.name)).lstrip("/")
    return {
        "physicalLocation": physical,
        "logicalLocations": [{"name": finding.name, "fullyQualifiedName": name, "kind": "resource"}],
    }


_OF_A_REPOSITORY = frozenset({"File", "Repository"})


def artifact(finding: Finding) -> str:
    """A URI reference: `namespaces/NS/KIND/NAME.yaml`, or `cluster/KIND/NAME.yaml` outside namespaces.

    Of a repository it is the file's path; what concerns the whole of it is shown where a workflow would be. Names are
    percent-encoded, so that none of them leaves its place in the path.
    """
    if finding.kind == "File":
        return "/".join(map(_segment, finding.name.split("/")))
    if finding.kind == "Repository":
        return ".github/workflows"
    place = ("namespaces", _segment(finding.namespace)) if finding.namespace else ("cluster",)
    return "/".join((*place, _segment(finding.kind), f"{_segment(finding.name)}.yaml"))


def _segment(name: str) -> str:
    if name in (".", ".."):
        return name.replace(".", "%2E")
    return quote(name, safe="", errors="replace")


_PLACEHOLDER = re.compile(r"\{(\d+)\}")


def message(text: str) -> str:
    """`text` as a message string: what would be a placeholder (3.11.5) or a link (3.11.6) in it is text."""
    return _PLACEHOLDER.sub(r"{{\1}}", text).replace("](", "] (")


def _invocation(report: Report, index: dict[str, int]) -> Node:
    """The scan as an invocation (3.20): a notification for each check not assessed and input not seen."""
    return {
        "executionSuccessful": True,
        "startTimeUtc": report.started_at,
        "endTimeUtc": report.finished_at,
        "toolExecutionNotifications": [
            {
                "level": "warning",
                "message": {"text": message(f"{check.id} is not assessed: {check.reason}")},
                "associatedRule": {"id": check.id, "index": index[check.id]},
            }
            for check in report.checks
            if check.status == "not-assessed"
        ]
        + [
            {
                "level": "warning",
                "message": {"text": message(f"{', '.join(group.inputs)} ({group.status}): {group.detail}")},
            }
            for group in unseen(report)
        ],
    }
