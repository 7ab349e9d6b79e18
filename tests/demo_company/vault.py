"""vault: the company's secrets manager, in its own cluster, and nothing that keeps other Pods away from it."""

from __future__ import annotations

from tests.demo_company import network
from tests.demo_company import sources as make
from tests.demo_company import workloads as run
from tests.demo_company.steps import Step
from tests.demo_company.workloads import container, pod, secret_volume

HOME = "vault"
SERVER = {"component": "server"}


def vault() -> list[Step]:
    """Everything in the namespace vault."""
    return [
        *make.certificate(HOME, "vault-server-tls", "vault.vault.svc"),
        *make.external_secret(HOME, "unseal-credentials", ["access-key", "secret-access-key"]),
        *make.helm_release(HOME, "vault", 5, 6),
        *run.service_account(HOME, "vault"),
        *run.stateful_set(HOME, "vault", pod(
            container("vault", "mirror/hashicorp/vault:1.20.3", mounts={"tls": "/vault/tls", "unseal": "/vault/unseal"},
                      args=["server", "-config=/vault/config"]),
            volumes=[secret_volume("tls", "vault-server-tls"), secret_volume("unseal", "unseal-credentials")],
            account="vault", pull=(),
        ), labels=SERVER),
        network.service(HOME, "vault", {"https": 8200, "https-internal": 8201}, SERVER),
    ]  # fmt: skip
