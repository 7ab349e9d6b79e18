"""The report for a terminal."""

from __future__ import annotations

import re

import pytest

from scanners.formats import FORMATS, Terminal
from scanners.report import CoverageLine, Grade, Report
from tests.formats import reports


def text_of(report: Report, width: int = 100, *, colour: bool = False) -> str:
    return b"".join(FORMATS["text"].write(report, Terminal(width, colour))).decode()


def section(text: str, heading: str) -> list[str]:
    """The lines under a heading, up to the next one."""
    lines = text.split("\n")
    start = lines.index(heading) + 2
    ends = (number for number in range(start, len(lines)) if lines[number].startswith("──"))
    return [line for line in lines[start : next(ends, len(lines) + 1) - 1] if line]


def test_it_begins_with_where_and_how_well() -> None:
    lines = text_of(reports.ordinary()).split("\n")
    assert lines[0] == "Cluster prod-eu  https://10.0.0.1:6443  Kubernetes v1.37.2  kubeadm"
    assert lines[1] == "Scanned 2026-11-23 17:30 UTC  9 namespaces  148 Secrets"
    assert lines[3] == "Grade D; 1 critical finding to fix."
    assert lines[4] == "Score 71.4 of 100  82 % of the checks assessed, by weight"
    assert lines[5] == "Findings: 1 critical, 2 high, 1 low, 1 of the system itself, not counted"


def test_the_checklist_has_ten_items_with_their_status() -> None:
    lines = section(text_of(reports.ordinary()), "Checklist")
    items = [line for line in lines if re.match(r"  (pass|partly|fail|not assessed) ", line)]
    assert len(items) == 10
    assert "  partly        No secret stands in plaintext in Git or in a manifest" in items


def test_what_to_fix_first_is_critical_first_and_never_low() -> None:
    first = section(text_of(reports.ordinary()), "Fix first")
    numbered = [line for line in first if re.match(r"  \d\.", line)]
    assert [line.split()[4] for line in numbered] == ["rbac-wildcard", "plaintext-env"]
    assert "critical, 2 of 50 at fault, worth" in numbered[0]


def test_findings_stand_under_their_check_with_the_fix() -> None:
    lines = section(text_of(reports.ordinary()), "Findings")
    assert lines[0].startswith("rbac-wildcard: ")
    assert "  Deployment shop/api-1  spec.template.spec.containers[0].env[2].value" in lines
    assert "    kubectl -n shop set env deployment/api-1 --from=secret/db" in lines
    assert "system:x" not in "".join(lines)


def test_more_findings_than_fit_are_counted() -> None:
    many = tuple(reports.finding(number) for number in range(25))
    text = text_of(reports.ordinary(findings=many))
    assert "  … and 15 more: --format csv or json lists all of them." in text


def test_what_was_not_seen_says_what_permission_shows_it() -> None:
    lines = section(text_of(reports.ordinary()), "Not seen")
    assert lines[:4] == [
        "  denied   list is refused",
        "           externalsecrets.external-secrets.io",
        "  denied   get /metrics is refused",
        "           metrics",
    ]
    assert (
        "    kubectl create clusterrole secretsui-unseen --verb=list "
        "--resource=externalsecrets.external-secrets.io" in lines
    )
    assert not any("ingresses" in line for line in lines), "what does not exist was not missed"


def test_inputs_refused_alike_stand_together() -> None:
    lines = [
        CoverageLine(input="roles", status="denied", detail="may not list roles.rbac.authorization.k8s.io in shop"),
        CoverageLine(input="pods", status="denied", detail="may not list pods in shop"),
        CoverageLine(input="jobs", status="denied", detail="may not list jobs.batch cluster-wide"),
    ]
    assert section(text_of(reports.ordinary(coverage=tuple(lines))), "Not seen")[:4] == [
        "  denied   may not list jobs.batch cluster-wide",
        "           jobs",
        "  denied   may not list in shop",
        "           roles, pods",
    ]


def test_no_permission_is_offered_for_what_no_permission_resolves() -> None:
    lines = [
        CoverageLine(input="deployments", status="partial", detail="1 object could not be read"),
        CoverageLine(input="pods", status="error", detail="stopped after 300 s"),
        CoverageLine(input="apiservers", status="denied", detail="may not list pods in kube-system"),
        CoverageLine(input="secrets", status="partial", detail="may not list secrets cluster-wide; read in shop"),
    ]
    commands = [
        line for line in text_of(reports.ordinary(coverage=tuple(lines))).split("\n") if "kubectl create" in line
    ]
    assert commands == ["    kubectl create clusterrole secretsui-unseen --verb=list --resource=pods,secrets"]


def test_long_reasons_are_cut_off() -> None:
    reason = "needs list on deployments, which this identity may not do; " * 20
    lines = section(
        text_of(reports.ordinary(checks=(reports.check("x", "high", "not-assessed", reason=reason),))), "Not assessed"
    )
    assert len(lines) == 5
    assert lines[-1].endswith(" …")


def test_a_check_that_is_not_assessed_says_why() -> None:
    lines = section(text_of(reports.ordinary()), "Not assessed")
    assert lines == [
        "  sync-failing: The title of sync-failing",
        "      needs list on externalsecrets",
    ]


def test_without_findings_it_says_so() -> None:
    text = text_of(reports.nothing_found())
    assert "Grade A; nothing to fix was found." in text
    assert "an unknown number of namespaces  0 Secrets" in text
    assert "Findings" not in text


def test_without_a_grade_it_says_how_much_was_seen() -> None:
    text = text_of(reports.ordinary(grade=Grade(letter=None, score=None, assessed=0.4)))
    assert "No grade: only 40 % of the checks could be assessed; 1 critical finding to fix." in text
    assert "No score" in text


def test_almost_all_is_not_all() -> None:
    assert "99 % of the checks" in text_of(reports.ordinary(grade=Grade(letter="A", score=99.9, assessed=0.9996)))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_prose_stays_within_the_terminal(width: int) -> None:
    """All but what is to be copied whole: commands, and names longer than the line."""
    for line in text_of(reports.ordinary(), width).split("\n"):
        assert len(line) <= width or len(line.split()) == 1 or line.startswith("    kubectl"), line


def test_no_control_sequence_without_a_terminal() -> None:
    assert "\x1b" not in text_of(reports.ordinary())


def test_severities_are_coloured_on_a_terminal_and_words_stay_the_same() -> None:
    coloured = text_of(reports.ordinary(), colour=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text_of(reports.ordinary())


def test_hostile_names_neither_move_the_cursor_nor_add_lines() -> None:
    text = text_of(reports.hostile())
    assert all(character.isprintable() for line in text.split("\n") for character in line)
    assert "Findings: none" not in text.split("\n")
    assert "Grade A" not in [line[:7] for line in text.split("\n")]


def test_hostile_names_on_a_terminal_add_no_colour_of_their_own() -> None:
    text = text_of(reports.hostile(), colour=True)
    assert set(re.findall(r"\x1b[^m]*m", text)) <= {
        "\x1b[1;31m",
        "\x1b[31m",
        "\x1b[33m",
        "\x1b[36m",
        "\x1b[0m",
    }


def test_a_hostile_input_name_does_not_leave_the_command_it_stands_in() -> None:
    hostile = CoverageLine(input="pods; touch /tmp/owned #", status="denied", detail="")
    text = text_of(reports.ordinary(coverage=(hostile,)))
    assert "--resource='pods; touch /tmp/owned #'" in text
