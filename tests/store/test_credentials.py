"""Credentials at rest: encrypted, bound to their cluster, and movable to a new key."""

from __future__ import annotations

import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from scanners.credentials import SealBroken, seal, unseal
from scanners.kube.credential import Credential
from scanners.models import Cluster
from secretsui.keys import new_credential_key

TOKEN = "canary-token-5f1c"
CREDENTIAL = Credential(server="https://10.0.0.1:6443", token=TOKEN)


def test_a_credential_opens_only_for_its_own_cluster() -> None:
    mine, other = uuid.uuid4(), uuid.uuid4()
    sealed = seal(CREDENTIAL, mine)
    assert TOKEN.encode() not in sealed
    assert unseal(sealed, mine) == CREDENTIAL
    with pytest.raises(SealBroken, match="another cluster"):
        unseal(sealed, other)


def test_a_changed_or_foreign_seal_is_refused_with_a_sentence() -> None:
    mine = uuid.uuid4()
    with pytest.raises(SealBroken, match="Enter the credential again"):
        unseal(seal(CREDENTIAL, mine)[:-4] + b"AAAA", mine)
    with pytest.raises(SealBroken):
        unseal(b"not sealed", mine)


def test_a_previewed_credential_can_be_saved_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal(CREDENTIAL, "draft")
    assert unseal(sealed, "draft", max_age_seconds=60) == CREDENTIAL
    monkeypatch.setattr("scanners.credentials.time.time", lambda: 10**10)
    with pytest.raises(SealBroken, match="too long"):
        unseal(sealed, "draft", max_age_seconds=60)


@pytest.mark.django_db
def test_credentials_move_to_a_new_key_and_the_old_one_can_go(settings) -> None:  # type: ignore[no-untyped-def]
    old, new = settings.CREDENTIAL_KEYS[0], new_credential_key()
    cluster = Cluster(name="c", connection=Cluster.Connection.KUBECONFIG)
    cluster.credential = seal(CREDENTIAL, cluster.id)
    cluster.save()
    settings.CREDENTIAL_KEYS = [new, old]
    out = StringIO()
    call_command("rotate_credential_keys", stdout=out)
    assert "1 credentials" in out.getvalue()
    settings.CREDENTIAL_KEYS = [new]
    cluster.refresh_from_db()
    assert unseal(bytes(cluster.credential), cluster.id) == CREDENTIAL


@pytest.mark.django_db
def test_a_credential_that_no_key_opens_is_named_and_left_alone(settings) -> None:  # type: ignore[no-untyped-def]
    cluster = Cluster(name="lost", connection=Cluster.Connection.KUBECONFIG)
    cluster.credential = seal(CREDENTIAL, cluster.id)
    cluster.save()
    settings.CREDENTIAL_KEYS = [new_credential_key()]
    with pytest.raises(CommandError, match="lost"):
        call_command("rotate_credential_keys", stdout=StringIO())
    before = bytes(cluster.credential)
    cluster.refresh_from_db()
    assert bytes(cluster.credential) == before
