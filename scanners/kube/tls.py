"""TLS towards an API server: always verified, and without a private key left in a file."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import certifi

from scanners.kube.deadline import TlsSocket


class BadCertificateAuthority(ValueError):
    """The authority's PEM holds nothing that OpenSSL can read."""


class BadClientCertificate(ValueError):
    """The client certificate and key cannot be used together; the message completes "the client certificate …"."""


def client_context(
    ca_pem: bytes | None, client_certificate_pem: bytes | None = None, client_key_pem: bytes | None = None
) -> ssl.SSLContext:
    """A context that verifies the server by `ca_pem`, or by this system's authorities where that is None.

    Raises BadCertificateAuthority and BadClientCertificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies the certificate and its name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # As kubectl verifies: any certificate of the bundle is an anchor, and a cluster's own authority need not
    # have the extensions of RFC 5280 that Python 3.13 began to ask for
    # (https://docs.python.org/3/whatsnew/3.13.html#ssl).
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.sslsocket_class = TlsSocket
    if ca_pem is None:
        _load_system_authorities(context)
    else:
        try:
            context.load_verify_locations(cadata=ca_pem.decode("ascii"))
        except (ssl.SSLError, ValueError):
            raise BadCertificateAuthority("The certificate authority is not a readable certificate.") from None
    if client_certificate_pem and client_key_pem:
        _load_client_certificate(context, client_certificate_pem, client_key_pem)
    return context


def _load_system_authorities(context: ssl.SSLContext) -> None:
    """The operating system's authorities, which its owner can change; certifi's where it has none (slim images)."""
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    if paths.cafile or (folder and folder.is_dir() and any(folder.iterdir())):
        context.load_default_certs()
    else:
        context.load_verify_locations(certifi.where())


def _load_client_certificate(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    def no_passphrase() -> str:
        raise BadClientCertificate("has an encrypted key, for which nobody can be asked; use an unencrypted one.")

    try:
        with _unnamed_file(certificate + b"\n" + key) as path:
            context.load_cert_chain(path, password=no_passphrase)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise BadClientCertificate("does not belong to the client key beside it.") from None
        raise BadClientCertificate("or its key is not readable.") from None


@contextlib.contextmanager
def _unnamed_file(content: bytes) -> Iterator[str]:
    """A path under which OpenSSL, which reads keys only from files, finds `content`: in memory where Linux
    has it, else a file of mode 0600 that is gone again at once.
    """
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        descriptor = os.memfd_create("secretsui-key", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    descriptor, path = tempfile.mkstemp(prefix="secretsui-")
    try:
        os.write(descriptor, content)
        yield path
    finally:
        os.close(descriptor)
        Path(path).unlink()
