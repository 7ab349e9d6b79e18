"""How Secrets are used: through the environment rather than as files, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from scanners.checks import inputs
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.references import DOCUMENTATION, Pair, pairs, who
from scanners.checks.wording import counted, listed, quoted, shown
from scanners.consumers import Consumption
from scanners.context import Context
from scanners.inventory import How, Secret
from scanners.sources import BOOTSTRAP, HELM_RELEASE, TOKEN
from scanners.writers import OPERATOR_TYPES

_ENV: frozenset[How] = frozenset({"env", "env-from"})
_BY_PODS: frozenset[How] = _ENV | {"volume", "projected", "csi"}


def _select_consumed_by_pods(context: Context) -> Iterator[Pair | Unknown]:
    for group in pairs(item for item in context.consumers.all if item.how in _BY_PODS):
        yield Pair(group)
    yield from inputs.untold(context, SECRET_IN_ENV.needs, inputs.has_pod_templates)


def _judge_env(context: Context, pair: Pair) -> Judgement:
    through_env = [item for item in pair.references if item.how in _ENV]
    if not through_env:
        return []
    first = through_env[0]
    keys = sorted({key for item in through_env for key in item.keys})
    what = f"{counted(len(keys), 'key')} of Secret" if keys else "Secret"
    if any(item.how == "env-from" for item in through_env):
        what = "all keys of Secret"
    return [
        Fault(
            kind=first.kind,
            namespace=first.namespace,
            name=first.name,
            field=first.field,
            message=f"{who(first)} takes {what} {shown(first.secret)} through environment variables.",
            evidence=f"fields {listed(item.field for item in through_env)}"
            + (f"; keys {listed(keys)}" if keys else ""),
            remediation=partial(_as_files, first, keys),
        )
    ]


def _as_files(item: Consumption, keys: Sequence[str]) -> str:
    """The change of the Pod template that replaces the environment variables of one Secret by files."""
    name = json.dumps(item.secret)
    lines = [
        f"In the Pod template of {who(item)}, mount the Secret and let the application read files:",
        "",
        "  containers:",
        f"    - name: {json.dumps(item.container or 'CONTAINER')}",
        "      volumeMounts:",
        "        - {name: credentials, mountPath: /var/run/credentials, readOnly: true}",
        "  volumes:",
        "    - name: credentials",
        f"      secret: {{secretName: {name}}}",
        "",
    ]
    if keys:
        lines.append(f"Each key is a file there: {listed(f'/var/run/credentials/{key}' for key in keys)}.")
    lines.append("Many images take NAME_FILE=/path in place of NAME. Then remove the entries from env or envFrom.")
    return "\n".join(lines)


_READ_BY_LABEL: tuple[tuple[str, str | None, str], ...] = (
    ("argocd.argoproj.io/secret-type", None, "Argo CD reads it by its label"),
    ("app.kubernetes.io/part-of", "argocd", "Argo CD reads its own Secrets through the API"),
    ("sealedsecrets.bitnami.com/sealed-secrets-key", None, "the Sealed Secrets controller reads it by its label"),
    ("grafana_dashboard", None, "Grafana's sidecar reads it by its label"),
    ("grafana_datasource", None, "Grafana's sidecar reads it by its label"),
    ("cnpg.io/reload", None, "CloudNativePG watches it by its label"),
)
"""Labels (and their value, None for any) of Secrets that a program reads through the API, and who does.

https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories
https://github.com/grafana/helm-charts/tree/main/charts/grafana#sidecar-for-dashboards
https://cloudnative-pg.io/documentation/current/security/
"""

_READ_BY_TYPE = {
    TOKEN: "a service account token: see legacy-token",
    BOOTSTRAP: "a bootstrap token, which the API server reads",
    HELM_RELEASE: "a release record, which Helm reads",
}


_READ_OTHERWISE = OPERATOR_TYPES.union(_READ_BY_TYPE)


def read_through_api(context: Context, secret: Secret) -> bool:
    """Whether a program is known to read the Secret through the API, so that nothing need refer to it."""
    source = context.source(secret)
    if secret.owners or secret.type in _READ_OTHERWISE:
        return True
    if source.kind in ("sealing-key", "control-plane"):
        return True
    if source.kind == "cert-manager" and not source.object:
        return True  # its own: the webhook's authority, an ACME account's key
    if context.is_copied(secret):
        return True
    return any(
        label in secret.labels and (value is None or secret.labels[label] == value)
        for label, value, _ in _READ_BY_LABEL
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Secret that something is expected to refer to, with what was not seen of the objects that could.

    `looked_at` says in words what was.
    """

    secret: Secret
    referring: inputs.Unseen
    looked_at: str

    @property
    def namespace(self) -> str:
        return self.secret.namespace

    @property
    def name(self) -> str:
        return self.secret.name


def _select_mountable(context: Context) -> Iterator[Candidate]:
    """Secrets that are neither read through the API nor owned by an object."""
    referring = inputs.Unseen(context, inputs.REFERRING, inputs.may_refer_to_secrets)
    looked_at = _looked_at(context)
    for secret in context.inventory.secrets:
        if not read_through_api(context, secret):
            yield Candidate(secret, referring, looked_at)


def _judge_unused(context: Context, candidate: Candidate) -> Judgement:
    secret = candidate.secret
    if context.consumers.of(secret.namespace, secret.name):
        return []
    unseen = candidate.referring.of(secret.namespace)
    if unseen:
        return Unknown(f"what refers to each Secret cannot be told without {inputs.in_words(unseen)}")
    source = context.source(secret)
    made_by = f"; {shown(source.object or source.kind)} would make it again" if source.kind != "manual" else ""
    return [
        Fault(
            kind="Secret",
            namespace=secret.namespace,
            name=secret.name,
            message=f"Nothing refers to Secret {shown(secret.namespace)}/{shown(secret.name)}.",
            evidence=f"type {shown(secret.type)}; no reference in {candidate.looked_at}{made_by}",
            remediation=(
                "Ask its owner and look at the audit log for who reads it through the API. If nobody does, revoke the "
                f"credential where it was issued{take_away(context, secret)}"
            ),
        )
    ]


def take_away(context: Context, secret: Secret) -> str:
    """The end of a sentence, and the command: how a Secret is deleted so that it does not come back."""
    source = context.source(secret)
    maker = f", take away {shown(source.object or source.kind)}, which would make it again" * (source.kind != "manual")
    return f"{maker}, then:\n\n  kubectl delete secret {quoted(secret.name)} -n {quoted(secret.namespace)}"


def _looked_at(context: Context) -> str:
    seen = [
        row.input
        for row in context.inventory.coverage.values()
        if row.status != "absent" and inputs.may_refer_to_secrets(row.input)
    ]
    return f"{counted(len(seen), 'kind')} of objects ({listed(seen)})"


SECRET_IN_ENV = Check(
    id="secret-in-env",
    title="Secrets reach containers as files, not as environment variables",
    severity="low",
    needs=inputs.WORKLOADS,
    checklist="files-over-env",
    what="A container takes a Secret through env or envFrom rather than through a mounted file.",
    why=(
        "The environment is inherited by every child process, is printed by crash reports and debug pages, and never "
        "changes while the container lives: after a rotation it keeps the old value until a restart."
    ),
    fix="Mount the Secret as a volume and read the file; then remove {field} from {kind} {namespace}/{name}.",
    blind_spots="What an admission webhook adds to a Pod is seen on live Pods only.",
    references=(DOCUMENTATION,),
    mappings=(
        ("CIS Kubernetes Benchmark", "5.4.1 Prefer using secrets as files over secrets as environment variables"),
    ),
    select=_select_consumed_by_pods,
    judge=_judge_env,
)

UNUSED_SECRET = Check(
    id="unused-secret",
    title="Every Secret is used by something",
    severity="low",
    needs=("secrets", *inputs.REFERRING),
    checklist="",
    what=(
        "Nothing refers to a Secret: no Pod template of any controller (scaled to zero and suspended too), no Pod, "
        "ServiceAccount, Ingress or Gateway, and no custom resource of the kinds that are known to refer to Secrets."
    ),
    why="A credential that nobody uses is rotated by nobody and missed by nobody, but it still opens what it opened.",
    fix="If nobody reads it through the API either:\n\n  kubectl delete secret {name} -n {namespace}",
    blind_spots=(
        "Programs that read a Secret through the API are not seen (the audit log tells), nor are references in custom "
        "resources of kinds that are not known here, in other clusters, or in manifests that are not applied now. A "
        "reference to another namespace counts as use whether or not a ReferenceGrant allows it, and a PushSecret that "
        "selects by label is not followed. Secrets with an owner, those that a label or type marks as read through the "
        "API, and those that a controller copies to other namespaces, are not judged."
    ),
    references=(DOCUMENTATION,),
    select=_select_mountable,
    judge=_judge_unused,
)

CHECKS = (SECRET_IN_ENV, UNUSED_SECRET)
