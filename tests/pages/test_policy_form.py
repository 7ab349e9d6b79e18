"""The policy as rows and as YAML: both mean the same, nothing typed is lost, and what a row matches is counted."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scanners.forms.policy import MOST_ROWS, TABLES
from scanners.models import Cluster, InstallationPolicy, Scan
from scanners.policy import Policy, parse_policy, policy_yaml
from secretsui.accounts.models import AuditEvent
from tests.pages import rows
from tests.pages.html import page, words

WHOLE = """
rotation:
  default_days: 60
  rules:
    - {namespace: prod-*, type: kubernetes.io/tls, days: 365}
    - {label: tier=gold, days: 30}
owners:
  - {namespace: payments, owner: Payments}
environments:
  - {cluster: prod-*, environment: production}
rehearsals:
  - {production: "*-prod", staging: "*-staging"}
  - {production: shop, staging: shop, staging_cluster: test-eu}
administrators: [group:platform]
severity: {secret-in-env: medium}
"""


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanners.requests.send", lambda scan_id: None)


def fields(answer: Any) -> dict[str, str]:
    """The form with the rows, as a browser would send it."""
    text = answer.content.decode()
    form = text[text.index('id="policy-rows"') : text.index("</form>", text.index('id="policy-rows"'))]
    found = dict(re.findall(r'<input type="(?:text|number|hidden)" name="([^"]+)"(?: value="([^"]*)")?', form))
    return {name: unescape(value) for name, value in found.items() if name != "csrfmiddlewaretoken"}


def send(client: Client, do: str = "", address: str = "", **changes: str) -> Any:
    """Sends the form as it now stands, with some fields typed over."""
    address = address or reverse("policy")
    return client.post(address, fields(client.get(address)) | changes | {"do": do})


def stored() -> Policy:
    return parse_policy(InstallationPolicy.objects.get().yaml)


def errors(answer: Any) -> dict[str, str]:
    """Field → what is said below it."""
    assert answer.status_code == 400
    cells = re.findall(r'name="([\w-]+)"[^>]*>\s*<ul class="errorlist[^>]*>(.*?)</ul>', answer.content.decode(), re.S)
    return {name: words(unescape(re.sub("<[^>]+>", " ", text))) for name, text in cells}


def test_saving_the_rows_as_they_are_changes_nothing(ada: Client, posture: Cluster) -> None:
    InstallationPolicy.objects.create(yaml=WHOLE)
    assert send(ada)["Location"] == reverse("policy")
    assert stored() == parse_policy(WHOLE), "also what has no rows: administrators and severities"
    assert posture.scans.filter(state=Scan.State.QUEUED).exists()
    assert AuditEvent.objects.get(action="policy.change").object == "installation"


def test_rows_and_yaml_end_in_the_same_policy(ada: Client, db: None) -> None:
    answer = ada.get(reverse("policy"))
    for table in TABLES:
        answer = ada.post(reverse("policy"), fields(answer) | {"do": f"add:{table.name}"})
        assert answer.status_code == 200
    typed = {
        "default_days": "60",
        "rules-0-namespace": "prod-*",
        "rules-0-days": "30",
        "rules-0-label": "tier=gold",
        "owners-0-namespace": "payments",
        "owners-0-owner": "Payments & Co",
        "environments-0-cluster": "prod-*",
        "environments-0-environment": "production",
        "rehearsals-0-production": "*-prod",
        "rehearsals-0-staging": "*-staging",
    }
    assert ada.post(reverse("policy"), fields(answer) | typed | {"do": ""}).status_code == 302
    by_rows = stored()
    assert by_rows.owners[0].owner == "Payments & Co" and by_rows.rotation.rules[0].days == 30
    text = InstallationPolicy.objects.get().yaml
    InstallationPolicy.objects.all().delete()
    assert ada.post(reverse("policy"), {"part": "yaml", "yaml": text}).status_code == 302
    assert stored() == by_rows


def test_rows_are_added_removed_and_moved_without_saving_and_without_scripts(ada: Client, db: None) -> None:
    InstallationPolicy.objects.create(yaml=WHOLE)
    added = send(ada, "add:rules", **{"rules-0-days": "not a number"})
    assert added.status_code == 200
    assert fields(added)["rules-TOTAL_FORMS"] == "3"
    assert fields(added)["rules-0-days"] == "not a number", "nothing that was typed is lost, right or wrong"
    assert 'name="rules-2-namespace"' in added.content.decode()
    (focused,) = re.findall(r"<input[^>]* autofocus[^>]*>", added.content.decode())
    assert 'name="rules-2-namespace"' in focused
    moved = send(ada, "earlier:rules:1")
    assert (fields(moved)["rules-0-label"], fields(moved)["rules-1-namespace"]) == ("tier=gold", "prod-*")
    removed = send(ada, "remove:rules:0")
    assert (fields(removed)["rules-TOTAL_FORMS"], fields(removed)["rules-0-label"]) == ("1", "tier=gold")
    assert stored() == parse_policy(WHOLE), "nothing of this is saved"
    after = ada.post(reverse("policy"), fields(removed) | {"do": ""})
    assert after.status_code == 302
    assert [rule.label for rule in stored().rotation.rules] == ["tier=gold"]


@pytest.mark.parametrize(
    "do",
    ["remove:rules:7", "remove:rules:-1", "earlier:rules:0", "add:nothing", "remove:", "remove:rules:" + "9" * 40, "x"],
)
def test_a_button_that_there_is_not_does_nothing(ada: Client, db: None, do: str) -> None:
    InstallationPolicy.objects.create(yaml=WHOLE)
    answer = send(ada, do)
    assert answer.status_code == 200
    assert fields(answer) == fields(ada.get(reverse("policy")))


def test_the_first_button_saves_since_that_is_what_enter_presses(ada: Client, db: None) -> None:
    text = ada.get(reverse("policy")).content.decode()
    form = text[text.index('id="policy-rows"') :]
    assert re.search(r'<button type="submit" name="do" value="([^"]*)"', form)[1] == ""  # type: ignore[index]


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("rules-0-days", "0", "greater than or equal to 1"),
        ("rules-0-days", "4000", "less than or equal to 3650"),
        ("rules-0-days", "soon", "whole number"),
        ("rules-0-days", "", "Say how many days"),
        ("rules-0-label", "gold", "Label is 'gold'; write KEY=VALUE"),
        ("rules-0-namespace", "n" * 254, "at most 253 characters"),
        ("owners-0-owner", "", "Say which team"),
        ("owners-0-label", "=", "Label is '='; write KEY=VALUE"),
        ("environments-0-environment", "", "Say which environment"),
        ("rehearsals-0-staging", "", "Name the namespace in which it is rehearsed"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(ada: Client, db: None, field: str, value: str, why: str) -> None:
    InstallationPolicy.objects.create(yaml=WHOLE)
    typed = {field: value, "owners-0-namespace": "typed-before"}
    answer = send(ada, **typed)
    assert why in errors(answer)[field] and list(errors(answer)) == [field]
    assert fields(answer).items() >= typed.items(), "nothing typed is lost"
    assert stored() == parse_policy(WHOLE)


def test_what_is_wrong_with_a_whole_row_is_said_in_it(ada: Client, db: None) -> None:
    InstallationPolicy.objects.create(yaml=WHOLE)
    answer = send(ada, **{"rehearsals-0-staging": "staging"})
    assert "This row pairs '*-prod' with 'staging'; write one * in both" in words(page(answer).text)


@pytest.mark.parametrize("count", ["9999", "-1", "x", ""])
def test_a_hostile_number_of_rows(ada: Client, db: None, count: str) -> None:
    for do in ("", "add:rules"):
        assert send(ada, do, **{"rules-TOTAL_FORMS": count}).status_code in (200, 302, 400)
    assert all(parse_policy(row.yaml) == Policy() for row in InstallationPolicy.objects.all())


def test_no_form_is_larger_than_what_is_taken(ada: Client, db: None, settings: Any) -> None:
    rule = "{namespace: a, days: 1}", "{namespace: a, owner: b}", "{cluster: a, environment: b}"
    many = [f"[{', '.join([each] * MOST_ROWS)}]" for each in (*rule, "{production: a, staging: b}")]
    text = f"rotation: {{rules: {many[0]}}}\nowners: {many[1]}\nenvironments: {many[2]}\nrehearsals: {many[3]}"
    InstallationPolicy.objects.create(yaml=text)
    assert len(fields(ada.get(reverse("policy")))) + 2 < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    assert send(ada, "add:rules").status_code == 200
    assert send(ada).status_code == 302 and stored() == parse_policy(text)
    InstallationPolicy.objects.update(yaml=text.replace("rules: [", "rules: [{days: 1}, "))
    found = ada.get(reverse("policy")).content.decode()
    assert 'id="policy-rows"' not in found and "Change it as YAML" in found


def test_a_stored_policy_that_cannot_be_used_is_shown_and_not_overwritten(ada: Client, db: None) -> None:
    InstallationPolicy.objects.create(yaml="rotation: {days: 3}")
    found = ada.get(reverse("policy"))
    assert (
        "scans fail until it is mended" in words(page(found).text) and "rotation: {days: 3}" in found.content.decode()
    )
    assert 'id="policy-rows"' not in found.content.decode()
    sent = {"part": "rows", "do": "", "default_days": "90", **{f"{table.name}-TOTAL_FORMS": "0" for table in TABLES}}
    sent |= {f"{table.name}-INITIAL_FORMS": "0" for table in TABLES}
    assert ada.post(reverse("policy"), sent).status_code == 400
    assert InstallationPolicy.objects.get().yaml == "rotation: {days: 3}"


def test_yaml_that_is_refused_comes_back_with_the_reason(ada: Client, db: None) -> None:
    answer = ada.post(reverse("policy"), {"part": "yaml", "yaml": "owners: [{owner: ''}]"})
    assert answer.status_code == 400
    assert "owners[0].owner is ''" in words(page(answer).text) and "owners: [{owner:" in answer.content.decode()


def test_a_cluster_gets_its_own_policy_and_gives_it_back(ada: Client, posture: Cluster) -> None:
    InstallationPolicy.objects.create(yaml=WHOLE)
    address = reverse("cluster-policy", args=[posture.pk])
    assert send(ada, address=address, default_days="7").status_code == 302
    posture.refresh_from_db()
    own = parse_policy(posture.policy)
    assert own.rotation.default_days == 7 and own.owners == parse_policy(WHOLE).owners
    assert stored() == parse_policy(WHOLE)
    assert ada.post(address, {"part": "remove"}).status_code == 302
    posture.refresh_from_db()
    assert posture.policy == ""


def test_saving_a_policy_does_not_undo_what_a_scan_has_just_written(ada: Client, posture: Cluster) -> None:
    """Only the policy's own column is written: a worker may have finished a scan since the row was read."""
    before = posture.last_scan
    address = reverse("cluster-policy", args=[posture.pk])
    sent = fields(ada.get(address))
    from scanners.views import policy as views

    seen = views.visible_cluster

    def and_then_a_scan_ends(request: Any, cluster_id: Any) -> Cluster:
        cluster = seen(request, cluster_id)
        rows.scan(Cluster.objects.get(pk=cluster_id))
        return cluster

    views.visible_cluster = and_then_a_scan_ends
    try:
        assert ada.post(address, sent | {"do": ""}).status_code == 302
    finally:
        views.visible_cluster = seen
    posture.refresh_from_db()
    assert posture.last_scan != before


# --- what the rows match


def effect(client: Client, address: str = "") -> dict[str, list[str]]:
    """Table → what is said beside each of its rows."""
    text = client.get(address or reverse("policy")).content.decode()
    found = {}
    for part in re.split(r'<section class="panel" aria-labelledby="', text)[1:]:
        cells = re.findall(r'class="effect"><span>(.*?)</span>', part)
        found[part.partition("-title")[0]] = cells
    return found


def test_what_each_row_matches_among_the_stored_secrets(ada: Client, posture: Cluster) -> None:
    """The posture has three Secrets in payments, three in storefront, one of them kubernetes.io/tls."""
    InstallationPolicy.objects.create(
        yaml="""
rotation:
  rules:
    - {type: kubernetes.io/tls, days: 365}
    - {namespace: store*, days: 30}
    - {namespace: storefront, days: 30}
    - {namespace: nowhere, days: 30}
    - {label: tier=gold, days: 7}
owners:
  - {namespace: payments, owner: A}
environments:
  - {cluster: prod-*, environment: production}
  - {cluster: test-*, environment: test}
rehearsals:
  - {production: storefront, staging: payments}
  - {production: payments, staging: payments-staging}
"""
    )
    rows.secret(rows.cluster("own", policy="rotation: {}"), "elsewhere", "payments")
    assert effect(ada) | {"yaml": []} == {
        "rules": [
            "1 Secret",
            "3 Secrets, 1 of them decided by an earlier row",
            "3 Secrets, all decided by an earlier row",
            "no Secret",
            "at most 3 Secrets; a scan sees the labels",
        ],
        "owners": ["3 Secrets"],
        "environments": ["6 Secrets", "no Secret"],
        "rehearsals": ["1 pair of namespaces", "no pair; there is no payments-staging for payments"],
        "yaml": [],
    }


def test_the_effect_follows_what_is_typed_before_it_is_saved(ada: Client, posture: Cluster) -> None:
    InstallationPolicy.objects.create(yaml="rotation: {rules: [{namespace: nowhere, days: 3}]}")
    assert effect(ada)["rules"] == ["no Secret"]
    answer = send(ada, "look", **{"rules-0-namespace": "payments"})
    assert "3 Secrets" in re.findall(r'class="effect"><span>(.*?)</span>', answer.content.decode())
    answer = send(ada, "look", **{"rules-0-days": "never"})
    assert re.findall(r'class="effect"><span>(.*?)</span>', answer.content.decode()) == ["–"]


def test_pairs_are_found_in_another_cluster(ada: Client, posture: Cluster) -> None:
    other = rows.cluster("test-eu", policy="rotation: {}")
    rows.secret(other, "x", "payments-test")
    pair = {"production": "*", "staging": "*-test", "staging_cluster": "test-eu"}
    InstallationPolicy.objects.create(yaml=f"rehearsals: [{pair}]")
    assert effect(ada)["rehearsals"] == ["1 pair of namespaces; there is no storefront-test for storefront"]


def test_hostile_names_in_the_effect_are_text(ada: Client, posture: Cluster) -> None:
    rows.secret(posture, "x", "<img src=x>-prod")
    InstallationPolicy.objects.create(
        yaml=policy_yaml(parse_policy("rehearsals: [{production: '*-prod', staging: '*-s'}]"))
    )
    assert "<img src=x>" not in ada.get(reverse("policy")).content.decode()
