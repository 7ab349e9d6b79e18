"""Reading one input whole, or as much of it as this identity may see, and saying which.

A refusal, a time-out and a truncation are states of coverage, never an empty list. Where a cluster-wide list is
refused, the namespaces that are known are tried one by one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

import msgspec

from scanners.collect.inputs import Input
from scanners.collect.keep import clean
from scanners.collect.metadata import UNREADABLE
from scanners.collect.pool import Pool
from scanners.collect.secrets import ValuesOffered
from scanners.inventory import Coverage, CoverageStatus, Record
from scanners.kube.errors import Denied, KubeError, NotServed, TooLarge
from scanners.kube.pages import TABLE_ACCEPT, pages
from scanners.kube.transport import JSON, Transport
from scanners.revisions import revision

PAGE_LIMITS = (500, 50, 5)
"""Objects asked for at a time; fewer where a page came out larger than the transport reads."""
MAX_NAMES_IN_DETAIL = 8

Between = Callable[[int, int | None], None]
"""Called after each page with the objects read and those in all (None where unknown); raises to end the reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is read of one input before it is called partial: objects, and seconds."""

    objects: int = 500_000
    seconds: float = 300.0


@dataclass(slots=True)
class Reading:
    """What one input gave. `resource_version` is that of its list, of several the lowest; "" where not comparable."""

    coverage: Coverage
    records: list[Record] = field(default_factory=list)
    resource_version: str = ""


class _OutOfTime(Exception):
    """The input's time is over."""


class _EnoughObjects(Exception):
    """The input's limit of objects is reached."""


class ListReader:
    """Reads one input. `served` are the versions of each API group, None where the cluster does not tell."""

    def __init__(
        self,
        item: Input,
        transport: Transport,
        pool: Pool,
        limits: Limits,
        between: Between,
        served: Mapping[str, Sequence[str]] | None,
    ) -> None:
        self._item = item
        self._transport = transport
        self._pool = pool
        self._limits = limits
        self._between = between
        self._served = served
        self._end = time.monotonic() + limits.seconds
        self._records: list[Record] = []
        self._read = 0
        self._unreadable = 0
        self._changed = False
        self._resource_versions: set[str] = set()

    def read(self, scope: Sequence[str], known: Callable[[], tuple[Sequence[str], bool]]) -> Reading:
        """The whole input, or its part in `scope`.

        `known` is asked only when a cluster-wide list is refused: the namespaces to try, and whether those are
        all there are.
        """
        versions = self._versions()
        if not versions:
            return self._nothing_served()
        if self._item.namespaced and scope:
            return self._in_namespaces(versions, scope, whole=True, refusal="")
        try:
            version = self._first_served(versions, self._list)
        except Denied:
            if self._item.optional and not self._exists(versions):
                return self._absent()
            refusal = f"may not list {self._resource} cluster-wide"
            namespaces, all_of_them = known() if self._item.namespaced else ((), False)
            if not namespaces:
                return Reading(self._coverage("denied", refusal))
            return self._in_namespaces(versions, namespaces, whole=all_of_them, refusal=refusal)
        except (_OutOfTime, _EnoughObjects, KubeError, ValuesOffered) as error:
            return self._cut_short(error)
        return self._absent() if version is None else self._done()

    @property
    def _resource(self) -> str:
        return f"{self._item.plural}.{self._item.group}" if self._item.group else self._item.plural

    def _versions(self) -> tuple[str, ...]:
        if self._served is None or not self._item.group:
            return self._item.versions
        served = self._served.get(self._item.group, ())
        return tuple(version for version in self._item.versions if version in served)

    def _nothing_served(self) -> Reading:
        served = (self._served or {}).get(self._item.group, ())
        if not self._exists(served):
            return self._absent()
        return Reading(
            self._coverage(
                "error",
                f"{self._item.group} is served in {_named([clean(version) for version in served])}, "
                f"of which secretsui reads none ({', '.join(self._item.versions)})",
            )
        )

    def _first_served(self, versions: Iterable[str], attempt: Callable[[str], None]) -> str | None:
        """The first version in which the list is served, having read it; None where it is in none."""
        for version in versions:
            try:
                attempt(version)
            except NotServed:
                continue
            return version
        return None

    def _exists(self, versions: Iterable[str]) -> bool:
        """Whether the kind is served at all: a refusal comes before the question of existence. True if unknown."""
        for version in versions:
            try:
                answer = self._transport.get(f"/apis/{self._item.group}/{quote(version, safe='')}")
                if self._item.plural in {resource.name for resource in _resources.decode(answer).resources}:
                    return True
            except NotServed:
                continue
            except (KubeError, *UNREADABLE):
                return True
        return False

    def _in_namespaces(
        self, versions: tuple[str, ...], namespaces: Sequence[str], *, whole: bool, refusal: str
    ) -> Reading:
        """Each namespace by itself; `whole` if reading all of them is reading everything that was asked for."""
        seen: list[str] = []
        refused: list[str] = []
        failures: list[str] = []
        for namespace in namespaces:
            try:
                self._stop_if_enough()
                self._between(self._read + self._unreadable, None)
                version = self._first_served(versions, partial(self._list, namespace=namespace))
            except Denied:
                refused.append(namespace)
                continue
            except (_OutOfTime, _EnoughObjects) as error:
                failures.append(self._words(error))
                break
            except ValuesOffered as error:
                return self._cut_short(error)
            except KubeError as error:
                failures.append(f"{namespace}: {error}")
                continue
            if version is None:
                return self._absent()
            versions = (version,)
            seen.append(namespace)
        if refused and not seen and not failures and self._item.optional and not self._exists(versions):
            return self._absent()
        return self._of_namespaces(namespaces, seen, refused, failures, whole=whole, refusal=refusal)

    def _of_namespaces(
        self,
        namespaces: Sequence[str],
        seen: list[str],
        refused: list[str],
        failures: list[str],
        *,
        whole: bool,
        refusal: str,
    ) -> Reading:
        if whole and len(seen) == len(namespaces):
            return self._done(() if refusal else tuple(seen))
        parts = [refusal] if refusal else []
        if refused:
            where = f"in {_named(refused)}"
            parts = [f"{refusal}, nor {where}" if refusal else f"may not list {self._resource} {where}"]
        if seen:
            parts.append(f"read in {_named(seen)}")
        parts.extend(failures[:MAX_NAMES_IN_DETAIL])
        status: CoverageStatus = "partial" if seen or self._read else "error" if failures else "denied"
        return self._reading(self._coverage(status, "; ".join(parts), tuple(seen)))

    def _done(self, namespaces: tuple[str, ...] = ()) -> Reading:
        status: CoverageStatus = "partial" if self._unreadable else "complete"
        return self._reading(self._coverage(status, "", namespaces))

    def _absent(self) -> Reading:
        return Reading(self._coverage("absent", f"{self._resource} are not served by this cluster"))

    def _cut_short(self, error: Exception) -> Reading:
        if isinstance(error, ValuesOffered):
            self._records, self._read = [], 0
        status: CoverageStatus = "partial" if self._read else "error"
        return self._reading(self._coverage(status, self._words(error)))

    def _reading(self, coverage: Coverage) -> Reading:
        return Reading(coverage, self._records, _lowest(self._resource_versions))

    def _words(self, error: Exception) -> str:
        if isinstance(error, _OutOfTime):
            return f"stopped after {self._limits.seconds:g} s, with more {self._item.plural} to come"
        if isinstance(error, _EnoughObjects):
            return f"stopped after {self._limits.objects:,} {self._item.plural}, with more to come"
        return str(error)

    def _coverage(self, status: CoverageStatus, detail: str, namespaces: tuple[str, ...] = ()) -> Coverage:
        notes = [detail] if detail else []
        if self._unreadable:
            objects = "1 object" if self._unreadable == 1 else f"{self._unreadable:,} objects"
            notes.append(f"{objects} could not be read")
        if self._changed:
            notes.append("read while it changed: objects made or deleted in the meantime may be missing or still there")
        return Coverage(
            input=self._item.name, status=status, detail="; ".join(notes), read=self._read, namespaces=namespaces
        )

    def _list(self, version: str, namespace: str | None = None) -> None:
        """One list, in smaller pages where one is too large to be read."""
        path = self._item.path(version, quote(namespace, safe="") if namespace is not None else None)
        start, read, unreadable = len(self._records), self._read, self._unreadable
        for limit in PAGE_LIMITS:
            try:
                self._pages(path, limit, start, read, unreadable, alone=namespace is None)
                return
            except (Denied, NotServed):  # in the middle too: the right, or the kind, was taken away
                self._drop(start, read, unreadable)
                raise
            except TooLarge:
                if limit == PAGE_LIMITS[-1]:
                    raise
                self._drop(start, read, unreadable)

    def _pages(self, path: str, limit: int, start: int, read: int, unreadable: int, *, alone: bool) -> None:
        item = self._item
        table = item.table
        query = {"includeObject": "Metadata"} if table else {}
        if item.selector:
            query["fieldSelector"] = item.selector
        for page in pages(
            self._transport,
            path,
            query=query,
            accept=TABLE_ACCEPT if table else JSON,
            limit=min(limit, item.sample or limit, item.page or limit),
            expect_kind="Table" if table else item.list_kind or None,
        ):
            if page.restarted:
                self._drop(start, read, unreadable)
            elif self._read + self._unreadable > read + unreadable:
                self._stop_if_enough()  # there is more: this page
            self._changed = self._changed or page.inconsistent
            self._resource_versions.add(page.resource_version)
            for raw in page.items:
                try:
                    self._records.extend(item.read(raw, self._pool))
                except UNREADABLE:
                    self._unreadable += 1
                else:
                    self._read += 1
            done = self._read + self._unreadable
            self._between(done, done + page.remaining if alone and page.remaining is not None else None)
            if item.sample and self._read >= item.sample:
                return

    def _stop_if_enough(self) -> None:
        if self._read + self._unreadable >= self._limits.objects:
            raise _EnoughObjects
        if time.monotonic() > self._end:
            raise _OutOfTime

    def _drop(self, start: int, read: int, unreadable: int) -> None:
        del self._records[start:]
        self._read, self._unreadable = read, unreadable


def _lowest(versions: Iterable[str]) -> str:
    """The lowest resourceVersion; "" unless all are integers, which alone can be compared (KEP-5504)."""
    numbers = [revision(version) for version in versions]
    return str(min(numbers)) if numbers and all(numbers) else ""


class _Resource(msgspec.Struct):
    name: str = ""


class _ResourceList(msgspec.Struct):
    resources: list[_Resource] = []


_resources = msgspec.json.Decoder(_ResourceList)


def _named(names: Sequence[str]) -> str:
    """Some names in a sentence, with the number of those left out."""
    shown = ", ".join(names[:MAX_NAMES_IN_DETAIL])
    more = len(names) - MAX_NAMES_IN_DETAIL
    return f"{shown} and {more:,} more" if more > 0 else shown
