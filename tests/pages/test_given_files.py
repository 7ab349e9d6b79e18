"""Files that no API shows, given on a cluster's settings page: kept as what they say, refused with a sentence."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from scanners.collect.encryption import configuration_hash
from scanners.models import Cluster

pytestmark = pytest.mark.django_db

POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata, verbs: [get]}]\n"
ENCRYPTION = """apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources: [{resources: [secrets], providers: [{secretbox: {keys: [{name: key1, secret: Y2FuYXJ5}]}}]}]
"""


def give(client: Client, cluster: Cluster, part: str, text: str = "") -> int:
    data = {"part": part} | ({"file": SimpleUploadedFile("file.yaml", text.encode())} if text else {})
    return client.post(reverse("cluster-settings", args=[cluster.id]), data).status_code


def test_an_audit_policy_is_kept_and_forgotten(ada: Client, posture: Cluster) -> None:
    assert give(ada, posture, "audit-policy", POLICY) == 302
    posture.refresh_from_db()
    assert posture.audit_policy == {"rules": [{"level": "Metadata", "verbs": ["get"]}]}
    assert "a policy was given" in ada.get(reverse("cluster-settings", args=[posture.id])).content.decode()
    assert give(ada, posture, "audit-policy-remove") == 302
    posture.refresh_from_db()
    assert posture.audit_policy is None


def test_what_is_no_audit_policy_changes_nothing(ada: Client, posture: Cluster) -> None:
    give(ada, posture, "audit-policy", POLICY)
    assert give(ada, posture, "audit-policy", "kind: Secret\n") == 400
    posture.refresh_from_db()
    assert posture.audit_policy is not None


def test_of_an_encryption_configuration_the_hash_is_kept_and_no_key(ada: Client, posture: Cluster) -> None:
    assert give(ada, posture, "encryption", ENCRYPTION) == 302
    posture.refresh_from_db()
    assert posture.encryption_config_hash == configuration_hash(ENCRYPTION)
    assert "Y2FuYXJ5" not in str(posture.encryption_config)
    assert give(ada, posture, "encryption-remove") == 302
    posture.refresh_from_db()
    assert (posture.encryption_config, posture.encryption_config_hash) == (None, "")
