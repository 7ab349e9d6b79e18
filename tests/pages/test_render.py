"""Every page renders, says the finding in its title, and carries nothing that the Content-Security-Policy refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from scanners.checks import REGISTRY
from scanners.models import Cluster, FindingRecord, Scan
from tests.pages import rows
from tests.pages.html import page, words
from tests.pages.routes import all_pages


def get(client: Client, address: str) -> object:
    response = client.get(address)
    assert response.status_code == 200, address
    return response


def read(response: object) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


def test_every_page_renders_for_an_administrator_and_for_a_viewer(ada: Client, vera: Client, posture: Cluster) -> None:
    posture.shared_with_everyone = True
    posture.save()
    for address in all_pages(posture):
        for client in (ada, vera):
            assert read(get(client, address)), address


def test_no_page_has_anything_inline(ada: Client, posture: Cluster) -> None:
    for address in all_pages(posture):
        if "export=" in address:
            continue
        for element in page(get(ada, address)).elements:
            assert element.tag != "style", address
            assert "style" not in element.attributes, (address, element)
            assert not [name for name in element.attributes if name.startswith(("on", "hx-on"))], (address, element)
            if element.tag == "script" and "src" not in element.attributes:
                assert element.attributes["type"] == "application/json", address


def test_every_page_has_one_heading_a_skip_link_and_labelled_fields(ada: Client, posture: Cluster) -> None:
    for address in all_pages(posture):
        if "export=" in address:
            continue
        found = page(get(ada, address))
        assert len(found.all("h1")) == 1, address
        assert found.all("a", href="#main") and found.all("main", id="main")
        labels = {label.attributes.get("for") for label in found.all("label")}
        for field in found.all("input"):
            kind = field.attributes.get("type")
            assert kind in ("hidden", "checkbox") or field.attributes["id"] in labels, (address, field)
        ids = [element.attributes["id"] for element in found.elements if "id" in element.attributes]
        assert len(ids) == len(set(ids)), address


def test_titles_state_the_finding(ada: Client, posture: Cluster) -> None:
    titles = {
        name: page(get(ada, reverse(name, args=[posture.pk]))).all("h1")[0].text
        for name in ("cluster", "secrets", "findings")
    }
    assert titles["secrets"] == "1 of 6 Secrets is overdue"
    assert titles["findings"] == "2 findings need care: 1 critical and 1 medium"
    assert titles["cluster"] == "6 Secrets, 7 findings that need care"
    overview = page(get(ada, reverse("overview"))).all("h1")[0].text
    assert overview == "No critical finding in what could be assessed, and 1 of 6 Secrets is overdue"


def test_first_run_says_what_to_do(ada: Client, vera: Client) -> None:
    assert "Connect a cluster with a kubeconfig" in page(get(ada, reverse("overview"))).text
    assert "An administrator can share one with you" in page(get(vera, reverse("overview"))).text


def test_a_cluster_that_was_never_scanned(ada: Client) -> None:
    cluster = rows.cluster("empty")
    for address in all_pages(cluster):
        if "export=" not in address:
            assert "has not been scanned yet" in page(get(ada, address)).text or "/clusters/" not in address
    assert "Its first scan has not finished." in page(get(ada, reverse("overview"))).text


def test_secrets_that_could_not_be_listed_are_unknown_not_none(ada: Client) -> None:
    cluster = rows.cluster()
    facts = {"name": "", "server": "", "version": "", "distribution": "", "namespaces": None, "secrets": None}
    rows.scan(cluster, cluster_facts=facts, coverage=[rows.coverage_line("secrets", "denied", read=0)])
    found = page(get(ada, reverse("secrets", args=[cluster.pk])))
    assert found.all("h1")[0].text == "Secrets could not be listed"
    assert "which there are is unknown" in found.text and "none" not in found.text.split("which there are")[0]
    assert "Secrets could not be listed" in page(get(ada, reverse("overview"))).all("h1")[0].text
    text = page(get(ada, reverse("cluster", args=[cluster.pk]))).text
    assert "Listing Secrets is the right to read their values" in words(text)
    empty = rows.cluster("empty")
    rows.scan(empty, cluster_facts=facts | {"secrets": 0}, grade_assessed=1.0, severity_counts={})
    assert page(get(ada, reverse("secrets", args=[empty.pk]))).all("h1")[0].text == "There is no Secret"
    assert page(get(ada, reverse("findings", args=[empty.pk]))).all("h1")[0].text == "No finding is open"


def notices(client: Client, cluster: Cluster, name: str = "secrets") -> str:
    found = page(get(client, reverse(name, args=[cluster.pk])))
    return words(" ".join(element.text for element in found.with_class("notice")))


def test_a_fresh_whole_scan_has_no_notice(ada: Client) -> None:
    cluster = rows.cluster()
    rows.scan(cluster)
    assert notices(ada, cluster) == ""


def test_notices_of_what_limits_trust(ada: Client) -> None:
    stale = rows.cluster("stale")
    rows.scan(stale, hours_ago=30)
    assert "What you see is stale" in notices(ada, stale)

    snapshot = rows.cluster("snapshot", connection=Cluster.Connection.SNAPSHOT)
    rows.scan(snapshot, hours_ago=900)
    assert "This is a snapshot" in notices(ada, snapshot) and "stale" not in notices(ada, snapshot)

    demo = rows.cluster("demo", connection=Cluster.Connection.DEMO)
    rows.scan(demo, hours_ago=900)
    assert "This is the demo" in notices(ada, demo) and "stale" not in notices(ada, demo)

    denied = rows.cluster("denied")
    rows.scan(denied, coverage=[rows.coverage_line("rolebindings", "denied"), rows.coverage_line("secrets")])
    assert "may not read rolebindings" in notices(ada, denied)

    partial = rows.cluster("partial")
    rows.scan(partial, state=Scan.State.PARTIAL, coverage=[rows.coverage_line("pods", "error", detail="timed out")])
    assert "saw only part: pods" in notices(ada, partial)

    failed = rows.cluster("failed")
    rows.scan(failed)
    rows.scan(failed, hours_ago=0.1, state=Scan.State.FAILED, error="The API server refused the token.")
    assert "failed: The API server refused the token." in notices(ada, failed)

    running = rows.cluster("running")
    rows.scan(running)
    rows.scan(running, hours_ago=0.1, state=Scan.State.RUNNING, collected_at=None, finished_at=None)
    assert "A scan of this cluster is under way." in notices(ada, running)


def test_what_was_denied_comes_with_the_role_that_would_allow_it(ada: Client, posture: Cluster) -> None:
    text = page(get(ada, reverse("cluster", args=[posture.pk]))).text
    assert "kind: ClusterRole" in text and "- rolebindings" in text and "rbac.authorization.k8s.io" in text
    assert "- secrets" not in text


def test_unknown_is_never_blank(ada: Client, posture: Cluster) -> None:
    unknown = posture.secrets.get(name="unknown")
    text = words(page(get(ada, unknown.get_absolute_url())).text)
    assert "In this Secret for at least 10 days, at most 200." in text
    assert "Not assessed. The scan could not read all roles and bindings" in text
    assert "their names are not certain" in text
    undated = posture.secrets.get(name="undated")
    text = words(page(get(ada, undated.get_absolute_url())).text)
    assert "The age of the value is unknown." in text and "Createdunknown" in text


def test_a_secret_tells_its_story_from_source_to_consumers(ada: Client, posture: Cluster) -> None:
    text = words(page(get(ada, posture.secrets.get(name="overdue").get_absolute_url())).text)
    story = [text.index(part) for part in ("External Secrets", "payments/overdue Opaque", "Deployment api")]
    assert story == sorted(story)
    assert "It reports that it is not ready." in text
    assert "In this Secret for at least 200 days, at most 300." in text
    assert "110 days over the maximum of 90 days" in text
    assert "environment variable (password)" in text


def test_a_finding_tells_its_life(ada: Client, posture: Cluster) -> None:
    resolved = posture.findings.get(state=FindingRecord.State.RESOLVED)
    FindingRecord.objects.filter(pk=resolved.pk).update(resolved_at=datetime.now(UTC) - timedelta(days=1))
    text = words(page(get(ada, resolved.get_absolute_url())).text)
    assert "resolved: a scan that looked no longer saw it" in text
    folded = posture.findings.get(folded=True)
    assert "folded in the list" in page(get(ada, folded.get_absolute_url())).text


@pytest.mark.parametrize("check", REGISTRY, ids=lambda check: check.id)
def test_every_check_has_a_page(check: object, ada: Client, posture: Cluster) -> None:
    found = page(get(ada, reverse("check", args=[check.id])))  # type: ignore[attr-defined]
    assert found.all("h1")[0].text == check.title  # type: ignore[attr-defined]
    assert words(check.why) in words(found.text)  # type: ignore[attr-defined]
    catalogue = page(get(ada, reverse("checks")))
    assert catalogue.all("a", href=reverse("check", args=[check.id]))  # type: ignore[attr-defined]


def test_an_unknown_check_is_not_found(ada: Client) -> None:
    assert ada.get(reverse("check", args=["no-such-check"])).status_code == 404


def test_htmx_gets_the_list_alone(ada: Client, posture: Cluster) -> None:
    for name in ("secrets", "findings"):
        response = ada.get(reverse(name, args=[posture.pk]), headers={"HX-Request": "true"})
        assert response.content.lstrip().startswith(b'<div id="results"')
        assert "HX-Request" in response["Vary"]
        restored = ada.get(
            reverse(name, args=[posture.pk]), headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
        )
        assert b"<!doctype html>" in restored.content
