"""Services, and NetworkPolicies as far as they concern ingress.

https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from scanners.collect.keep import all_labels, clean
from scanners.collect.metadata import ObjectMeta, Shape, decoder, name_of, namespace_of
from scanners.collect.pool import Pool
from scanners.inventory import IngressRule, LabelSelector, NetworkPolicy, Peer, Service

MAX_KEY = 317
MAX_VALUE = 63
MAX_CIDR = 64


class _Expression(Shape):
    key: str
    operator: str
    values: list[str] | None = None


class _Selector(Shape):
    match_labels: dict[str, str] | None = None
    match_expressions: list[_Expression] | None = None


class _IpBlock(Shape):
    cidr: str
    except_: list[str] | None = msgspec.field(name="except", default=None)


class _Peer(Shape):
    pod_selector: _Selector | None = None
    namespace_selector: _Selector | None = None
    ip_block: _IpBlock | None = None


class _PolicyPort(Shape):
    protocol: str | None = None
    port: int | str | None = None
    end_port: int | None = None


class _Ingress(Shape):
    from_: list[_Peer] | None = msgspec.field(name="from", default=None)
    ports: list[_PolicyPort] | None = None


class _PolicySpec(Shape):
    pod_selector: _Selector = msgspec.field(default_factory=_Selector)
    policy_types: list[str] | None = None
    ingress: list[_Ingress] | None = None


class _Policy(Shape):
    metadata: ObjectMeta
    spec: _PolicySpec = msgspec.field(default_factory=_PolicySpec)


class _ServicePort(Shape):
    port: int
    target_port: int | str | None = None
    protocol: str | None = None


class _ServiceSpec(Shape):
    selector: dict[str, str] | None = None
    ports: list[_ServicePort] | None = None
    type: str | None = None


class _Service(Shape):
    metadata: ObjectMeta
    spec: _ServiceSpec = msgspec.field(default_factory=_ServiceSpec)


_policy = decoder(_Policy)
_service = decoder(_Service)


def read_network_policy(raw: msgspec.Raw, pool: Pool) -> Iterable[NetworkPolicy]:
    """A NetworkPolicy. Without `policyTypes` it always concerns ingress."""
    found = _policy.decode(raw)
    yield NetworkPolicy(
        namespace=namespace_of(found.metadata, pool),
        name=name_of(found.metadata),
        pods=_selector(found.spec.pod_selector, pool),
        isolates="Ingress" in (found.spec.policy_types or ("Ingress",)),
        ingress=tuple(_rule(rule, pool) for rule in found.spec.ingress or ()),
    )


def read_service(raw: msgspec.Raw, pool: Pool) -> Iterable[Service]:
    """A Service. One without a selector, or that names another host, forwards to nothing that is seen here."""
    found = _service.decode(raw)
    external = found.spec.type == "ExternalName"
    yield Service(
        namespace=namespace_of(found.metadata, pool),
        name=name_of(found.metadata),
        selector={} if external else all_labels(found.spec.selector, pool),
        ports=tuple(pool.one(_service_port(port)) for port in found.spec.ports or ()),
        type=pool.one(clean(found.spec.type or "ClusterIP", 32)),
    )


def _selector(selector: _Selector, pool: Pool) -> LabelSelector:
    return LabelSelector(
        labels={
            pool.one(clean(key, MAX_KEY)): pool.one(clean(value, MAX_VALUE))
            for key, value in (selector.match_labels or {}).items()
        },
        expressions=tuple(
            (
                pool.one(clean(expression.key, MAX_KEY)),
                pool.one(clean(expression.operator, 32)),
                tuple(pool.one(clean(value, MAX_VALUE)) for value in expression.values or ()),
            )
            for expression in selector.match_expressions or ()
        ),
    )


def _rule(rule: _Ingress, pool: Pool) -> IngressRule:
    return IngressRule(
        peers=tuple(_peer(peer, pool) for peer in rule.from_ or ()),
        ports=tuple(pool.one(_policy_port(port)) for port in rule.ports or ()),
    )


def _peer(peer: _Peer, pool: Pool) -> Peer:
    block = peer.ip_block
    return Peer(
        pods=_selector(peer.pod_selector, pool) if peer.pod_selector is not None else None,
        namespaces=_selector(peer.namespace_selector, pool) if peer.namespace_selector is not None else None,
        cidr=clean(block.cidr, MAX_CIDR) if block is not None else "",
        excluded=tuple(clean(cidr, MAX_CIDR) for cidr in block.except_ or ()) if block is not None else (),
    )


def _policy_port(port: _PolicyPort) -> str:
    protocol = clean(port.protocol or "TCP", 8)
    if port.port is None:
        return protocol
    last = f"-{port.end_port}" if port.end_port is not None else ""
    return f"{protocol}/{clean(str(port.port), MAX_VALUE)}{last}"


def _service_port(port: _ServicePort) -> str:
    target = port.port if port.target_port in (None, 0, "") else port.target_port
    return f"{port.port}/{clean(str(target), MAX_VALUE)}/{clean(port.protocol or 'TCP', 8)}"
