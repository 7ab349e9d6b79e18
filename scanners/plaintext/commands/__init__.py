"""Credentials on command lines: of a container, and of the commands in a shell's script."""

from __future__ import annotations

from scanners.plaintext.commands.arguments import Found, credentials_in_arguments, credentials_in_script

__all__ = ["Found", "credentials_in_arguments", "credentials_in_script"]
