"""ConfigMaps and Deployments as clusters have them, with a credential in one of fifty: the same in every run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE = 500
ONE_IN = 50
"""Objects to one with a credential in plain text."""

_YAML = """\
server:
  port: 8080
  shutdown: graceful
  servlet:
    context-path: /api
spring:
  application:
    name: {name}
  datasource:
    url: jdbc:postgresql://db.{name}.svc.cluster.local:5432/{name}
    username: {name}
    password: {password}
    hikari:
      maximum-pool-size: 10
      connection-timeout: 30000
  kafka:
    bootstrap-servers: kafka-0.kafka:9092,kafka-1.kafka:9092
    properties:
      security.protocol: SASL_SSL
      sasl.mechanism: SCRAM-SHA-512
management:
  endpoints:
    web:
      exposure:
        include: health,prometheus
auth:
  issuer: https://idp.example.com/realms/{name}
  token-ttl: 15m
  jwks-uri: https://idp.example.com/realms/{name}/certs
  public-key-path: /etc/keys/jwt.pub
logging:
  level:
    root: INFO
    com.example.{name}: DEBUG
features:
  - name: new-checkout
    enabled: true
  - name: express-shipping
    enabled: false
"""
_PROPERTIES = """\
# {name}
app.name={name}
app.base-url=https://{name}.example.com
db.url=jdbc:mysql://mysql:3306/{name}?useSSL=true
db.user={name}
db.password={password}
cache.ttl=300
cache.key-prefix={name}:
mail.host=smtp.example.com
mail.auth=true
retry.max-attempts=5
"""
_NGINX = """\
worker_processes auto;
events {{ worker_connections 1024; }}
http {{
  log_format main '$remote_addr - $remote_user [$time_local] "$request" $status';
  server {{
    listen 8080;
    server_name {name}.example.com;
    ssl_certificate /etc/tls/tls.crt;
    ssl_certificate_key /etc/tls/tls.key;
    location / {{
      proxy_pass http://{name}:8080;
      proxy_set_header Host $host;
      proxy_set_header Authorization "";
    }}
  }}
}}
"""
_RULES = """\
groups:
  - name: {name}.rules
    rules:
      - alert: HighErrorRate
        expr: sum(rate(http_requests_total{{app="{name}",code=~"5.."}}[5m])) / sum(rate(http_requests_total[5m])) > 0.05
        for: 10m
        labels:
          severity: critical
        annotations:
          summary: High error rate on {name}
          description: '{{{{ $value | humanizePercentage }}}} of requests fail'
      - alert: TokenRefreshFailing
        expr: increase(token_refresh_failures_total{{app="{name}"}}[15m]) > 3
        for: 15m
"""


def write_pages(path: Path, name: str, count: int) -> None:
    """Pages of PAGE objects, one to a line, as lists of the API are."""
    with path.open("w", encoding="utf-8") as file:
        for first in range(0, count, PAGE):
            items = [KINDS[name](number) for number in range(first, min(first + PAGE, count))]
            file.write(json.dumps({"items": items}) + "\n")


def planted(_name: str, count: int) -> int:
    """How many credentials stand in the first `count` objects."""
    return -(-count // ONE_IN)


def _config_map(number: int) -> dict[str, Any]:
    name = f"service-{number % 700}"
    password = f"Xk-{_noise(number, 6)}" if number % ONE_IN == 0 else "${DB_PASSWORD}"
    values = {"name": name, "password": password}
    data: dict[str, str]
    form = number % 10 if number % ONE_IN else (number // ONE_IN) % 4
    if form in (0, 4):
        data = {"application.yaml": _YAML.format(**values)}
    elif form in (1, 5):
        data = {"application.properties": _PROPERTIES.format(**values)}
    elif form in (2, 6, 7):
        data = {
            "LOG_LEVEL": "INFO", "PORT": "8080", "KEYCLOAK_URL": "http://keycloak:8080", "TOKEN_TTL": "3600",
            "SECRET_NAME": f"{name}-db", "DB_HOST": "db", "DB_NAME": name, "DB_PASSWORD": password,
            "FEATURE_FLAGS": "checkout,shipping", "CACHE_KEY_PREFIX": f"{name}:",
        }  # fmt: skip
    elif form == 3:
        settings = {"db": {"host": "db", "user": name, "password": password}, "retries": 3, "hosts": ["a", "b"]}
        data = {"settings.json": json.dumps(settings, indent=2), "nginx.conf": _NGINX.format(name=name)}
    elif form == 8:
        data = {"rules.yaml": _RULES.format(name=name), "dashboard.json": _dashboard(name)}
    else:
        data = {"ca.crt": f"-----BEGIN CERTIFICATE-----\n{_noise(number, 600)}\n-----END CERTIFICATE-----\n"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(number, "config"), "data": data}


def _deployment(number: int) -> dict[str, Any]:
    name = f"service-{number % 700}"
    password = f"Xk-{_noise(number, 6)}" if number % ONE_IN == 0 else "$(DB_PASSWORD)"
    in_env = number % (2 * ONE_IN) == 0
    container = {
        "name": "app",
        "image": f"registry.example.com/{name}:1.{number % 9}.0",
        "command": ["/bin/server"],
        "args": [
            "--listen=:8080", "--log-level", "info", f"--config=/etc/{name}/config.yaml", "--token-file=/var/run/token",
            f"--db-password={'$(DB_PASSWORD)' if in_env else password}",
        ],
        "env": [
            {"name": "LOG_LEVEL", "value": "INFO"},
            {"name": "JAVA_OPTS", "value": "-XX:MaxRAMPercentage=75 -Djava.security.egd=file:/dev/urandom"},
            {"name": "DATABASE_URL", "value": f"postgres://{name}@db:5432/{name}?sslmode=require"},
            {"name": "KEYCLOAK_URL", "value": "http://keycloak:8080/auth"},
            {"name": "SIGNING_KEY_PATH", "value": "/etc/keys/signing.pem"},
            {"name": "TOKEN_TTL", "value": "3600"},
            {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": f"{name}-db", "key": "password"}}},
            {"name": "CACHE_PASSWORD", "value": password if in_env else "$(DB_PASSWORD)"},
        ],
        "ports": [{"containerPort": 8080, "name": "http"}],
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5},
        "livenessProbe": {"exec": {"command": ["/bin/sh", "-c", "wget -qO- http://localhost:8080/healthz"]}},
        "volumeMounts": [{"name": "config", "mountPath": f"/etc/{name}"}],
    }  # fmt: skip
    sidecar = {
        "name": "proxy",
        "image": "registry.example.com/envoy:v1.30",
        "args": ["-c", "/etc/envoy/envoy.yaml", "--service-cluster", name],
    }
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(number, "web"),
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {
                    "labels": labels,
                    "annotations": {"prometheus.io/scrape": "true", "checksum/config": _noise(number, 32)},
                },
                "spec": {
                    "serviceAccountName": name,
                    "containers": [container, sidecar],
                    "volumes": [{"name": "config", "configMap": {"name": name}}],
                },
            },
        },
        "status": {"replicas": 2, "readyReplicas": 2, "conditions": [{"type": "Available", "status": "True"}]},
    }


def _metadata(number: int, suffix: str) -> dict[str, Any]:
    return {
        "name": f"service-{number:05}-{suffix}",
        "namespace": f"team-{number % 40:02}",
        "uid": f"00000000-0000-4000-8000-{number:012}",
        "resourceVersion": str(1000 + number),
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"app.kubernetes.io/name": f"service-{number % 700}", "app.kubernetes.io/managed-by": "Helm"},
        "annotations": {
            "meta.helm.sh/release-name": f"service-{number % 700}",
            "meta.helm.sh/release-namespace": f"team-{number % 40:02}",
            "deployment.kubernetes.io/revision": "3",
        },
        "managedFields": [
            {
                "manager": "helm",
                "operation": "Update",
                "apiVersion": "v1",
                "time": "2026-01-01T00:00:00Z",
                "fieldsType": "FieldsV1",
                "fieldsV1": {
                    "f:metadata": {"f:labels": {".": {}, "f:app.kubernetes.io/name": {}}},
                    "f:data": {".": {}},
                },
            }
        ],
    }


def _dashboard(name: str) -> str:
    panels = [
        {
            "title": f"Requests {index}",
            "type": "timeseries",
            "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "targets": [{"expr": f'rate(http_requests_total{{app="{name}"}}[5m])', "refId": "A"}],
            "gridPos": {"h": 8, "w": 12, "x": 0, "y": index},
        }
        for index in range(8)
    ]
    return json.dumps({"title": name, "uid": name, "panels": panels, "templating": {"list": [{"name": "key"}]}})


def _noise(number: int, length: int) -> str:
    return hashlib.shake_256(str(number).encode()).hexdigest(length)


KINDS: dict[str, Callable[[int], dict[str, Any]]] = {"configmaps": _config_map, "deployments": _deployment}
