"""The ground the company stands on: nodes and control plane, operators, stores, issuers and GitOps."""

from __future__ import annotations

from collections.abc import Sequence

from tests.demo_company import sources as make
from tests.demo_company import workloads as run
from tests.demo_company.steps import Manifest, Step, ago, condition, named
from tests.demo_company.values import digest, fake
from tests.demo_company.workloads import Key, container, pod, secret_volume

NODES = ("control-plane-0", "worker-0", "worker-1")
ENVIRONMENTS = {
    "storefront": ("production", "storefront"),
    "storefront-staging": ("staging", "storefront"),
    "payments": ("production", "payments"),
    "payments-staging": ("staging", "payments"),
    "identity": ("production", "identity"),
    "data-platform": ("production", "data"),
    "observability": ("production", "platform"),
    "ci": ("shared", "platform"),
    "platform": ("shared", "platform"),
    "cert-manager": ("shared", "platform"),
    "external-secrets": ("shared", "platform"),
    "flux-system": ("shared", "platform"),
    "vault": ("shared", "platform"),
}
"""Namespace → environment and owning team, kept as labels."""


def namespaces() -> list[Step]:
    """The company's namespaces."""
    steps = []
    for name, (environment, team) in ENVIRONMENTS.items():
        manifest = named("Namespace", "v1", "", name)
        manifest["metadata"]["labels"] = {"environment": environment, "team": team}
        steps.append(Step(manifest, run.MANAGER, applied=True))
    return steps


def nodes() -> list[Step]:
    """Three nodes that say they are ready; there is no kubelet behind them."""
    steps = []
    for name in NODES:
        manifest = named("Node", "v1", "", name)
        role = "control-plane" if name.startswith("control-plane") else "worker"
        manifest["metadata"]["labels"] = {f"node-role.kubernetes.io/{role}": "", "kubernetes.io/hostname": name}
        ready = condition("Ready", True, "KubeletReady", "kubelet is posting ready status", ago(seconds=5))
        ready["lastHeartbeatTime"] = ago(seconds=5)
        info = dict.fromkeys(("machineID", "systemUUID", "bootID", "kernelVersion", "kubeProxyVersion"), "")
        info |= {"kubeletVersion": "v1.37.2", "osImage": "Debian GNU/Linux 13 (trixie)", "operatingSystem": "linux"}
        info |= {"architecture": "amd64", "containerRuntimeVersion": "containerd://2.2.0"}
        status = {"conditions": [ready], "nodeInfo": info}
        steps.append(Step(manifest, "kubelet", status=status, status_manager="kubelet"))
    return steps


def control_plane(encrypted: bool, audited: bool) -> list[Step]:
    """kube-system: the API server as kubeadm runs it, with the flags of the one that answers, and Sealed Secrets."""
    command = ["kube-apiserver", "--authorization-mode=Node,RBAC", "--etcd-servers=https://127.0.0.1:2379"]
    if encrypted:
        command.append("--encryption-provider-config=/etc/kubernetes/enc/encryption.yaml")
    if audited:
        command += ["--audit-policy-file=/etc/kubernetes/audit/policy.yaml", "--audit-log-path=/var/log/audit.log"]
    manifest = named("Pod", "v1", "kube-system", f"kube-apiserver-{NODES[0]}")
    manifest["metadata"] |= {
        "labels": {"component": "kube-apiserver", "tier": "control-plane"},
        "annotations": {
            "kubernetes.io/config.mirror": digest("kube-apiserver")[:32],
            "kubernetes.io/config.source": "file",
        },
    }
    image = "registry.k8s.io/kube-apiserver:v1.37.2"
    manifest["spec"] = {
        "nodeName": NODES[0],
        "hostNetwork": True,
        "priorityClassName": "system-node-critical",
        "containers": [{"name": "kube-apiserver", "image": image, "command": command}],
        "tolerations": [{"operator": "Exists", "effect": "NoExecute"}],
    }
    controller = container("controller", "mirror/bitnami/sealed-secrets-controller:0.32.2")
    sealing = {"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}
    keys = [
        step
        for suffix in ("4xk2v", "9qz7m", "tw5hd")
        for step in make.by_controller(
            "kube-system",
            f"sealed-secrets-key{suffix}",
            ["tls.crt", "tls.key"],
            "controller",
            "kubernetes.io/tls",
            labels=sealing,
        )
    ]
    bootstrap = {
        "token-id": "07401b",
        "token-secret": digest("bootstrap")[:16],
        "usage-bootstrap-authentication": "true",
    }
    return [
        Step(manifest, "kubelet"),
        *keys,
        *make.by_hand("kube-system", "bootstrap-token-07401b", bootstrap, "bootstrap.kubernetes.io/token"),
        *make.helm_release("kube-system", "sealed-secrets", 4, 4),
        *run.service_account("kube-system", "sealed-secrets-controller"),
        *run.deployment(
            "kube-system", "sealed-secrets-controller",
            pod(controller, account="sealed-secrets-controller", pull=()), replicas=1,
        ),
    ]  # fmt: skip


def operators() -> list[Step]:
    """External Secrets, cert-manager and the CSI driver where their charts put them, with what they start from."""
    secrets, certificates = "external-secrets", "cert-manager"
    webhook = ["ca.crt", "tls.crt", "tls.key"]
    return [
        *_stores(),
        *make.by_hand(secrets, "aws-bootstrap", ["access-key", "secret-access-key"]),
        *make.by_hand(secrets, "gcp-bootstrap", ["service-account.json"]),
        *make.by_controller(
            secrets, "external-secrets-webhook", webhook, "external-secrets",
            labels={"app.kubernetes.io/managed-by": "Helm", "external-secrets.io/component": "webhook"},
            annotations={"meta.helm.sh/release-name": secrets, "meta.helm.sh/release-namespace": secrets},
        ),
        *make.helm_release(secrets, "external-secrets", 4, 5),
        *_operator(secrets, "external-secrets", "external-secrets/external-secrets:v2.9.0"),
        *run.deployment(secrets, "external-secrets-webhook", pod(
            container("webhook", "mirror/external-secrets/external-secrets:v2.9.0", mounts={"certs": "/tmp/certs"}),
            volumes=[secret_volume("certs", "external-secrets-webhook")], pull=(),
        ), replicas=1),
        *make.by_controller(
            certificates, "letsencrypt-account-key", ["tls.key"], "cert-manager-clusterissuers",
            labels={"app.kubernetes.io/managed-by": "cert-manager"},
        ),
        *make.by_controller(
            certificates, "cert-manager-webhook-ca", webhook, "webhook",
            labels={"app.kubernetes.io/managed-by": "cert-manager-webhook"},
            annotations={"cert-manager.io/allow-direct-injection": "true"},
        ),
        *make.by_apply(certificates, "route53-credentials", ["access-key", "secret-access-key"]),
        *make.helm_release(certificates, "cert-manager", 8, 8),
        *_operator(certificates, "cert-manager", "jetstack/cert-manager-controller:v1.21.2"),
        *make.helm_release("kube-system", "secrets-store-csi-driver", 3, 3),
        *run.service_account("kube-system", "secrets-store-csi-driver"),
        *run.daemon_set("kube-system", "secrets-store-csi-driver", pod(
            container("driver", "mirror/csi-secrets-store/driver:v1.6.0"), account="secrets-store-csi-driver", pull=(),
        )),
    ]  # fmt: skip


def platform() -> list[Step]:
    """The platform team's own tools."""
    home = "platform"
    return [
        *make.by_apply(home, "dns-zone-editor", ["access-key", "secret-access-key"]),
        *make.by_hand(home, "velero-cloud-credentials", ["cloud"]),
        *make.tls_by_hand(home, "internal-ca", "ca.larkspur.example", 3650, began_days_ago=1300),
        *make.by_hand(home, "vpn-gateway", ["pre-shared-key"]),
        *make.pull_secret(home),
        *_operator(home, "reloader", "stakater/reloader:v1.4.21", pull=["registry-pull"]),
        *run.service_account(home, "velero"),
        *run.deployment(home, "velero", pod(
            container("velero", "mirror/velero:1.17", mounts={"cloud": "/credentials"}),
            volumes=[secret_volume("cloud", "velero-cloud-credentials")], account="velero",
        ), replicas=1),
        *run.deployment(home, "external-dns", pod(
            container("external-dns", "mirror/external-dns:0.19", {
                "AWS_ACCESS_KEY_ID": Key("dns-zone-editor", "access-key"),
                "AWS_SECRET_ACCESS_KEY": Key("dns-zone-editor", "secret-access-key"),
            }),
        ), replicas=1),
    ]  # fmt: skip


def gitops() -> list[Step]:
    """flux-system: one Kustomization that decrypts, one that does not, one that has been failing."""
    home = "flux-system"
    return [
        *make.by_controller(home, "flux-system", ["identity", "known_hosts"], "flux"),
        *make.by_hand(home, "sops-age", ["age.agekey"]),
        _repository(),
        *_kustomization("data-platform", decrypts=True),
        *_kustomization("observability"),
        *_kustomization("storefront"),
        *_kustomization("ci", problem="kustomize build failed: accumulating resources"),
        *run.service_account(home, "kustomize-controller"),
        *run.deployment(home, "kustomize-controller", pod(
            container("manager", "mirror/fluxcd/kustomize-controller:v1.10.1", mounts={"age": "/var/lib/sops"}),
            volumes=[secret_volume("age", "sops-age")], account="kustomize-controller", pull=(),
        ), replicas=1),
    ]  # fmt: skip


def _repository() -> Step:
    """The Git repository that everything comes from, and the deploy key it is read with."""
    manifest = named("GitRepository", "source.toolkit.fluxcd.io/v1", "flux-system", "fleet")
    url, branch = "ssh://git@git.larkspur.example/platform/fleet", {"branch": "main"}
    manifest["spec"] = {"interval": "1m0s", "url": url, "ref": branch, "secretRef": {"name": "flux-system"}}
    stored = "stored artifact for revision 'main@sha1:demo'"
    status = {"conditions": [condition("Ready", True, "Succeeded", stored, ago(minutes=8))], "observedGeneration": 1}
    return Step(manifest, "flux-client-side-apply", status=status, status_manager="source-controller")


def leftovers() -> list[Step]:
    """What people left in the namespace default."""
    return [
        *make.by_hand("default", "test-secret", {"password": "test1234"}),
        *make.by_apply("default", "tmp-db-copy", {
            "username": "storefront_db",
            "password": fake("storefront", "storefront-db", "password"),
            "host": "storefront-db.storefront.svc",
        }),
    ]  # fmt: skip


def _operator(home: str, name: str, image: str, *, pull: Sequence[str] = ()) -> list[Step]:
    spec = pod(container("manager", f"mirror/{image}"), account=name, pull=pull)
    return [*run.service_account(home, name), *run.deployment(home, name, spec, replicas=1)]


def _stores() -> list[Step]:
    """Two ClusterSecretStores, of which one says who may use it, the certificate issuer and the Gateway's class."""
    aws_keys = {
        "accessKeyIDSecretRef": {"name": "aws-bootstrap", "key": "access-key", "namespace": "external-secrets"},
        "secretAccessKeySecretRef": {
            "name": "aws-bootstrap",
            "key": "secret-access-key",
            "namespace": "external-secrets",
        },
    }
    aws = {"service": "SecretsManager", "region": "eu-central-1", "auth": {"secretRef": aws_keys}}
    gcp_key = {"name": "gcp-bootstrap", "key": "service-account.json", "namespace": "external-secrets"}
    gcp = {"projectID": "larkspur-data", "auth": {"secretRef": {"secretAccessKeySecretRef": gcp_key}}}
    return [
        _store("aws-secrets-manager", {"provider": {"aws": aws}}),
        _store(
            "gcp-secret-manager",
            {"provider": {"gcpsm": gcp}, "conditions": [{"namespaces": ["data-platform"]}]},
        ),
        _issuer(),
        Step(
            named("GatewayClass", "gateway.networking.k8s.io/v1", "", "envoy")
            | {"spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"}},
            run.MANAGER,
            applied=True,
        ),
    ]


def _store(name: str, spec: Manifest) -> Step:
    manifest = named("ClusterSecretStore", make.EXTERNAL_SECRETS, "", name) | {"spec": spec}
    ready = condition("Ready", True, "Valid", "store validated", ago(minutes=4))
    status = {"conditions": [ready], "capabilities": "ReadWrite"}
    return Step(manifest, run.MANAGER, applied=True, status=status, status_manager="external-secrets")


def _issuer() -> Step:
    manifest = named("ClusterIssuer", make.CERT_MANAGER, "", "letsencrypt")
    keys = {"name": "route53-credentials", "key": "secret-access-key"}
    identity = {"accessKeyIDSecretRef": keys | {"key": "access-key"}, "secretAccessKeySecretRef": keys}
    solver = {"dns01": {"route53": {"region": "eu-central-1"} | identity}}
    account = {"name": "letsencrypt-account-key"}
    server = "https://acme-v02.api.letsencrypt.org/directory"
    manifest["spec"] = {"acme": {"server": server, "privateKeySecretRef": account, "solvers": [solver]}}
    ready = condition("Ready", True, "ACMEAccountRegistered", "The ACME account was registered", ago(days=60))
    status = {"conditions": [ready]}
    return Step(manifest, run.MANAGER, applied=True, status=status, status_manager="cert-manager-clusterissuers")


def _kustomization(name: str, *, decrypts: bool = False, problem: str = "") -> list[Step]:
    manifest = named("Kustomization", make.FLUX, "flux-system", name)
    source = {"kind": "GitRepository", "name": "fleet"}
    manifest["spec"] = {"interval": "10m0s", "path": f"./clusters/main/{name}", "prune": True, "sourceRef": source}
    if decrypts:
        manifest["spec"]["decryption"] = {"provider": "sops", "secretRef": {"name": "sops-age"}}
    if problem:
        ready = condition("Ready", False, "BuildFailed", problem, ago(days=1))
    else:
        ready = condition("Ready", True, "ReconciliationSucceeded", "Applied revision: main@sha1:demo", ago(minutes=6))
    status = {"conditions": [ready], "observedGeneration": 1}
    return [Step(manifest, "flux-client-side-apply", status=status, status_manager="kustomize-controller")]
