"""How a stored cluster is connected: trying a connection before it is stored, storing it, and opening it for a scan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from scanners.credentials import SealBroken, seal, unseal
from scanners.kube.credential import Credential
from scanners.kube.errors import CredentialUnavailable
from scanners.kube.local import in_cluster_credential, in_cluster_rules, local_credential, runs_in_pod
from scanners.kube.network import NetworkRules
from scanners.kube.transport import Transport
from scanners.models import Cluster
from scanners.preview import Preview, preview
from scanners.store.plain import clean

LONGEST_IDENTITY: int = Cluster._meta.get_field("identity").max_length or 0


class ConnectionProblem(Exception):
    """The connection cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open connection, and the namespaces its credential names."""

    transport: Transport
    known_namespaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A connection that was looked through and is not stored yet. `context` is that of this machine's kubeconfig."""

    connection: Cluster.Connection
    credential: Credential
    context: str = ""

    @property
    def keeps_credential(self) -> bool:
        """Whether the credential is stored; otherwise it is read anew for each scan, where this machine keeps it."""
        return self.connection in (Cluster.Connection.KUBECONFIG, Cluster.Connection.TOKEN)


def context_way(context: str) -> Way:
    """A context of this machine's own kubeconfig. Raises ConnectionProblem."""
    if not settings.LOCAL:
        raise ConnectionProblem("Contexts of this machine can be used only by `secretsui up` on loopback.")
    return Way(Cluster.Connection.CONTEXT, _context_credential(context), context)


def in_cluster_way() -> Way:
    """The cluster that secretsui runs in. Raises ConnectionProblem."""
    return Way(Cluster.Connection.IN_CLUSTER, _in_cluster_credential())


def offers_in_cluster() -> bool:
    """Whether secretsui runs in a Pod that has a ServiceAccount."""
    return runs_in_pod(settings.SERVICE_ACCOUNT)


def look(way: Way) -> Preview:
    """What the identity would show. Raises KubeError."""
    with Transport(way.credential, network_rules(way.connection)) as transport:
        return preview(transport, way.credential.namespace)


def adopt(cluster: Cluster, way: Way, seen: Preview) -> None:
    """Put the connection in the place of the one that the cluster has, if any. The row is not saved."""
    cluster.connection = way.connection
    cluster.server = way.credential.server
    cluster.context = way.context
    cluster.credential = seal(way.credential, cluster.id) if way.keeps_credential else b""
    cluster.credential_fingerprint = way.credential.fingerprint() if way.keeps_credential else ""
    cluster.credential_expires_at = way.credential.expires_at if way.keeps_credential else None
    cluster.identity = clean(seen.identity)[:LONGEST_IDENTITY]
    cluster.permissions = clean(seen.as_rows())


ADOPTED = (
    "connection", "server", "context", "credential", "credential_fingerprint", "credential_expires_at", "identity",
    "permissions",
)  # fmt: skip
"""The columns that `adopt` sets."""


def network_rules(connection: str) -> NetworkRules:
    """Which addresses a cluster may have: loopback only where secretsui serves its own machine."""
    if connection == Cluster.Connection.IN_CLUSTER:
        return in_cluster_rules()
    return NetworkRules(allow_loopback=settings.LOCAL or settings.LOOPBACK_CLUSTERS)


def credential_of(cluster: Cluster) -> Credential:
    """The cluster's credential. Raises ConnectionProblem."""
    if cluster.connection == Cluster.Connection.CONTEXT:
        if not settings.LOCAL:
            raise ConnectionProblem(
                f"{cluster.name} uses a kubeconfig context of the machine it was added on, which only "
                "`secretsui up` on loopback may do. Connect it again with a kubeconfig of its own."
            )
        return _context_credential(cluster.context)
    if cluster.connection == Cluster.Connection.IN_CLUSTER:
        return _in_cluster_credential()
    try:
        return unseal(bytes(cluster.credential), cluster.id)
    except SealBroken as error:
        raise ConnectionProblem(str(error)) from error


def _context_credential(context: str) -> Credential:
    try:
        return local_credential(None, context)
    except CredentialUnavailable as error:
        raise ConnectionProblem(str(error)) from error


def _in_cluster_credential() -> Credential:
    """Read anew each time, since the platform replaces the token before it ends."""
    try:
        return in_cluster_credential(settings.SERVICE_ACCOUNT)
    except CredentialUnavailable as error:
        raise ConnectionProblem(str(error)) from error


@contextmanager
def open_transport(cluster: Cluster) -> Iterator[Opened]:
    """A transport to a stored cluster, closed at the end. Raises ConnectionProblem and KubeError."""
    credential = credential_of(cluster)
    known = (credential.namespace,) if credential.namespace else ()
    with Transport(credential, network_rules(cluster.connection)) as transport:
        yield Opened(transport, known)
