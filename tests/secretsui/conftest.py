from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.test import Client

from secretsui.accounts.decorators import CONFIRMED_AT
from secretsui.accounts.models import User
from tests.servers import postgres_url, redis_url

__all__ = ["postgres_url", "redis_url"]

PASSWORD = "violet-harbour-94-kettle"


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_user("ada", PASSWORD, role=User.Role.ADMINISTRATOR)


@pytest.fixture
def viewer(db: None) -> User:
    return User.objects.create_user("vera", PASSWORD)


@pytest.fixture
def signed_in(db: None) -> Callable[[User], Client]:
    """A browser in which this person has just typed their password."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        session = client.session
        session[CONFIRMED_AT] = int(time.time())
        session.save()
        return client

    return make
