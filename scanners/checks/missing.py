"""References to Secrets and keys that do not exist, and that nothing will make."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanners.checks import inputs
from scanners.checks.check import Check, Fault, Judgement, Unknown
from scanners.checks.references import DOCUMENTATION, Pair, pairs, who
from scanners.checks.wording import listed, quoted, shown
from scanners.consumers import Consumption
from scanners.context import Context
from scanners.inventory import Coverage, How, Secret
from scanners.report import Severity
from scanners.sources import SYNC_KINDS

_FINISHED = frozenset({"Succeeded", "Failed"})

_MILDER: dict[How, Severity] = {"image-pull": "medium", "service-account": "low"}
"""References without which a Pod starts all the same.

The kubelet pulls with what credentials it has (FailedToRetrieveImagePullSecret is a warning), and the list `secrets` of
a ServiceAccount only says what Pods may mount.
"""


@dataclass(frozen=True, slots=True)
class Required(Pair):
    """References that must resolve. `elsewhere` are other namespaces with a Secret of that name.

    `makers` is what was not seen of Secrets and of the objects that make them.
    """

    elsewhere: tuple[str, ...]
    makers: inputs.Unseen


def _tells_of_existence(name: str) -> bool:
    return name == "secrets" or inputs.may_make_secrets(name)


def _select_required(context: Context) -> Iterator[Required | Unknown]:
    """Every reference that must resolve, an object's references to one Secret together.

    What has run to its end needs its Secret no more: finished Pods, and Jobs of which all Pods are finished.
    """
    makers = inputs.Unseen(context, ("secrets", *inputs.SYNCING), _tells_of_existence)
    namespaces: dict[str, list[str]] = defaultdict(list)
    for secret in context.inventory.secrets:
        namespaces[secret.name].append(secret.namespace)
    finished = _finished(context)
    required = (
        item
        for item in context.consumers.all
        if not item.optional and item.secret and (item.kind, item.namespace, item.name) not in finished
    )
    for group in pairs(required):
        item = group[0]
        elsewhere = (found for found in namespaces.get(item.secret, ()) if found != item.secret_namespace)
        yield Required(group, tuple(elsewhere), makers)
    yield from inputs.untold(context, MISSING_SECRET.needs, inputs.may_refer_to_secrets)


def _finished(context: Context) -> set[tuple[str, str, str]]:
    phases: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for workload in context.inventory.workloads:
        if workload.kind == "Pod":
            top = context.consumers.top(workload)
            phases[top.kind, top.namespace, top.name].add(workload.phase)
    return {top for top, found in phases.items() if top[0] in ("Pod", "Job") and found <= _FINISHED}


def _judge_missing(context: Context, pair: Required) -> Judgement:
    secret = context.secrets.get((pair.first.secret_namespace, pair.first.secret))
    return _judge_absent(context, pair) if secret is None else _judge_keys(context, pair, secret)


def _judge_keys(context: Context, pair: Required, secret: Secret) -> Judgement:
    if not any(reference.keys for reference in pair.references):
        return []
    to_come = _keys_to_come(context, (secret.namespace, secret.name))
    if to_come is None:
        return []
    present = () if secret.key_count == 0 else secret.keys
    if present is None:
        return Unknown("the key names of some Secrets are not certain without reading their values")
    missing: dict[str, list[str]] = defaultdict(list)
    for reference in pair.references:
        for key in reference.keys:
            if key not in present and key not in to_come:
                missing[reference.field].append(key)
    unseen = pair.makers.of(secret.namespace) if missing else ()
    if unseen:
        return _untold(unseen)
    return [_missing_keys(secret, keys, pair.first, field) for field, keys in missing.items()]


def _keys_to_come(context: Context, place: tuple[str, str]) -> frozenset[str] | None:
    """The keys that objects which write this Secret will put there; None where they could be any."""
    keys: set[str] = set()
    for writer in context.sources.writers(*place):
        if writer.target_keys is None:
            return None
        keys.update(writer.target_keys)
    return frozenset(keys)


def _judge_absent(context: Context, pair: Required) -> Judgement:
    item = pair.first
    if any(
        writer.creates and (writer.group, writer.kind) in SYNC_KINDS
        for writer in context.sources.writers(item.secret_namespace, item.secret)
    ):
        return []
    unseen = pair.makers.of(item.secret_namespace)
    if unseen:
        return _untold(unseen)
    where = "" if item.secret_namespace == item.namespace else f" of namespace {shown(item.secret_namespace)}"
    fields = listed(reference.field for reference in pair.references)
    evidence = (
        f"fields {fields}; no Secret {shown(item.secret_namespace)}/{shown(item.secret)}, and nothing that makes it"
    )
    if pair.elsewhere:
        evidence += f"; one of that name is in {listed(pair.elsewhere)}"
    return [
        Fault(
            kind=item.kind,
            namespace=item.namespace,
            name=item.name,
            field=item.field,
            severity=_MILDER.get(item.how),
            message=f"{who(item)} refers to Secret {shown(item.secret)}{where}, which does not exist.",
            evidence=evidence,
            remediation=_make_it(pair),
        )
    ]


def _untold(unseen: Iterable[Coverage]) -> Unknown:
    return Unknown(f"whether each Secret exists, or will be made, cannot be told without {inputs.in_words(unseen)}")


def _missing_keys(secret: Secret, keys: list[str], item: Consumption, field: str) -> Fault:
    wanted, are = (f"key {shown(keys[0])}", "is") if len(keys) == 1 else (f"keys {listed(keys)}", "are")
    return Fault(
        kind=item.kind,
        namespace=item.namespace,
        name=item.name,
        field=field,
        message=f"{who(item)} reads {wanted} of Secret {shown(item.secret)}, which {are} not in it.",
        evidence=f"field {shown(field)}; the Secret has {listed(secret.keys or (), nothing='no key')}",
        remediation=(
            f"Correct the key in {shown(field)}, or add it to the Secret where that is made. By hand:\n\n"
            f"  kubectl get secret {quoted(secret.name)} -n {quoted(secret.namespace)} -o json \\\n"
            f"    | jq --rawfile value PATH --arg key {quoted(keys[0])} '.data[$key] = ($value | @base64)' \\\n"
            "    | kubectl replace -f -"
        ),
    )


def _make_it(pair: Required) -> str:
    item = pair.first
    keys = sorted({key for reference in pair.references for key in reference.keys}) or ["KEY"]
    name, namespace = quoted(item.secret), quoted(item.secret_namespace)
    if item.how == "image-pull":
        create = f"docker-registry {name} -n {namespace} --from-file=.dockerconfigjson=PATH"
    elif item.how in ("ingress-tls", "gateway-tls"):
        create = f"tls {name} -n {namespace} --cert=PATH --key=PATH"
    else:
        files = " ".join(f"--from-file={quoted(f'{key}=PATH')}" for key in keys)
        create = f"generic {name} -n {namespace} {files}"
    lines = [
        f"Correct the name in {shown(item.field)}, or make the Secret:",
        "best by an ExternalSecret or a SealedSecret of that name, or by hand:",
        "",
        f"  kubectl create secret {create}",
    ]
    if item.kind == "ServiceAccount":
        lines += [
            "",
            "If nothing needs it any more, take the entry out of the list:",
            "",
            f"  kubectl patch serviceaccount {quoted(item.name)} -n {quoted(item.namespace)} --type=json \\",
            "    -p " + quoted(json.dumps([{"op": "remove", "path": _json_pointer(item.field)}])),
        ]
    return "\n".join(lines)


def _json_pointer(field: str) -> str:
    """`/imagePullSecrets/0` of `imagePullSecrets[0].name`."""
    return "/" + field.removesuffix(".name").replace("[", "/").replace("]", "").replace(".", "/")


MISSING_SECRET = Check(
    id="missing-secret",
    title="Every Secret and key that is referred to exists",
    severity="high",
    needs=("secrets", *inputs.REFERRING, *inputs.SYNCING),
    checklist="",
    what=(
        "Something refers to a Secret, or to a key in one, that does not exist, is not optional, and that no "
        "ExternalSecret, SealedSecret, SecretProviderClass or Certificate will make. It is medium for an image pull "
        "Secret and low in the list secrets of a ServiceAccount: a Pod starts without these, if it can pull its images."
    ),
    why=(
        "A Pod with such a reference does not start, or, if it runs, will not start again. It also leaves a name free: "
        "whoever may create Secrets there decides what the workload reads."
    ),
    fix="Correct the name in {field} of {kind} {namespace}/{name}, or make the Secret.",
    blind_spots=(
        "Where a Secret's key names are not certain without reading values, missing keys are not judged. References of "
        "custom resources are seen for the kinds that are known to refer to Secrets."
    ),
    references=(DOCUMENTATION,),
    select=_select_required,
    judge=_judge_missing,
)

CHECKS = (MISSING_SECRET,)
