"""A real Kubernetes API server with its etcd, for tests: started in seconds, thrown away at the end."""

from __future__ import annotations

import atexit
import base64
import json
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import urllib3
import yaml

from tests.cluster.api import Api, eventually
from tests.cluster.build import program
from tests.cluster.crds import crd_files, crd_name
from tests.cluster.credentials import new_credentials
from tests.cluster.processes import Running, free_ports

ADMINISTRATORS = "system:masters"
CONTROLLER_MANAGER_USER = "system:kube-controller-manager"  # the bootstrap RBAC knows it by this name
SECONDS_TO_START = 60.0
ATTEMPTS_TO_FIND_PORTS = 3
AGGREGATED_ROLES = ("admin", "edit", "view")
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


class ClusterFailed(Exception):
    """A part of the cluster did not start or has ended; the message has the last words of its log."""


class PortTaken(ClusterFailed):
    """Another process took a port between the moment it was found free and the program's start."""


class Cluster(Api):
    """etcd and kube-apiserver on free loopback ports in a temporary folder, as a context manager.

    users: name → groups; each gets a random token. There is always an `admin` in system:masters.
    encryption_config, audit_policy: what those files of the API server hold, or None for no such flag. These two and
    `flags` (more flags of the API server) may be changed between `stop_apiserver` and `start_apiserver`.
    crds: names of `versions.CRD_GROUPS` to install.
    controller_manager: also kube-controller-manager, which fills the aggregated roles (admin, edit, view), makes
    default ServiceAccounts, fills token Secrets, and makes Pods of Deployments. Without it none of this happens, so
    the admission plugin ServiceAccount is off then: it would refuse every Pod.

    Raises CannotBuild where a program cannot be built, ClusterFailed where one does not start.
    """

    def __init__(
        self,
        *,
        users: dict[str, Iterable[str]] | None = None,
        encryption_config: dict[str, Any] | None = None,
        audit_policy: dict[str, Any] | None = None,
        crds: Iterable[str] = (),
        flags: Iterable[str] = (),
        controller_manager: bool = False,
    ) -> None:
        self.users = {name: list(groups) for name, groups in (users or {}).items()}
        self.users |= {"admin": [ADMINISTRATORS], CONTROLLER_MANAGER_USER: []}
        self.encryption_config = encryption_config
        self.audit_policy = audit_policy
        self.crds = tuple(crds)
        self.flags = list(flags)
        self.controller_manager = controller_manager
        self.seconds_to_start = 0.0
        self._credentials = new_credentials(list(self.users))
        super().__init__(self._credentials.ca_pem, self._credentials.tokens)
        self._running: dict[str, Running] = {}
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        parts = ("etcd", "kube-apiserver", *(("kube-controller-manager",) if self.controller_manager else ()))
        self._programs = {name: program(name) for name in parts}
        began = time.monotonic()
        self._folder = Path(tempfile.mkdtemp(prefix="secretsui-cluster-"))
        atexit.register(self.close)
        try:
            self._credentials.write(self._folder, self.users)
            self._start_storage_and_apiserver()
            if self.controller_manager:
                self._start_controller_manager()
            self.install_crds(*self.crds)
        except BaseException:
            self.close()
            raise
        self.seconds_to_start = time.monotonic() - began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends every program at once and removes the folder. May be called again."""
        atexit.unregister(self.close)
        self._stop_all()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def folder(self) -> Path:
        """The temporary folder: logs, certificates and data of the programs; gone after `close`."""
        assert self._folder is not None, "The cluster is not started: use it in a `with` statement."
        return self._folder

    @property
    def audit_log(self) -> Path:
        """Where the API server writes audit events, one JSON line each, if there is an audit policy."""
        return self.folder / "audit.log"

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each running program, by its name."""
        return {name: running.pid for name, running in self._running.items()}

    def start_apiserver(self, *, ready: bool = True) -> None:
        """Starts the API server (again, on the same port and data) and waits until it is ready.

        Without `ready` only until it answers: one whose KMS plugin is absent never gets further.
        """
        self._start("kube-apiserver", self._apiserver_flags())
        if ready:
            self._wait("the API server to be ready", self._ready)
        else:
            self._wait("the API server to answer", lambda: self._answers("/version"))

    def stop_apiserver(self, *, kill: bool = False) -> None:
        """Stops the API server: in its own order (it lets requests finish), or at once with `kill`."""
        self._running.pop("kube-apiserver").stop(kill=kill)

    def freeze(self) -> None:
        """Makes the API server hang: the kernel still accepts connections, and nothing answers on them."""
        self._running["kube-apiserver"].signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Ends what `freeze` began."""
        self._running["kube-apiserver"].signal(signal.SIGCONT)

    def install_crds(self, *groups: str) -> None:
        """Installs the CRDs of the groups and waits until the API server serves them."""
        names = []
        for file in (file for group in groups for file in crd_files(group)):
            content = file.read_bytes()
            names.append(crd_name(content))
            self.apply_file(f"{CRDS}/{names[-1]}", content)
        self._wait("the CRDs to be served", lambda: all(self._established(name) for name in names))

    def kubeconfig(self, user: str = "admin", namespace: str | None = None, *, token: str | None = None) -> str:
        """A kubeconfig (YAML) for a user of the token file, or for whoever `token` is, then called `user`."""
        context = {"cluster": "test", "user": user} | ({"namespace": namespace} if namespace else {})
        authority = base64.b64encode(self.ca_pem.encode()).decode()
        cluster = {"server": self.server, "certificate-authority-data": authority}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": token or self.token(user)}}],
            "contexts": [{"name": "test", "context": context}],
            "current-context": "test",
        }
        return yaml.safe_dump(config, sort_keys=False)

    def stored(self, key: str) -> bytes:
        """The bytes that etcd holds under `key`, such as /registry/secrets/NAMESPACE/NAME; empty if it has none."""
        question = json.dumps({"key": base64.b64encode(key.encode()).decode()})
        answer = urllib3.request("POST", f"{self._storage}/v3/kv/range", body=question, timeout=10).json()
        return b"".join(base64.b64decode(pair["value"]) for pair in answer.get("kvs", []))

    def _start_storage_and_apiserver(self) -> None:
        for attempt in range(1, ATTEMPTS_TO_FIND_PORTS + 1):
            client, peer, secure = free_ports(3)
            self._storage = f"http://127.0.0.1:{client}"
            self.connect_to(f"https://127.0.0.1:{secure}")
            try:
                self._start("etcd", self._etcd_flags(f"http://127.0.0.1:{peer}"))
                self.start_apiserver()
                return
            except PortTaken:
                self._stop_all()
                if attempt == ATTEMPTS_TO_FIND_PORTS:
                    raise

    def _etcd_flags(self, peer: str) -> list[str]:
        return [
            f"--data-dir={self.folder}/etcd",
            "--unsafe-no-fsync",
            f"--quota-backend-bytes={8 << 30}",
            f"--listen-client-urls={self._storage}",
            f"--advertise-client-urls={self._storage}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        ]

    def _apiserver_flags(self) -> list[str]:
        flags = [
            f"--etcd-servers={self._storage}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.port}",
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--authorization-mode=Node,RBAC",
            f"--tls-cert-file={self.folder}/apiserver.crt",
            f"--tls-private-key-file={self.folder}/apiserver.key",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.folder}/service-account.pub",
            f"--service-account-signing-key-file={self.folder}/service-account.key",
            f"--token-auth-file={self.folder}/tokens.csv",
        ]
        if not self.controller_manager:
            flags.append("--disable-admission-plugins=ServiceAccount")
        if self.encryption_config is not None:
            flags.append(f"--encryption-provider-config={self._file('encryption.yaml', self.encryption_config)}")
        if self.audit_policy is not None:
            flags.append(f"--audit-policy-file={self._file('audit-policy.yaml', self.audit_policy)}")
            flags += [f"--audit-log-path={self.audit_log}", "--audit-log-format=json"]
        return flags + self.flags

    def _start_controller_manager(self) -> None:
        config = self.folder / "controller-manager.kubeconfig"
        config.write_text(self.kubeconfig(CONTROLLER_MANAGER_USER))
        flags = [
            f"--kubeconfig={config}",
            "--leader-elect=false",
            "--use-service-account-credentials=true",
            "--kube-api-qps=1000",  # by default its ServiceAccounts alone take five seconds to make
            "--kube-api-burst=1000",
            "--secure-port=0",
            f"--root-ca-file={self.folder}/ca.crt",
            f"--service-account-private-key-file={self.folder}/service-account.key",
        ]
        self._start("kube-controller-manager", flags)
        self._wait(
            "the controller manager to fill the aggregated roles and make the first ServiceAccount", self._managed
        )

    def _start(self, name: str, flags: list[str]) -> None:
        self._running[name] = Running(name, [str(self._programs[name]), *flags], self.folder)

    def _wait(self, what: str, look: Callable[[], bool]) -> None:
        """Waits for `look`, and fails at once with its last words when a program of the cluster has ended."""

        def look_with_care() -> bool:
            for name, running in self._running.items():
                if not running.alive:
                    words = running.last_words()
                    failure = PortTaken if "address already in use" in words else ClusterFailed
                    raise failure(f"{name} ended while waiting for {what}. Its last words:\n{words}")
            return look()

        try:
            eventually(what, look_with_care, SECONDS_TO_START)
        except TimeoutError as error:
            words = self._running["kube-apiserver"].last_words()
            raise ClusterFailed(f"{error} The API server's last words:\n{words}") from error

    def _ready(self) -> bool:
        return self._answers("/readyz")

    def _answers(self, path: str) -> bool:
        try:
            return self.request("GET", path, seconds=5)[0] == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _established(self, name: str) -> bool:
        """Whether the CRD is, and discovery and the resource itself answer: they follow a moment later."""
        found = self.get(f"{CRDS}/{name}")
        conditions = {each["type"]: each["status"] for each in found.get("status", {}).get("conditions") or ()}
        if conditions.get("Established") != "True":
            return False
        spec = found["spec"]
        version = next(each["name"] for each in spec["versions"] if each["storage"])
        path = f"/apis/{spec['group']}/{version}/{spec['names']['plural']}?limit=1"
        return self.request("GET", path)[0] == 200

    def _managed(self) -> bool:
        """Whether every role that others are gathered into has its rules: each is filled by a write of its own."""
        roles = (self.get(f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}") for name in AGGREGATED_ROLES)
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        return all(role["rules"] for role in roles) and self.request("GET", account)[0] == 200

    def _file(self, name: str, content: dict[str, Any]) -> Path:
        path = self.folder / name
        path.write_text(yaml.safe_dump(content, sort_keys=False))
        return path

    def _stop_all(self) -> None:
        for running in reversed(self._running.values()):
            running.stop(kill=True)
        self._running.clear()
