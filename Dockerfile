# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.lock /build/
RUN /venv/bin/pip install --require-hashes --requirement /build/requirements.lock
COPY manage.py /app/
COPY templates /app/templates
COPY static /app/static
COPY advisor /app/advisor
COPY scanners /app/scanners
COPY secretsui /app/secretsui
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app DJANGO_SETTINGS_MODULE=secretsui.settings
# Static files are hashed and compressed here, with keys that exist for this one command only.
RUN SECRETSUI_DATA_DIR=/tmp/build python -m secretsui.keys \
 && SECRETSUI_DATA_DIR=/tmp/build SECRETSUI_STATIC_ROOT=/app/collected python -m django collectstatic --no-input \
 && rm -rf /tmp/build \
 && python -m compileall -q /app /venv

FROM python:3.13-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin secretsui \
 && install -d -o secretsui -g secretsui -m 0700 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=secretsui.settings \
    SECRETSUI_DATA_DIR=/data \
    SECRETSUI_STATIC_ROOT=/app/collected \
    SECRETSUI_BIND=0.0.0.0:8000
WORKDIR /app
# With PostgreSQL and Redis nothing is written outside /tmp; with neither, mount a volume at /data.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "gunicorn", "--config", "python:secretsui.gunicorn_settings", "secretsui.wsgi:application"]
