"""The Celery application: it spreads and delivers work, the database says what is to be done.

A message carries ids only, as JSON, and no result is kept. What a lost message or a dead worker left behind is
found again by `scanners.tasks.tick`, so the broker needs no persistence and delivery may happen twice.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "secretsui.settings")

from django.conf import settings

from secretsui import broker
from secretsui.environment import SettingError

QUEUE = "secretsui"
TICK_SECONDS = 5.0
LONGEST_TASK_SECONDS = 6 * 3600
"""Redis delivers a message again when it was not acknowledged for so long; longer than any scan may take."""

try:
    FILESYSTEM = settings.BROKER_URL == "filesystem"
except SettingError as error:  # an Exception, which Celery's own command would wrap into a traceback
    raise SystemExit(error.code) from None

REDIS_OPTIONS = {
    "visibility_timeout": LONGEST_TASK_SECONDS,
    "health_check_interval": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
}

# Celery warns root of pickled messages; only JSON is accepted here.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

app = Celery("secretsui")
app.conf.update(
    broker_url="localhost" if FILESYSTEM else settings.BROKER_URL,
    broker_transport="secretsui.broker:Transport" if FILESYSTEM else None,
    broker_transport_options=broker.folders(settings.BROKER_DIR) if FILESYSTEM else REDIS_OPTIONS,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # Requests that hand over work must not hang on a broker that is away; the tick delivers it later.
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5},
    accept_content=["json"],
    task_serializer="json",
    result_serializer="json",
    result_backend=None,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue=QUEUE,
    # A scan waits for the network most of the time, and one process has no pool children to outlive a kill -9.
    worker_pool="threads",
    worker_concurrency=settings.WORKER_THREADS,
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    # Its queues are files that nobody would ever read; over Redis it answers `celery inspect ping`.
    worker_enable_remote_control=not FILESYSTEM,
    worker_redirect_stdouts=False,
    imports=("scanners.tasks", "scanners.worker"),
    timezone="UTC",
    enable_utc=True,
    beat_scheduler="celery.beat:Scheduler",  # in memory: an interval needs no file to remember it
    beat_schedule={
        "tick": {"task": "scanners.tasks.tick", "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS}},
    },
)


@setup_logging.connect
def keep_own_logging(**kwargs: Any) -> None:
    """A receiver here keeps Celery from replacing what settings.LOGGING set up."""
