"""CustomResourceDefinitions of the tools, by the tool's name, as files: from `../shared/crds` or the Go modules.

`../shared/crds` beside the repository is used where it exists, since it holds newer versions than the Go modules do.
No CRD is kept in the repository.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from tests.cluster.build import cache_folder
from tests.cluster.toolchain import CannotBuild, run_go
from tests.cluster.versions import CRD_GROUPS, CrdGroup

BESIDE_REPOSITORY = Path(__file__).resolve().parents[3] / "shared" / "crds"


def crd_files(group: str) -> list[Path]:
    """The manifest files of a group of `versions.CRD_GROUPS`. Raises CannotBuild where they cannot be had."""
    if group not in CRD_GROUPS:
        raise CannotBuild(f"There are no CRDs named {group!r}; known are {', '.join(CRD_GROUPS)}.")
    wanted = CRD_GROUPS[group]
    beside = [BESIDE_REPOSITORY / name for name in wanted.files]
    if wanted.beside_repository and all(path.is_file() for path in beside):
        return beside
    return [_module_folder(wanted) / wanted.folder / name for name in wanted.files]


def crd_name(content: bytes) -> str:
    """`metadata.name` of a CRD manifest, without parsing the whole of it (ESO's are 700 kB each)."""
    found = re.search(rb"^metadata:\n(?:[ #].*\n)*?  name: ([a-z0-9.-]+)$", content, re.MULTILINE)
    if not found:
        raise ValueError("This file is no CustomResourceDefinition manifest: it has no metadata.name.")
    return found[1].decode()


@cache
def _module_folder(group: CrdGroup) -> Path:
    module = f"{group.module.path}@{group.module.version}"
    return Path(json.loads(run_go("mod", "download", "-json", module, folder=cache_folder()))["Dir"])
