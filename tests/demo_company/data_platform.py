"""data-platform: SOPS in Git, decrypted by Flux, and the notebooks that were there before."""

from __future__ import annotations

from tests.demo_company import sources as make
from tests.demo_company import workloads as run
from tests.demo_company.steps import Manifest, Step
from tests.demo_company.values import (
    DEFAULT,
    WEAK,
    aws_access_key,
    aws_secret_key,
    sops_ciphertext,
    written_down,
)
from tests.demo_company.workloads import Key, container, pod, projected_volume, secret_volume

HOME = "data-platform"


def data_platform() -> list[Step]:
    """Everything in the namespace data-platform."""
    return [
        *_from_git(),
        *make.external_secret(HOME, "kafka-mirror", ["username", "password"], refresh="0s", store=make.GCP),
        *make.by_hand(HOME, "reverse-etl", {"API_TOKEN": sops_ciphertext(HOME, "reverse-etl")}),
        *make.by_hand(HOME, "minio-root", {"root-user": "lake", "root-password": DEFAULT}),
        *make.by_hand(HOME, "loki-query", ["username", "password"], labels={"team": "platform"}),
        *make.by_hand(HOME, "spark-history-s3", ["access-key", "secret-access-key"]),
        *make.by_hand(HOME, "jupyterhub-proxy", ["proxy-token"]),
        *make.by_hand(HOME, "notebooks-shared", {"password": WEAK}),
        *make.by_apply(HOME, "research-api-keys", ["openweather", "exchange-rates"]),
        *make.by_hand(HOME, "old-hadoop-keytab", ["hadoop.keytab"]),
        *make.account_token(HOME, "airflow-worker"),
        *make.pull_secret(HOME),
        *make.helm_release(HOME, "airflow", 12, 14),
        *run.service_account(HOME, "airflow-worker", secrets=["airflow-worker-token"], pull=["registry-pull"]),
        *run.config_map(HOME, "dbt", {
            "profiles.yml": f"warehouse:\n  outputs:\n    prod:\n      password: {written_down(HOME, 'dbt')}\n",
            "dbt_project.yml": "name: warehouse\nprofile: warehouse\nvars:\n  token_column: session_token\n",
        }),
        *run.stateful_set(HOME, "airflow-scheduler", _airflow("scheduler")),
        *run.deployment(HOME, "airflow-worker", _airflow("worker")),
        *run.deployment(HOME, "etl", pod(
            container("etl", "data/etl:2025.10", {
                "DATABASE_URL": f"postgres://etl:{written_down(HOME, 'etl')}@warehouse.{HOME}.svc:5432/dwh",
                "KAFKA_PASSWORD": Key("kafka-etl", "password"),
                "BATCH_TOKEN_LIMIT": "5000",
            }),
        )),
        *run.deployment(HOME, "spark-history", pod(
            container("history", "data/spark-history:3.5.1", env_from=["spark-history-s3"]),
        ), replicas=0),
        *run.deployment(HOME, "reverse-etl", pod(
            container("reverse-etl", "data/reverse-etl:0.6.2", env_from=["reverse-etl"]),
        ), replicas=1),
        *run.stateful_set(HOME, "minio", pod(
            container("minio", "mirror/minio:2025.9", mounts={"root": "/etc/minio"}, args=["server", "/data"]),
            volumes=[secret_volume("root", "minio-root")],
        )),
        *run.deployment(HOME, "kafka-ui", pod(
            container("ui", "mirror/kafka-ui:1.3", mounts={"loki": "/etc/loki"},
                      args=["--cluster=main", f"--sasl-password={written_down(HOME, 'kafka-ui')}"]),
            volumes=[secret_volume("loki", "loki-query")],
        ), replicas=1),
        *run.deployment(HOME, "jupyterhub", pod(
            container("hub", "data/jupyterhub:5.1", {"CONFIGPROXY_AUTH_TOKEN": Key("jupyterhub-proxy", "proxy-token")}),
        ), replicas=1),
        *run.cron_job(HOME, "warehouse-load", "15 2 * * *", pod(
            container("load", "data/warehouse-load:1.18.0", {
                "WAREHOUSE_PASSWORD": Key("warehouse-writer-v2", "password"),
                "SNOWFLAKE_PASSWORD": Key("snowflake", "password"),
            }, mounts={"lake": "/etc/lake"}),
            volumes=[projected_volume("lake", "s3-lake", "kafka-mirror")],
        )),
        *run.cron_job(HOME, "dbt", "0 5 * * *", pod(
            container("dbt", "data/dbt:1.8", {"DBT_TARGET": "prod"}, mounts={"profiles": "/root/.dbt"}),
            volumes=[secret_volume("profiles", "dbt-profiles")],
        )),
        *run.cron_job(HOME, "warehouse-backfill", "0 0 31 12 *", pod(
            container("backfill", "data/warehouse-load:1.9.0", env_from=["warehouse-writer"]),
        ), suspended=True),
        *run.bare_pod(HOME, "anna-notebook-debug", pod(
            container("debug", "data/notebook:latest", {
                "AWS_ACCESS_KEY_ID": aws_access_key(HOME, "anna"),
                "AWS_SECRET_ACCESS_KEY": aws_secret_key(HOME, "anna"),
                "WAREHOUSE_USER": Key("warehouse-reader", "username"),
            }),
        )),
    ]  # fmt: skip


def _from_git() -> list[Step]:
    """Eight Secrets that the Kustomization data-platform decrypts with SOPS."""
    secrets = {
        "warehouse-reader": ["username", "password"],
        "warehouse-writer": ["username", "password"],
        "kafka-etl": ["username", "password"],
        "airflow-fernet": ["fernet-key"],
        "airflow-connections": ["AIRFLOW_CONN_WAREHOUSE", "AIRFLOW_CONN_SLACK"],
        "snowflake": ["account", "username", "password"],
        "s3-lake": ["access-key", "secret-access-key"],
        "dbt-profiles": ["profiles.yml"],
    }
    return [step for name, keys in secrets.items() for step in make.from_git(HOME, name, keys, HOME)]


def _airflow(part: str) -> Manifest:
    return pod(
        container(part, "mirror/airflow:3.1", {
            "AIRFLOW__CORE__FERNET_KEY": Key("airflow-fernet", "fernet-key"),
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        }, env_from=["airflow-connections"], args=[part]),
        account="airflow-worker",
    )  # fmt: skip
