"""PEM blocks, picked out of whatever stands around them."""

from __future__ import annotations

MAX_PEM_BYTES = 64 * 1024

CERTIFICATE = frozenset({"CERTIFICATE"})
PRIVATE_KEY = frozenset({"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"})
ENCRYPTED_KEY = "ENCRYPTED PRIVATE KEY"


def blocks(text: bytes) -> list[tuple[str, bytes]]:
    """(label, block) of every complete PEM block, in order; text between them is left out. In linear time."""
    found: list[tuple[str, bytes]] = []
    label, lines = "", []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith(b"-----BEGIN ") and line.endswith(b"-----"):
            label, lines = line[11:-5].decode("ascii", "replace"), [line]
        elif label:
            lines.append(line)
            if line == b"-----END " + label.encode("ascii", "replace") + b"-----":
                found.append((label, b"\n".join(lines) + b"\n"))
                label = ""
    return found


def select(text: bytes, labels: frozenset[str]) -> bytes:
    """The blocks with one of the labels, one after another; empty where there is none."""
    return b"".join(block for label, block in blocks(text) if label in labels)


def is_encrypted_key(text: bytes) -> bool:
    """Whether a private key needs a passphrase (PKCS #8, or the older Proc-Type header)."""
    return any(
        label == ENCRYPTED_KEY or (label in PRIVATE_KEY and b"Proc-Type: 4,ENCRYPTED" in block)
        for label, block in blocks(text)
    )
