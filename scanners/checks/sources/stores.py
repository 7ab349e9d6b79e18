"""Whether stores limit who may use them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from scanners.checks import inputs
from scanners.checks.check import Check, Fault, Judgement
from scanners.checks.wording import counted, listed, quoted, shown
from scanners.context import Context
from scanners.inventory import SecretStore


def _select_stores(context: Context) -> Iterator[SecretStore]:
    """ClusterSecretStores; a SecretStore serves its own namespace alone."""
    return (store for store in context.inventory.stores if store.kind == "ClusterSecretStore")


def _judge_store(context: Context, store: SecretStore) -> Judgement:
    if store.conditions and not store.matches_all:
        return []
    users = _users(context, store)
    what = "has no conditions" if not store.conditions else "has a condition that every namespace meets"
    usable = store.ready is not False
    return [
        Fault(
            kind=store.kind,
            namespace="",
            name=store.name,
            severity=None if usable else "low",
            message=(
                f"ClusterSecretStore {shown(store.name)} {what}: whoever may make an ExternalSecret, in any namespace, "
                "reads whatever it reaches."
            ),
            evidence="; ".join(_evidence(store, users)),
            remediation=_conditions(store, users),
        )
    ]


def _users(context: Context, store: SecretStore) -> list[str]:
    """Namespaces with an ExternalSecret that takes from this store."""
    return sorted(
        {
            item.namespace
            for item in context.inventory.sync_objects
            if (item.store_kind, item.store) == (store.kind, store.name)
        }
    )


def _evidence(store: SecretStore, users: list[str]) -> Iterator[str]:
    yield f"provider {shown(store.provider) or 'unknown'}"
    yield f"used from {counted(len(users), 'namespace')}" + (f": {listed(users)}" if users else "")
    if store.ready is False:
        yield "not ready, so that nobody can use it now" + (f" ({shown(store.reason)})" if store.reason else "")


def _conditions(store: SecretStore, users: list[str]) -> str:
    patch = json.dumps({"spec": {"conditions": [{"namespaces": users or ["NAMESPACE"]}]}})
    return (
        f"Name the namespaces that may use it, by name or by label{'; those that use it today' if users else ''}:\n\n"
        f"  kubectl patch clustersecretstore {quoted(store.name)} --type=merge \\\n"
        f"    -p {quoted(patch)}\n\n"
        "Better still, a SecretStore in each namespace, with an identity of its own that the provider limits."
    )


STORE_OPEN = Check(
    id="store-open",
    title="Cluster-wide stores name the namespaces that may use them",
    severity="medium",
    needs=(inputs.CLUSTER_STORES,),
    checklist="source-of-truth",
    what=(
        "A ClusterSecretStore of External Secrets has no conditions, or one that every namespace meets. It is low "
        "where the store is not ready, since nobody can use it then."
    ),
    why=(
        "An ExternalSecret in any namespace may take any value that the store's identity reaches. Whoever may create "
        "one, an ordinary right of a team in its namespace, reads the secrets of all other teams."
    ),
    fix="Give {name} spec.conditions that name the namespaces which may use it.",
    blind_spots=(
        "What the provider lets the store's identity read is not seen: it may be little. Policies at admission that "
        "limit ExternalSecrets are not looked at. Of regular expressions only well-known ones count as open."
    ),
    references=(
        ("ClusterSecretStore", "https://external-secrets.io/latest/api/clustersecretstore/"),
        ("Multi-tenancy", "https://external-secrets.io/latest/guides/multi-tenancy/"),
        ("Security best practices", "https://external-secrets.io/latest/guides/security-best-practices/"),
    ),
    mappings=(("NSA/CISA Kubernetes Hardening Guide", "Separation of resources by namespaces"),),
    select=_select_stores,
    judge=_judge_store,
)

CHECKS = (STORE_OPEN,)
