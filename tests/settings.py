"""Settings of the tests: those of the product, with keys and a data directory of this run alone."""

from __future__ import annotations

import os
import tempfile

from secretsui import keys

os.environ.setdefault("SECRETSUI_DATA_DIR", tempfile.mkdtemp(prefix="secretsui-tests-"))
os.environ.setdefault("SECRETSUI_SECRET_KEY", keys.new_secret_key())
os.environ.setdefault("SECRETSUI_CREDENTIAL_KEYS", keys.new_credential_key())
os.environ.setdefault("SECRETSUI_DIGEST_KEY", keys.new_digest_key())
os.environ.setdefault("SECRETSUI_PLAIN_HTTP", "1")
os.environ.setdefault("SECRETSUI_LOOPBACK_CLUSTERS", "1")

from secretsui.settings import *  # noqa: F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# scrypt is slow on purpose, which would be most of the run.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A file, since scans renew their lease from another thread and so over another connection.
DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # noqa: F405
