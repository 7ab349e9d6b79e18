"""Credentials at rest: encrypted under the installation's keyring, and bound to the cluster they belong to.

The keyring is a list of Fernet keys outside the database; the first encrypts, all decrypt, so that a new key can
be put in front and `rotate` moves every credential to it. A sealed credential names its cluster inside, so a row
copied to another cluster does not open.
"""

from __future__ import annotations

import time
import uuid

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from scanners.kube.credential import Credential


class SealBroken(Exception):
    """What is stored cannot be opened: the key is gone, or the row was changed or moved."""


class _Sealed(msgspec.Struct, frozen=True):
    bound_to: str
    credential: dict[str, str]


def _keyring() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CREDENTIAL_KEYS])


def seal(credential: Credential, bound_to: uuid.UUID | str) -> bytes:
    """Encrypt a credential for one cluster (its id), or for one person's form."""
    return _keyring().encrypt(msgspec.json.encode(_Sealed(str(bound_to), credential.to_dict())))


def unseal(sealed: bytes, bound_to: uuid.UUID | str, *, max_age_seconds: int | None = None) -> Credential:
    """Decrypt a credential. Raises SealBroken if it was not sealed for `bound_to`, is too old, or the key is gone."""
    try:
        keyring = _keyring()
        opened = msgspec.json.decode(keyring.decrypt(sealed), type=_Sealed)
        sealed_at = keyring.extract_timestamp(sealed)
    except (InvalidToken, msgspec.DecodeError) as error:
        raise SealBroken(
            "The stored credential cannot be opened with this installation's keys. Enter the credential again."
        ) from error
    if opened.bound_to != str(bound_to):
        raise SealBroken("The stored credential belongs to another cluster. Enter the credential again.")
    if max_age_seconds is not None and time.time() - sealed_at > max_age_seconds:
        raise SealBroken("The form was open for too long. Enter the credential again.")
    return Credential.from_dict(opened.credential)


def rotate(sealed: bytes) -> bytes:
    """The same credential under the newest key. Raises SealBroken."""
    try:
        return _keyring().rotate(sealed)
    except InvalidToken as error:
        raise SealBroken("The stored credential cannot be opened with this installation's keys.") from error
