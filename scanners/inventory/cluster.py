"""The cluster as a whole, and how much of it could be seen."""

from __future__ import annotations

from typing import Literal

from scanners.inventory.record import Record

CoverageStatus = Literal["complete", "partial", "denied", "error", "absent"]


class Coverage(Record, frozen=True, kw_only=True):
    """What could be seen of one input.

    `complete`: all of it was read. `partial`: some was read, `detail` says which part was not. `denied`: the
    identity may not read it. `error`: it could not be read for another reason. `absent`: it does not exist in
    this cluster (the API group is not served), or was not given (a file).

    `namespaces` are those that were read whole where the input was read namespace by namespace; a comparison
    with an earlier scan may only conclude something about these. `read` counts objects.
    """

    input: str
    status: CoverageStatus
    detail: str = ""
    verb: str = "list"
    read: int = 0
    namespaces: tuple[str, ...] = ()


class Cluster(Record, frozen=True, kw_only=True):
    """What is known of the cluster as a whole. `version` is the API server's gitVersion, such as v1.37.2."""

    name: str
    server: str = ""
    version: str = ""
    distribution: str = "unknown"
    api_groups: tuple[str, ...] = ()


class Namespace(Record, frozen=True, kw_only=True):
    name: str
    labels: dict[str, str] = {}


class ApiServer(Record, frozen=True, kw_only=True):
    """An API server seen as a Pod: the flags that concern Secrets, None where the flag is not set."""

    pod: str
    encryption_config: str | None = None
    audit_policy: str | None = None
    audit_log: str | None = None
    audit_webhook: str | None = None
