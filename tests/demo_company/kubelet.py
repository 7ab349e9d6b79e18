"""Stands in for what the demo cluster has not got: kubelets and the Secrets Store CSI driver.

Pods get the status a kubelet would report, so that they run, or wait for a Secret that is not there; the driver's
records and the Secrets it syncs are written as the driver does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from tests.cluster.api import Api, eventually
from tests.demo_company.platform import NODES
from tests.demo_company.sources import SECRETS_STORE, secret
from tests.demo_company.steps import Manifest, ago, as_of, named
from tests.demo_company.values import digest

CSI_DRIVER = "secrets-store-csi-driver"
UNMOUNTED = {("payments-staging", "psp-sandbox")}
"""SecretProviderClasses whose volume the driver cannot mount: the Pod waits."""

CONTROLLERS = {"deployments": "replicas", "statefulsets": "replicas", "daemonsets": "currentNumberScheduled"}
"""Kinds that keep Pods, and the field of their status that counts them."""

Keys = dict[tuple[str, str], set[str]]
"""(namespace, name) of each Secret → its keys."""


def run_pods(api: Api, now: datetime) -> None:
    """Reports on Pods until every controller has its own: a StatefulSet makes its next when the last one is ready."""
    reported: set[str] = set()

    def all_run() -> bool:
        # Asked before the Pods are listed, or a Pod made in between would stay without a status.
        complete = all(_has_its_pods(each, count) for each, count in _controllers(api))
        new = [each for each in api.items("/api/v1/pods") if each["metadata"]["uid"] not in reported]
        mounted = {each["metadata"]["uid"]: _mount_all(api, each) for each in new}
        keys = _keys(api)
        for pod in new:
            _report(api, pod, mounted[pod["metadata"]["uid"]], keys, now)
        reported.update(mounted)
        return complete

    eventually("all Pods of the demo company", all_run, seconds=120)


def _controllers(api: Api) -> Iterator[tuple[Manifest, str]]:
    for kind, count in CONTROLLERS.items():
        for each in api.items(f"/apis/apps/v1/{kind}"):
            yield each, count


def _has_its_pods(controller: Manifest, count: str) -> bool:
    status = controller.get("status", {})
    wanted = controller["spec"].get("replicas", len(NODES))
    seen = status.get("observedGeneration") == controller["metadata"]["generation"]
    return bool(seen and status.get(count, 0) >= wanted)


def _keys(api: Api) -> Keys:
    return {
        (each["metadata"]["namespace"], each["metadata"]["name"]): set(each.get("data", ()))
        for each in api.items("/api/v1/secrets")
    }


def _mount_all(api: Api, pod: Manifest) -> bool:
    """Mounts every csi volume of the Pod; whether all could be."""
    volumes = [each for each in pod["spec"].get("volumes", ()) if "csi" in each]
    results = [_mount(api, pod, each) for each in volumes]
    return all(results)


def _report(api: Api, pod: Manifest, mounted: bool, keys: Keys, now: datetime) -> None:
    """Says how the Pod's containers are."""
    namespace, spec = pod["metadata"]["namespace"], pod["spec"]
    mounted = mounted and all(_volume_there(volume, namespace, keys) for volume in spec.get("volumes", ()))
    begun = ago(minutes=3)
    states = [_state(each, mounted, namespace, keys, begun) for each in spec["containers"]]
    ready = all("running" in state for state in states)
    finished = {"exitCode": 0, "startedAt": begun, "finishedAt": begun, "reason": "Completed"}
    before = {"terminated": finished} if mounted else {"waiting": {"reason": "PodInitializing"}}
    status = {
        "phase": "Running" if ready else "Pending",
        "startTime": begun,
        "conditions": [{"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": begun}],
        "containerStatuses": [_container(*pair) for pair in zip(spec["containers"], states, strict=True)],
        "initContainerStatuses": [_container(each, before) for each in spec.get("initContainers", ())],
    }
    document = named("Pod", "v1", namespace, pod["metadata"]["name"])
    api.apply_status(document | {"status": as_of(status, now)}, manager="kubelet")


def _state(container: Manifest, mounted: bool, namespace: str, keys: Keys, begun: object) -> Manifest:
    if not mounted:
        return {"waiting": {"reason": "ContainerCreating"}}
    for source in container.get("envFrom", ()):
        if (namespace, source.get("secretRef", {}).get("name")) not in keys:
            return {"waiting": {"reason": "CreateContainerConfigError"}}
    for variable in container.get("env", ()):
        wanted = variable.get("valueFrom", {}).get("secretKeyRef")
        needed = wanted and not wanted.get("optional")
        if needed and wanted["key"] not in keys.get((namespace, wanted["name"]), ()):
            return {"waiting": {"reason": "CreateContainerConfigError"}}
    return {"running": {"startedAt": begun}}


def _volume_there(volume: Manifest, namespace: str, keys: Keys) -> bool:
    """Whether the Secret of a secret volume exists; every other volume is taken to."""
    wanted = volume.get("secret")
    return not wanted or wanted.get("optional", False) or (namespace, wanted["secretName"]) in keys


def _container(container: Manifest, state: Manifest) -> Manifest:
    image = container["image"]
    return {
        "name": container["name"],
        "image": image,
        "imageID": f"{image.rpartition(':')[0]}@sha256:{digest(image)}",
        "ready": "running" in state,
        "restartCount": 0,
        "state": state,
    }


def _mount(api: Api, pod: Manifest, volume: Manifest) -> bool:
    """Does what the CSI driver does at a mount: records it, and makes the Secret that the class asks for."""
    namespace, pod_name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    class_name = volume["csi"]["volumeAttributes"]["secretProviderClass"]
    mounted = (namespace, class_name) not in UNMOUNTED
    spec = api.get(api.path(named("SecretProviderClass", SECRETS_STORE, namespace, class_name)))["spec"]
    record = named("SecretProviderClassPodStatus", SECRETS_STORE, namespace, f"{pod_name}-{namespace}-{class_name}")
    owner = {"apiVersion": "v1", "kind": "Pod", "name": pod_name, "uid": pod["metadata"]["uid"]}
    record["metadata"]["ownerReferences"] = [owner]
    record["metadata"]["labels"] = {"internal.secrets-store.csi.k8s.io/node-name": NODES[1]}
    files = [each["objectName"] for each in json.loads(spec["parameters"]["objects"])]
    record["status"] = {
        "mounted": mounted,
        "podName": pod_name,
        "secretProviderClassName": class_name,
        "targetPath": f"/var/lib/kubelet/pods/{owner['uid']}/volumes/kubernetes.io~csi/{volume['name']}/mount",
        "objects": [{"id": file, "version": digest(namespace, class_name, file)[:44]} for file in files if mounted],
    }
    api.apply(record, manager=CSI_DRIVER)
    for wanted in spec.get("secretObjects", ()) if mounted else ():
        _sync(api, pod, wanted)
    return mounted


def _sync(api: Api, pod: Manifest, wanted: Manifest) -> None:
    """The Secret that a SecretProviderClass's `secretObjects` asks for; it belongs to what made the Pod."""
    namespace = pod["metadata"]["namespace"]
    manifest = secret(namespace, wanted["secretName"], [each["key"] for each in wanted["data"]], wanted["type"])
    if api.request("GET", api.path(manifest))[0] == 200:
        return
    manifest["metadata"]["labels"] = {"secrets-store.csi.k8s.io/managed": "true"}
    owners = pod["metadata"].get("ownerReferences", ())
    manifest["metadata"]["ownerReferences"] = [each | {"controller": False} for each in owners]
    api.create(manifest, manager=CSI_DRIVER)
