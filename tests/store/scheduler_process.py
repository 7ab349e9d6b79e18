"""One scheduler as a process of its own, for test_schedule_races: `python scheduler_process.py NOW`.

It says `ready`, waits for a line, asks for what is due, and prints the ids of the scans it asked for.
"""

from __future__ import annotations

import sys
from datetime import datetime

import django

django.setup()

from scanners.models import Cluster  # noqa: E402
from scanners.schedule import request_due  # noqa: E402

Cluster.objects.count()  # the connection is open before the start
print("ready", flush=True)
sys.stdin.readline()
print(*(scan.pk for scan in request_due(datetime.fromisoformat(sys.argv[1]))), flush=True)
