"""What can go wrong between here and a cluster, as exceptions whose message is one sentence for the reader.

The message says what happened, to what, and what to do next. It holds names that the reader gave us (server,
resource) and words of our own: never a response body, a token, or the text of an exception that may hold one.
"""

from __future__ import annotations


class KubeError(Exception):
    """A cluster could not be asked, or did not answer as a Kubernetes API server does."""


class Unreachable(KubeError):
    """No connection: the name does not resolve, nothing listens, nothing answers, or it is cut off again and again."""


class RefusedAddress(KubeError):
    """The server's name leads to an address that is never connected to (see `network`)."""


class UntrustedCertificate(KubeError):
    """The server's certificate cannot be verified: another authority, another name, expired."""


class ClientCertificateRefused(KubeError):
    """The server ended the TLS handshake over our client certificate, or the certificate cannot be used at all."""


class Unauthorized(KubeError):
    """401: the server does not know this credential, or no longer."""


class Denied(KubeError):
    """403: this identity may not do that. `resource` is the plural with its group, or the path of a URL."""

    def __init__(self, verb: str, resource: str, namespace: str = "") -> None:
        where = f"in namespace {namespace}" if namespace else "cluster-wide"
        what = resource if resource.startswith("/") else f"{resource} {where}"
        grant = "nonResourceURL" if resource.startswith("/") else "resource"
        super().__init__(
            f"This identity may not {verb} {what}: give it the verb {verb!r} on the {grant} {resource!r} and try again."
        )
        self.verb = verb
        self.resource = resource
        self.namespace = namespace


class NotServed(KubeError):
    """404: the server does not serve this path; the API group, or the object, does not exist there."""


class Expired(KubeError):
    """410: the continue token is too old. `continue_token` is the one that the server offers to go on with, if any."""

    def __init__(self, message: str, continue_token: str = "") -> None:
        super().__init__(message)
        self.continue_token = continue_token


class TooLarge(KubeError):
    """An answer, or a list, that is larger than what is read from a cluster."""


class TooSlow(KubeError):
    """The answer was not complete when the time for it was over."""


class UnexpectedAnswer(KubeError):
    """Not what a Kubernetes API server answers: HTML, a redirect, another kind, broken JSON, an error of its own."""


class CredentialUnavailable(ValueError):
    """This machine's own kubeconfig or ServiceAccount gives no credential that can be used; a sentence, as above."""


class Cancelled(Exception):
    """Reading was stopped because `cancelled()` became true. No KubeError: it says nothing about the cluster."""
