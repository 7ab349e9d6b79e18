"""identity: sign-in for customers and staff, on External Secrets, Sealed Secrets and some that people made."""

from __future__ import annotations

import json

from tests.demo_company import sources as make
from tests.demo_company import workloads as run
from tests.demo_company.steps import Step, ago
from tests.demo_company.values import written_down
from tests.demo_company.workloads import Key, container, pod, secret_volume

HOME = "identity"


def identity() -> list[Step]:
    """Everything in the namespace identity."""
    return [
        *make.external_secret(HOME, "keycloak-db", ["username", "password", "host"]),
        *make.external_secret(HOME, "ldap-bind", ["bind-dn", "bind-password"]),
        *make.external_secret(
            HOME, "oidc-clients", ["storefront", "grafana", "airflow"], refresh="30m0s", refreshed=ago(days=3)
        ),
        *make.sealed_secret(HOME, "social-login", ["google-secret", "apple-secret"]),
        *make.sealed_secret(HOME, "mfa-seed", ["seed"], problem="no key could decrypt secret (seed)"),
        *make.by_apply(HOME, "keycloak-admin", ["KEYCLOAK_ADMIN", "KEYCLOAK_ADMIN_PASSWORD"]),
        *make.by_hand(HOME, "jwks-signing", ["jwks.json"]),
        *make.by_hand(HOME, "smtp-relay", ["username", "password"], "kubernetes.io/basic-auth"),
        *make.tls_by_hand(HOME, "saml-signing", "saml.larkspur.example", 730, began_days_ago=703),
        *make.certificate(HOME, "login-tls", "login.larkspur.example"),
        *make.account_token(HOME, "identity-sync"),
        *make.pull_secret(HOME),
        *make.helm_release(HOME, "keycloak", 9, 11),
        *run.service_account(HOME, "identity-sync", secrets=["identity-sync-token"]),
        *run.service_account(HOME, "keycloak", pull=["registry-pull"]),
        *run.config_map(HOME, "keycloak-realm", {"realm.json": _realm()}),
        *run.stateful_set(HOME, "keycloak", pod(
            container("keycloak", "mirror/keycloak:26.4", {
                "KC_DB_URL_HOST": Key("keycloak-db", "host"),
                "KC_DB_USERNAME": Key("keycloak-db", "username"),
                "KC_DB_PASSWORD": Key("keycloak-db", "password"),
                "KC_HOSTNAME": "login.larkspur.example",
                "KC_PASSWORD_POLICY": "length(12)",
            }, env_from=["keycloak-admin"],
               mounts={"saml": "/etc/saml", "jwks": "/etc/jwks", "clients": "/etc/clients"},
               sub_paths={"tls": ("/opt/keycloak/conf/tls.crt", "tls.crt")}),
            volumes=[
                secret_volume("tls", "login-tls"),
                secret_volume("saml", "saml-signing"),
                secret_volume("jwks", "jwks-signing"),
                secret_volume("clients", "oidc-clients"),
            ],
            account="keycloak",
        ), replicas=2),
        *run.deployment(HOME, "directory-sync", pod(
            container("sync", "id/directory-sync:1.7.3", {
                "LDAP_BIND_DN": Key("ldap-bind", "bind-dn"),
                "LDAP_BIND_PASSWORD": Key("ldap-bind", "bind-password"),
            }),
            account="identity-sync",
        ), replicas=1),
        *run.deployment(HOME, "mfa", pod(
            container("mfa", "id/mfa:2.2.0", {
                "SMTP_USERNAME": Key("smtp-relay", "username"),
                "SMTP_PASSWORD": Key("smtp-relay", "password"),
                "SOCIAL_GOOGLE": Key("social-login", "google-secret"),
            }, mounts={"seed": "/etc/mfa"}),
            volumes=[secret_volume("seed", "mfa-seed")],
        )),
        *run.ingress(HOME, "login", "login.larkspur.example", "login-tls"),
    ]  # fmt: skip


def _realm() -> str:
    """A realm as Keycloak exports it, with a client's secret in it."""
    client = {"clientId": "airflow", "protocol": "openid-connect", "secret": written_down(HOME, "realm")}
    return json.dumps({"realm": "larkspur", "accessTokenLifespan": 300, "clients": [client]}, indent=2)
