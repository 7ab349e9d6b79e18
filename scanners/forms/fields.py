"""Fields and checks that several forms share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from scanners.kube import pem
from scanners.models import Cluster

LONGEST_SERVER: int = Cluster._meta.get_field("server").max_length or 0
"""Characters of an address that a cluster's row holds."""


def free_name(value: str) -> str:
    """The name without surrounding space. Raises ValidationError where a cluster has it already."""
    name = value.strip()
    if Cluster.objects.filter(name=name).exists():
        raise ValidationError(f"There is a cluster named {name} already. Choose another name.")
    return name


def short_enough(server: str) -> str:
    """The server address. Raises ValidationError where a cluster's row cannot hold it."""
    if len(server) > LONGEST_SERVER:
        raise ValidationError(
            f"The server address is longer than {LONGEST_SERVER} characters, which is more than is kept; "
            "use a shorter name of the API server."
        )
    return server


def text_of(upload: UploadedFile[bytes], limit: int) -> str:
    """An uploaded text file. Raises ValidationError when it is larger than `limit` bytes or not UTF-8."""
    content = upload.read(limit + 1)
    if len(content) > limit:
        raise ValidationError(f"The file is larger than {limit // 1024} KiB.")
    try:
        return bytes(content).decode()
    except UnicodeDecodeError as error:
        raise ValidationError("The file is not text in UTF-8.") from error


class Unshown(forms.Textarea):
    """A text area that the server never fills in: what is pasted there holds a credential."""

    def format_value(self, value: Any) -> None:
        return None


class Certificates(forms.Textarea):
    """A text area that comes back with the certificates in it only: a key may have been pasted with them."""

    def format_value(self, value: Any) -> str | None:
        return pem.select(str(value or "").encode(), pem.CERTIFICATE).decode() or None


def pasted(widget: type[forms.Textarea] = Unshown, rows: int = 8) -> forms.Textarea:
    """A widget for what is copied from elsewhere: no spell checker sends it away, no browser keeps it."""
    return widget(attrs={"rows": rows, "spellcheck": "false", "autocomplete": "off"})
