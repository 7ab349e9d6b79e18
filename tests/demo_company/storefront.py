"""The web shop: External Secrets on AWS for most of it, Sealed Secrets for third parties, and years of leftovers."""

from __future__ import annotations

from tests.demo_company import sources as make
from tests.demo_company import workloads as run
from tests.demo_company.steps import Manifest, Step, ago
from tests.demo_company.values import aws_secret_key, fake, written_down
from tests.demo_company.workloads import FromConfigMap, Key, container, pod, projected_volume, secret_volume

NOT_IN_STORE = "could not get secret data from provider"


def production() -> list[Step]:
    """Everything in the namespace storefront."""
    home = "storefront"
    return [
        *_in_both(home, "shop.larkspur.example"),
        *make.external_secret(
            home, "loyalty-api", ["client-id", "client-secret"],
            problem=NOT_IN_STORE, refreshed=ago(days=9),
        ),
        *make.external_secret(home, "gift-cards", ["api-key"], problem=NOT_IN_STORE, made=False),
        *make.external_secret(home, "storefront-mail", ["username", "password"], type_="kubernetes.io/basic-auth"),
        *make.by_apply(home, "cdn-signing", ["signing-key", "key-id"]),
        *make.by_apply(home, "checkout-legacy-db", ["username", "password", "host"]),
        *make.by_apply(home, "old-payment-gateway", ["merchant-id", "api-key"]),
        *make.by_hand(home, "algolia-admin", ["admin-key"]),
        *make.by_hand(home, "partner-feed-sftp", ["ssh-privatekey", "known_hosts"], "kubernetes.io/ssh-auth"),
        *make.by_hand(home, "christmas-2023-promo", ["token"]),
        *make.tls_by_hand(home, "legacy-shop-tls", "old.larkspur.example", 365, began_days_ago=377),
        *make.certificate(home, "api-tls", "api.shop.larkspur.example"),
        *make.helm_release(home, "storefront", 38, 42),
        *make.helm_release(home, "redis", 6, 7),
        *run.config_map(home, "checkout-legacy", {"application.yaml": _legacy_configuration(home)}),
        *run.config_map(home, "price-feed", {".env": _price_feed(home), "feeds.csv": "supplier,currency\nacme,EUR\n"}),
        *run.deployment(home, "checkout-legacy", _checkout_legacy(home)),
        *run.deployment(home, "loyalty", pod(
            container("loyalty", "shop/loyalty:2.3.0", {
                "LOYALTY_CLIENT_ID": Key("loyalty-api", "client-id"),
                "LOYALTY_CLIENT_SECRET": Key("loyalty-api", "client-secret"),
                "GIFT_CARD_KEY": Key("gift-cards", "api-key"),
                "MAIL_PASSWORD": Key("storefront-mail", "pasword"),
            }),
        )),
        *run.deployment(home, "image-resizer", pod(
            container("resizer", "shop/image-resizer:1.9.4", {"CDN_KEY_ID": Key("cdn-signing", "key-id")},
                      sub_paths={"signing": ("/etc/cdn/signing-key", "signing-key")}),
            volumes=[secret_volume("signing", "cdn-signing")],
        ), replicas=0),
        *run.cron_job(home, "price-feed", "*/20 * * * *", pod(
            container("feed", "shop/price-feed:1.1.0",
                      args=["--supplier=acme", f"--ftp-password={written_down(home, 'price-feed')}", "--retries=3"]),
        )),
        *run.cron_job(home, "partner-feed", "20 4 * * 1", pod(
            container("feed", "shop/partner-feed:0.8.1", mounts={"key": "/var/run/sftp"}),
            volumes=[secret_volume("key", "partner-feed-sftp", ["ssh-privatekey", "known_hosts"])],
        )),
        *run.gateway(home, "public", {
            "api.shop.larkspur.example": "api-tls",
            "old.larkspur.example": "legacy-shop-tls",
        }),
    ]  # fmt: skip


def staging() -> list[Step]:
    """Everything in the namespace storefront-staging: a smaller twin, with what people try out there."""
    home = "storefront-staging"
    return [
        *_in_both(home, "shop.staging.larkspur.example"),
        *make.by_hand(home, "try-new-search", {"api-key": fake("storefront", "algolia-admin", "admin-key")}),
        *make.helm_release(home, "storefront", 51, 53),
        *make.helm_release(home, "redis", 7, 7),
        *run.ingress(home, "preview", "preview.staging.larkspur.example", "preview-tls"),
        *run.cron_job(home, "load-test", "0 3 * * 6", pod(
            container("k6", "mirror/k6:1.3.0",
                      args=["run", "--env", f"SHOP_PASSWORD={written_down(home, 'load-test')}", "/checkout.js"]),
        )),
        *run.deployment(home, "search-experiment", pod(
            container("search", "shop/search-experiment:main", {
                "API_KEY": Key("try-new-search", "api-key"),
                "FALLBACK_KEY": Key("try-old-search", "api-key", optional=True),
                "ADMIN_PASSWORD": written_down(home, "search-experiment"),
            }),
        ), replicas=1),
    ]  # fmt: skip


def _in_both(home: str, host: str) -> list[Step]:
    """What production and its staging twin have in common."""
    return [
        *make.external_secret(home, "storefront-db", ["username", "password", "host", "port"]),
        *make.external_secret(home, "storefront-redis", ["password"]),
        *make.external_secret(home, "search-cluster", ["username", "password"]),
        *make.external_secret(home, "image-cdn", ["api-token"], refresh="15m0s"),
        *make.external_secret(home, "tax-service", ["api-key"]),
        *make.tls_by_hand(home, "warehouse-client", f"client.{host}", 90, 9 if home == "storefront" else 16),
        *make.sealed_secret(home, "feature-flags", ["sdk-key"]),
        *make.sealed_secret(home, "newsletter", ["api-key"]),
        *make.sealed_secret(home, "recaptcha", ["site-key", "secret-key"]),
        *make.by_hand(home, "session-signing", ["current", "previous"]),
        *make.certificate(home, "www-tls", host),
        *make.pull_secret(home),
        *run.service_account(home, "storefront", pull=["registry-pull"]),
        *run.config_map(home, "storefront", {
            "LOG_LEVEL": "INFO",
            "TOKEN_TTL": "3600",
            "SEARCH_URL": f"https://search.{home}.svc:9200",
            "nginx.conf": "server_tokens off;\nproxy_set_header Authorization $http_authorization;\n",
        }),
        *run.deployment(home, "storefront", pod(
            container("web", "shop/storefront:42.1.0", {
                "DB_HOST": Key("storefront-db", "host"),
                "DB_USERNAME": Key("storefront-db", "username"),
                "DB_PASSWORD_FILE": "/etc/storefront/db/password",
                "SESSION_KEYS_DIR": "/etc/storefront/session",
                "TOKEN_TTL": FromConfigMap("storefront", "TOKEN_TTL"),
                "SECRET_NAME": "storefront-db",
                "RECAPTCHA_SECRET": Key("recaptcha", "secret-key"),
            }, mounts={"credentials": "/etc/storefront"}),
            container("flags", "shop/flag-proxy:1.4.0", env_from=["feature-flags"]),
            volumes=[projected_volume("credentials", "storefront-db", "session-signing", "storefront-redis")],
            account="storefront",
        ), replicas=3),
        *run.deployment(home, "catalog", pod(
            container("catalog", "shop/catalog:7.0.2", {
                "SEARCH_USERNAME": Key("search-cluster", "username"),
                "SEARCH_PASSWORD": Key("search-cluster", "password"),
                "CDN_TOKEN": Key("image-cdn", "api-token"),
                "CDN_TOKEN_REFRESH": "true",
            }),
            account="storefront",
        )),
        *run.deployment(home, "cart", pod(
            container("cart", "shop/cart:5.2.0", {
                "REDIS_PASSWORD": Key("storefront-redis", "password"),
                "REDIS_URL": "redis://:$(REDIS_PASSWORD)@redis:6379/0",
                "TAX_API_KEY": Key("tax-service", "api-key"),
            }),
        )),
        *run.deployment(home, "edge", pod(
            container("nginx", "mirror/nginx:1.29", mounts={"warehouse": "/etc/warehouse"}, sub_paths={
                "tls": ("/etc/nginx/tls.crt", "tls.crt"),
            }),
            volumes=[secret_volume("tls", "www-tls"), secret_volume("warehouse", "warehouse-client")],
        )),
        *run.stateful_set(home, "redis", pod(
            container("redis", "mirror/redis:7.4", mounts={"auth": "/etc/redis"},
                      args=["redis-server", "/etc/redis/redis.conf", "--port", "6379"]),
            volumes=[secret_volume("auth", "storefront-redis", ["password"])],
        )),
        *run.cron_job(home, "newsletter", "0 6 * * 4", pod(
            container("send", "shop/newsletter:3.1.0", env_from=["newsletter"]),
        )),
        *run.ingress(home, "www", host, "www-tls"),
    ]  # fmt: skip


def _checkout_legacy(home: str) -> Manifest:
    password = written_down(home, "checkout-legacy")
    return pod(
        container("checkout", "shop/checkout-legacy:1.12.9", {
            "DB_HOST": "mysql.legacy.larkspur.example",
            "DB_USER": "checkout",
            "DB_PASSWORD": password,
            "DATABASE_URL": f"mysql://checkout:{password}@mysql.legacy.larkspur.example:3306/checkout",
            "PASSWORD_MIN_LENGTH": "12",
        }),
        init=[container("fetch-catalog", "mirror/aws-cli:2", {
            "AWS_REGION": "eu-central-1",
            "AWS_SECRET_ACCESS_KEY": aws_secret_key(home, "fetch-catalog"),
        })],
        volumes=[secret_volume("unused-now", "checkout-legacy-db", optional=True)],
    )  # fmt: skip


def _price_feed(home: str) -> str:
    return f"FTP_HOST=ftp.acme.example\nFTP_USER=larkspur\nFTP_PASSWORD={written_down(home, 'price-feed')}\n"


def _legacy_configuration(home: str) -> str:
    return f"spring:\n  datasource:\n    username: checkout\n    password: {written_down(home, 'checkout-legacy')}\n"
