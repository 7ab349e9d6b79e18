"""From what a socket, OpenSSL or a status code says to the sentence that a person can act on.

Nothing that the server wrote gets into a sentence: texts of exceptions and answers stay outside.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from urllib3.exceptions import HTTPError, IncompleteRead

from scanners.kube.api_path import Target
from scanners.kube.credential import Credential
from scanners.kube.errors import (
    ClientCertificateRefused,
    Denied,
    Expired,
    KubeError,
    NotServed,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
    UntrustedCertificate,
)

# X509_V_ERR_* of OpenSSL (x509_vfy.h), as SSLCertVerificationError.verify_code gives them.
_CERTIFICATE_FAULTS: Mapping[int, str] = {
    9: "is not valid yet; check the clocks of both machines",
    10: "has expired, or that of its authority has; renew it on the cluster",
    23: "was revoked; ask whoever runs the cluster",
    62: "is for another name; use the name in the certificate as the server address, or give it as tls-server-name",
    64: "is for another address; use the name in the certificate as the server address, or give it as tls-server-name",
}
_ANOTHER_AUTHORITY = (
    "is not signed by the certificate authority given for it; "
    "give the cluster's own (certificate-authority-data of its kubeconfig)"
)
_NO_AUTHORITY_GIVEN = (
    "is not signed by an authority that this machine trusts; "
    "give the cluster's own (certificate-authority-data of its kubeconfig)"
)

# The reasons OpenSSL names when the other side ends the handshake over what we presented (ssl_err.c).
_ALERTS_OVER_OUR_CERTIFICATE = frozenset(
    {
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "TLSV1_ALERT_ACCESS_DENIED",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    }
)
_SPEAKS_NO_TLS = frozenset(
    {
        "HTTP_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)
_OLD_TLS = frozenset({"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"})

DROPPED: tuple[type[Exception], ...] = (
    BrokenPipeError,
    ConnectionAbortedError,
    ConnectionResetError,  # RemoteDisconnected of http.client is one
    ssl.SSLEOFError,
    http.client.IncompleteRead,
    IncompleteRead,
)
"""What a connection that was cut off looks like."""

CUT_OFF = "The connection to {server} was cut off twice; try again later, or look at the proxies and firewalls between."


def root(error: BaseException) -> BaseException:
    """The innermost error that urllib3 wrapped."""
    while isinstance(error, HTTPError):
        inner = error.__cause__ or next((item for item in error.args[::-1] if isinstance(item, BaseException)), None)
        if inner is None or isinstance(error, IncompleteRead):
            return error
        error = inner
    return error


def not_connected(error: OSError, server: str, seconds: float) -> Unreachable:
    """Why no TCP connection came about."""
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(f"Nothing listens at {server} (connection refused); check the port, and that it runs.")
    if isinstance(error, TimeoutError):
        return Unreachable(
            f"{server} did not answer within {seconds:g} s; check the address and the firewalls between."
        )
    return Unreachable(f"There is no way from here to {server}; check the address, the network and the VPN.")


def no_handshake(error: OSError, server: str, seconds: float, credential: Credential) -> KubeError:
    """Why a TCP connection did not become a trusted TLS connection, at first or with the first bytes read."""
    if isinstance(error, ssl.SSLCertVerificationError):
        unknown = _ANOTHER_AUTHORITY if credential.ca_pem else _NO_AUTHORITY_GIVEN
        return UntrustedCertificate(
            f"The certificate of {server} {_CERTIFICATE_FAULTS.get(error.verify_code, unknown)}."
        )
    if isinstance(error, TimeoutError):
        return Unreachable(
            f"{server} took the connection but did not begin TLS within {seconds:g} s; "
            "check that an API server listens there, and that it is not hanging."
        )
    if credential.proxy_url and not isinstance(error, ssl.SSLError):
        return Unreachable(
            f"The proxy of this kubeconfig does not connect to {server}; check its proxy-url and what the proxy allows."
        )
    reason = getattr(error, "reason", "") or ""
    if reason in _ALERTS_OVER_OUR_CERTIFICATE:
        given = "the client certificate given" if credential.client_certificate_pem else "a connection without one"
        return ClientCertificateRefused(
            f"{server} asks for a client certificate and refused {given}; "
            "use one that its authority signed and that has not expired."
        )
    if reason in _SPEAKS_NO_TLS:
        return UnexpectedAnswer(f"{server} does not speak TLS; give the address and port of the API server itself.")
    if reason in _OLD_TLS:
        return UnexpectedAnswer(f"{server} speaks only TLS older than 1.2, which is not used; update what serves it.")
    return Unreachable(f"No TLS connection to {server} came about; check that an API server listens there.")


class _Status(msgspec.Struct):
    """The part of a Status that matters. Its message is the server's text and is not read."""

    class _Meta(msgspec.Struct):
        continue_: str | None = msgspec.field(default=None, name="continue")

    kind: str = ""
    metadata: _Meta | None = None


def refused(status: int, body: bytes, target: Target, credential: Credential) -> KubeError:
    """What an answer other than success means; `body` is read only for the kind Status and a continue token."""
    server = credential.address
    try:
        answer = msgspec.json.decode(body, type=_Status)
    except (msgspec.MsgspecError, RecursionError):
        answer = _Status()
    spoken_by_kubernetes = answer.kind == "Status"
    if 300 <= status < 400:
        return UnexpectedAnswer(
            f"{server} redirects elsewhere (HTTP {status}), which is never followed; give the API server's own address."
        )
    if status == 401:
        return _unauthorized(credential)
    if status == 403 and spoken_by_kubernetes:
        return Denied(target.verb, target.resource, target.namespace)
    if status == 403:
        return UnexpectedAnswer(
            f"{server} refused the request (HTTP 403), but not as a Kubernetes API server does; "
            "look at the proxy or gateway between."
        )
    if status == 404 and target.name:
        return NotServed(f"{server} has no {target.resource} named {target.name!r}; it may just have been deleted.")
    if status == 404:
        return NotServed(f"{server} does not serve {target.resource}; nothing of that kind is installed there.")
    if status == 410 and spoken_by_kubernetes:
        return Expired(
            f"{server} no longer has the state that the list of {target.resource} began with; read it again.",
            (answer.metadata and answer.metadata.continue_) or "",
        )
    if status in (429, 503):
        return UnexpectedAnswer(f"{server} is too busy to answer (HTTP {status}); try again later.")
    if status >= 500:
        return UnexpectedAnswer(
            f"{server} failed to answer for {target.resource} (HTTP {status}); look at the API server's log."
        )
    return UnexpectedAnswer(
        f"{server} did not accept the request for {target.resource} (HTTP {status}); "
        "check that it is a Kubernetes API server, and that its version is still supported."
    )


def _unauthorized(credential: Credential) -> Unauthorized:
    server, identity = credential.address, credential.identity
    end = credential.expires_at
    if end is not None and end <= datetime.now(UTC):
        return Unauthorized(
            f"The {identity} for {server} expired on {end:%Y-%m-%d at %H:%M} UTC; make a new one and connect it again."
        )
    if identity == "anonymous":
        return Unauthorized(f"{server} wants to know who asks; give a token or a client certificate.")
    return Unauthorized(
        f"{server} does not accept the {identity}: it is wrong for this cluster, expired or revoked; make a new one."
    )


def web_page(server: str) -> UnexpectedAnswer:
    """An answer in HTML: a login page, a web server, a gateway."""
    return UnexpectedAnswer(
        f"{server} answered with a web page, so it is not a Kubernetes API server, or a login page stands before it; "
        "give the API server's own address."
    )


def wrong_form(server: str) -> UnexpectedAnswer:
    """An answer whose media type or encoding was not asked for."""
    return UnexpectedAnswer(
        f"{server} answered in a form that was not asked for, so it is not a Kubernetes API server; "
        "give the API server's own address."
    )
