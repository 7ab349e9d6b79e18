"""A Git working tree, as far as it concerns Secrets."""

from __future__ import annotations

from scanners.inventory.record import Record


class RepositoryFault(Record, frozen=True, kw_only=True):
    """A place in a file of a working tree where a credential stands in plain, or a SOPS file is broken.

    `line` counts from 1, 0 for the whole file. `kind` is what stands there in words ("Secret with plain data",
    "SOPS file with unencrypted values", "AWS access key"); `field` the path inside the document, or a key's name.
    """

    line: int
    kind: str
    field: str = ""
    masked: str = ""


class RepositoryFile(Record, frozen=True, kw_only=True):
    """A file of a working tree that was looked at for credentials. `path` is relative, with slashes.

    `unreadable` says why it could not be judged, "" where it was. `manifests` counts its Kubernetes objects.
    """

    path: str
    manifests: int = 0
    faults: tuple[RepositoryFault, ...] = ()
    unreadable: str = ""


class PipelineStep(Record, frozen=True, kw_only=True):
    """A step of a CI pipeline, or a pre-commit hook, that looks for committed secrets: which scanner, and where."""

    path: str
    scanner: str
    field: str = ""
    blocking: bool = True


class Repository(Record, frozen=True, kw_only=True):
    """A Git working tree as `repo-scan` read it. `pipelines` are the CI configuration files that were found."""

    name: str
    files: tuple[RepositoryFile, ...] = ()
    pipelines: tuple[str, ...] = ()
    scanning: tuple[PipelineStep, ...] = ()
