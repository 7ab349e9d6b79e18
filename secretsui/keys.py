"""The three keys of an installation, and the files they may live in.

`secret-key` signs sessions and links. `credential-keys` is a keyring, one Fernet key a line, newest first: the first
encrypts, all decrypt, so a key is replaced by putting a new one above it. `digest-key` is the one under which values
are told from one another without being kept; it stands apart, so that replacing the others loses no history. They are
made once by `secretsui up` or by

    python -m secretsui.keys            # into the data directory
    python -m secretsui.keys --print    # as environment variables, for containers

and are never made up in passing: a program that finds no key refuses to start.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import os
import secrets
import stat
import sys
from pathlib import Path

from secretsui.environment import SettingError, data_dir, text

SECRET_KEY_FILE = "secret-key"
CREDENTIAL_KEYS_FILE = "credential-keys"
DIGEST_KEY_FILE = "digest-key"
SHORTEST_SECRET_KEY = 32
FERNET_KEY_BYTES = 32
DIGEST_KEY_BYTES = 32


def new_secret_key() -> str:
    return secrets.token_urlsafe(48)


def new_credential_key() -> str:
    """A Fernet key: 32 random bytes in URL-safe base64 (https://github.com/fernet/spec)."""
    return base64.urlsafe_b64encode(secrets.token_bytes(FERNET_KEY_BYTES)).decode()


def new_digest_key() -> str:
    """32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(DIGEST_KEY_BYTES)).decode()


def ensure_keys(folder: Path) -> list[Path]:
    """Writes the key files that are missing in `folder` (mode 0600) and returns them. Never overwrites one."""
    wanted = (
        (SECRET_KEY_FILE, new_secret_key),
        (CREDENTIAL_KEYS_FILE, new_credential_key),
        (DIGEST_KEY_FILE, new_digest_key),
    )
    return [folder / name for name, new in wanted if _write_new(folder / name, new())]


def secret_key(folder: Path) -> str:
    """From SECRETSUI_SECRET_KEY or the file in `folder`. Raises SettingError."""
    key = text("SECRETSUI_SECRET_KEY") or _read(folder / SECRET_KEY_FILE, "SECRETSUI_SECRET_KEY")
    if len(key) < SHORTEST_SECRET_KEY or len(set(key)) < SHORTEST_SECRET_KEY // 4:
        raise SettingError(
            f"SECRETSUI_SECRET_KEY must be at least {SHORTEST_SECRET_KEY} random characters; "
            "`python -m secretsui.keys --print` makes one."
        )
    return key


def credential_keys(folder: Path) -> list[str]:
    """The keyring, newest first, from SECRETSUI_CREDENTIAL_KEYS or the file in `folder`. Raises SettingError."""
    ring = text("SECRETSUI_CREDENTIAL_KEYS") or _read(folder / CREDENTIAL_KEYS_FILE, "SECRETSUI_CREDENTIAL_KEYS")
    keys = ring.replace(",", " ").split()
    for number, key in enumerate(keys, start=1):
        if _decoded_length(key) != FERNET_KEY_BYTES:
            raise SettingError(
                f"key {number} of SECRETSUI_CREDENTIAL_KEYS is not 32 bytes in URL-safe base64; "
                "`python -m secretsui.keys --print` makes one."
            )
    return keys


def digest_key(folder: Path) -> bytes:
    """The key of digests, from SECRETSUI_DIGEST_KEY or the file in `folder`. Raises SettingError."""
    key = text("SECRETSUI_DIGEST_KEY") or _read(folder / DIGEST_KEY_FILE, "SECRETSUI_DIGEST_KEY")
    if _decoded_length(key) != DIGEST_KEY_BYTES:
        raise SettingError(
            f"SECRETSUI_DIGEST_KEY is not {DIGEST_KEY_BYTES} bytes in URL-safe base64; "
            "`python -m secretsui.keys --print` makes one."
        )
    return base64.urlsafe_b64decode(key)


def _decoded_length(key: str) -> int:
    """Bytes of a key in URL-safe base64, -1 for what is none."""
    try:
        return len(base64.urlsafe_b64decode(key))
    except (binascii.Error, ValueError):
        return -1


def _read(path: Path, variable: str) -> str:
    try:
        mode = path.stat().st_mode
        key = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise SettingError(
            f"{variable} is not set and {path} does not exist. Set {variable} or {variable}_FILE, or run "
            "`python -m secretsui.keys` once to make the key files in the data directory."
        ) from None
    except (OSError, UnicodeDecodeError):
        raise SettingError(f"the key file {path} cannot be read by this user.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise SettingError(f"the key file {path} can be read by other users; run `chmod 600 {path}`.")
    if not key:
        raise SettingError(f"the key file {path} is empty; put the key back from a backup.")
    return key


def _write_new(path: Path, key: str) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m secretsui.keys", description="Make the keys of an installation.")
    parser.add_argument("--print", action="store_true", dest="show", help="print new keys instead of writing files")
    tell = sys.stdout.write
    if parser.parse_args().show:
        tell(f"SECRETSUI_SECRET_KEY={new_secret_key()}\nSECRETSUI_CREDENTIAL_KEYS={new_credential_key()}\n")
        tell(f"SECRETSUI_DIGEST_KEY={new_digest_key()}\n")
        return 0
    folder = data_dir()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = ensure_keys(folder)
    except OSError as error:
        sys.stderr.write(f"The keys cannot be written to {folder}: {error.strerror}.\n")
        return 2
    for path in made:
        tell(f"Made {path}. Keep a copy apart from the database.\n")
    if not made:
        tell(f"All key files are already in {folder}; nothing was changed.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
