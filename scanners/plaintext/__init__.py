"""Credentials written in plain: pure judgement over literals, decided by the value before the name.

`detect` judges one value under its name, `inspect` a file or any longer text, `credentials_in_arguments` a command
line. None of them keeps or returns any part of what it judges but published prefixes and the names of fields.
"""

from __future__ import annotations

from scanners.plaintext.commands import credentials_in_arguments
from scanners.plaintext.detect import detect
from scanners.plaintext.detected import Detected
from scanners.plaintext.files import InFile, Inspection, inspect
from scanners.plaintext.literals import credential_in_annotation, credential_in_env, inspect_binary

__all__ = [
    "Detected",
    "InFile",
    "Inspection",
    "credential_in_annotation",
    "credential_in_env",
    "credentials_in_arguments",
    "detect",
    "inspect",
    "inspect_binary",
]
