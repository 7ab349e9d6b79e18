"""The broker of one machine: real files, for this user only, with nothing in them but JSON and ids."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from pathlib import Path

import pytest
from celery import Celery
from kombu import Message

from secretsui.broker import folders


def test_its_folders_are_for_this_user_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folders(tmp_path / "data" / "broker")
    finally:
        os.umask(before)
    made = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert len(made) == 4
    assert {oct(path.stat().st_mode & 0o777) for path in made} == {"0o700"}


def test_a_message_is_a_file_until_it_is_taken(tmp_path: Path) -> None:
    app = Celery("probe", broker="localhost")
    app.conf.update(
        broker_transport="secretsui.broker:Transport",
        broker_transport_options=folders(tmp_path / "broker"),
        task_default_queue="secretsui",
    )
    app.send_task("scanners.tasks.run_scan", [7])
    messages = list((tmp_path / "broker" / "messages").iterdir())
    assert len(messages) == 1
    arguments, options, _ = json.loads(b64decode(json.loads(messages[0].read_text())["body"]))
    assert (arguments, options) == ([7], {})

    taken: list[list[object]] = []

    def take(body: list[object], message: Message) -> None:
        taken.append(body)
        message.ack()

    with app.connection_for_read() as connection, connection.Consumer([app.amqp.queues["secretsui"]], callbacks=[take]):
        connection.drain_events(timeout=30)
        assert taken[0][0] == [7]
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=30)  # gives way early, so that a worker can be told to end
    assert list((tmp_path / "broker" / "messages").iterdir()) == []
