"""Payments: Vault by the CSI driver where values must not become Secrets, External Secrets on Vault for the rest."""

from __future__ import annotations

from tests.demo_company import network
from tests.demo_company import sources as make
from tests.demo_company import workloads as run
from tests.demo_company.steps import Step, ago, named
from tests.demo_company.values import WEAK, stripe_key
from tests.demo_company.workloads import Key, container, pod, secret_volume, vault_volume

VAULT = ("SecretStore", "vault-payments")


def production() -> list[Step]:
    """Everything in the namespace payments."""
    home = "payments"
    return [
        *_in_both(home, "pay.larkspur.example"),
        *make.external_secret(home, "bank-sftp", ["ssh-privatekey", "known_hosts"], store=VAULT),
        *make.external_secret(home, "settlement-reports", ["access-key", "secret-access-key"], store=VAULT),
        *make.external_secret(
            home, "hsm-pin", ["pin"], refresh="0s", refreshed=ago(days=388), policy="CreatedOnce", store=VAULT
        ),
        *make.vault_class(home, "fraud-model", {"model-key": "key", "feature-store": "token"}),
        *make.by_apply(home, "psp-hmac", ["hmac-key"]),
        *make.by_hand(home, "pci-scanner", ["token"]),
        *make.by_hand(home, "apple-pay-merchant", ["merchant.p12", "passphrase"]),
        *make.by_hand(home, "psp-sandbox-key", ["api-key"], labels={"environment": "staging"}),
        *make.tls_by_hand(home, "invoice-signing", "invoices.larkspur.example", 730, began_days_ago=12),
        *make.tls_by_hand(home, "acquirer-client", "acquirer.pay.larkspur.example", 365, began_days_ago=350),
        *make.certificate(home, "bank-client-tls", "bank.pay.larkspur.example", problem="Secret does not exist"),
        *make.helm_release(home, "payments", 17, 20),
        *run.deployment(home, "fraud-scoring", pod(
            container("scoring", "pay/fraud-scoring:11.0.0", {
                "MODEL_KEY_FILE": "/vault/model-key",
                "WEBHOOK_SECRET": Key("fraud-service", "webhook-secret"),
            }, mounts={"vault": "/vault"}),
            volumes=[vault_volume("vault", "fraud-model")], account="payments",
        )),
        *run.deployment(home, "bank-connector", pod(
            container("connector", "pay/bank-connector:3.3.1", mounts={"tls": "/etc/bank", "sftp": "/etc/sftp"}),
            volumes=[secret_volume("tls", "bank-client-tls"), secret_volume("sftp", "bank-sftp")], account="payments",
        )),
        *run.deployment(home, "invoices", pod(
            container("invoices", "pay/invoices:6.4.0", {
                "MERCHANT_PASSPHRASE": Key("apple-pay-merchant", "passphrase"),
            }, mounts={"signing": "/etc/signing"}),
            volumes=[secret_volume("signing", "invoice-signing")],
        )),
        *run.deployment(home, "acquirer-bridge", pod(
            container("bridge", "pay/acquirer-bridge:5.0.3", {"SANDBOX_KEY": Key("psp-sandbox-key", "api-key")},
                      mounts={"tls": "/etc/acquirer"}),
            volumes=[secret_volume("tls", "acquirer-client")], account="payments",
        )),
        *run.cron_job(home, "settlement", "30 1 * * *", pod(
            container("report", "pay/settlement:2.0.7", env_from=["settlement-reports"]), account="payments",
        )),
        *run.cron_job(home, "hsm-ceremony", "0 0 1 1 *", pod(
            container("ceremony", "pay/hsm-tools:1.0.0", {"HSM_PIN": Key("hsm-pin", "pin")}),
        ), suspended=True),
    ]  # fmt: skip


def staging() -> list[Step]:
    """Everything in the namespace payments-staging: the twin in which rotations are rehearsed, at its best."""
    home = "payments-staging"
    return [
        *_in_both(home, "pay.staging.larkspur.example"),
        *make.by_hand(home, "mock-bank", {"username": "mock", "password": WEAK}),
        *make.by_apply(home, "psp-hmac", ["hmac-key"]),
        *make.vault_class(home, "psp-sandbox", {"sandbox-key": "key"}),
        *make.tls_by_hand(home, "invoice-signing", "invoices.staging.larkspur.example", 1095, began_days_ago=480),
        *make.helm_release(home, "payments", 29, 31),
        *run.deployment(home, "mock-psp", pod(
            container("mock", "pay/mock-psp:0.3.0", {
                "STRIPE_API_KEY": stripe_key(home),
                "MOCK_USERNAME": Key("mock-bank", "username"),
                "MOCK_PASSWORD": Key("mock-bank", "password"),
                "JWKS_URL": "https://login.staging.larkspur.example/.well-known/jwks.json",
            }),
        ), replicas=1),
        *run.deployment(home, "invoices", pod(
            container("invoices", "pay/invoices:6.5.0-rc1", mounts={"signing": "/etc/signing"}),
            volumes=[secret_volume("signing", "invoice-signing")],
        ), replicas=1),
        *run.deployment(home, "psp-sandbox", pod(
            container("sandbox", "pay/psp-sandbox:0.1.4", mounts={"vault": "/vault"}),
            volumes=[vault_volume("vault", "psp-sandbox")],
        ), replicas=1),
    ]  # fmt: skip


def _in_both(home: str, host: str) -> list[Step]:
    """What production and its staging twin have in common."""
    return [
        _store(home),
        *make.external_secret(home, "card-vault", ["api-key"], refresh="10m0s", refreshed=ago(minutes=3), store=VAULT),
        *make.external_secret(home, "ledger-db-admin", ["username", "password"], store=VAULT),
        *make.external_secret(home, "fraud-service", ["api-key", "webhook-secret"], store=VAULT),
        *make.external_secret(home, "stripe", ["secret-key", "webhook-secret"], store=VAULT),
        *make.vault_class(home, "payment-gateway", {"gateway-key": "key", "gateway-cert": "cert"}),
        *make.vault_class(home, "ledger", {"username": "username", "password": "password"}, synced="ledger-db"),
        *make.certificate(home, "pay-tls", host, expires_in=ago(days=44)),
        *make.pull_secret(home),
        *run.service_account(home, "payments", pull=["registry-pull"]),
        *run.deployment(home, "payment-gateway", pod(
            container("gateway", "pay/gateway:14.2.0", {
                "GATEWAY_KEY_FILE": "/vault/gateway-key",
                "STRIPE_SECRET_FILE": "/etc/stripe/secret-key",
                "CARD_VAULT_KEY": Key("card-vault", "api-key"),
            }, mounts={"vault": "/vault", "stripe": "/etc/stripe"}),
            volumes=[vault_volume("vault", "payment-gateway"), secret_volume("stripe", "stripe")], account="payments",
        ), replicas=3),
        *run.stateful_set(home, "ledger", pod(
            container("ledger", "pay/ledger:9.1.0", {
                "DB_USERNAME": Key("ledger-db", "username"),
                "DB_PASSWORD": Key("ledger-db", "password"),
            }, mounts={"vault": "/vault"}),
            init=[container("migrate", "pay/ledger:9.1.0", env_from=["ledger-db-admin"], args=["migrate"])],
            volumes=[vault_volume("vault", "ledger")], account="payments",
        )),
        *run.deployment(home, "webhooks", pod(
            container("webhooks", "pay/webhooks:4.4.4", {
                "STRIPE_WEBHOOK_SECRET": Key("stripe", "webhook-secret"),
                "FRAUD_API_KEY": Key("fraud-service", "api-key"),
                "PSP_HMAC_KEY": Key("psp-hmac", "hmac-key"),
            }),
        )),
        *run.ingress(home, "pay", host, "pay-tls"),
        network.closed(home),
        network.from_namespace(home, "payment-gateway", "storefront" + home.removeprefix("payments"), 8443),
    ]  # fmt: skip


def _store(home: str) -> Step:
    """The namespace's own SecretStore: it logs in to Vault as a ServiceAccount of the namespace."""
    manifest = named("SecretStore", make.EXTERNAL_SECRETS, home, VAULT[1])
    reference = {"name": "payments", "audiences": ["vault"]}
    login = {"kubernetes": {"mountPath": "kubernetes", "role": home, "serviceAccountRef": reference}}
    vault = {"server": make.VAULT_ADDRESS, "path": "kv", "version": "v2", "auth": login}
    return Step(manifest | {"spec": {"provider": {"vault": vault}}}, make.GITOPS, applied=True)
