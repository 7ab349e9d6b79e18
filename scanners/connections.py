"""Opening the connection that a stored cluster stands for, and trying one before it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from scanners.credentials import SealBroken, unseal
from scanners.kube.credential import Credential
from scanners.kube.local import local_credential
from scanners.kube.network import NetworkRules
from scanners.kube.transport import Transport
from scanners.models import Cluster


class ConnectionProblem(Exception):
    """The cluster's stored connection cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An open connection, and the namespaces its credential names."""

    transport: Transport
    known_namespaces: tuple[str, ...]


def network_rules() -> NetworkRules:
    """Which addresses a cluster may have: loopback only where secretsui serves its own machine."""
    return NetworkRules(allow_loopback=settings.LOCAL or settings.LOOPBACK_CLUSTERS)


def credential_of(cluster: Cluster) -> Credential:
    """The cluster's credential. Raises ConnectionProblem, and KubeError for this machine's own contexts."""
    if cluster.connection == Cluster.Connection.CONTEXT:
        if not settings.LOCAL:
            raise ConnectionProblem(
                f"{cluster.name} uses a kubeconfig context of the machine it was added on, which only "
                "`secretsui up` on loopback may do. Connect it again with a kubeconfig of its own."
            )
        return local_credential(None, cluster.context)
    try:
        return unseal(bytes(cluster.credential), cluster.id)
    except SealBroken as error:
        raise ConnectionProblem(str(error)) from error


@contextmanager
def open_transport(cluster: Cluster) -> Iterator[Opened]:
    """A transport to a stored cluster, closed at the end."""
    credential = credential_of(cluster)
    known = (credential.namespace,) if credential.namespace else ()
    with Transport(credential, network_rules()) as transport:
        yield Opened(transport, known)
