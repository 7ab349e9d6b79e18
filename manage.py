#!/usr/bin/env python
"""Django's commands, and all of `secretsui`'s: `python manage.py scan …` is `secretsui scan …`."""

from __future__ import annotations

import os
import sys

from secretsui.command import COMMANDS, main


def manage(arguments: list[str]) -> int:
    """Ours go past Django, so that a scan needs neither its settings nor the keys of an installation."""
    if arguments[1:2] and arguments[1] in COMMANDS:
        return main(arguments[1:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "secretsui.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(manage(sys.argv))
