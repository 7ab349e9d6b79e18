"""observability: a monitoring stack whose Secrets lie in Git as they are, which nobody noticed."""

from __future__ import annotations

from tests.demo_company import sources as make
from tests.demo_company import workloads as run
from tests.demo_company.steps import Step, ago
from tests.demo_company.values import slack_webhook, sops_ciphertext, written_down
from tests.demo_company.workloads import Key, container, pod, secret_volume

HOME = "observability"


def observability() -> list[Step]:
    """Everything in the namespace observability."""
    from_git = {
        "grafana-admin": ["admin-user", "admin-password"],
        "alertmanager-config": ["alertmanager.yaml"],
        "thanos-object-store": ["objstore.yml"],
        "loki-s3": ["access-key", "secret-access-key"],
    }
    return [
        *(step for name, keys in from_git.items() for step in make.from_git(HOME, name, keys, HOME)),
        *make.external_secret(HOME, "grafana-oauth", ["client-id", "client-secret"]),
        *make.external_secret(HOME, "pagerduty", ["routing-key"]),
        *make.by_hand(HOME, "slack-alerts", ["webhook-url"]),
        *make.by_apply(HOME, "remote-write", ["username", "password"]),
        *make.by_hand(HOME, "blackbox-targets", ["username", "password"], "kubernetes.io/basic-auth"),
        *make.certificate(HOME, "grafana-tls", "grafana.larkspur.example", expires_in=ago(days=12)),
        *make.account_token(HOME, "grafana", "grafana-reader-token"),
        *make.pull_secret(HOME),
        *make.helm_release(HOME, "kube-prometheus-stack", 24, 26),
        *run.service_account(HOME, "grafana"),
        *run.service_account(HOME, "prometheus"),
        *run.config_map(HOME, "grafana-datasources", {"datasources.yaml": _data_sources()}),
        *make.from_git(HOME, "tempo-s3", {
            "access-key": sops_ciphertext(HOME, "tempo-s3", "id"),
            "secret-access-key": sops_ciphertext(HOME, "tempo-s3", "key"),
        }, HOME),
        *run.stateful_set(HOME, "tempo", pod(
            container("tempo", "mirror/tempo:2.8", mounts={"s3": "/etc/s3"}),
            volumes=[secret_volume("s3", "tempo-s3")],
        )),
        *run.config_map(HOME, "grafana", {
            "grafana.ini": "[security]\ncookie_secure = true\n[auth]\ntoken_rotation_interval_minutes = 10\n",
        }),
        *run.deployment(HOME, "grafana", pod(
            container("grafana", "mirror/grafana:12.1", {
                "GF_SECURITY_ADMIN_USER": Key("grafana-admin", "admin-user"),
                "GF_SECURITY_ADMIN_PASSWORD": Key("grafana-admin", "admin-password"),
                "GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET": Key("grafana-oauth", "client-secret"),
                "GF_SECURITY_DISABLE_GRAVATAR": "true",
            }),
            account="grafana",
        ), replicas=1),
        *run.stateful_set(HOME, "prometheus", pod(
            container("prometheus", "mirror/prometheus:3.5", mounts={"remote": "/etc/remote-write"},
                      args=["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.retention.time=15d"]),
            container("thanos", "mirror/thanos:0.39", mounts={"store": "/etc/thanos"}),
            volumes=[secret_volume("remote", "remote-write"), secret_volume("store", "thanos-object-store")],
            account="prometheus",
        )),
        *run.stateful_set(HOME, "alertmanager", pod(
            container("alertmanager", "mirror/alertmanager:0.28", {"PAGERDUTY_KEY_FILE": "/etc/pagerduty/routing-key"},
                      mounts={"config": "/etc/alertmanager", "pagerduty": "/etc/pagerduty"}),
            volumes=[secret_volume("config", "alertmanager-config"), secret_volume("pagerduty", "pagerduty")],
        )),
        *run.stateful_set(HOME, "loki", pod(container("loki", "mirror/loki:3.5", env_from=["loki-s3"]))),
        *run.daemon_set(HOME, "log-shipper", pod(
            container("vector", "mirror/vector:0.47", {
                "LOKI_URL": f"http://loki.{HOME}.svc:3100",
                "SLACK_ALERT_WEBHOOK": slack_webhook(HOME, "log-shipper"),
            }),
        )),
        *run.deployment(HOME, "alert-relay", pod(
            container("relay", "obs/alert-relay:0.9.0", {"SLACK_WEBHOOK_URL": Key("slack-alerts", "webhook-url")}),
        ), replicas=1),
        *run.ingress(HOME, "grafana", "grafana.larkspur.example", "grafana-tls"),
    ]  # fmt: skip


def _data_sources() -> str:
    return (
        "apiVersion: 1\ndatasources:\n  - name: Warehouse\n    type: postgres\n    user: grafana\n"
        f"    secureJsonData:\n      password: {written_down(HOME, 'datasources')}\n"
    )
