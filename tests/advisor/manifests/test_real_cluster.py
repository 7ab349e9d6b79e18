"""Every set on a real API server with the tools' real CRDs, as strictly as it can be asked, in file-name order."""

from __future__ import annotations

import base64
import json
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor.manifests import TOOLS, ManifestFile, ManifestSet, write_directory
from advisor.manifests.foundations import AUDIT_FILE, ENCRYPTION_FILE, KEY_PLACEHOLDER
from tests.advisor.manifests.sets import COMBINATIONS, hostile_variants, make_set, read, variants
from tests.cluster.api import ApiError, eventually
from tests.cluster.build import program
from tests.cluster.crds import crd_name
from tests.cluster.server import CRDS, Cluster
from tests.cluster.toolchain import CannotBuild, run_go
from tests.cluster.versions import CRD_GROUPS
from tests.missing import missing

pytestmark = pytest.mark.real

STRICT = "dryRun=All&fieldValidation=Strict&fieldManager=kubectl&force=true"
APPLY = {"Content-Type": "application/apply-patch+yaml"}
# Files for the control plane, Helm, kustomize and CI: no kinds of the API server.
NO_OBJECTS = ("values-", "ci/", "encryption-configuration", "audit-policy", "consumer-patch")


@pytest.fixture(scope="module")
def ready(cluster_factory: Callable[..., Cluster]) -> Cluster:
    """A cluster with every CRD, running with the EncryptionConfiguration and the audit policy of a set of ours."""
    files = make_set("external-secrets").by_path()
    encryption = files[ENCRYPTION_FILE].content
    assert KEY_PLACEHOLDER in encryption
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    cluster = cluster_factory(
        crds=["external-secrets", "sealed-secrets", "secrets-store-csi", "flux", "argo-cd"],
        encryption_config=yaml.safe_load(encryption.replace(KEY_PLACEHOLDER, key)),
        audit_policy=yaml.safe_load(files[AUDIT_FILE].content),
    )
    cluster.seen = set()  # type: ignore[attr-defined]
    return cluster


def dry_run(cluster: Cluster, text: str, document: dict[str, Any]) -> dict[str, Any]:
    """What the server makes of one document as it is written, refusing every unknown or doubled field."""
    path = f"{cluster.path(document)}?{STRICT}"
    status, answer = cluster.request("PATCH", path, text.encode(), headers=APPLY)
    assert status < 300, f"{document['kind']} {document['metadata']['name']}: {answer}\n{text}"
    return dict(answer)


def documents(file: ManifestFile) -> Iterator[tuple[str, dict[str, Any]]]:
    for text in file.content.split("\n---\n"):
        (document,) = read(text)
        yield text, document


def ensure_namespaces(cluster: Cluster, manifests: ManifestSet) -> None:
    """Those of the set, and those that its prerequisites promise."""
    promised = {name for found in manifests.prerequisites for name in found.provides if name.startswith("Namespace//")}
    own = {
        f"Namespace//{found['metadata']['name']}"
        for file in manifests.files
        for found in file.documents
        if found.get("kind") == "Namespace"
    }
    for name in sorted(promised | own):
        if name not in cluster.seen:  # type: ignore[attr-defined]
            document = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name.removeprefix("Namespace//")}}
            cluster.apply(document)
            cluster.seen.add(name)  # type: ignore[attr-defined]


def check(cluster: Cluster, manifests: ManifestSet) -> int:
    """Dry-runs what is applied in file-name order, then the objects that lie in not-applied; how many were new."""
    ensure_namespaces(cluster, manifests)
    new = 0
    for file in sorted(manifests.files, key=lambda file: (not file.applied, file.path)):
        apart = file.path.startswith("not-applied/") and not any(part in file.path for part in NO_OBJECTS)
        if not (file.applied or (apart and file.documents)) or file.content in cluster.seen:  # type: ignore[attr-defined]
            continue
        for text, document in documents(file):
            answer = dry_run(cluster, text, document)
            assert answer["metadata"]["name"] == document["metadata"]["name"]
            if document["kind"] == "ExternalSecret":
                assert answer["spec"] == document["spec"], "The CRD filled in a field, which GitOps would see as drift."
            new += 1
        cluster.seen.add(file.content)  # type: ignore[attr-defined]
    return new


@pytest.mark.parametrize(("tool", "store", "gitops"), COMBINATIONS)
def test_every_set_passes_a_strict_dry_run(ready: Cluster, tool: Any, store: Any, gitops: Any) -> None:
    for manifests in variants(tool, store, gitops):
        check(ready, manifests)


@pytest.mark.parametrize(("tool", "store"), sorted({(tool, store) for tool, store, _ in COMBINATIONS}))
@pytest.mark.parametrize("gitops", ["none", "flux"])
def test_hostile_and_long_names_pass_too(ready: Cluster, tool: Any, store: Any, gitops: Any) -> None:
    for manifests in hostile_variants(tool, store, gitops):
        check(ready, manifests)


def test_the_dry_run_can_fail(ready: Cluster) -> None:
    """An integer refreshInterval, an unknown field and an unserved version are refused: the check is one."""
    manifests = make_set("external-secrets")
    ensure_namespaces(ready, manifests)
    content = manifests.by_path()["30-external-secret.yaml"].content
    for right, wrong in (
        ('refreshInterval: "1h0m0s"', "refreshInterval: 0"),
        ('refreshPolicy: "Periodic"', 'refreshPolicie: "Periodic"'),
    ):
        assert right in content
        text = content.replace(right, wrong)
        with pytest.raises(AssertionError, match="ExternalSecret app-credentials"):
            dry_run(ready, text, read(text)[0])
    (document,) = read(content.replace("external-secrets.io/v1", "external-secrets.io/v1beta1"))
    with pytest.raises(LookupError):
        ready.path(document)


@pytest.fixture(scope="module")
def kubectl(ready: Cluster) -> Callable[..., str]:
    """The real kubectl, as its user runs it."""
    try:
        binary = program("kubectl")
    except CannotBuild as error:
        missing(f"kubectl cannot be built: {error}")
    config = ready.folder / "admin.kubeconfig"
    config.write_text(ready.kubeconfig())

    def run(*arguments: str, folder: Path, kustomize: bool = False, codes: tuple[int, ...] = (0,)) -> str:
        access = [] if kustomize else ["--kubeconfig", str(config), "--cache-dir", str(ready.folder / "kubectl-cache")]
        done = subprocess.run([binary, *access, *arguments], cwd=folder, capture_output=True, text=True, timeout=120)
        assert done.returncode in codes, f"{arguments}: {done.stderr}"
        return done.stdout

    return run


@pytest.mark.parametrize("tool", TOOLS)
def test_kubectl_takes_the_folder_as_it_is(
    ready: Cluster, kubectl: Callable[..., str], tool: Any, tmp_path: Path
) -> None:
    """`kubectl apply -f .` takes every object in the order of the names, and nothing that is not for it."""
    manifests = make_set(tool, gitops="flux", consumption="both")
    ensure_namespaces(ready, manifests)
    write_directory(manifests, tmp_path)
    lines = kubectl("apply", "-f", ".", "--dry-run=server", "--validate=strict", folder=tmp_path).splitlines()
    applied = [document for file in manifests.files if file.applied for document in file.documents]
    assert len(lines) == len(applied)
    for line, document in zip(lines, applied, strict=True):
        assert f"/{document['metadata']['name']} " in line and document["kind"].lower() in line


@pytest.mark.parametrize("tool", TOOLS)
def test_the_step_apply_works_as_it_is_written(
    ready: Cluster, kubectl: Callable[..., str], tool: Any, tmp_path: Path
) -> None:
    """In a cluster that has nothing of it yet: the namespace, the difference (exit code 1), and the whole folder."""
    manifests = make_set(tool, namespace=f"apply-{tool}", consumption="both")
    write_directory(manifests, tmp_path)
    commands = re.findall(r"^kubectl (apply|diff) -f (\S+)$", manifests.by_path()["README.md"].content, re.MULTILINE)
    assert commands[:3] == [("apply", "00-namespace.yaml"), ("diff", "."), ("apply", ".")]
    for verb, target in commands[:3]:
        kubectl(verb, "-f", target, folder=tmp_path, codes=(1,) if verb == "diff" else (0,))
    for file in manifests.files:
        for document in file.documents if file.applied else ():
            assert ready.get(ready.path(document))["metadata"]["name"] == document["metadata"]["name"]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("gitops", ["flux", "argo-cd"])
def test_kustomize_builds_just_what_is_applied(
    kubectl: Callable[..., str], tool: Any, gitops: Any, tmp_path: Path
) -> None:
    """Flux and Argo CD build the folder with kustomize; the generator of KSOPS needs its program, so it is left out."""
    manifests = make_set(tool, gitops=gitops)
    write_directory(manifests, tmp_path)
    made = {"30-sealed-secret.yaml": "sealed-secrets", "secrets/app-credentials.sops.yaml": "sops"}
    extra = 0
    for path, needed_by in made.items():
        if needed_by == tool and not (tool == "sops" and gitops == "argo-cd"):
            source = "sealed-secret.template.yaml" if tool == "sealed-secrets" else "secret.template.yaml"
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text((tmp_path / "not-applied" / source).read_text())
            extra += 1
    listing = tmp_path / "Kustomization"
    listing.write_text(listing.read_text().split("generators:")[0])
    built = read(kubectl("kustomize", ".", folder=tmp_path, kustomize=True))
    applied = [document for file in manifests.files if file.applied for document in file.documents]
    assert len(built) == len(applied) + extra
    assert not {"EncryptionConfiguration", "Policy", "NetworkPolicy"} & {document["kind"] for document in built}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "CronJob"])
@pytest.mark.parametrize("consumption", ["env", "files", "both"])
def test_the_patch_adds_to_a_workload_and_takes_nothing(ready: Cluster, tool: Any, kind: Any, consumption: Any) -> None:
    workload = {"kind": kind, "name": "existing", "container": "main"}
    manifests = make_set(tool, workload=workload, consumption=consumption)
    ensure_namespaces(ready, manifests)
    pod = {
        "containers": [
            {
                "name": "main",
                "image": "registry.example.com/app:1",
                "env": [{"name": "LOG", "value": "info"}],
                "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
            }
        ],
        "volumes": [{"name": "cache", "emptyDir": {}}],
    }
    template = {"metadata": {"labels": {"app": "existing"}}, "spec": pod}
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "existing"}}, "template": template}
    if kind == "CronJob":
        pod["restartPolicy"] = "Never"  # type: ignore[assignment]
        spec = {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": template}}}
    elif kind == "StatefulSet":
        spec["serviceName"] = "existing"
    api = "batch/v1" if kind == "CronJob" else "apps/v1"
    existing = {"apiVersion": api, "kind": kind, "metadata": {"name": "existing", "namespace": "app"}, "spec": spec}
    ready.apply(existing)
    patch = manifests.by_path()["not-applied/consumer-patch.yaml"].documents[0]
    status, patched = ready.request(
        "PATCH",
        f"{ready.path(existing)}?dryRun=All&fieldValidation=Strict",
        json.dumps(patch).encode(),
        headers={"Content-Type": "application/strategic-merge-patch+json"},
    )
    assert status == 200, patched
    after = patched["spec"]["jobTemplate"]["spec"] if kind == "CronJob" else patched["spec"]
    containers = after["template"]["spec"]["containers"]
    assert [container["name"] for container in containers] == ["main"]
    assert containers[0]["image"] == "registry.example.com/app:1"
    names = [variable["name"] for variable in containers[0]["env"]]
    assert "LOG" in names and ("PASSWORD" in names) == (consumption in ("env", "both"))
    mounted = {mount["mountPath"] for mount in containers[0]["volumeMounts"]}
    assert "/cache" in mounted
    assert ("/etc/secrets/app-credentials" in mounted) == (consumption != "env" or tool == "vault-csi")


def test_a_wrong_container_name_is_refused(ready: Cluster) -> None:
    manifests = make_set("sops", workload={"kind": "Deployment", "name": "named", "container": "wrong"})
    ensure_namespaces(ready, manifests)
    labels = {"app": "named"}
    pod = {"containers": [{"name": "right", "image": "registry.example.com/app:1"}]}
    existing = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "named", "namespace": "app"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }
    ready.apply(existing)
    patch = manifests.by_path()["not-applied/consumer-patch.yaml"].documents[0]
    status, answer = ready.request(
        "PATCH",
        ready.path(existing),
        json.dumps(patch).encode(),
        headers={"Content-Type": "application/strategic-merge-patch+json"},
    )
    assert status == 422 and "image: Required value" in answer["message"]


def allowed(cluster: Cluster, **spec: Any) -> bool:
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    return bool(cluster.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)["status"]["allowed"])


def test_the_rights_of_a_set_reach_what_they_name_and_nothing_else(ready: Cluster) -> None:
    manifests = make_set("external-secrets", namespace="rights", secret="db", **{"service-account": "db-reader"})
    for file in manifests.files:
        if file.applied:
            for _, document in documents(file):
                ready.apply(document)
    people = {"user": "someone", "groups": ["rights-secret-readers"]}
    secret = {"namespace": "rights", "resource": "secrets", "name": "db"}
    assert allowed(ready, **people, resourceAttributes={**secret, "verb": "get"})
    for denied in (
        {**secret, "verb": "get", "name": "other"},
        {**secret, "verb": "get", "namespace": "app"},
        {"namespace": "rights", "resource": "secrets", "verb": "list"},
        {"namespace": "rights", "resource": "secrets", "verb": "watch"},
        {**secret, "verb": "update"},
    ):
        assert not allowed(ready, **people, resourceAttributes=denied), denied
    operator = {"user": "system:serviceaccount:external-secrets:external-secrets", "groups": []}
    token = {"namespace": "rights", "resource": "serviceaccounts", "subresource": "token", "verb": "create"}
    assert allowed(ready, **operator, resourceAttributes={**token, "name": "db-reader"})
    assert not allowed(ready, **operator, resourceAttributes={**token, "name": "default"})
    assert not allowed(ready, **operator, resourceAttributes={**secret, "verb": "get"})


def test_encryption_and_audit_work_as_the_set_says(ready: Cluster) -> None:
    canary = f"canary-{secrets.token_hex(8)}"
    name = f"foundation-{secrets.token_hex(4)}"
    document = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "default"},
        "stringData": {"password": canary},
    }
    ready.create(document)
    ready.get(f"/api/v1/namespaces/default/secrets/{name}")
    stored = ready.stored(f"/registry/secrets/default/{name}")
    assert stored.startswith(b"k8s:enc:secretbox:v1:key1:")
    assert canary.encode() not in stored
    eventually("the read in the audit log", lambda: _verbs(ready.audit_log, name) >= {"create", "get"})
    assert canary not in ready.audit_log.read_text()
    assert base64.b64encode(canary.encode()).decode() not in ready.audit_log.read_text()


def _verbs(log: Path, name: str) -> set[str]:
    events = [json.loads(line) for line in log.read_text().splitlines() if name in line and line.endswith("}")]
    return {event["verb"] for event in events if event.get("objectRef", {}).get("resource") == "secrets"}


def test_the_oldest_known_operator_takes_its_own_set(cluster_factory: Callable[..., Cluster]) -> None:
    """The CRDs of 1.3 fill in fields and know others; what is made for 1.3 passes there, and without drift."""
    group = CRD_GROUPS["external-secrets"]
    try:
        answer = run_go("mod", "download", "-json", f"{group.module.path}@{group.module.version}", folder=Path.home())
    except CannotBuild as error:
        missing(f"The CRDs of {group.module.version} cannot be had: {error}")
    older = cluster_factory()
    older.seen = set()  # type: ignore[attr-defined]
    names = []
    for file in group.files:
        content = (Path(json.loads(answer)["Dir"]) / group.folder / file).read_bytes()
        names.append(crd_name(content))
        older.apply_file(f"{CRDS}/{names[-1]}", content)
    eventually("the CRDs to be served", lambda: all(_established(older, name) for name in names))
    checked = 0
    for store in ("vault", "aws-secrets-manager", "gcp-secret-manager", "azure-key-vault", "1password", "fake"):
        for workload_identity in (True, False):
            manifests = make_set(
                "external-secrets",
                store,
                workload_identity=workload_identity,
                versions={"external-secrets": "1.3.2"},
            )
            checked += check(older, manifests)
    assert checked > 20
    newer = make_set("external-secrets", versions={"external-secrets": "2.8.0"}).by_path()["30-external-secret.yaml"]
    with pytest.raises(AssertionError, match="nullBytePolicy"):
        dry_run(older, newer.content, read(newer.content)[0])


def _established(cluster: Cluster, name: str) -> bool:
    try:
        conditions = cluster.get(f"{CRDS}/{name}").get("status", {}).get("conditions") or []
    except ApiError:
        return False
    return any(found["type"] == "Established" and found["status"] == "True" for found in conditions)
