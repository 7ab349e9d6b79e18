"""A cluster that is not shared with a person does not exist for them, on any page."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from scanners.models import Cluster
from secretsui.accounts.models import User
from tests.pages import rows
from tests.pages.routes import all_pages, cluster_pages


def test_anyone_must_sign_in(posture: Cluster) -> None:
    for address in all_pages(posture):
        response = Client().get(address)
        assert response.status_code == 302 and response["Location"].startswith(reverse("sign-in")), address


def test_another_ones_cluster_is_not_found(vera: Client, posture: Cluster) -> None:
    for address in cluster_pages(posture):
        assert vera.get(address).status_code == 404, address
        assert vera.get(address, headers={"HX-Request": "true"}).status_code == 404, address


def test_another_ones_cluster_is_on_no_shared_page(vera: Client, posture: Cluster) -> None:
    for name in ("overview", "checks"):
        assert posture.name not in vera.get(reverse(name)).content.decode()
    from scanners.checks import REGISTRY

    for check in REGISTRY:
        assert posture.name not in vera.get(reverse("check", args=[check.id])).content.decode()


def test_a_cluster_shared_with_a_person_is_theirs_to_read(vera: Client, posture: Cluster) -> None:
    posture.viewers.add(User.objects.get(username="vera"))
    for address in all_pages(posture):
        assert vera.get(address).status_code == 200, address


def test_rows_of_one_cluster_are_not_found_under_another(ada: Client, posture: Cluster) -> None:
    other = rows.cluster("other")
    rows.scan(other)
    finding, secret = posture.findings.first(), posture.secrets.first()
    assert finding is not None and secret is not None
    assert ada.get(reverse("finding", args=[other.pk, finding.fingerprint])).status_code == 404
    assert ada.get(reverse("secret", args=[other.pk, secret.namespace, secret.name])).status_code == 404
