"""The report for a terminal: calm, aligned, and within its width.

Everything that comes from a cluster is made printable, so that no name can write over a line or set a colour.
The only control sequences are the report's own colours, and only where the terminal takes them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from scanners.formats import Terminal
from scanners.formats.amounts import percent
from scanners.formats.outline import (
    CHECKLIST_TITLES,
    STATUS_WORDS,
    Failing,
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
from scanners.formats.printable import printable
from scanners.report import Finding, Report, Severity

NARROWEST, WIDEST = 40, 120
FINDINGS_PER_CHECK = 10
LINES_IN_CHECKLIST = 2
LINES_OF_A_REASON = 4
"""A terminal is for reading: more of the same is counted, and long reasons end in an ellipsis. JSON has it all."""

_COLOURS: dict[Severity, str] = {"critical": "1;31", "high": "31", "medium": "33", "low": "36"}


def write(report: Report, terminal: Terminal) -> Iterator[bytes]:
    """The report, a line per piece, in UTF-8."""
    for line in _Text(report, terminal).lines():
        yield f"{line.rstrip()}\n".encode()


class _Text:
    def __init__(self, report: Report, terminal: Terminal) -> None:
        self.report = report
        self.width = max(NARROWEST, min(terminal.width, WIDEST))
        self.colour = terminal.colour
        self.failing = failing_checks(report)

    def lines(self) -> Iterator[str]:
        yield from self._where()
        yield from self._grade()
        yield from self._checklist()
        yield from self._fix_first()
        yield from self._findings()
        yield from self._not_assessed()
        yield from self._unseen()

    def _where(self) -> Iterator[str]:
        cluster = self.report.cluster
        name, counts = subject(self.report)
        kind = "" if cluster.distribution == "unknown" else printable(cluster.distribution)
        facts = [
            printable(cluster.server),
            f"Kubernetes {printable(cluster.version)}" if cluster.version else "",
            kind,
        ]
        yield from self._wrap(printable(name), *filter(None, facts))
        finished = f"{self.report.finished_at:%Y-%m-%d %H:%M} UTC"
        yield from self._wrap(f"Scanned {finished}", *counts)

    def _grade(self) -> Iterator[str]:
        grade = self.report.grade
        yield ""
        yield from self._wrap(f"{headline(self.report)}.")
        share = f"{percent(grade.assessed)} of the checks assessed, by weight"
        yield from self._wrap(f"Score {grade.score:g} of 100" if grade.score is not None else "No score", share)
        counts = [f"{number} {severity}" for severity, number in severity_counts(self.report.findings)]
        folded = sum(len(item.folded) for item in self.failing)
        if folded:
            counts.append(f"{folded} of the system itself, not counted")
        if counts:
            yield from self._wrap("Findings: " + ", ".join(counts))

    def _checklist(self) -> Iterator[str]:
        yield from self._heading("Checklist")
        column = max(map(len, STATUS_WORDS.values()))
        for line in self.report.checklist:
            title = CHECKLIST_TITLES.get(line.slug, line.slug)
            yield from self._hanging(f"  {STATUS_WORDS[line.status]:{column}}  ", title)
            if line.status != "pass" and line.detail:
                yield from self._indented(line.detail, column + 6, most=LINES_IN_CHECKLIST)

    def _fix_first(self) -> Iterator[str]:
        steps = fix_first(self.report)
        if not steps:
            return
        yield from self._heading("Fix first")
        for number, item in enumerate(steps, start=1):
            gain = f", worth {item.gain:.1f} points" if item.gain >= 0.1 else ""
            opening = f"  {number}. "
            yield from self._hanging(opening, f"{item.check.title} ({self._share(item)}{gain})", item.gravest)
            yield from self._indented(item.findings[0].message, len(opening))

    def _findings(self) -> Iterator[str]:
        shown = [item for item in self.failing if item.findings]
        if not shown:
            return
        yield from self._heading("Findings")
        for number, item in enumerate(shown):
            if number:
                yield ""
            yield from self._hanging("", f"{item.check.id}: {item.check.title} ({self._share(item)})", item.gravest)
            for finding in item.findings[:FINDINGS_PER_CHECK]:
                yield from self._finding(finding, item.gravest)
            rest = len(item.findings) - FINDINGS_PER_CHECK
            if rest > 0:
                yield from self._indented(f"… and {rest:,} more: --format csv or json lists all of them.", 2)
            yield from self._remediation(item.findings[0].remediation)

    def _finding(self, finding: Finding, usual: Severity) -> Iterator[str]:
        milder = f" ({finding.severity})" if finding.severity != usual else ""
        field = f"  {finding.field}" if finding.field else ""
        yield from self._fold(printable(f"{object_name(finding)}{milder}{field}"), "  ", "    ")
        yield from self._indented(finding.message, 6)
        if finding.evidence:
            yield from self._indented(finding.evidence, 6)

    def _remediation(self, text: str) -> Iterator[str]:
        """The fix of a check's first finding. Lines of a command or manifest are never wrapped."""
        lines = text.strip().split("\n")
        if lines == [""]:
            return
        yield "  To fix:"
        for line in lines:
            commandlike = len(lines) > 1 or line.startswith("kubectl ")
            yield from [f"    {printable(line)}"] if commandlike else self._indented(line, 4)

    def _not_assessed(self) -> Iterator[str]:
        lines = [check for check in self.report.checks if check.status == "not-assessed"]
        if not lines:
            return
        yield from self._heading("Not assessed")
        for check in lines:
            yield from self._hanging("  ", f"{check.id}: {check.title}")
            yield from self._indented(check.reason or "no reason was given", 6, most=LINES_OF_A_REASON)

    def _unseen(self) -> Iterator[str]:
        groups = unseen(self.report)
        if not groups:
            return
        yield from self._heading("Not seen")
        for group in groups:
            yield from self._hanging(f"  {group.status:7}  ", group.detail)
            yield from self._indented(", ".join(group.inputs), 11)
        commands = permission_commands(groups)
        if commands:
            yield from self._indented("To let this identity see it, create the role and bind it:", 2)
            for command in commands:
                yield f"    {printable(command)}"
            if note := permission_note(groups):
                yield from self._indented(note, 2)

    def _share(self, item: Failing) -> str:
        check = item.check
        return f"{item.gravest}, {check.failed:,} of {check.evaluated:,} at fault"

    def _heading(self, words: str) -> Iterator[str]:
        yield ""
        yield words
        yield "─" * len(words)

    def _wrap(self, *parts: str) -> Iterator[str]:
        """Parts side by side, two spaces apart, over as many lines as they need."""
        yield from self._fold("  ".join(parts), "", "  ")

    def _hanging(self, opening: str, text: str, severity: Severity | None = None) -> Iterator[str]:
        """`text` after `opening`, its further lines aligned with its first, in a severity's colour."""
        lines = list(self._fold(printable(text), opening, " " * len(opening)))
        if severity and self.colour:
            paint = _COLOURS[severity]
            lines = [f"{line[: len(opening)]}\x1b[{paint}m{line[len(opening) :]}\x1b[0m" for line in lines]
        yield from lines

    def _indented(self, text: str, columns: int, most: int | None = None) -> Iterator[str]:
        """`text` as a block, cut off with an ellipsis after `most` lines."""
        yield from self._fold(printable(text), " " * columns, " " * columns, most)

    def _fold(self, text: str, first: str, further: str, most: int | None = None) -> Iterable[str]:
        """Wrapped at spaces only: a path that is broken at a hyphen cannot be copied."""
        return textwrap.wrap(
            text,
            self.width,
            initial_indent=first,
            subsequent_indent=further,
            break_on_hyphens=False,
            break_long_words=False,
            max_lines=most,
            placeholder=" …",
        ) or [first]
