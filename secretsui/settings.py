"""Django's settings, from SECRETSUI_… environment variables. docs/running-in-production.md explains each of them.

Without any, this is what `secretsui up` runs: SQLite and a filesystem broker in the data directory. Nothing here has an
insecure default; what is missing stops the start with a sentence (SettingError).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from secretsui import environment, keys
from secretsui.environment import SettingError
from secretsui.folders import is_collected, own_folder

DATA_DIR = environment.data_dir()
DEBUG = environment.boolean("SECRETSUI_DEBUG")

LOCAL = environment.boolean("SECRETSUI_LOCAL")
"""Set by `up` on loopback only: the person at the keyboard may use their own kubeconfig and loopback clusters."""

LOOPBACK_CLUSTERS = environment.boolean("SECRETSUI_LOOPBACK_CLUSTERS")
"""Clusters at loopback addresses may be connected though this is not LOCAL; for tests and development."""

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a Pod finds the token and the certificate authority of its own cluster. Nobody chooses it but the tests."""

PLAIN_HTTP = environment.boolean("SECRETSUI_PLAIN_HTTP")
"""Pages are reached without TLS, so cookies must do without `Secure`. Set by `up` on loopback."""

# Keys

SECRET_KEY = keys.secret_key(DATA_DIR)
CREDENTIAL_KEYS = keys.credential_keys(DATA_DIR)
"""Fernet keys for cluster credentials, newest first."""
DIGEST_KEY = keys.digest_key(DATA_DIR)
"""The key of scanners.digest, 32 bytes; a deep scan tells values apart under it."""

# Who may talk to us

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
ALLOWED_HOSTS = environment.words("SECRETSUI_ALLOWED_HOSTS", LOOPBACK_NAMES)
CSRF_TRUSTED_ORIGINS = environment.words("SECRETSUI_CSRF_TRUSTED_ORIGINS")
if not all(each.startswith(("https://", "http://")) for each in CSRF_TRUSTED_ORIGINS):
    raise SettingError("SECRETSUI_CSRF_TRUSTED_ORIGINS must list origins with a scheme: https://secrets.example.org")

PROXY_HEADER = environment.text("SECRETSUI_PROXY_HEADER")
"""Name of the header in which the TLS proxy says `https`; only to be set where that proxy overwrites it."""
if PROXY_HEADER and not PROXY_HEADER.replace("-", "").isalnum():
    raise SettingError("SECRETSUI_PROXY_HEADER must be the name of a header, such as X-Forwarded-Proto.")
if PROXY_HEADER:
    SECURE_PROXY_SSL_HEADER = ("HTTP_" + PROXY_HEADER.upper().replace("-", "_"), "https")
PROXY_HOPS = environment.integer("SECRETSUI_PROXY_HOPS", 0, minimum=0, maximum=10)
"""How many proxies of ours append to X-Forwarded-For; 0 ignores that header."""

# The application

ROOT_URLCONF = "secretsui.urls"
WSGI_APPLICATION = "secretsui.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "secretsui.apps.SecretsuiConfig",
    "secretsui.accounts",
    "scanners",
    "advisor",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "django_tables2",
]

MIDDLEWARE = [
    "secretsui.headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "secretsui.health.HealthMiddleware",
    "secretsui.assets.AssetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "secretsui.accounts.middleware.IdleSessionMiddleware",
    "secretsui.accounts.middleware.AccessMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [own_folder("templates")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# Database

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "db.sqlite3",
    "CONN_MAX_AGE": 600,
    "OPTIONS": {
        # A deferred transaction that reads and then writes fails at once with "database is locked", whatever the
        # timeout, when another one wrote in between.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=67108864;",
    },
}
DATABASES: dict[str, dict[str, Any]] = {
    "default": environment.postgresql("SECRETSUI_DATABASE_URL", "SECRETSUI_DATABASE_PASSWORD") or SQLITE
}

# Broker: read by secretsui.celery

BROKER_DIR = DATA_DIR / "broker"
BROKER_URL = environment.broker("SECRETSUI_BROKER_URL", "SECRETSUI_BROKER_PASSWORD") or "filesystem"
WORKER_THREADS = environment.integer("SECRETSUI_WORKER_THREADS", 4, minimum=1, maximum=64)

# Sign-in, sessions and cookies

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SESSION_COOKIE_AGE = environment.integer("SECRETSUI_SESSION_HOURS", 12, minimum=1, maximum=168) * 3600
"""Idle time in seconds after which a session ends; IdleSessionMiddleware moves the end on."""
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not PLAIN_HTTP
# A __Host- cookie cannot be set by a neighbouring host name, but browsers insist on Secure for it.
SESSION_COOKIE_NAME = "secretsui-session" if PLAIN_HTTP else "__Host-secretsui-session"
CSRF_COOKIE_NAME = "secretsui-csrf" if PLAIN_HTTP else "__Host-secretsui-csrf"
CSRF_FAILURE_VIEW = "secretsui.errors.csrf_failure"

SECURE_HSTS_SECONDS = environment.integer(
    "SECRETSUI_HSTS_SECONDS", 0 if PLAIN_HTTP else 31_536_000, minimum=0, maximum=63_072_000
)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Uploads: in memory, bounded

MAX_UPLOAD_BYTES = environment.integer("SECRETSUI_MAX_UPLOAD_MIB", 64, minimum=1, maximum=1024) * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["secretsui.uploads.BoundedMemoryUploadHandler"]

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = Path(environment.text("SECRETSUI_STATIC_ROOT") or DATA_DIR / "static")
STATICFILES_DIRS = [own_folder("static")]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "secretsui.assets.ThirdPartyFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "secretsui.assets.AssetStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG or not is_collected(STATIC_ROOT)
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# The web server: read by secretsui.gunicorn_settings

BIND = environment.text("SECRETSUI_BIND", "127.0.0.1:8000")
WEB_WORKERS = environment.integer("SECRETSUI_WEB_WORKERS", 1, minimum=1, maximum=64)
WEB_THREADS = environment.integer("SECRETSUI_WEB_THREADS", 8, minimum=1, maximum=256)

# Logs

LOG_LEVEL = environment.choice("SECRETSUI_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"one-line": {"()": "secretsui.logs.OneLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "one-line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "gunicorn.error": {"handlers": [], "propagate": True},
        # A tick every few seconds is no event.
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        # They may log URLs and headers of what they connect to.
        "kubernetes": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
    },
}
