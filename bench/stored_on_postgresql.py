"""Assessing and storing 20,000 Secrets twice, as in `pages`, on a real PostgreSQL of this machine.

The CPU time is that of secretsui; what PostgreSQL takes is in the wall time only.
"""

from __future__ import annotations

import os
import tempfile

from bench import pages
from tests.servers import new_database, postgres


def main() -> None:
    with postgres() as server, tempfile.TemporaryDirectory(prefix="secretsui-bench-") as folder:
        os.environ["SECRETSUI_DATA_DIR"] = folder
        os.environ["SECRETSUI_DATABASE_URL"] = new_database(server)
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        pages.rescans()
        connection.close()
