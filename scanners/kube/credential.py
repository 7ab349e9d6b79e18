"""What is needed to speak to one API server as one identity, as plain data."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from scanners.kube.address import BadAddress, ServerAddress, is_host, parse_server

MAX_TOKEN_CHARACTERS = 32 * 1024
_TOKEN = re.compile(r"[\x21-\x7e]+\Z")  # what may stand in an HTTP header without spaces
_FINGERPRINT_ROUNDS = 100_000

Refresh = Callable[[], "Credential"]
"""Gets the credential anew, such as by running an exec plugin again. Raises CredentialUnavailable."""


class BadCredential(ValueError):
    """These parts make no credential; the message is a sentence without any of them."""


@dataclass(frozen=True, kw_only=True)
class Credential:
    """An API server and how to be known to it; with neither token nor client certificate it is anonymous.

    `server` is https://HOST[:PORT][/PATH]. Without `ca_pem` the system's authorities are trusted. `tls_server_name`
    is the name in the server's certificate, where it is not the one in `server`. `namespace` is the context's own.
    `proxy_url` and `refresh` exist only for credentials of one's own machine.

    Raises BadCredential; neither its message nor `repr` shows a secret.
    """

    server: str
    ca_pem: bytes | None = None
    token: str | None = None
    client_certificate_pem: bytes | None = None
    client_key_pem: bytes | None = None
    tls_server_name: str | None = None
    namespace: str | None = None
    proxy_url: str | None = None
    refresh: Refresh | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        try:
            parse_server(self.server)
        except BadAddress as error:
            raise BadCredential(f"The server address {error}") from None
        if self.ca_pem is not None and not self.ca_pem:
            raise BadCredential("The certificate authority is empty; give the cluster's own, or none for the system's.")
        if self.token is not None and not is_token(self.token):
            raise BadCredential(
                "The token has spaces, line breaks or other characters that no token has; copy it again."
            )
        if bool(self.client_certificate_pem) != bool(self.client_key_pem):
            raise BadCredential("A client certificate and its key only work together; give both, or a token.")
        if self.tls_server_name is not None and not is_host(self.tls_server_name):
            raise BadCredential("The tls-server-name is not a host name; leave it out, or give the certificate's name.")

    def __repr__(self) -> str:
        return f"Credential(server={self.server!r}, identity={self.identity!r})"

    @property
    def address(self) -> ServerAddress:
        return parse_server(self.server)

    @property
    def identity(self) -> str:
        """How the API server is told who asks: "token", "client certificate", both, or "anonymous"."""
        means = [self.token and "token", self.client_certificate_pem and "client certificate"]
        return " and ".join(name for name in means if isinstance(name, str)) or "anonymous"

    @property
    def expires_at(self) -> datetime | None:
        """When the first of token (if it is a JWT) and client certificate ends, in UTC; None where nothing tells."""
        ends = [token_expiry(self.token), certificate_expiry(self.client_certificate_pem)]
        return min((end for end in ends if end is not None), default=None)

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that tell credentials apart and may be shown and stored.

        It is slow on purpose (some 30 ms), so that a short static token cannot be guessed from it.
        """
        parts = (
            self.ca_pem or b"",
            self.token or "",
            self.client_certificate_pem or b"",
            self.client_key_pem or b"",
        )
        material = b"".join(
            len(part).to_bytes(8, "big") + part
            for part in (part.encode() if isinstance(part, str) else part for part in parts)
        )
        salt = f"secretsui credential {self.server} {self.tls_server_name or ''}".encode()
        return hashlib.pbkdf2_hmac("sha256", material, salt, _FINGERPRINT_ROUNDS, dklen=8).hex()

    def to_dict(self) -> dict[str, str]:
        """All of it as JSON knows it, secrets included: to be encrypted, never shown.

        Raises ValueError for a credential of one's own machine, which lives by its kubeconfig and is not copied.
        """
        if self.refresh or self.proxy_url:
            raise ValueError(
                "This credential belongs to a kubeconfig of this machine; keep the context's name instead."
            )
        values = {name: getattr(self, name) for name in _STORED}
        return {
            name: value.decode("ascii") if isinstance(value, bytes) else value
            for name, value in values.items()
            if value is not None
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Credential:
        """What `to_dict` made. Raises ValueError for anything else."""
        if not set(stored) <= set(_STORED) or not all(
            isinstance(value, str) and value.isascii() for value in stored.values()
        ):
            raise ValueError("This is not a stored credential; connect the cluster again.")
        if "server" not in stored:
            raise ValueError("This stored credential names no server; connect the cluster again.")
        return cls(
            **{name: value.encode("ascii") if name.endswith("_pem") else value for name, value in stored.items()}
        )


_STORED = (
    "server",
    "ca_pem",
    "token",
    "client_certificate_pem",
    "client_key_pem",
    "tls_server_name",
    "namespace",
)


class _Claims(msgspec.Struct):
    exp: float | None = None


def is_token(text: str) -> bool:
    """Whether the text can be sent as a bearer token."""
    return len(text) <= MAX_TOKEN_CHARACTERS and bool(_TOKEN.match(text))


def token_expiry(token: str | None) -> datetime | None:
    """The `exp` of a JWT (RFC 7519), in UTC, unverified; None for any other token."""
    parts = (token or "").split(".")
    if len(parts) != 3:
        return None
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)), type=_Claims)
        return datetime.fromtimestamp(claims.exp, UTC) if claims.exp is not None else None
    except (binascii.Error, msgspec.MsgspecError, ValueError, OverflowError, OSError, RecursionError):
        return None


def token_expired(token: str) -> bool:
    """Whether a JWT says that its time is over."""
    end = token_expiry(token)
    return end is not None and end <= datetime.now(UTC)


def certificate_expiry(pem: bytes | None) -> datetime | None:
    """The notAfter of the first certificate, in UTC; None where there is none that can be read."""
    if not pem:
        return None
    from cryptography import x509  # only where there is a certificate: it costs 50 ms to import

    try:
        return x509.load_pem_x509_certificate(pem).not_valid_after_utc
    except ValueError:
        return None
