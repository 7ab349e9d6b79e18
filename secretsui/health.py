"""/healthz: the web process answers. /readyz: it can also reach the database and the broker.

They are answered before anything that depends on the request, because probes come without sign-in and with an address
for a host name. They say nothing but which part is missing; why it is missing goes to the log.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu.exceptions import OperationalError

from secretsui import celery

logger = logging.getLogger(__name__)

REUSE_SECONDS = 2.0
"""Probes need no sign-in, so their answer is reused for a moment: asking often costs nothing."""

BROKER_SECONDS = 3


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._readiness: tuple[float, dict[str, bool]] | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path_info == "/readyz":
            return self._ready()
        return self.get_response(request)

    def _ready(self) -> HttpResponse:
        now = time.monotonic()
        if self._readiness is None or now - self._readiness[0] > REUSE_SECONDS:
            self._readiness = (now, {"database": _database_answers(), "broker": _broker_answers()})
        parts = self._readiness[1]
        ready = all(parts.values())
        body = {"status": "ok" if ready else "unavailable"}
        body |= {part: "ok" if answers else "unavailable" for part, answers in parts.items()}
        return JsonResponse(body, status=200 if ready else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("the database does not answer")
        connection.close()
        return False
    return True


def _broker_answers() -> bool:
    if celery.FILESYSTEM:
        usable = os.access(settings.BROKER_DIR, os.W_OK | os.X_OK)
        if not usable:
            logger.error("the folder of the filesystem broker is gone or cannot be written: %s", settings.BROKER_DIR)
        return usable
    broker = celery.app.connection_for_write(connect_timeout=BROKER_SECONDS)
    try:
        broker.ensure_connection(max_retries=1, timeout=BROKER_SECONDS)
        broker.default_channel.client.ping()
    except (OperationalError, *broker.connection_errors):
        logger.exception("the broker does not answer")
        return False
    finally:
        broker.release()
    return True
