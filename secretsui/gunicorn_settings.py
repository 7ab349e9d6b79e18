"""Settings of the web server: `gunicorn --config python:secretsui.gunicorn_settings secretsui.wsgi`."""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "secretsui.settings")

from django.conf import settings

from secretsui.environment import SettingError
from secretsui.tied import die_with_parent


def _is_loopback(bind_to: str) -> bool:
    host = bind_to.rpartition(":")[0].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


bind = [settings.BIND]
# An inherited socket (fd://) comes from `up`, which looked at the address itself.
if settings.LOCAL and not settings.BIND.startswith("fd://") and not _is_loopback(settings.BIND):
    raise SettingError(
        "SECRETSUI_LOCAL lets whoever signs in use this machine's own kubeconfig, so it is for loopback only; "
        "take it away, or set SECRETSUI_BIND to 127.0.0.1:8000."
    )

worker_class = "gthread"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
timeout = 60
graceful_timeout = 3
keepalive = 5
max_requests_jitter = 0
accesslog = None
loglevel = settings.LOG_LEVEL.lower()
logconfig_dict = settings.LOGGING
control_socket_disable = True
# Which proxy may say "https" is ours to decide (SECRETSUI_PROXY_HEADER), not a matter of the peer's address.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}


def post_fork(server: Any, worker: Any) -> None:
    die_with_parent(worker.ppid)
