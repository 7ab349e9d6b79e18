"""Where the files that travel with the program are: in a checkout, or in an installed wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
MANIFEST = "staticfiles.json"


def own_folder(name: str) -> Path:
    """`templates` or `static`: of the wheel (`secretsui/assets/`) if this is one, else of the checkout."""
    installed = PACKAGE / "assets" / name
    return installed if installed.is_dir() else PACKAGE.parent / name


def is_collected(static_root: Path) -> bool:
    """Whether static files were collected there to the end: the manifest is written last."""
    return (static_root / MANIFEST).is_file()
