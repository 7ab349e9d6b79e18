"""Values that stand in annotations: what `kubectl apply` left on Secrets, and credentials in any other annotation."""

from __future__ import annotations

from collections.abc import Iterator

from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.inputs import WORKLOADS
from scanners.checks.plaintext.families import Family, families, place, said_of, with_article
from scanners.checks.wording import quoted, shown
from scanners.context import Context
from scanners.inventory import ConfigMap, PlaintextCredential, Secret

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"


def _select(context: Context) -> Iterator[Secret | ConfigMap | Family | Unknown]:
    yield from context.inventory.secrets
    yield from context.inventory.config_maps
    yield from families(context)


def _judge(_: Context, item: Secret | ConfigMap | Family) -> Judgement:
    if isinstance(item, Family):
        return [
            item.fault(workload, literal, _where(literal), _remediation(*item.top, literal))
            for workload, literal in item.literals(lambda workload: workload.plaintext_annotations)
        ]
    kind = "Secret" if isinstance(item, Secret) else "ConfigMap"
    faults = [_fault(kind, item, literal) for literal in item.plaintext_annotations]
    if isinstance(item, Secret):
        if item.last_applied == "unreadable" and not faults:
            return Unknown(
                f"the annotation {ANNOTATION} of some Secrets is not valid JSON, so whether it carries values is not "
                f"known: look at Secret {shown(item.namespace)}/{shown(item.name)}"
            )
        if item.last_applied == "with-values":
            faults.insert(0, _last_applied(item))
    return faults


def _last_applied(secret: Secret) -> Fault:
    name, namespace = quoted(secret.name), quoted(secret.namespace)
    return Fault(
        kind="Secret",
        namespace=secret.namespace,
        name=secret.name,
        field=f'metadata.annotations["{ANNOTATION}"]',
        message=f"Secret {shown(secret.namespace)}/{shown(secret.name)} carries its values in an annotation too.",
        evidence=f"{ANNOTATION} holds data or stringData",
        remediation=_LAST_APPLIED_REMEDY.replace("{name}", name).replace("{namespace}", namespace),
    )


def _fault(kind: str, item: Secret | ConfigMap, literal: PlaintextCredential) -> Fault:
    return Fault(
        kind=kind,
        namespace=item.namespace,
        name=item.name,
        field=literal.field,
        message=(
            f"{kind} {place(item.namespace, item.name)} has {with_article(literal.credential)} in plain text in "
            f"{_where(literal)}."
        ),
        evidence=said_of(literal),
        remediation=_remediation(kind, item.namespace, item.name, literal),
    )


def _where(literal: PlaintextCredential) -> str:
    return f"annotation {shown(literal.name)}"


def _remediation(kind: str, namespace: str, name: str, literal: PlaintextCredential) -> str:
    steps = [
        "Change the credential where it is issued: annotations stand unencrypted in etcd and are copied by dashboards, "
        "backups and logs."
    ]
    if literal.field.startswith("metadata."):
        within = f" -n {quoted(namespace)}" if namespace else ""
        resource = f"{kind.lower()}/{name}"
        steps += [
            "Then take the annotation away, here and in the manifest, the chart or the tool that writes it:",
            f"  kubectl annotate {quoted(resource)}{within} {quoted(literal.name + '-')}",
        ]
    else:
        steps.append(f"Then take {literal.field} out of the manifest or the chart, and roll it out.")
    steps.append("Let whatever reads it take the new one from a Secret.")
    return "\n\n".join(steps)


_LAST_APPLIED_REMEDY = (
    "Take the annotation away:\n\n"
    f"  kubectl annotate secret {{name}} -n {{namespace}} {ANNOTATION}-\n\n"
    "It comes back with every client-side kubectl apply, so apply on the server from now on, and let no manifest "
    "with values be applied by hand:\n\n"
    "  kubectl apply --server-side --force-conflicts -f MANIFEST\n\n"
    "Who could read the Secret's metadata, or tools that copy annotations (dashboards, backups, logs), may have "
    "seen the values: rotate them."
)

VALUE_IN_ANNOTATION = Check(
    id="value-in-annotation",
    title="No annotation holds a value",
    severity="medium",
    needs=("secrets", "configmaps", *WORKLOADS),
    checklist="no-plaintext-in-git",
    what=(
        f"On a Secret, the annotation {ANNOTATION} holds the manifest as it was last applied on the client's side, "
        "with the values in data or stringData; what stood under stringData is there in plain text. Other tools keep "
        "such copies too (kapp, Rancher). On Secrets, ConfigMaps and workloads with their Pod templates, any other "
        "annotation is judged as an env var is: a credential in it counts. A copy of a ConfigMap's or a workload's own "
        "manifest only repeats its fields and is left to their checks."
    ),
    why=(
        "Tools treat annotations as harmless: dashboards show them, scanners and log shippers store them, lists "
        "without values deliver them. A copy of a Secret also shows that a manifest with the values in plain exists, "
        "most likely in a Git repository."
    ),
    fix=_LAST_APPLIED_REMEDY,
    blind_spots=(
        "Annotations of other kinds of objects are not looked at. A credential that looks like a path, a reference or "
        "an object's name is not recognised; secret at the end of an annotation's name is mostly that of an object, "
        "and believed only where the value looks generated."
    ),
    references=(
        (
            "Declarative management of objects",
            "https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/",
        ),
        ("Server-side apply", "https://kubernetes.io/docs/reference/using-api/server-side-apply/"),
    ),
    mappings=(
        ("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Secrets"),
    ),
    select=_select,
    judge=_judge,
)

CHECKS = (VALUE_IN_ANNOTATION,)
