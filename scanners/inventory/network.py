"""Services, and the NetworkPolicies before them."""

from __future__ import annotations

from scanners.inventory.record import Record


class LabelSelector(Record, frozen=True, kw_only=True):
    """metav1.LabelSelector; empty selects everything. `expressions` are (key, operator, values)."""

    labels: dict[str, str] = {}
    expressions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()


class Peer(Record, frozen=True, kw_only=True):
    """A `from` of a NetworkPolicy: Pods, namespaces or both; `cidr` alone where it is an ipBlock.

    `excluded` are the ipBlock's exceptions.
    """

    pods: LabelSelector | None = None
    namespaces: LabelSelector | None = None
    cidr: str = ""
    excluded: tuple[str, ...] = ()


class IngressRule(Record, frozen=True, kw_only=True):
    """An ingress rule of a NetworkPolicy. Empty `peers` is everybody, empty `ports` is all.

    A port is `TCP/8200`, `TCP/8000-9000`, `TCP/http` by the container port's name, or `TCP` for all of them.
    """

    peers: tuple[Peer, ...] = ()
    ports: tuple[str, ...] = ()


class NetworkPolicy(Record, frozen=True, kw_only=True):
    """A networking.k8s.io NetworkPolicy as far as it concerns ingress; `isolates` is whether it selects for ingress."""

    namespace: str
    name: str
    pods: LabelSelector = LabelSelector()
    isolates: bool = True
    ingress: tuple[IngressRule, ...] = ()


class Service(Record, frozen=True, kw_only=True):
    """A Service: its selector, ports as `port/target/protocol`, and its type. `selector` empty selects nothing."""

    namespace: str
    name: str
    selector: dict[str, str] = {}
    ports: tuple[str, ...] = ()
    type: str = "ClusterIP"
