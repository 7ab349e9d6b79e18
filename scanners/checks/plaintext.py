"""Credentials that stand as literals in Pod templates."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.checks.check import Check, Fault
from scanners.checks.inputs import WORKLOADS
from scanners.checks.wording import quoted, shown
from scanners.consumers import TopObject
from scanners.context import Context
from scanners.inventory import PlaintextCredential, Workload

_FINISHED = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class Family:
    """An object that a person would change, and what runs from it.

    `template` is the object itself, None where it is of a kind that is not read. `made` are the workloads that it
    made and that count: live Pods, and without a template the ReplicaSets and Jobs between.
    """

    top: TopObject
    template: Workload | None
    made: tuple[Workload, ...]

    @property
    def namespace(self) -> str:
        return self.top.namespace

    @property
    def name(self) -> str:
        return self.top.name


def _select_families(context: Context) -> Iterator[Family]:
    templates: dict[TopObject, Workload] = {}
    made: dict[TopObject, list[Workload]] = defaultdict(list)
    for workload in context.inventory.workloads:
        top = context.consumers.top(workload)
        if (workload.kind, workload.name) == (top.kind, top.name):
            templates[top] = workload
        elif workload.phase not in _FINISHED and not context.consumers.is_history(workload):
            made[top].append(workload)
    for top in dict.fromkeys((*templates, *made)):
        template = templates.get(top)
        members = [item for item in made[top] if template is None or item.kind == "Pod"]
        # ReplicaSets and Jobs before Pods: their paths are those of a template.
        yield Family(top, template, tuple(sorted(members, key=lambda item: (item.kind == "Pod", item.name))))


def _judge(_: Context, family: Family) -> Iterator[Fault]:
    """Every credential of the template, then what only the live Pods have."""
    known: Counter[tuple[str, str]] = Counter()
    for workload in (family.template, *family.made):
        if workload is None:
            continue
        # A webhook may shift containers and variables, so a Pod's literals are matched by name and kind, in number.
        unmatched = Counter(known)
        for literal in workload.plaintext_env:
            key = (literal.name, literal.credential)
            if unmatched[key]:
                unmatched[key] -= 1
                continue
            known[key] += 1
            yield _fault(family, workload, literal)


def _fault(family: Family, workload: Workload, literal: PlaintextCredential) -> Fault:
    top = family.top
    place = f"{shown(top.namespace)}/{shown(top.name)}" if top.namespace else shown(top.name)
    evidence = [
        f"{literal.credential}{f' {shown(literal.masked)}' if literal.masked else ''}",
        f"field {shown(literal.field)}",
    ]
    own = workload is family.template
    if not own:
        evidence.append(
            f"seen in {shown(workload.kind)} {shown(workload.name)}, which {shown(top.kind)} {shown(top.name)} made"
        )
    return Fault(
        kind=top.kind,
        namespace=top.namespace,
        name=top.name,
        field=literal.field,
        message=(
            f"{shown(top.kind)} {place} has {_with_article(literal.credential)} in plain text in env var "
            f"{shown(literal.name)}."
        ),
        evidence="; ".join(evidence),
        remediation=_remediation(top, literal),
    )


def _with_article(credential: str) -> str:
    """`a password`, `an API key`, `credentials`."""
    if credential == "credentials":
        return credential
    an = credential[0] in "aeioAEIO" or credential.startswith(("npm", "xAI", "unseal"))
    return f"{'an' if an else 'a'} {credential}"


def _remediation(top: TopObject, literal: PlaintextCredential) -> str:
    """Names are the cluster's and hostile: quoted for shell and YAML, reduced to what a Secret and its key may be."""
    secret = _object_name(f"{top.name}-credentials")
    key = re.sub(r"[^-._a-zA-Z0-9]", "-", literal.name)[:253] or "value"
    namespace = f" -n {quoted(top.namespace)}" if top.namespace else ""
    variable = json.dumps(literal.name if literal.name.isprintable() else "NAME", ensure_ascii=False)
    return (
        "Change the credential where it is issued: it stands in etcd, in old ReplicaSets, most likely in Git, and "
        "whoever may read workloads has read it. Make a Secret of the new one, best by an ExternalSecret or a "
        "SealedSecret, or by hand from a file:\n\n"
        f"  kubectl create secret generic {secret}{namespace} --from-file={quoted(f'{key}=PATH')}\n\n"
        f"Then, in {shown(literal.field.rpartition('.env[')[0] or literal.field)}, mount it as a file, which a "
        "rotation updates and no child process inherits:\n\n"
        "  volumeMounts:\n"
        "    - name: credentials\n"
        "      mountPath: /etc/credentials\n"
        "      readOnly: true\n"
        "  # and beside containers:\n"
        "  volumes:\n"
        "    - name: credentials\n"
        "      secret:\n"
        f'        secretName: "{secret}"\n\n'
        "If the program reads nothing but its environment, replace value by a reference:\n\n"
        "  env:\n"
        f"    - name: {variable}\n"
        "      valueFrom:\n"
        "        secretKeyRef:\n"
        f'          name: "{secret}"\n'
        f'          key: "{key}"'
    )


def _object_name(text: str) -> str:
    """The nearest name that a Kubernetes object may have."""
    return re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")[:253] or "credentials"


PLAINTEXT_ENV = Check(
    id="plaintext-env",
    title="No env var holds a credential in plain text",
    severity="high",
    needs=WORKLOADS,
    checklist="no-plaintext-in-git",
    what=(
        "The literal value of an env var of a container, an init container or an ephemeral container is a "
        "credential: a password, a key or token, a private key, a connection string with a password. The value "
        "decides before the name: paths, references, durations, names of objects and URLs without credentials are "
        "none."
    ),
    why=(
        "Everybody who may read workloads reads it, which is nearly everybody; it stands unencrypted in etcd, in "
        "every backup, in the history of ReplicaSets, and in the Git repository the manifest came from. It cannot "
        "be rotated without a rollout."
    ),
    fix=(
        "Rotate the credential, put the new one into a Secret, and mount that as a file into {kind} "
        "{namespace}/{name}, or refer to it by secretKeyRef in place of {field}."
    ),
    blind_spots=(
        "Arguments, commands and ConfigMaps are not looked at by this check. A credential that looks like a path, "
        "a template or the name of an object under a doubtful name is not recognised."
    ),
    references=(
        ("Secrets", "https://kubernetes.io/docs/concepts/configuration/secret/"),
        (
            "Distribute credentials securely",
            "https://kubernetes.io/docs/tasks/inject-data-application/distribute-credentials-secure/",
        ),
    ),
    mappings=(
        ("CIS Kubernetes Benchmark", "5.4.1 Prefer using secrets as files over secrets as environment variables"),
        ("CIS Kubernetes Benchmark", "5.4.2 Consider external secret storage"),
        ("NSA/CISA Kubernetes Hardening Guide", "Network separation and hardening: Secrets"),
    ),
    select=_select_families,
    judge=_judge,
)

CHECKS = (PLAINTEXT_ENV,)
