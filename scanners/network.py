"""Who may open a connection to a Pod, by the NetworkPolicies of networking.k8s.io.

A Pod that no policy selects for ingress takes every connection; one that is selected takes what the rules of all
policies that select it admit together (https://kubernetes.io/docs/concepts/services-networking/network-policies/).

The question here is whether a Pod that nobody thought of gets in: one without labels, in a namespace that no rule
names. Beside it, whether the rules come to the same by naming every namespace there is.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from scanners.inventory import IngressRule, Namespace, NetworkPolicy, Peer
from scanners.secrets_managers import Port
from scanners.selectors import matches

NAME_LABEL = "kubernetes.io/metadata.name"
_NOBODY = "\0"
"""A namespace's name that no selector can hold."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_POD_RANGES = tuple(
    ipaddress.IPv4Network(cidr)
    for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "240.0.0.0/4")
)
"""Where Pods have their addresses: private (RFC 1918), shared (RFC 6598), and what large clusters take besides."""
_SMALLEST_POD_NETWORK = 256
"""Addresses; a node alone usually has as many."""


class Access(Enum):
    """Whether every Pod of the cluster gets to a Pod's port."""

    EVERYBODY = "everybody"
    SOME = "some"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ingress:
    """`because` is a clause: what admits everybody, or what cannot be told."""

    access: Access
    because: str = ""


def ingress(
    namespace: str,
    labels: Mapping[str, str],
    ports: Sequence[Port],
    policies: Iterable[NetworkPolicy],
    namespaces: Sequence[Namespace] = (),
) -> Ingress:
    """Who gets to any of the `ports` of a Pod with these labels in this namespace.

    `namespaces` are all of the cluster, empty where they are not known.
    """
    selecting = [item for item in policies if item.namespace == namespace and item.isolates]
    selecting = [item for item in selecting if matches(item.pods, labels)]
    if not selecting:
        return Ingress(Access.EVERYBODY, "no NetworkPolicy selects its Pods")
    answers = [_to_port(port, selecting, namespaces) for port in ports]
    for access in (Access.EVERYBODY, Access.UNKNOWN):
        for answer in answers:
            if answer.access is access:
                return answer
    return Ingress(Access.SOME)


def _to_port(port: Port, policies: Sequence[NetworkPolicy], namespaces: Sequence[Namespace]) -> Ingress:
    rules: list[tuple[NetworkPolicy, IngressRule]] = []
    doubts: list[str] = []
    for policy in policies:
        for rule in policy.ingress:
            opens = _opens(rule, port)
            if opens:
                rules.append((policy, rule))
            elif opens is None and _admits_strangers(rule):
                doubts.append(
                    f"NetworkPolicy {policy.name} admits every Pod to a port by its name ({', '.join(rule.ports)}), "
                    "which may be this one"
                )
    for policy, rule in rules:
        if _admits_strangers(rule):
            return Ingress(Access.EVERYBODY, f"a rule of NetworkPolicy {policy.name} admits every Pod")
    blocks = [peer for _, rule in rules for peer in rule.peers if peer.cidr]
    if _every_address(blocks):
        return Ingress(Access.EVERYBODY, "the ipBlocks of its NetworkPolicies admit every address")
    if len(namespaces) > 1 and all(_admits_namespace(rules, item) for item in namespaces):
        return Ingress(Access.EVERYBODY, "its NetworkPolicies name every namespace of the cluster")
    doubts.extend(
        f"the ipBlock {peer.cidr} of its NetworkPolicies may hold the addresses of all Pods"
        for peer in blocks
        if _may_hold_pods(peer)
    )
    return Ingress(Access.UNKNOWN, doubts[0]) if doubts else Ingress(Access.SOME)


def _opens(rule: IngressRule, port: Port) -> bool | None:
    """Whether the rule concerns the port, None where that depends on a container port's name."""
    if not rule.ports:
        return True
    answers = [_is_port(text, port) for text in rule.ports]
    return True if True in answers else None if None in answers else False


def _is_port(text: str, port: Port) -> bool | None:
    protocol, _, which = text.partition("/")
    if protocol != "TCP":
        return False
    if not which:
        return True
    first, _, last = which.partition("-")
    if first.isdecimal() and (not last or last.isdecimal()):
        return None if port.number is None else int(first) <= port.number <= int(last or first)
    return True if which in port.names else None


def _admits_strangers(rule: IngressRule) -> bool:
    return not rule.peers or any(_admits(peer, "", _NOBODY, {NAME_LABEL: _NOBODY}) for peer in rule.peers)


def _admits_namespace(rules: Iterable[tuple[NetworkPolicy, IngressRule]], namespace: Namespace) -> bool:
    """Whether a Pod without labels in this namespace gets in by any of the rules."""
    labels = {NAME_LABEL: namespace.name, **namespace.labels}
    return any(_admits(peer, policy.namespace, namespace.name, labels) for policy, rule in rules for peer in rule.peers)


def _admits(peer: Peer, own: str, namespace: str, labels: Mapping[str, str]) -> bool:
    """Whether a Pod without labels in the namespace is this peer; `own` is the policy's namespace."""
    if peer.cidr or (peer.pods is None and peer.namespaces is None):
        return False
    there = namespace == own if peer.namespaces is None else matches(peer.namespaces, labels)
    return there and (peer.pods is None or matches(peer.pods, {}))


def _every_address(blocks: Iterable[Peer]) -> bool:
    """Whether the blocks together are all of IPv4: 0.0.0.0/0, or halves that make it up."""
    networks = [_network(peer.cidr) for peer in blocks if not peer.excluded]
    four = [network for network in networks if isinstance(network, ipaddress.IPv4Network)]
    return any(network.prefixlen == 0 for network in ipaddress.collapse_addresses(four))


def _may_hold_pods(peer: Peer) -> bool:
    network = _network(peer.cidr)
    if isinstance(network, ipaddress.IPv4Network):
        large = network.num_addresses >= _SMALLEST_POD_NETWORK
        return large and any(network.overlaps(pods) for pods in _POD_RANGES)
    return network is not None and network.prefixlen <= 64


def _network(cidr: str) -> _Network | None:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None
