"""Whether the network lets every Pod reach a secrets manager that runs in the cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.inputs import WORKLOADS
from scanners.checks.wording import listed, shown
from scanners.consumers import TopObject
from scanners.context import Context
from scanners.inventory import Namespace, Service, Workload
from scanners.network import Access, Ingress, ingress
from scanners.secrets_managers import SECRETS_MANAGERS, Port, SecretsManager
from scanners.selectors import selects

NETWORK_POLICIES = "networkpolicies"
SERVICES = "services"
NAMESPACES = "namespaces"

OTHER_POLICIES = {
    "cilium.io": "Cilium",
    "crd.projectcalico.org": "Calico",
    "projectcalico.org": "Calico",
    "crd.antrea.io": "Antrea",
    "policy.networking.k8s.io": "AdminNetworkPolicy",
}
"""API groups with policies of another kind, which may close what these leave open, or open what they close."""

_OVER = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class Running:
    """A secrets manager that runs here: what it runs as, the labels of its Pods, and the Services before them."""

    manager: SecretsManager
    top: TopObject
    labels: tuple[Mapping[str, str], ...]
    services: tuple[Service, ...]

    @property
    def namespace(self) -> str:
        return self.top.namespace

    @property
    def name(self) -> str:
        """That of the object a finding is on: the first Service, else the workload."""
        return self.services[0].name if self.services else self.top.name

    @property
    def ports(self) -> tuple[Port, ...]:
        """Its API's ports that a Service leads to; those of all its TCP ports where none is known; else its usual."""
        targets = [target for service in self.services for target in _targets(service)]
        known = [port for port in self.manager.ports if any(_is(target, port) for target in targets)]
        others = [Port(int(target)) if target.isdecimal() else Port(None, (target,)) for target in targets]
        return tuple(known or others or self.manager.ports)


def _select(context: Context) -> Iterator[Running]:
    """Every secrets manager among the workloads."""
    services: dict[str, list[Service]] = defaultdict(list)
    for service in context.inventory.services:
        if service.selector:
            services[service.namespace].append(service)
    found: dict[tuple[str, TopObject], tuple[SecretsManager, list[Workload]]] = {}
    for workload in context.inventory.workloads:
        if workload.phase in _OVER or context.consumers.is_history(workload):
            continue
        for manager in SECRETS_MANAGERS:
            if _is_manager(manager, workload, services[workload.namespace]):
                key = manager.name, context.consumers.top(workload)
                found.setdefault(key, (manager, []))[1].append(workload)
    for (_, top), (manager, workloads) in found.items():
        pods = [workload for workload in workloads if workload.kind == "Pod"]
        labels = tuple(workload.labels for workload in pods or workloads)
        before = [service for each in labels for service in _before(each, services[top.namespace])]
        unique = {service.name: service for service in before}
        ordered = sorted(unique.values(), key=lambda item: (not _leads_to(item, manager), len(item.name), item.name))
        yield Running(manager, top, labels, tuple(ordered))


def _is_manager(manager: SecretsManager, workload: Workload, services: Iterable[Service]) -> bool:
    """Two of image, labels and port: an agent's sidecar has the image alone, a dashboard perhaps the label."""
    has_image, has_labels = manager.has_image(workload.images), manager.has_labels(workload.labels)
    if has_image and has_labels:
        return True
    if not has_image and not has_labels:
        return False
    return any(_leads_to(service, manager) for service in _before(workload.labels, services))


def _before(labels: Mapping[str, str], services: Iterable[Service]) -> list[Service]:
    return [service for service in services if selects(service.selector, labels)]


def _leads_to(service: Service, manager: SecretsManager) -> bool:
    return any(_is(target, port) for target in _targets(service) for port in manager.ports)


def _targets(service: Service) -> list[str]:
    """The container ports, by number or name, that a Service forwards TCP to."""
    parts = [text.split("/") for text in service.ports]
    return [target for _, target, protocol in parts if protocol == "TCP"]


def _is(target: str, port: Port) -> bool:
    return target in port.names or (target.isdecimal() and int(target) == port.number)


def _judge(context: Context, running: Running) -> Judgement:
    for name in (NETWORK_POLICIES, SERVICES):
        row = context.coverage(name)
        if row.status not in ("complete", "absent") and running.namespace not in row.namespaces:
            return Unknown(f"{running.manager.name} in {shown(running.namespace)} needs list on {name}")
    others = sorted({OTHER_POLICIES[name] for name in context.inventory.cluster.api_groups if name in OTHER_POLICIES})
    if others:
        return Unknown(
            f"{running.manager.name} runs in {shown(running.namespace)}, and policies of {' and '.join(others)} may "
            "decide who reaches it, which secretsui does not read: look at them yourself"
        )
    answers = [
        ingress(running.namespace, labels, running.ports, context.inventory.network_policies, _namespaces(context))
        for labels in running.labels
    ]
    for answer in answers:
        if answer.access is Access.EVERYBODY:
            return [_fault(running, answer)]
    for answer in answers:
        if answer.access is Access.UNKNOWN:
            return Unknown(f"{running.manager.name} in {shown(running.namespace)}: {shown_clause(answer)}")
    return []


def _namespaces(context: Context) -> Sequence[Namespace]:
    whole = context.coverage(NAMESPACES).status == "complete" and not context.inventory.scope
    return context.inventory.namespaces if whole else ()


def shown_clause(answer: Ingress) -> str:
    """The reason of an answer, fit to be shown: it holds names from the cluster."""
    return "".join(character if character.isprintable() else "�" for character in answer.because)[:300]


def _fault(running: Running, answer: Ingress) -> Fault:
    ports = listed((str(port.number or port.names[0]) for port in running.ports), nothing="all")
    others = listed((service.name for service in running.services[1:]), nothing="")
    also = f"; also behind Service {others}" if others else ""
    return Fault(
        kind="Service" if running.services else running.top.kind,
        namespace=running.namespace,
        name=running.name,
        message=f"Every Pod of the cluster can reach {running.manager.name}: {shown_clause(answer)}.",
        evidence=f"{running.top.kind} {shown(running.top.name)}, port {ports}{also}",
    )


MANAGER_REACHABLE = Check(
    id="manager-reachable",
    title="Only its clients can reach a secrets manager",
    severity="medium",
    needs=(NETWORK_POLICIES, SERVICES, NAMESPACES, *WORKLOADS),
    checklist="network-policy",
    what=(
        "A secrets manager runs in the cluster (Vault, OpenBao, Infisical, Conjur or 1Password Connect), and every "
        "Pod may open a connection to its API: no NetworkPolicy selects its Pods, or the rules of those that do "
        "admit any Pod of any namespace, every address, or each namespace there is."
    ),
    why=(
        "Whoever takes over any Pod of the cluster can then try stolen tokens, guess at sign-ins and use flaws of "
        "the manager's API. A NetworkPolicy leaves that to the few Pods that have business there."
    ),
    fix=(
        "Admit by name the namespaces, and in them the Pods, that use the manager. The Pods' labels and the port are "
        "those of your installation:\n\n"
        "  apiVersion: networking.k8s.io/v1\n"
        "  kind: NetworkPolicy\n"
        "  metadata:\n"
        "    name: secrets-manager-clients\n"
        "    namespace: {namespace}\n"
        "  spec:\n"
        "    podSelector:\n"
        "      matchLabels:\n"
        "        app.kubernetes.io/name: vault\n"
        "        component: server\n"
        "    policyTypes: [Ingress]\n"
        "    ingress:\n"
        "      - from:\n"
        "          - namespaceSelector:\n"
        "              matchLabels:\n"
        "                kubernetes.io/metadata.name: external-secrets\n"
        "            podSelector:\n"
        "              matchLabels:\n"
        "                app.kubernetes.io/name: external-secrets\n"
        "          # The manager's own Pods, which speak to each other.\n"
        "          - podSelector:\n"
        "              matchLabels:\n"
        "                app.kubernetes.io/name: vault\n"
        "        ports:\n"
        "          - protocol: TCP\n"
        "            port: 8200\n"
        "          - protocol: TCP\n"
        "            port: 8201\n\n"
        "Policies add up, so also take out the one that admits everybody. The chart of Vault brings one when "
        "server.networkPolicy.enabled is set: give it server.networkPolicy.ingress of your own."
    ),
    blind_spots=(
        "A NetworkPolicy works only where the network plugin enforces it, which no API tells. Nodes, Pods with "
        "hostNetwork, and what comes through an Ingress or a load balancer are not looked at. Where policies of "
        "Cilium, Calico, Antrea or AdminNetworkPolicy may exist, nothing is concluded; a service mesh's rules are not "
        "read. A manager with another image and without its chart's labels is not recognised, nor is one outside "
        "the cluster."
    ),
    references=(
        ("Network policies", "https://kubernetes.io/docs/concepts/services-networking/network-policies/"),
        (
            "Vault on Kubernetes: production hardening",
            "https://developer.hashicorp.com/vault/docs/concepts/production-hardening",
        ),
    ),
    mappings=(
        ("CIS Kubernetes Benchmark", "5.3.2 Ensure that all Namespaces have NetworkPolicies defined"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Network policies"),
    ),
    select=_select,
    judge=_judge,
)

CHECKS = (MANAGER_REACHABLE,)
