"""Which Kubernetes distribution a cluster is, from what it says of itself: tables of marks, the surest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from scanners.collect.metadata import ObjectMeta, Shape, decoder
from scanners.collect.pool import Pool
from scanners.inventory import Record

UNKNOWN = "unknown"

API_GROUPS = (
    ("anywhere.eks.amazonaws.com", "eks-anywhere"),
    ("config.openshift.io", "openshift"),
)
VERSION_MARKS = (
    ("-eks-", "eks"),
    ("-gke.", "gke"),
    ("+k3s", "k3s"),
    ("+rke2", "rke2"),
    ("+k0s", "k0s"),
    ("+vmware", "tanzu"),
    ("+IKS", "iks"),
    ("-aliyun", "ack"),
    ("-tke.", "tke"),
)
"""Parts of the API server's gitVersion, such as v1.33.4-eks-e386d34 or v1.33.4+k3s1."""
SERVER_HOSTS = (
    (".eks.amazonaws.com", "eks"),
    (".azmk8s.io", "aks"),
    (".k8s.ondigitalocean.com", "doks"),
    (".linodelke.net", "lke"),
)
NODE_LABELS = (
    ("eks.amazonaws.com/nodegroup", "eks"),
    ("eks.amazonaws.com/compute-type", "eks"),
    ("cloud.google.com/gke-nodepool", "gke"),
    ("kubernetes.azure.com/cluster", "aks"),
    ("node.openshift.io/os_id", "openshift"),
    ("doks.digitalocean.com/node-pool", "doks"),
    ("lke.linode.com/pool-id", "lke"),
    ("minikube.k8s.io/name", "minikube"),
    ("microk8s.io/cluster", "microk8s"),
)
PROVIDER_IDS = (("kind://", "kind"), ("k3s://", "k3s"))
NODE_ANNOTATIONS = (("kubeadm.alpha.kubernetes.io/cri-socket", "kubeadm"),)

NODES_LOOKED_AT = 20


class NodeMark(Record, frozen=True):
    """The distribution that one node shows; not part of an Inventory."""

    distribution: str


class _NodeSpec(Shape):
    provider_id: str = msgspec.field(name="providerID", default="")


class _Node(Shape):
    metadata: ObjectMeta
    spec: _NodeSpec = msgspec.field(default_factory=_NodeSpec)


_decoder = decoder(_Node)


def read_node(raw: msgspec.Raw, pool: Pool) -> Iterable[NodeMark]:
    """What one node shows of its distribution; nothing where it shows none."""
    node = _decoder.decode(raw)
    found = [name for mark, name in PROVIDER_IDS if node.spec.provider_id.startswith(mark)]
    found += [name for mark, name in NODE_LABELS if mark in (node.metadata.labels or {})]
    # kubeadm builds many of the above, so it is named only where nothing else is.
    found += [name for mark, name in NODE_ANNOTATIONS if mark in (node.metadata.annotations or {})]
    if found:
        yield NodeMark(found[0])


def distribution(version: str, api_groups: Iterable[str], nodes: Sequence[NodeMark], server: str) -> str:
    """The distribution's short name, `unknown` where nothing marks it."""
    groups = set(api_groups)
    for group, name in API_GROUPS:
        if group in groups:
            return name
    for part, name in VERSION_MARKS:
        if part in version:
            return name
    host = server.partition("://")[2].partition("/")[0].rpartition(":")[0] or server
    for suffix, name in SERVER_HOSTS:
        if host.endswith(suffix):
            return name
    return nodes[0].distribution if nodes else UNKNOWN
