"""Uploads stay in memory: a snapshot or a kubeconfig may hold secret values, which must not reach a temporary file."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class BoundedMemoryUploadHandler(MemoryFileUploadHandler):
    """Django's handler in memory, but one that refuses what is larger than MAX_UPLOAD_BYTES instead of giving way.

    Raises RequestDataTooBig, which becomes a page with a sentence (`secretsui.errors`).
    """

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: str | None = None
    ) -> None:
        if content_length > settings.MAX_UPLOAD_BYTES:
            raise RequestDataTooBig("upload too large")
        self.activated = True
