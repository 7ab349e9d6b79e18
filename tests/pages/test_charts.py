"""A chart says what it shows, has its table, links to its rows, and takes no markup from a cluster."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import plotly
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from scanners.charts import (
    label,
    rotation_ages,
    scores_over_time,
    severities_by_cluster,
    severities_by_namespace,
    severities_by_owner,
    severities_of_clusters,
    severities_over_time,
    sparkline,
)
from scanners.courses import Point, course, daily_courses
from scanners.models import Cluster, Scan
from scanners.rotations import tally_ages
from tests.pages import rows
from tests.pages.html import page

TEMPLATES = Path(settings.TEMPLATES[0]["DIRS"][0])
CSS = Path(settings.STATICFILES_DIRS[0]) / "css"


def test_rotation_ages_count_every_secret_under_a_policy(posture: Cluster) -> None:
    chart = rotation_ages([posture], tally_ages([posture]))
    assert chart is not None
    drawn = {trace["name"]: sum(trace["y"]) for trace in chart.figure["data"]}
    assert drawn == {"Within policy": 1, "Due soon": 1, "Overdue": 1, "Unknown": 1}
    assert chart.sentence == (
        "Of 5 Secrets under a rotation policy, 1 is certainly over their maximum age, 1 will be within 14 days and 2 "
        "may be over, counted at the oldest they can be. 1 Secret carries no date and cannot be drawn."
    )


def test_the_numbers_of_one_cluster_link_to_their_rows(ada: Client, posture: Cluster) -> None:
    chart = rotation_ages([posture], tally_ages([posture]))
    assert chart is not None
    linked = [cell for row in chart.rows for cell in row[1:] if cell.url]
    assert len(linked) == 4
    for cell in linked:
        found = page(ada.get(cell.url))
        assert str(len(found.with_class("row-link"))) == cell.text


def test_severities_link_to_their_findings(ada: Client, posture: Cluster) -> None:
    chart = severities_by_cluster([posture])
    assert chart is not None
    assert chart.sentence == "18 findings: 2 high, 5 medium and 11 low."
    for cell in chart.rows[0][1:]:
        assert ada.get(cell.url).status_code == 200


def test_the_worst_namespaces_link_to_their_findings(ada: Client, posture: Cluster) -> None:
    counts = {"": {"critical": 1}, "payments": {"medium": 1, "low": 1}, "quiet": {"low": 40}}
    chart = severities_by_namespace(posture, counts, most=2)
    assert chart is not None and severities_by_namespace(posture, {}) is None
    assert [row[0].text for row in chart.rows] == ["(whole cluster)", "payments"]
    assert chart.sentence == "43 findings: 1 critical, 1 medium and 41 low. The 2 worst of 3 namespaces are drawn."
    for row in chart.rows:
        for cell in row[1:]:
            table = page(ada.get(cell.url + "&view=list")).with_class("row-link")
            assert str(len(table)) == cell.text, cell.url


def points(*totals: int, scores: Sequence[float | None] = ()) -> list[Point]:
    """A day apart each, from 1 March on."""
    graded = scores or [50.0] * len(totals)
    return [
        Point(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day), {"high": total}, score)
        for day, (total, score) in enumerate(zip(totals, graded, strict=True))
    ]


def test_history_needs_two_scans(db: None) -> None:
    assert severities_over_time(points(3)) is None and scores_over_time(points(3)) is None
    assert severities_of_clusters([(rows.cluster("one"), points(3))]) is None
    at_once = [points(3)[0], points(4)[0]]
    assert severities_over_time(at_once) is None and scores_over_time(at_once) is None


@pytest.mark.parametrize(
    ("totals", "sentence"),
    [
        ((5, 5), "5 active findings now, as many as on 1 Mar 2026."),
        ((5, 2), "2 active findings now, 3 fewer than on 1 Mar 2026."),
        ((0, 9, 1), "1 active finding now, 1 more than on 1 Mar 2026, 9 at most."),
    ],
)
def test_the_history_says_what_it_shows(totals: tuple[int, ...], sentence: str) -> None:
    chart = severities_over_time(points(*totals))
    assert chart is not None and chart.sentence == sentence
    high = next(trace for trace in chart.figure["data"] if trace["name"] == "High")
    assert tuple(high["y"]) == (*totals, totals[-1]), "the last numbers hold for a while, so that they are seen"
    assert high["x"][1] == "2026-03-02 00:00:00" and high["x"] == sorted(set(high["x"]))
    assert [row[2].text for row in chart.rows] == [str(total) for total in reversed(totals)]


def test_the_course_of_a_cluster_is_its_finished_scans(posture: Cluster) -> None:
    rows.scan(posture, hours_ago=0.5, state=Scan.State.FAILED, finished_at=datetime.now(UTC), collected_at=None)
    rows.scan(posture, hours_ago=24 * 200)
    found = course(posture, 90)
    assert [point.score for point in found] == [60.0, None, 71.4]
    assert all(point.total == 18 for point in found)


def test_of_many_scans_the_last_of_each_day_is_drawn(posture: Cluster) -> None:
    for hour in range(70):
        rows.scan(posture, hours_ago=80 + hour, severity_counts={"low": hour})
    found = course(posture, 90)
    days = [point.at.date() for point in found]
    assert len(found) < 10 and days == sorted(set(days))
    assert daily_courses([posture], 90)[posture.pk] == found


def test_a_score_that_was_not_given_is_a_gap() -> None:
    chart = scores_over_time(points(1, 1, 1, scores=[40.0, None, 55.5]))
    assert chart is not None
    assert (
        chart.sentence
        == "Score 55.5 of 100, up 15.5 points since 1 Mar 2026. 1 scan saw too little to be graded: a gap."
    )
    assert chart.figure["data"][0]["y"] == [40.0, None, 55.5, 55.5]
    assert [row[1].text for row in chart.rows] == ["55.5", "no grade", "40"]


def test_clusters_side_by_side_have_one_scale(db: None) -> None:
    one, two, three = (rows.cluster(name) for name in ("one", "two", "three"))
    found = severities_of_clusters([(one, points(3, 90)), (two, points(8, 2)), (three, points(1))])
    assert found is not None
    assert {chart.figure["layout"]["yaxis"]["range"][1] for chart in found.charts} == {90 * 1.08}
    assert len({tuple(chart.figure["layout"]["xaxis"]["range"]) for chart in found.charts}) == 1
    assert found.sentence == (
        "Of 2 clusters since 1 Mar 2026, 1 has more active findings and 1 has fewer active findings. "
        "1 cluster has no history yet."
    )
    assert [row[0].text for row in found.rows] == [
        "one, 2 Mar 2026",
        "one, 1 Mar 2026",
        "two, 2 Mar 2026",
        "two, 1 Mar 2026",
    ]


def test_teams_link_to_their_findings(ada: Client, posture: Cluster) -> None:
    posture.findings.filter(name="overdue").update(owner="payments-team")
    counts = {"payments-team": {"medium": 1}, "": {"critical": 1, "low": 1}}
    chart = severities_by_owner(posture, counts)
    assert chart is not None and severities_by_owner(posture, {"": {"low": 1}}) is None
    for row in chart.rows:
        for cell in row[1:]:
            assert str(len(page(ada.get(cell.url + "&view=list")).with_class("row-link"))) == cell.text, cell.url


def test_labels_are_text(ada: Client) -> None:
    assert label("<b>x</b>&amp;") == "&lt;b&gt;x&lt;/b&gt;&amp;amp;"
    assert label("a\u202eb") == "a\\u202eb"
    assert len(label("x" * 300)) == 40
    cluster = rows.cluster("<a href='javascript:alert(1)'>x</a></script>")
    rows.scan(cluster)
    rows.scan(rows.cluster("other"))
    found = page(ada.get(reverse("overview")))
    (figure,) = (json.loads(element.text) for element in found.all("script", type="application/json"))
    assert figure["data"][0]["y"] == ["other", "&lt;a href='javascript:alert(1)'&gt;x&lt;/a&gt;&lt;/sc…"]


def test_a_sparkline_has_a_gap_where_there_was_no_grade() -> None:
    assert sparkline([50.0]) is None and sparkline([None, 50.0]) is None
    line = sparkline([50.0, None, 60.0, 70.0], (50.0, 70.0))
    assert line is not None
    assert line.path == "M0.0 27.0M66.7 15.0L100.0 3.0"
    assert line.words == "Score 70, up 20 points over 3 graded scans."
    assert sparkline([50.0, 50.0]).course == "unchanged over 2 graded scans"  # type: ignore[union-attr]


def test_plotly_finds_every_guard_that_keeps_its_styles_out() -> None:
    """Plotly injects style elements unless it finds certain ids; a new version may have others."""
    source = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    head = (TEMPLATES / "components" / "chart_head.html").read_text(encoding="utf-8")
    assert "no-inline-styles" in source and 'id="plotly.js-style-global"' in head
    guarded = set(re.findall(r'\.getElementById\("([0-9a-f]{64})"\)', source))
    assert guarded == set(re.findall(r'id="([0-9a-f]{64})"', head))


def test_every_colour_of_the_charts_is_a_token() -> None:
    tokens = set(re.findall(r"--([a-z-]+):", (CSS / "tokens.css").read_text(encoding="utf-8")))
    import scanners.charts

    sources = Path(scanners.charts.__file__).parent.glob("*.py")
    used = set(re.findall(r"token:([a-z-]+)\"", "".join(source.read_text(encoding="utf-8") for source in sources)))
    assert used and used <= tokens
    for state in ("fresh", "due", "overdue", "unknown"):
        assert f"rotation-{state}" in tokens
    for severity in ("critical", "high", "medium", "low"):
        assert {f"solid-{severity}", f"on-{severity}", f"{severity}-tint", severity} <= tokens
