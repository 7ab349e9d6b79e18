"""The address of an API server, as text that strangers write."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

HTTPS_PORT = 443
MAX_SERVER_CHARACTERS = 2048

# RFC 1123 names; underscores appear in internal zones and in Docker's names.
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")
_URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+\Z")
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
# Rancher and other proxies put clusters below a path such as /k8s/clusters/c-abc12.
_PATH = re.compile(r"(/[A-Za-z0-9._~:@%+=,-]+)*\Z")


class BadAddress(ValueError):
    """The text is not the address of an API server; the message completes "The server address …"."""


@dataclass(frozen=True)
class ServerAddress:
    """`host` is a name or an IP address without brackets; `path` is empty or starts with "/" and does not end so."""

    host: str
    port: int
    path: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def is_host(text: str) -> bool:
    """Whether the text is an IP address or a DNS name, in ASCII."""
    return is_ip(text) or (0 < len(text) <= 253 and all(map(_LABEL.match, text.removesuffix(".").split("."))))


def is_namespace(text: str) -> bool:
    """Whether a namespace may have this name (an RFC 1123 label)."""
    return bool(_NAMESPACE.match(text))


def is_ip(text: str) -> bool:
    try:
        return "%" not in text and bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def parse_server(text: str) -> ServerAddress:
    """The parts of an address such as https://cluster.example:6443. Raises BadAddress."""
    if not text:
        raise BadAddress("is empty; give https://HOST:PORT.")
    if len(text) > MAX_SERVER_CHARACTERS:
        raise BadAddress(f"is longer than {MAX_SERVER_CHARACTERS} characters; give https://HOST:PORT.")
    if not _URL.match(text):
        raise BadAddress("has characters that no address has; give https://HOST:PORT.")
    if text.lower().startswith("http://"):
        raise BadAddress("starts with http://, which would send the credential in the clear; give https://HOST:PORT.")
    if not text.lower().startswith("https://"):
        raise BadAddress("does not start with https://; give https://HOST:PORT.")
    if "?" in text or "#" in text:
        raise BadAddress("has a query or a fragment (? or #); give https://HOST:PORT.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadAddress("has no valid host and port (1 to 65535); give https://HOST:PORT.") from None
    if "@" in parts.netloc:
        raise BadAddress("has a user name or password before the host; give https://HOST:PORT and use a token.")
    if port == 0 or parts.netloc.endswith(":"):
        raise BadAddress("has no valid port (1 to 65535); give https://HOST:PORT.")
    if not is_host(host):
        raise BadAddress("has no valid host name or IP address; give https://HOST:PORT.")
    path = parts.path.rstrip("/")
    if not _PATH.match(path) or any(part in (".", "..") for part in path.split("/")):
        raise BadAddress("has a path that cannot be used; give https://HOST:PORT, or the exact path of your proxy.")
    return ServerAddress(host, HTTPS_PORT if port is None else port, path)
