"""Filters, facets, order, pages and columns of the lists; all of it in the address, none of it trusted."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from scanners.filters import SecretFilter, finding_filter
from scanners.models import Cluster, SecretRecord
from scanners.rotations import as_of
from tests.pages import rows
from tests.pages.html import page, words


def listed(client: Client, cluster: Cluster, query: str = "", name: str = "secrets") -> list[str]:
    """The names of the rows, in order."""
    found = page(client.get(reverse(name, args=[cluster.pk]) + query))
    return [element.text for element in found.with_class("row-link")]


def facets(cluster: Cluster, query: str = "") -> dict[str, dict[str, int]]:
    filters = SecretFilter(QueryDict(query), SecretRecord.objects.filter(cluster=cluster), as_of(cluster))
    return {facet.name: {choice.value: choice.count for choice in choices} for facet, choices in filters.choices()}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("rotation=overdue", {"overdue"}),
        ("rotation=overdue&rotation=due", {"overdue", "due"}),
        ("rotation=unknown", {"unknown", "undated"}),
        ("rotation=exempt", {"exempt"}),
        ("namespace=storefront", {"fresh", "exempt", "undated"}),
        ("namespace=storefront&rotation=fresh", {"fresh"}),
        ("source=external-secrets", {"overdue"}),
        ("health=failing", {"overdue"}),
        ("health=unknown&namespace=payments", {"due", "unknown"}),
        ("type=kubernetes.io/tls", {"exempt"}),
        ("severity=medium", {"overdue"}),
        ("severity=none&namespace=payments", {"due", "unknown"}),
        ("q=STORE+fresh", {"fresh"}),
        ("q=storefront/fresh", {"fresh"}),
        ("age=200-220&rotation=overdue", {"overdue"}),
        ("age=0-20", {"fresh"}),
        ("namespace=nowhere", set()),
    ],
)
def test_filters(ada: Client, posture: Cluster, query: str, names: set[str]) -> None:
    assert set(listed(ada, posture, f"?{query}")) == names


def test_a_facet_counts_what_each_choice_would_leave(posture: Cluster) -> None:
    alone = facets(posture)
    assert alone["rotation"] == {"overdue": 1, "due": 1, "unknown": 2, "fresh": 1, "exempt": 1}
    assert alone["namespace"] == {"payments": 3, "storefront": 3}
    beside = facets(posture, "namespace=storefront")
    assert beside["rotation"] == {"unknown": 1, "fresh": 1, "exempt": 1}
    assert beside["namespace"] == {"payments": 3, "storefront": 3}
    assert facets(posture, "namespace=nowhere")["namespace"]["nowhere"] == 0


def test_facet_counts_are_what_the_link_lists(ada: Client, posture: Cluster) -> None:
    for base in ("", "namespace=payments", "q=e&rotation=unknown&rotation=overdue"):
        for name, choices in facets(posture, base).items():
            given = QueryDict(base, mutable=True)
            given.pop(name, None)
            for value, count in choices.items():
                wanted = given.copy()
                wanted.setlist(name, [value])
                assert len(listed(ada, posture, f"?{wanted.urlencode()}")) == count, (base, name, value)


def test_applied_filters_are_visible_and_removable(ada: Client, posture: Cluster) -> None:
    found = page(ada.get(reverse("secrets", args=[posture.pk]) + "?rotation=due&rotation=overdue&q=over&sort=age"))
    chips = {words(chip.text): chip.attributes["href"] for chip in found.with_class("chip")}
    assert chips == {
        "Search: over": "?rotation=due&rotation=overdue&sort=age",
        "Rotation: Due soon": "?rotation=overdue&q=over&sort=age",
        "Rotation: Overdue": "?rotation=due&q=over&sort=age",
    }


@pytest.mark.parametrize("query", ["rotation=late", "age=old", "severity=huge", "q=%00", "namespace=%00", "age=5-%00"])
def test_what_is_no_filter_is_said_and_left_out(ada: Client, posture: Cluster, query: str) -> None:
    response = ada.get(reverse("secrets", args=[posture.pk]) + f"?{query}")
    assert response.status_code == 200
    assert "was left out" in page(response).text
    assert len(listed(ada, posture, f"?{query}")) == 6


def test_parameters_never_name_a_column(ada: Client, posture: Cluster) -> None:
    for query in (
        "cluster__server__startswith=x",
        "_connector=OR",
        "digest=1",
        "sort=digest",
        "sort=cluster__name",
    ):
        assert len(listed(ada, posture, f"?{query}")) == 6


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("secret", "due", "undated"),
        ("-secret", "undated", "due"),
        ("-age", "overdue", "undated"),
        ("rotation", "overdue", "undated"),
        ("findings", "overdue", "undated"),
        ("-consumers", "overdue", "undated"),
        ("readers", "due", "unknown"),
        ("-readers", "due", "unknown"),
    ],
)
def test_sorting_puts_unknown_last(ada: Client, posture: Cluster, sort: str, first: str, last: str) -> None:
    names = listed(ada, posture, f"?sort={sort}")
    assert (names[0], names[-1]) == (first, last) or sort in ("-consumers", "findings")
    assert names[0] == first


def test_pages_hold_every_row_once(ada: Client, posture: Cluster) -> None:
    for index in range(60):
        rows.secret(posture, f"more-{index:02}")
    pages = [listed(ada, posture, f"?per=25&page={number}&sort=-readers") for number in (1, 2, 3)]
    assert [len(names) for names in pages] == [25, 25, 16]
    assert len({name for names in pages for name in names}) == 66
    assert listed(ada, posture, "?per=25&page=99&sort=-readers") == pages[2]
    assert listed(ada, posture, "?per=25&page=x&sort=-readers") == pages[0]
    assert len(listed(ada, posture, "?per=1000000")) == 50


def headers(client: Client, cluster: Cluster, query: str) -> list[str]:
    found = page(client.get(reverse("secrets", args=[cluster.pk]) + query))
    return [words(element.text) for element in found.all("th", scope="col")]


def test_columns_can_be_chosen_but_the_name_stays(ada: Client, posture: Cluster) -> None:
    assert len(headers(ada, posture, "")) == 8
    assert headers(ada, posture, "?columns=readers&columns=type") == ["Secret", "Type", "Readers"]
    assert len(headers(ada, posture, "?columns=digest")) == 8


def exported(client: Client, address: str) -> list[dict[str, str]]:
    response: Any = client.get(address)
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_an_export_is_exactly_the_view(ada: Client, posture: Cluster) -> None:
    query = "?namespace=payments&sort=-age&columns=age&columns=rotation&per=25"
    table = exported(ada, reverse("secrets", args=[posture.pk]) + query + "&export=csv")
    assert [row["name"] for row in table] == listed(ada, posture, query)
    assert set(table[0]) == {
        "namespace", "name", "at_least_days", "at_most_days", "maximum_days",
        "rotation", "overdue_at", "no_policy_because",
    }  # fmt: skip
    assert (table[0]["at_least_days"], table[0]["at_most_days"], table[0]["rotation"]) == ("200", "300", "overdue")
    unknown = exported(ada, reverse("secrets", args=[posture.pk]) + "?q=unknown&export=csv")
    assert unknown[0]["direct_readers"] == "unknown"


def finding_names(client: Client, cluster: Cluster, query: str) -> set[str]:
    rows_ = exported(client, reverse("findings", args=[cluster.pk]) + query)
    return {row["name"] for row in rows_}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?export=csv", {"overdue", "ci-admin"}),
        ("?export=csv&severity=low", {"api"}),
        ("?export=csv&check=secret-in-env", {"api"}),
        ("?export=csv&system=yes", {"system:x"}),
        ("?export=csv&system=yes&system=no", {"overdue", "ci-admin", "system:x"}),
        ("?export=csv&state=open", {"overdue"}),
        ("?export=csv&state=new", {"ci-admin"}),
        ("?export=csv&state=resolved", set()),
        ("?export=csv&state=resolved&severity=low", {"gone"}),
        ("?export=csv&namespace=", {"ci-admin"}),
        ("?export=csv&state=nonsense", {"overdue", "ci-admin"}),
    ],
)
def test_findings_inbox(ada: Client, posture: Cluster, query: str, names: set[str]) -> None:
    assert finding_names(ada, posture, query) == names


def test_what_the_inbox_leaves_out_is_counted(ada: Client, posture: Cluster) -> None:
    text = words(page(ada.get(reverse("findings", args=[posture.pk]))).text)
    assert "2 findings. 1 low finding not in this list. 1 finding of system objects folded." in text


def test_findings_are_grouped_gravest_first(ada: Client, posture: Cluster) -> None:
    for index in range(9):
        rows.finding(posture, "rotation-overdue", f"old-{index}")
    response = ada.get(reverse("findings", args=[posture.pk]))
    groups = response.context["groups"]
    assert [(group.check_id, group.count, len(group.rows)) for group in groups] == [
        ("rbac-wildcard", 1, 1),
        ("rotation-overdue", 10, 5),
    ]
    assert groups[1].more == 5


def test_tab_counts_are_what_each_tab_lists(posture: Cluster) -> None:
    for query in ("", "severity=low", "q=at+fault", "system=yes", "namespace=payments"):
        counts = finding_filter(QueryDict(query), posture).tab_counts()
        for tab, count in counts.items():
            filters = finding_filter(QueryDict(f"{query}&state={tab}" if tab else query), posture)
            assert filters.qs.count() == count == filters.total, (query, tab)
