"""The consumer's side: a complete example that can be applied, and the patch for the person's own workload.

Both read the Secret in the same way. The example exists so that the whole chain can be seen to work before the person's
own workload is touched; it lists names of files and variables, never values.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from advisor.manifests.kubernetes import LABEL, Style, derived_name, metadata
from advisor.manifests.model import NOT_APPLIED, Draft, ManifestFile, Step, Structure
from advisor.manifests.yaml_writer import Document, yaml_file
from advisor.parameters import Parameters

Consumption = Literal["env", "files", "both"]

EXAMPLE_FILE = "50-example-consumer.yaml"
EXAMPLE_IMAGE = "docker.io/library/busybox:1.37.0"
READ_ONLY_BY_ALL = 0o444
_NOBODY = 65532


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How the workload gets at the values.

    `secret` is the Secret's name, `provider_class` a SecretProviderClass mounted by the CSI driver (then the files come
    from there), `account` the ServiceAccount the Pod must run as; empty where there is none.
    """

    consumption: Consumption
    secret: str = ""
    provider_class: str = ""
    account: str = ""

    @property
    def env(self) -> bool:
        return self.consumption in ("env", "both")

    @property
    def files(self) -> bool:
        return self.consumption in ("files", "both")


def environment_names(keys: tuple[str, ...]) -> dict[str, str]:
    """Key → the name of its environment variable: A-Z, 0-9 and '_', unique, not beginning with a digit."""
    names: dict[str, str] = {}
    for key in keys:
        base = re.sub(r"[^A-Z0-9_]", "_", key.upper())
        base = f"_{base}" if base[0].isdigit() else base
        name, number = base, 2
        while name in names.values():
            name, number = f"{base}_{number}", number + 1
        names[key] = name
    return names


def mount_path(parameters: Parameters) -> str:
    return f"/etc/secrets/{parameters.secret}"


def consumer(parameters: Parameters, reading: Reading, style: Style) -> Draft:
    """The example, the patch, and how to put the patch on and take it off again."""
    workload, namespace = parameters.workload, parameters.namespace
    patch = f"{NOT_APPLIED}consumer-patch.yaml"
    target = f"{workload.kind.lower()}/{workload.name}"
    undo = (
        f"kubectl -n {namespace} rollout undo {target}"
        if workload.kind != "CronJob"
        else f"kubectl -n {namespace} apply -f YOUR-OWN-MANIFEST-OF-{workload.name}.yaml"
    )
    put_on = [f"kubectl -n {namespace} patch {target} --type strategic --patch-file {patch}"]
    if workload.kind != "CronJob":
        put_on.append(f"kubectl -n {namespace} rollout status {target} --timeout=5m")
    way = {"env": "as environment variables", "files": "as files", "both": "as files and as environment variables"}
    return Draft(
        files=[_example(parameters, reading, style), _patch(parameters, reading, patch)],
        after=[
            Step(
                title=f"Change your own workload: {workload.kind} {workload.name}",
                text=f"The patch lets the container `{workload.container}` read the values {way[reading.consumption]}"
                f"{f', below `{mount_path(parameters)}`' if reading.files else ''}. A wrong container name is refused "
                "(a new container would have no image) and changes nothing. "
                + (
                    "With a GitOps engine, merge the patch into the manifest in Git instead: what is patched by hand "
                    "is put back."
                    if style.gitops in ("flux", "argo-cd")
                    else "Try it in staging first."
                ),
                commands=tuple(put_on),
            ),
            Step(
                title="Take the example away again",
                text="It has done its work once your own workload reads the values."
                + (
                    " Delete the file from Git and from `Kustomization`." if style.gitops in ("flux", "argo-cd") else ""
                ),
                commands=(f"kubectl delete -f {EXAMPLE_FILE}",) if style.gitops not in ("flux", "argo-cd") else (),
            ),
        ],
        rollback=[Step(title="Put your workload back as it was", commands=(undo,))],
        remarks=_remarks(reading),
    )


def _remarks(reading: Reading) -> list[str]:
    if not reading.env:
        return []
    return [
        "Environment variables keep the value the container started with: a rotated value arrives with the next "
        "rollout only, and the variables show in crash dumps and to every process of the container. Files are better "
        "where the application can read them."
    ]


def _example(parameters: Parameters, reading: Reading, style: Style) -> ManifestFile:
    name = derived_name(parameters.workload.name, "-example")
    labels = {"app.kubernetes.io/name": derived_name(parameters.workload.name, "-example", LABEL)}
    listing = ["set -eu"]
    if reading.files or reading.provider_class:
        listing.append(f"ls -l {mount_path(parameters)}/")
    if reading.env:
        listing.append("awk 'BEGIN { for (name in ENVIRON) print name }'")
    listing += ["trap 'exit 0' TERM", "sleep 86400 & wait"]
    container = {
        "name": "example",
        "image": EXAMPLE_IMAGE,
        "command": ["/bin/sh", "-c"],
        "args": ["\n".join(listing) + "\n"],
        **_container_part(parameters, reading),
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        **_pod_part(parameters, reading),
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _NOBODY,
            "runAsGroup": _NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    }
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(name, parameters.namespace, style.annotations(1), labels),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }
    notes = {
        "spec.template.spec.containers[0].args": "Lists names of files and variables, never a value, so that the log "
        "proves delivery without leaking.",
        "spec.template.spec.containers[0].image": "Where nodes cannot reach Docker Hub, name your own registry's copy.",
    }
    return yaml_file(
        EXAMPLE_FILE,
        "A complete example workload that reads the Secret as your own should. It can be applied as it is.",
        Document(deployment, notes),
    )


def _patch(parameters: Parameters, reading: Reading, path: str) -> ManifestFile:
    workload = parameters.workload
    pod: Structure = {
        **_pod_part(parameters, reading),
        "containers": [{"name": workload.container, **_container_part(parameters, reading)}],
    }
    template: Structure = {"spec": pod}
    spec: Structure = {"template": template}
    prefix = "spec.template.spec"
    if workload.kind == "CronJob":
        spec = {"jobTemplate": {"spec": {"template": template}}}
        prefix = "spec.jobTemplate.spec.template.spec"
    document = {
        "apiVersion": "batch/v1" if workload.kind == "CronJob" else "apps/v1",
        "kind": workload.kind,
        "metadata": metadata(workload.name, parameters.namespace),
        "spec": spec,
    }
    notes = {f"{prefix}.containers[0].name": "The name of the container in your workload; change it if yours differs."}
    if reading.account:
        notes[f"{prefix}.serviceAccountName"] = (
            "The identity that may read the store. If your workload runs as another ServiceAccount, generate the set "
            "again with that one as the parameter service-account."
        )
    return yaml_file(
        path,
        f"A strategic-merge patch for {workload.kind} {workload.name}: what must be added so that it reads the Secret.",
        Document(document, notes),
        comment="Not for kubectl apply: it is put on with kubectl patch, or merged into the manifest in Git.",
    )


def _pod_part(parameters: Parameters, reading: Reading) -> Structure:
    part: Structure = {"serviceAccountName": reading.account} if reading.account else {}
    volume: Structure = {"name": "managed-secret"}
    if reading.provider_class:
        volume["csi"] = {
            "driver": "secrets-store.csi.k8s.io",
            "readOnly": True,
            "volumeAttributes": {"secretProviderClass": reading.provider_class},
        }
    elif reading.files:
        volume["secret"] = {
            "secretName": reading.secret,
            "defaultMode": READ_ONLY_BY_ALL,
            "items": [{"key": key, "path": key} for key in parameters.keys],
        }
    else:
        return part
    return {**part, "volumes": [volume]}


def _container_part(parameters: Parameters, reading: Reading) -> Structure:
    part: Structure = {}
    if reading.env:
        part["env"] = [
            {"name": name, "valueFrom": {"secretKeyRef": {"name": reading.secret, "key": key}}}
            for key, name in environment_names(parameters.keys).items()
        ]
    if reading.files or reading.provider_class:
        part["volumeMounts"] = [{"name": "managed-secret", "mountPath": mount_path(parameters), "readOnly": True}]
    return part
