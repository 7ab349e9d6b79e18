"""Whether Secrets are kept apart by namespaces, which is where RBAC ends."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.checks.check import Check, Fault, Judgement
from scanners.checks.wording import listed, quoted, shown
from scanners.context import Context
from scanners.inventory import Secret
from scanners.policy import Place
from scanners.sources import MACHINE_MADE

DEFAULT = "default"


def _of_people(context: Context) -> Iterator[Secret]:
    return (secret for secret in context.inventory.secrets if context.source(secret).kind not in MACHINE_MADE)


def _judge_default(context: Context, secret: Secret) -> Judgement:
    if secret.namespace != DEFAULT:
        return []
    return [
        Fault(
            kind="Secret",
            namespace=secret.namespace,
            name=secret.name,
            message=f"Secret {DEFAULT}/{shown(secret.name)} lies in the namespace {DEFAULT}, which belongs to nobody.",
            evidence=f"type {shown(secret.type)}; source {context.source(secret).kind}",
            remediation=(
                "Give the application a namespace of its own and move it there with its Secret: best by the source the "
                "Secret comes from. Without one (the value stays in the pipe):\n\n"
                f"  kubectl get secret {quoted(secret.name)} -n {DEFAULT} -o json \\\n"
                "    | jq 'del(.metadata.namespace, .metadata.uid, .metadata.resourceVersion, "
                ".metadata.creationTimestamp, .metadata.managedFields, .metadata.ownerReferences)' \\\n"
                "    | kubectl create -n NAMESPACE -f -"
            ),
        )
    ]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What belongs where in one namespace, by the policy: how many Secrets each environment and each owner has there.

    `environment` and `owner` are the namespace's own: what the policy says of it, else what most of its Secrets have,
    else "".
    """

    environments: Counter[str]
    owners: Counter[str]
    environment: str
    owner: str


@dataclass(frozen=True, slots=True)
class Resident:
    """A Secret that a rule says something of, among its neighbours."""

    secret: Secret
    environment: str
    owner: str
    neighbours: Neighbours

    @property
    def namespace(self) -> str:
        return self.secret.namespace

    @property
    def name(self) -> str:
        return self.secret.name


def _select_residents(context: Context) -> Iterator[Resident]:
    """People's Secrets of which the policy's rules know the environment or the owner; none without a rule."""
    if not (context.policy.owners or context.policy.environments):
        return
    by_namespace: dict[str, list[tuple[Secret, str, str]]] = defaultdict(list)
    for secret in _of_people(context):
        environment, owner = context.environment(secret), context.owner(secret)
        if environment or owner:
            by_namespace[secret.namespace].append((secret, environment, owner))
    labels = {namespace.name: namespace.labels for namespace in context.inventory.namespaces}
    for name, found in by_namespace.items():
        place = Place(name, {}, labels.get(name, {}))
        environments = Counter(environment for _, environment, _ in found if environment)
        owners = Counter(owner for _, _, owner in found if owner)
        neighbours = Neighbours(
            environments,
            owners,
            context.policy.environment(place, context.inventory.cluster.name) or _most(environments),
            context.policy.owner(place) or _most(owners),
        )
        for secret, environment, owner in found:
            yield Resident(secret, environment, owner, neighbours)


def _most(counted: Counter[str]) -> str:
    """What most have, "" where two are even."""
    first, second = [*counted.most_common(2), ("", 0), ("", 0)][:2]
    return first[0] if first[1] > second[1] else ""


def _judge_resident(context: Context, resident: Resident) -> Judgement:
    secret, neighbours = resident.secret, resident.neighbours
    parts = [
        *_out_of_place("environment", resident.environment, neighbours.environment, neighbours.environments),
        *_out_of_place("owner", resident.owner, neighbours.owner, neighbours.owners),
    ]
    if not parts:
        return []
    return [
        Fault(
            kind="Secret",
            namespace=secret.namespace,
            name=secret.name,
            message=f"Secret {shown(secret.namespace)}/{shown(secret.name)} {' and '.join(parts)}.",
            evidence="by the policy's rules, people's Secrets in this namespace: " + "; ".join(_counts(neighbours)),
        )
    ]


def _out_of_place(what: str, own: str, of_namespace: str, counted: Counter[str]) -> Iterator[str]:
    others = sorted(name for name in counted if name != own)
    if own and others and own != of_namespace:
        yield f"has the {what} {shown(own)} among Secrets of {listed(others)}"


def _counts(neighbours: Neighbours) -> Iterator[str]:
    for counted in (neighbours.environments, neighbours.owners):
        if len(counted) > 1:
            yield ", ".join(f"{number} of {shown(name)}" for name, number in sorted(counted.items()))


_RBAC_GUIDE = (
    "Good practices for RBAC",
    "https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
)

DEFAULT_NAMESPACE = Check(
    id="default-namespace",
    title="No Secret of people lies in the namespace default",
    severity="low",
    needs=("secrets",),
    checklist="rbac-by-name",
    what="A Secret that people own, whatever its source, lies in the namespace default.",
    why=(
        "Rights are given by namespace, and default is the one where everybody tries things: whoever may read Secrets "
        "there, or start a Pod there, has this one too."
    ),
    fix="Move {name} and what uses it into a namespace of their own.",
    blind_spots="Secrets that controllers make for themselves in default are not judged.",
    references=(_RBAC_GUIDE,),
    mappings=(("CIS Kubernetes Benchmark", "5.6.4 The default namespace should not be used"),),
    select=_of_people,
    judge=_judge_default,
)

NAMESPACE_MIXED = Check(
    id="namespace-mixed",
    title="A namespace holds the Secrets of one environment and one owner",
    severity="low",
    needs=("secrets", "namespaces"),
    checklist="rbac-by-name",
    what=(
        "By the policy's rules a Secret belongs to another environment, or another owner, than its namespace, or than "
        "most Secrets there; where two are even, to another than its neighbours. Without such rules nothing is judged."
    ),
    why=(
        "A Role that lists Secrets gives all of its namespace, and so does the right to start a Pod: those who work on "
        "staging get production's credentials, and one team another's."
    ),
    fix="Move {namespace}/{name} to a namespace of its environment and owner, or correct the rule or label.",
    blind_spots="Only what the policy's owner and environment rules say counts; nothing is guessed from names.",
    references=(_RBAC_GUIDE,),
    mappings=(
        ("CIS Kubernetes Benchmark", "5.6.1 Create administrative boundaries between resources using namespaces"),
        ("NSA/CISA Kubernetes Hardening Guide", "Separation of resources by namespaces"),
    ),
    select=_select_residents,
    judge=_judge_resident,
)

CHECKS = (DEFAULT_NAMESPACE, NAMESPACE_MIXED)
