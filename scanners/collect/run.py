"""A collection: every input of a cluster read at the same time as others, into one Inventory without values."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from scanners.collect import metrics
from scanners.collect.api_servers import NAMESPACE as API_SERVER_NAMESPACE
from scanners.collect.assemble import Parts, assemble
from scanners.collect.deep import DEEP_SECRETS, merged
from scanners.collect.encryption import EncryptionConfigError, configuration_hash, parse_encryption_config
from scanners.collect.inputs import API_SERVERS, AUDIT_POLICY, BY_NAME, ENCRYPTION_CONFIGURATION, INPUTS, METRICS, Input
from scanners.collect.keep import clean
from scanners.collect.listing import Limits, ListReader, Reading
from scanners.collect.metadata import UNREADABLE
from scanners.collect.pool import Pool
from scanners.digest import KeyedDigest
from scanners.inventory import ApiServer, Cluster, Coverage, EncryptionEntry, Inventory, Namespace
from scanners.kube.access import api_groups, cluster_version
from scanners.kube.errors import Denied, KubeError
from scanners.kube.transport import Transport

THREADS = 4
SECONDS_BETWEEN_LOOKS = 0.2
SECONDS_TO_STOP = 1.0
MAX_API_GROUPS = 2_000

Progress = Callable[[str, int, int | None], None]
"""Told of an input (its coverage name), the objects read of it, and those in all, None where unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to collect.

    `name` and `server` describe the cluster. `namespaces` is the scope, empty for all. `known_namespaces` are
    tried where namespaces cannot be listed, such as the namespace of the kubeconfig's context.
    `encryption_config` is the text of an EncryptionConfiguration, None if it was not given.
    `digest` is the installation's, under which a value may be told from another; None where there is none.
    `deep` reads the Secrets' values, page by page, and reduces them to facts: it needs a digest.
    `labels` are the keys of labels that the policy's rules ask for (`Policy.labels`), which are kept of Secrets too.
    """

    name: str
    server: str = ""
    namespaces: tuple[str, ...] = ()
    known_namespaces: tuple[str, ...] = ()
    encryption_config: str | None = None
    digest: KeyedDigest | None = None
    deep: bool = False
    labels: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.deep and self.digest is None:
            raise ValueError("a deep collection needs a digest")


class _Stopped(Exception):
    """In a reading thread: the collection was stopped."""


class _Event(NamedTuple):
    """From a reading thread: progress of an input, or its outcome."""

    name: str
    done: int = 0
    total: int | None = None
    outcome: object = None
    error: BaseException | None = None


def collect(transport: Transport, options: Options, progress: Progress, stop: Callable[[], None]) -> Inventory:
    """Reads everything this identity may see. `progress` and `stop` are called in the caller's thread.

    `stop` is called between pages, at least every fifth of a second, and raises to end the collection: what it
    raises comes out of here. A cluster that cannot be reached, or does not know the credential, raises KubeError,
    and a transport that is cancelled raises Cancelled; whatever goes wrong after the first answer is a state of
    coverage instead.
    """
    return _Collection(transport, options, progress, stop).run()


class _Collection:
    def __init__(self, transport: Transport, options: Options, progress: Progress, stop: Callable[[], None]) -> None:
        self._transport = transport
        self._options = options
        self._progress = progress
        self._stop = stop
        self._pool = Pool(options.digest, options.labels)
        self._stopped = threading.Event()
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._served: dict[str, tuple[str, ...]] | None = None
        self._namespaces = Reading(Coverage(input="namespaces", status="error", detail="not read"))

    def run(self) -> Inventory:
        started_at = datetime.now(UTC)
        self._stop()
        cluster = self._cluster()
        self._together({"namespaces": self._read_namespaces}, self._take_namespaces)
        parts = Parts(
            cluster=cluster,
            scope=self._options.namespaces,
            started_at=started_at,
            pool=self._pool,
            deep=self._options.deep,
        )
        parts.add(self._namespaces)
        tasks: dict[str, Callable[[], Reading]] = {
            item.name: partial(self._read_input, item, self._options.namespaces)
            for item in INPUTS
            if item.name != "namespaces"
        }
        if self._options.deep:
            tasks["secrets"] = self._read_secrets_with_values
        if self._options.namespaces and API_SERVER_NAMESPACE not in self._options.namespaces:
            tasks[API_SERVERS] = self._read_api_servers
        self._together(tasks, parts.add)
        # After the lists, so that the counters cover every Secret that is in them.
        self._together({METRICS: self._read_metrics}, parts.add)
        encryption = self._encryption(parts)
        return assemble(parts, encryption=encryption, collected_at=datetime.now(UTC))

    def _cluster(self) -> Cluster:
        """The first words with the cluster. Raises KubeError, but for a refusal: much may be allowed all the same."""
        try:
            version = cluster_version(self._transport)
        except Denied:
            version = ""
        self._stop()
        try:
            groups = api_groups(self._transport)
        except Denied:
            groups = None
        if groups is not None:
            self._served = {group.name: group.versions for group in groups}
        return Cluster(
            name=clean(self._options.name),
            server=clean(self._options.server, 1024),
            version=clean(version, 63),
            api_groups=tuple(sorted(clean(name) for name in self._served or ())[:MAX_API_GROUPS]),
        )

    def _together(self, tasks: Mapping[str, Callable[[], Reading]], take: Callable[[Reading], None]) -> None:
        """Runs the tasks in a few threads and hands each outcome to `take`, here, as it comes."""
        waiting: queue.SimpleQueue[tuple[str, Callable[[], Reading]]] = queue.SimpleQueue()
        for name, task in tasks.items():
            waiting.put((name, task))
        threads = [
            threading.Thread(target=self._work, args=(waiting,), daemon=True, name=f"secretsui-collect-{number}")
            for number in range(min(THREADS, len(tasks)))
        ]
        for thread in threads:
            thread.start()
        left = len(tasks)
        try:
            while left:
                self._stop()
                for event in self._news():
                    if event.error is not None:
                        self._stop()  # its reason says more than that a reading was cancelled
                        raise event.error
                    if isinstance(event.outcome, Reading):
                        left -= 1
                        take(event.outcome)
                    else:
                        self._progress(event.name, event.done, event.total)
        except BaseException:
            self._stopped.set()
            for thread in threads:
                thread.join(SECONDS_TO_STOP / len(threads))
            raise

    def _news(self) -> list[_Event]:
        """What the threads have said: of several events of one input the last, and every outcome."""
        try:
            events = [self._events.get(timeout=SECONDS_BETWEEN_LOOKS)]
        except queue.Empty:
            return []
        while not self._events.empty():
            events.append(self._events.get())
        latest = {event.name: event for event in events if event.outcome is None and event.error is None}
        return [*latest.values(), *(event for event in events if event.outcome is not None or event.error is not None)]

    def _work(self, waiting: queue.SimpleQueue[tuple[str, Callable[[], Reading]]]) -> None:
        while not self._stopped.is_set():
            try:
                name, task = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self._events.put(_Event(name, outcome=task()))
            except _Stopped:
                return
            except BaseException as error:  # noqa: BLE001 the edge of a thread: raised again by the one who waits
                self._events.put(_Event(name, error=error))
                return

    def _between(self, name: str, done: int, total: int | None) -> None:
        if self._stopped.is_set():
            raise _Stopped
        self._events.put(_Event(name, done, total))

    def _read_secrets_with_values(self) -> Reading:
        with_values, without = (self._read_input(item, self._options.namespaces) for item in DEEP_SECRETS)
        return merged(with_values, without)

    def _read_input(self, item: Input, scope: Sequence[str]) -> Reading:
        reader = ListReader(
            item, self._transport, self._pool, self._options.limits, partial(self._between, item.name), self._served
        )
        return reader.read(scope, self._known_namespaces)

    def _known_namespaces(self) -> tuple[Sequence[str], bool]:
        names = [record.name for record in self._namespaces.records if isinstance(record, Namespace)]
        if self._namespaces.coverage.status == "complete":
            return names, True
        return list(dict.fromkeys([*self._options.known_namespaces, *names])), False

    def _take_namespaces(self, reading: Reading) -> None:
        self._namespaces = reading

    def _read_namespaces(self) -> Reading:
        """All Namespaces, or those of the scope; where they cannot be listed, each that is known by name."""
        item, scope = BY_NAME["namespaces"], set(self._options.namespaces)
        reading = self._read_input(item, ())
        if scope:
            reading.records = [
                record for record in reading.records if isinstance(record, Namespace) and record.name in scope
            ]
        names = self._options.namespaces or self._options.known_namespaces
        if reading.coverage.status != "denied" or not names:
            return reading
        found: list[Namespace] = []
        for name in names:
            try:
                raw = self._transport.get(f"{item.path('v1')}/{quote(name, safe='')}")
                found.extend(
                    record for record in item.read(msgspec.Raw(raw), self._pool) if isinstance(record, Namespace)
                )
            except (KubeError, *UNREADABLE):
                continue
            self._between(item.name, len(found), len(names))
        if not found:
            return reading
        every = bool(scope) and len(found) == len(names)
        shown = ", ".join(record.name for record in found)
        coverage = Coverage(
            input=item.name,
            status="complete" if every else "partial",
            detail="" if every else f"{reading.coverage.detail}; read {shown}",
            read=len(found),
            namespaces=tuple(record.name for record in found),
        )
        return Reading(coverage, list(found))

    def _read_api_servers(self) -> Reading:
        """The Pods of kube-system, where they are outside the scope: for the API server's flags alone."""
        reading = self._read_input(BY_NAME["pods"], (API_SERVER_NAMESPACE,))
        reading.records = [record for record in reading.records if isinstance(record, ApiServer)]
        reading.coverage = msgspec.structs.replace(reading.coverage, input=API_SERVERS)
        return reading

    def _read_metrics(self) -> Reading:
        try:
            text = self._transport.get(metrics.PATH, accept="text/plain")
        except Denied:
            refused = f"may not get {metrics.PATH}"
            return Reading(Coverage(input=METRICS, status="denied", verb="get", detail=refused))
        except KubeError as error:
            return Reading(Coverage(input=METRICS, status="error", verb="get", detail=str(error)))
        found = metrics.transformations(text)
        coverage = Coverage(input=METRICS, status="complete", verb="get", read=len(found))
        return Reading(coverage, [*found, metrics.loaded_configuration(text)])

    def _encryption(self, parts: Parts) -> tuple[EncryptionEntry, ...] | None:
        """The given EncryptionConfiguration, with its row of coverage."""
        text, entries = self._options.encryption_config, None
        coverage = Coverage(
            input=ENCRYPTION_CONFIGURATION, status="absent", verb="get", detail="no EncryptionConfiguration was given"
        )
        if text is not None:
            parts.given_encryption_hash = configuration_hash(text)
            try:
                entries = parse_encryption_config(text)
                coverage = Coverage(input=ENCRYPTION_CONFIGURATION, status="complete", verb="get", read=len(entries))
            except EncryptionConfigError as error:
                coverage = Coverage(input=ENCRYPTION_CONFIGURATION, status="error", verb="get", detail=str(error))
        parts.coverage[ENCRYPTION_CONFIGURATION] = coverage
        parts.coverage[AUDIT_POLICY] = Coverage(
            input=AUDIT_POLICY, status="absent", verb="get", detail="no audit policy was given"
        )
        return entries
