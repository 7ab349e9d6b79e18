"""Controllers and Pods: replicas, suspension, history, owners, start times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.collect.reading import meta, read_input

TEMPLATE = {
    "spec": {"serviceAccountName": "robot", "containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "s"}}]}]}
}
OWNER = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "controller": True}]


def one(name: str, spec: dict[str, Any], **metadata: Any) -> Any:
    return read_input(name, {"metadata": meta("web-1", **metadata), "spec": spec})[0]


def test_replicas_and_suspension() -> None:
    assert one("deployments", {"replicas": 0, "template": TEMPLATE}).replicas == 0
    assert one("deployments", {"template": TEMPLATE}).replicas == 1
    assert one("daemonsets", {"template": TEMPLATE}).replicas is None
    suspended = one("cronjobs", {"suspend": True, "jobTemplate": {"spec": {"template": TEMPLATE}}})
    assert suspended.suspended
    assert suspended.uses[0].field == "spec.jobTemplate.spec.template.spec.containers[0].envFrom[0]"
    assert suspended.service_account == "robot"
    assert (suspended.kind, suspended.group) == ("CronJob", "batch")


def test_a_replica_set_of_a_deployment_keeps_only_what_leads_to_it() -> None:
    for replicas in (0, 3):
        kept = one("replicasets", {"replicas": replicas, "template": TEMPLATE}, ownerReferences=OWNER)
        assert kept.uses == ()
        assert kept.replicas == replicas
        assert (kept.owner.kind, kept.owner.name, kept.owner.group) == ("Deployment", "web", "apps")


def test_a_replica_set_without_controller_keeps_its_template() -> None:
    owned_by_no_controller = [{"apiVersion": "v1", "kind": "Thing", "name": "x", "controller": False}]
    kept = one("replicasets", {"replicas": 0, "template": TEMPLATE}, ownerReferences=owned_by_no_controller)
    assert [use.secret for use in kept.uses] == ["s"]
    assert kept.owner is None


def test_a_pod_keeps_owner_phase_and_the_starts_of_what_runs() -> None:
    status = {
        "phase": "Running",
        "containerStatuses": [
            {"name": "app", "state": {"running": {"startedAt": "2026-01-02T03:04:05Z"}}},
            {"name": "done", "state": {"terminated": {"startedAt": "2026-01-01T00:00:00Z"}}},
            {"name": "waiting", "state": {"waiting": {"reason": "X"}}},
        ],
        "initContainerStatuses": [{"name": "side", "state": {"running": {"startedAt": "2026-01-02T03:04:00Z"}}}],
        "ephemeralContainerStatuses": [{"name": "debug", "state": {"running": {"startedAt": None}}}],
    }
    (pod,) = read_input(
        "pods",
        {
            "metadata": meta("web-1-abc", ownerReferences=[OWNER[0] | {"kind": "ReplicaSet", "name": "web-1"}]),
            "spec": TEMPLATE["spec"],
            "status": status,
        },
    )
    assert pod.owner.name == "web-1"
    assert pod.phase == "Running"
    assert [(start.container, start.started_at) for start in pod.started] == [
        ("side", datetime(2026, 1, 2, 3, 4, 0, tzinfo=UTC)),
        ("app", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ]
    assert pod.uses[0].field == "spec.containers[0].envFrom[0]"


def test_nothing_at_all_is_a_workload_too() -> None:
    """An object in the middle of being made, or from a server that leaves out what is empty."""
    (pod,) = read_input("pods", {"metadata": meta()})
    assert (pod.uses, pod.images, pod.service_account) == ((), (), "default")
    (job,) = read_input("jobs", {"metadata": meta(), "spec": {}})
    assert job.uses == ()
