"""A Git working tree, as far as it concerns Secrets."""

from __future__ import annotations

from typing import Literal

from scanners.inventory.record import Record

RepositoryRule = Literal[
    "secret-manifest",
    "sealed-template",
    "secret-generator",
    "sops-plain",
    "sops-no-mac",
    "sops-config",
    "credential",
    "named-credential",
]
"""What a fault is, as far as mending it differs: a credential tells by its form, a named one by its key alone."""


class RepositoryFault(Record, frozen=True, kw_only=True):
    """A place in a file of a working tree where a credential stands in plain, or a SOPS file is broken.

    `line` counts from 1, 0 for the whole file. `kind` is what stands there in words ("Secret with plain data",
    "SOPS file with unencrypted values", "AWS access key"); `field` is the object, the path inside the document or a
    key's name, and no two faults of a file have the same kind and field. `keys` are the names of the keys whose values
    stand in plain, `detail` says more in words, and `masked` may be shown.
    """

    line: int
    kind: str
    field: str = ""
    masked: str = ""
    rule: RepositoryRule = "credential"
    keys: tuple[str, ...] = ()
    detail: str = ""


class RepositoryFile(Record, frozen=True, kw_only=True):
    """A file of a working tree that was looked at for credentials. `path` is relative, with slashes.

    `unreadable` says why it could not be judged, "" where it was. `manifests` counts its Kubernetes objects.
    """

    path: str
    manifests: int = 0
    faults: tuple[RepositoryFault, ...] = ()
    unreadable: str = ""


class PipelineStep(Record, frozen=True, kw_only=True):
    """A step of a CI pipeline, or a pre-commit hook, that looks for committed secrets: which scanner, and where.

    `field` is the path inside the file, `line` counts from 1. A step that is not `blocking` lets the build pass
    whatever it finds; `why` says what makes it so. `hook` is a hook of pre-commit, which runs where it was installed.
    """

    path: str
    scanner: str
    field: str = ""
    blocking: bool = True
    line: int = 0
    why: str = ""
    hook: bool = False


class Repository(Record, frozen=True, kw_only=True):
    """A Git working tree as `repo-scan` read it. `pipelines` are the CI configuration files that were found.

    `elsewhere` names what these take from places that are not in the tree, such as another repository's pipeline;
    `unread_pipelines` those that could not be read.
    """

    name: str
    files: tuple[RepositoryFile, ...] = ()
    pipelines: tuple[str, ...] = ()
    scanning: tuple[PipelineStep, ...] = ()
    elsewhere: tuple[str, ...] = ()
    unread_pipelines: tuple[str, ...] = ()
