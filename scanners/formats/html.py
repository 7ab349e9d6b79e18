"""The report as one HTML file: to be opened anywhere, mailed, printed. It loads nothing and runs nothing.

A Content-Security-Policy in the file forbids scripts and every request, should an escape ever be missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from scanners.formats import Terminal
from scanners.formats.amounts import count, percent
from scanners.formats.markup import Markup, element, joined, start
from scanners.formats.outline import (
    CHECKLIST_TITLES,
    STATUS_WORDS,
    Failing,
    age_words,
    failing_checks,
    fix_first,
    headline,
    object_name,
    permission_commands,
    permission_note,
    severity_counts,
    subject,
    unseen,
)
from scanners.report import Finding, Report, SecretLine, Severity

FINDINGS_PER_CHECK = 200
SECRETS_SHOWN = 500
"""Nobody reads 20,000 printed rows; what is left out is counted, with where to find it."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_ICONS: dict[Severity, str] = {"critical": "◆", "high": "▲", "medium": "●", "low": "○"}
_MARKS = {"pass": "✓", "fail": "✕", "partial": "◐", "not-assessed": "?"}


def write(report: Report, terminal: Terminal) -> Iterator[bytes]:
    """The page, a section per piece, in UTF-8."""
    for piece in _page(report):
        yield f"{piece}\n".encode()


def _page(report: Report) -> Iterator[Markup]:
    failing = failing_checks(report)
    title = f"{headline(report)}: {subject(report)[0]}"
    yield Markup("<!doctype html>")
    yield start("html", lang="en")
    yield head(title)
    yield start("body")
    yield from _summary(report, failing)
    yield from _checklist(report)
    yield from _fix_first(report)
    yield from _not_seen(report)
    yield from _findings(failing)
    yield from _checks(report)
    yield from _secrets(report)
    kept = "read" if report.repository is None else "kept"
    yield element(
        "footer",
        f"Made by secretsui. It holds names, paths and ages only: no value of a Secret was {kept}. ",
        f"Scan started {report.started_at:%Y-%m-%d %H:%M:%S} UTC, ",
        f"finished {report.finished_at:%Y-%m-%d %H:%M:%S} UTC.",
    )
    yield Markup("</body></html>")


def head(title: str) -> Markup:
    """The head of a page that loads nothing and runs nothing."""
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    return element(
        "head",
        Markup('<meta charset="utf-8">'),
        start("meta", http_equiv="Content-Security-Policy", content=POLICY),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="referrer" content="no-referrer">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        element("title", title),
        element("style", Markup(style)),
    )


def _summary(report: Report, failing: list[Failing]) -> Iterator[Markup]:
    cluster, grade = report.cluster, report.grade
    name, counted = subject(report)
    facts = [
        cluster.server,
        f"Kubernetes {cluster.version}" if cluster.version else "",
        "" if cluster.distribution == "unknown" else cluster.distribution,
        *counted,
        f"{report.finished_at:%Y-%m-%d %H:%M} UTC",
    ]
    folded = sum(len(item.folded) for item in failing)
    counts = [
        element("span", severity_mark(severity), f" {number:,}", class_="count")
        for severity, number in severity_counts(report.findings)
    ]
    yield element(
        "header",
        element("p", grade.letter or "?", class_="grade", title="Grade"),
        element(
            "div",
            element("h1", headline(report)),
            element(
                "p",
                element("strong", name),
                " · ",
                " · ".join(filter(None, facts)),
            ),
            element(
                "p",
                f"Score {grade.score:g} of 100 · " if grade.score is not None else "No score · ",
                f"{percent(grade.assessed)} of the checks assessed, by weight",
                f" · {count(folded, 'finding')} of the system itself, folded" if folded else "",
            ),
            element("p", *counts, class_="counts") if counts else "",
        ),
    )


def _checklist(report: Report) -> Iterator[Markup]:
    yield start("section")
    yield element("h2", "Checklist")
    rows = [
        [_status(line.status), CHECKLIST_TITLES.get(line.slug, line.slug), line.detail] for line in report.checklist
    ]
    yield from _table(("Status", "Item", "Detail"), rows)
    yield Markup("</section>")


def _fix_first(report: Report) -> Iterator[Markup]:
    steps = fix_first(report)
    if not steps:
        return
    items = [
        element(
            "li",
            severity_mark(item.gravest),
            " ",
            element("a", item.check.title, href=f"#{item.check.id}"),
            f": {item.check.failed:,} of {item.check.evaluated:,} at fault",
            f", worth {item.gain:.1f} points of the score" if item.gain >= 0.1 else "",
        )
        for item in steps
    ]
    yield element("section", element("h2", "Fix first"), element("ol", *items))


def _not_seen(report: Report) -> Iterator[Markup]:
    groups = unseen(report)
    if not groups:
        return
    yield start("section")
    yield element("h2", "What could not be seen")
    rows = [[group.status, group.detail, ", ".join(group.inputs)] for group in groups]
    yield from _table(("Status", "Why", "Inputs"), rows)
    commands = permission_commands(groups)
    if commands:
        yield element("p", "This lets an identity see it, once the role is bound to it:")
        yield element("pre", "\n".join(commands))
        yield element("p", permission_note(groups), class_="note")
    yield Markup("</section>")


def _findings(failing: list[Failing]) -> Iterator[Markup]:
    if not failing:
        return
    yield element("h2", "Findings")
    for item in failing:
        yield start("section", id=item.check.id)
        yield element("h3", severity_mark(item.gravest), " ", item.check.title)
        yield element(
            "p", f"{item.check.id}: {item.check.failed:,} of {item.check.evaluated:,} at fault", class_="note"
        )
        if item.findings:
            yield from _finding_table(item.findings)
            yield element("p", "To fix the first of them:")
            yield element("pre", item.findings[0].remediation.strip())
        if item.folded:
            yield start("details")
            yield element("summary", f"{count(len(item.folded), 'finding')} of the system itself")
            yield from _finding_table(item.folded)
            yield Markup("</details>")
        yield Markup("</section>")


def _finding_table(findings: tuple[Finding, ...]) -> Iterator[Markup]:
    rows = (
        [
            severity_mark(finding.severity),
            object_name(finding),
            finding.field,
            finding.message,
            finding.evidence,
        ]
        for finding in findings[:FINDINGS_PER_CHECK]
    )
    yield from _table(("Severity", "Object", "Field", "What is wrong", "Evidence"), rows)
    yield from _left_out(len(findings) - FINDINGS_PER_CHECK, "The CSV and JSON formats have all of them.")


def _checks(report: Report) -> Iterator[Markup]:
    yield start("section")
    yield element("h2", "Every check")
    rows = (
        [
            _status(check.status),
            severity_mark(check.severity),
            element("span", check.title, Markup("<br>"), element("code", check.id)),
            f"{check.failed:,} of {check.evaluated:,}",
            check.reason,
        ]
        for check in report.checks
    )
    yield from _table(("Status", "Severity", "Check", "At fault", "What was not seen"), rows)
    yield Markup("</section>")


def _secrets(report: Report) -> Iterator[Markup]:
    urgent = [secret for secret in report.secrets if secret.rotation in ("overdue", "due")]
    if not urgent:
        return
    urgent.sort(key=lambda secret: -(secret.value_age.at_least_days if secret.value_age else 0))
    yield start("section")
    yield element("h2", f"{count(len(urgent), 'Secret')} due for rotation, the oldest first")
    headings = ("Secret", "Type", "Rotation", "In this Secret for", "Maximum", "Source", "Consumers")
    yield from _table(headings, (_secret_row(secret) for secret in urgent[:SECRETS_SHOWN]))
    yield from _left_out(len(urgent) - SECRETS_SHOWN, "The JSON format has all of them.")
    yield Markup("</section>")


def _secret_row(secret: SecretLine) -> list[str]:
    maximum = count(secret.rotation_max_days, "day") if secret.rotation_max_days is not None else ""
    return [
        f"{secret.namespace}/{secret.name}",
        secret.type,
        secret.rotation,
        age_words(secret),
        maximum,
        secret.source.kind,
        f"{len(secret.consumers):,}",
    ]


def _left_out(number: int, where: str) -> Iterator[Markup]:
    if number > 0:
        yield element("p", f"… and {number:,} more. {where}", class_="note")


def _table(headings: tuple[str, ...], rows: Iterable[list[str]]) -> Iterator[Markup]:
    yield joined(
        start("table"),
        element("thead", element("tr", *(element("th", words, scope="col") for words in headings))),
    )
    yield start("tbody")
    for row in rows:
        cells = (element("td", cell, data_label=words) for words, cell in zip(headings, row, strict=True))
        yield element("tr", *cells)
    yield Markup("</tbody></table>")


def severity_mark(severity: Severity) -> Markup:
    """A severity as icon and word, so that it never rests on its colour."""
    return element("span", f"{_ICONS[severity]} {severity}", class_=f"severity {severity}")


def _status(status: str) -> Markup:
    return element("span", f"{_MARKS[status]} {STATUS_WORDS[status]}", class_=f"status {status}")
