"""The flags of an API server that runs as a Pod (kubeadm, kind, kops, self-hosted), as far as they concern Secrets.

Flags may stand in command or args, as `--flag=value` or `--flag value`, in any container, or inside a shell's
script; kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanners.collect.command_line import flags, words
from scanners.collect.keep import clean
from scanners.collect.pod_spec import PodSpec, containers
from scanners.inventory import ApiServer

NAMESPACE = "kube-system"
BINARY = "kube-apiserver"
_LABELS = ("component", "k8s-app", "app", "tier")

_FLAGS = {
    "encryption_config": "encryption-provider-config",
    "audit_policy": "audit-policy-file",
    "audit_log": "audit-log-path",
    "audit_webhook": "audit-webhook-config-file",
}


def api_server(namespace: str, pod: str, labels: Mapping[str, str], spec: PodSpec) -> ApiServer | None:
    """The API server in this Pod, None where there is none.

    It is known by its binary. A label alone is not enough: only together with a flag that no other program has,
    so that another Pod so labelled never passes for an API server without encryption.
    """
    if namespace != NAMESPACE:
        return None
    labelled = any(labels.get(label) == BINARY for label in _LABELS)
    for member in containers(spec, "spec"):
        line = list(words(member.container.command, member.container.args))
        given = flags(line)
        if any(word.rpartition("/")[2] == BINARY for word in line) or (labelled and "etcd-servers" in given):
            return ApiServer(
                pod=pod,
                **{field: clean(given[flag], 1024) if given.get(flag) else None for field, flag in _FLAGS.items()},
            )
    return None
