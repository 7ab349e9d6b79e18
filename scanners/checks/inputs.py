"""Inputs that several checks need, by their coverage names, and what was not seen of them.

Where a verdict rests on something not being there (nothing refers to it, nothing makes it), each input that could
have held it must have been read, for the namespace in question at least.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scanners.checks.check import Unknown
from scanners.context import Context
from scanners.inventory import Coverage
from scanners.sources import SYNC_KINDS

WORKLOADS = (
    "pods",
    "deployments",
    "statefulsets",
    "daemonsets",
    "replicasets",
    "replicationcontrollers",
    "jobs",
    "cronjobs",
)
_CUSTOM_WORKLOADS = frozenset({"rollouts.argoproj.io", "deploymentconfigs.apps.openshift.io"})
REFERRING = (*WORKLOADS, "serviceaccounts", "ingresses")
"""Where every cluster may refer to a Secret; custom resources come on top, as far as they are installed."""

EXTERNAL_SECRETS = "externalsecrets.external-secrets.io"
CLUSTER_EXTERNAL_SECRETS = "clusterexternalsecrets.external-secrets.io"
"""What makes ExternalSecrets: where these are seen, it tells nothing more of who makes a Secret."""
SEALED_SECRETS = "sealedsecrets.bitnami.com"
PROVIDER_CLASSES = "secretproviderclasses.secrets-store.csi.x-k8s.io"
MOUNT_STATUSES = "secretproviderclasspodstatuses.secrets-store.csi.x-k8s.io"
CERTIFICATES = "certificates.cert-manager.io"
KUSTOMIZATIONS = "kustomizations.kustomize.toolkit.fluxcd.io"
CLUSTER_STORES = "clustersecretstores.external-secrets.io"
SYNCING = (EXTERNAL_SECRETS, SEALED_SECRETS, PROVIDER_CLASSES, CERTIFICATES, KUSTOMIZATIONS)
"""What makes Secrets in the clusters that have it."""


def _input(group: str, kind: str) -> str:
    return f"{kind.lower()}{'es' if kind.endswith('s') else 's'}.{group}"


_MAKING = (frozenset(_input(group, kind) for group, kind in SYNC_KINDS) | {KUSTOMIZATIONS}) - {CLUSTER_EXTERNAL_SECRETS}
_ACROSS_NAMESPACES = frozenset(
    {
        "gateways.gateway.networking.k8s.io",
        "gateways.networking.istio.io",
        "listenersets.gateway.networking.k8s.io",
        "xlistenersets.gateway.networking.x-k8s.io",
        "securitypolicies.gateway.envoyproxy.io",
        "destinationrules.networking.istio.io",
        "httpproxies.projectcontour.io",
        "dopplersecrets.secrets.doppler.com",
        "infisicalsecrets.secrets.infisical.com",
        "infisicalstaticsecrets.secrets.infisical.com",
    }
)
"""Objects that by common use refer to, or write, Secrets of other namespaces: all of them must have been read."""

LONGEST = 6
"""Inputs named in one sentence."""

_REFER_TO_NO_SECRET = frozenset(
    {
        "secrets",
        "namespaces",
        "nodes",
        "roles",
        "clusterroles",
        "rolebindings",
        "clusterrolebindings",
        "configmaps",
        "apiservers",
        "metrics",
        "encryptionconfiguration",
        "networkpolicies",
        "services",
        "auditpolicy",
        "secretvalues",
        MOUNT_STATUSES,
        CLUSTER_EXTERNAL_SECRETS,
    }
)


def may_make_secrets(name: str) -> bool:
    """Whether objects of this input make Secrets."""
    return name in _MAKING


def has_pod_templates(name: str) -> bool:
    """Whether objects of this input have Pod templates."""
    return name in WORKLOADS or name in _CUSTOM_WORKLOADS


def may_refer_to_secrets(name: str) -> bool:
    """Whether objects of this input could refer to a Secret; what is not known to refer to none, could."""
    return name not in _REFER_TO_NO_SECRET


OUTSIDE = Coverage(input="everything in the namespaces outside this scan", status="partial")


class Unseen:
    """What was not seen of the inputs that a verdict rests on: computed once, asked for each namespace.

    These are the `needed` inputs, and of the others in the coverage those that are `relevant`. An input that was
    read namespace by namespace counts as seen in those that were read whole. Of a scan of some namespaces, nothing in
    the others was seen.
    """

    def __init__(self, context: Context, needed: Iterable[str], relevant: Callable[[str], bool]) -> None:
        others = (name for name in context.inventory.coverage if relevant(name))
        names = tuple(dict.fromkeys((*needed, *others)))
        self._rows = context.inventory.missing(names)
        self._scope = context.inventory.scope
        if self._scope:
            away = (name for name in names if name in _ACROSS_NAMESPACES)
            self._rows += tuple(
                Coverage(input=f"{name} in all namespaces", status="partial", namespaces=())
                for name in away
                if context.coverage(name).status == "complete"
            )

    def of(self, namespace: str) -> tuple[Coverage, ...]:
        """The inputs not seen for this namespace."""
        if self._scope and namespace not in self._scope:
            return (OUTSIDE,)
        return tuple(row for row in self._rows if row.input in _ACROSS_NAMESPACES or namespace not in row.namespaces)


def untold(context: Context, needs: Iterable[str], relevant: Callable[[str], bool]) -> Iterator[Unknown]:
    """One Unknown where inputs beyond a check's `needs`, `relevant` to it, were not read whole; else nothing.

    `needs` are the same for every cluster; a custom resource matters only where it is installed.
    """
    known = frozenset(needs)
    beyond = [name for name in context.inventory.coverage if name not in known and relevant(name)]
    rows = context.inventory.missing(tuple(beyond))
    if rows:
        yield Unknown(f"not all could be looked at without {in_words(rows)}")


def in_words(rows: Iterable[Coverage]) -> str:
    """`list on ingresses and jobs`: the permissions that would resolve it."""
    names = list(dict.fromkeys(row.input for row in rows))
    if len(names) > LONGEST:
        names = [*names[:LONGEST], f"{len(names) - LONGEST} more"]
    return "list on " + (" and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0])
