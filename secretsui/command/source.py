"""From SOURCE to an Inventory: a cluster that is read now, or a snapshot of one."""

from __future__ import annotations

import argparse
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from secretsui.command.messages import Problem
from secretsui.command.progress import ProgressBar

if TYPE_CHECKING:
    from scanners.digest import KeyedDigest
    from scanners.inventory import Inventory
    from scanners.kube.credential import Credential
    from scanners.kube.network import NetworkRules


def check(arguments: argparse.Namespace) -> None:
    """What argparse cannot check. Raises Problem."""
    other = "--in-cluster" if arguments.in_cluster else "--snapshot" if arguments.snapshot is not None else ""
    if arguments.context is not None and other:
        raise Problem(f"--context is for a kubeconfig, which {other} does not use; leave one of them out.")
    from_standard_input = [f"--{name.replace('_', '-')}" for name, value in vars(arguments).items() if value == "-"]
    readers = [name for name in from_standard_input if name != "--output"]
    if len(readers) > 1:
        raise Problem(f"{' and '.join(readers)} would both read standard input; give a file for one of them.")


def read(
    arguments: argparse.Namespace,
    now: datetime,
    stopping: threading.Event,
    labels: frozenset[str] = frozenset(),
    deep: KeyedDigest | None = None,
) -> Inventory:
    """Read what SOURCE names, showing progress; threads end when `stopping` is set.

    `labels` are the keys of labels that the policy's rules ask for. Given a digest for a `deep` reading, values are
    reduced to facts under it. `now` is a snapshot's time where it has none of its own. Raises Problem with the reason
    and what to do.
    """
    if arguments.snapshot is not None:
        return read_snapshot(arguments.snapshot, tuple(arguments.namespaces), now, labels, deep)
    return read_cluster(arguments, stopping, labels, deep)


def read_snapshot(
    path: str,
    namespaces: tuple[str, ...],
    now: datetime,
    labels: frozenset[str] = frozenset(),
    deep: KeyedDigest | None = None,
) -> Inventory:
    """A snapshot file, a folder of manifests, or standard input."""
    from scanners import snapshot

    try:
        if path == "-":
            inventory = snapshot.read_snapshot(sys.stdin.buffer, now=now, labels=labels, deep=deep)
        else:
            inventory = snapshot.read_snapshot(Path(path), now=now, labels=labels, deep=deep)
    except snapshot.SnapshotError as error:
        raise Problem(str(error)) from error
    if not namespaces:
        return inventory
    from secretsui.command.scope import known_namespaces, within

    known = known_namespaces(inventory)
    missing = [name for name in namespaces if name not in known]
    if missing:
        raise Problem(f"{path} has nothing in the namespace {missing[0]}; it has {', '.join(sorted(known))}.")
    return within(inventory, namespaces)


def read_cluster(
    arguments: argparse.Namespace,
    stopping: threading.Event,
    labels: frozenset[str] = frozenset(),
    deep: KeyedDigest | None = None,
) -> Inventory:
    """The cluster itself, in this process, with whatever identity SOURCE names."""
    from scanners.collect.run import Options, collect
    from scanners.kube.errors import CredentialUnavailable, KubeError
    from scanners.kube.transport import Transport

    bar = ProgressBar()
    try:
        name, credential = _credential(arguments)
        with Transport(credential, _network_rules(arguments), cancelled=stopping.is_set) as transport:
            options = Options(
                name=name,
                server=credential.server,
                namespaces=tuple(arguments.namespaces),
                known_namespaces=(credential.namespace,) if credential.namespace else (),
                labels=labels,
                digest=deep,
                deep=deep is not None,
            )
            # A signal raises in this thread by itself; the reading threads learn of it from `cancelled`.
            return collect(transport, options, bar, stop=lambda: None)
    except (KubeError, CredentialUnavailable) as error:
        raise Problem(str(error)) from error
    finally:
        bar.clear()


def _network_rules(arguments: argparse.Namespace) -> NetworkRules:
    """Whoever runs the command may name clusters on their own machine; in a Pod the platform names the one."""
    from scanners.kube.local import in_cluster_rules
    from scanners.kube.network import NetworkRules

    return in_cluster_rules() if arguments.in_cluster else NetworkRules(allow_loopback=True)


def _credential(arguments: argparse.Namespace) -> tuple[str, Credential]:
    """The cluster's name and the credential: a kubeconfig of one's own is used whole, as kubectl does."""
    from scanners.kube.local import in_cluster_credential, local_contexts, local_credential

    if arguments.in_cluster:
        return "in-cluster", in_cluster_credential()
    file = Path(arguments.kubeconfig) if arguments.kubeconfig is not None else None
    credential = local_credential(file, arguments.context)
    for context in local_contexts(file):
        if context.name == arguments.context or (context.current and not arguments.context):
            return context.cluster or context.name, credential
    return credential.server, credential
