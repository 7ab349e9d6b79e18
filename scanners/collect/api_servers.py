"""The flags of an API server that runs as a Pod (kubeadm, kind, kops, self-hosted), as far as they concern Secrets.

Flags may stand in command or args, as `--flag=value` or `--flag value`, in any container, or inside a shell's
script; kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from scanners.collect.keep import clean
from scanners.collect.pod_spec import Container, PodSpec, containers
from scanners.inventory import ApiServer

NAMESPACE = "kube-system"
BINARY = "kube-apiserver"
_LABELS = ("component", "k8s-app", "app", "tier")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "busybox"})
_MAX_WORDS = 2_000

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
        words = list(_words(member.container))
        flags = _flags(words)
        if any(word.rpartition("/")[2] == BINARY for word in words) or (labelled and "etcd-servers" in flags):
            return ApiServer(
                pod=pod,
                **{field: clean(flags[flag], 1024) if flags.get(flag) else None for field, flag in _FLAGS.items()},
            )
    return None


def _words(container: Container) -> Iterator[str]:
    """The command line's words; a shell's script is split as the shell would."""
    words = [*(container.command or ()), *(container.args or ())][:_MAX_WORDS]
    shell = bool(words) and words[0].rpartition("/")[2] in _SHELLS
    for word in words:
        if not shell or word.startswith("-") or " " not in word.strip():
            yield word
            continue
        try:
            yield from shlex.split(word, comments=True)
        except ValueError:
            yield from word.split()


def _flags(words: list[str]) -> dict[str, str]:
    """Flags by name; the last of two wins, as in the API server."""
    found: dict[str, str] = {}
    for index, word in enumerate(words):
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        if not equals:
            following = words[index + 1] if index + 1 < len(words) else ""
            value = "" if following.startswith("--") else following
        found[name.replace("_", "-")] = value
    return found
