"""HTTPS to one API server: GET, and the three reviews of oneself. Nothing else can be sent.

Every answer is bounded in bytes (after decompression) and in time (from the first packet to the last byte),
redirects are not followed, and proxies of the environment are not used.
"""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NoReturn, Self
from urllib.parse import unquote, urlencode

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from scanners.kube import explain
from scanners.kube.api_path import Target, target
from scanners.kube.connection import Opener, last_words, pool
from scanners.kube.credential import Credential
from scanners.kube.deadline import Deadline, current, running
from scanners.kube.errors import (
    ClientCertificateRefused,
    CredentialUnavailable,
    TooLarge,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
    UntrustedCertificate,
)
from scanners.kube.network import NetworkRules
from scanners.kube.tls import BadCertificateAuthority, BadClientCertificate, client_context

JSON = "application/json"
USER_AGENT = "secretsui (read-only)"
MAX_BYTES = 64 * 1024 * 1024
MAX_BYTES_OF_AN_ERROR = 256 * 1024
MAX_SECONDS_BEFORE_RETRY = 5
SECONDS_BEFORE_RETRY = 1  # where the server names none

REVIEWS: Mapping[str, str] = {
    "selfsubjectaccessreviews": "authorization.k8s.io",
    "selfsubjectrulesreviews": "authorization.k8s.io",
    "selfsubjectreviews": "authentication.k8s.io",
}
"""The only things that are ever POSTed, with their groups: they change nothing, and tell the asker of the asker."""

_CHUNK = 64 * 1024
_SUCCESS = (200, 201)
_BUSY = (429, 503)
_PATH = re.compile(r"(/[A-Za-z0-9._~:@!$&'()*+,;=%-]+)+/?\Z")
_NOT_READ = frozenset({"watch", "proxy"})  # /api/v1/watch/… never ends, /api/v1/proxy/… leaves the API server
_ENDLESS = frozenset({"watch", "follow"})


@dataclass(frozen=True)
class _Request:
    method: str
    url: str
    accept: str
    goal: Target
    body: bytes | None = None


@dataclass(frozen=True)
class _Session:
    credential: Credential
    context: ssl.SSLContext
    pool: urllib3.HTTPConnectionPool


class Transport:
    """Speaks to `credential.server` within `rules`. A context manager; may be used from several threads at once.

    `deadline_seconds` bounds one call, with its retries; `connect_seconds` each attempt to connect. An answer
    longer than `max_bytes` is not read on. `cancelled` is asked while reading, and stops it with Cancelled.

    A call is tried once more after 429 or 503, after a connection that was cut off, and after 401 if the
    credential can be refreshed.
    """

    def __init__(
        self,
        credential: Credential,
        rules: NetworkRules,
        *,
        deadline_seconds: float = 60,
        connect_seconds: float = 5,
        max_bytes: int = MAX_BYTES,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self.server = str(credential.address)
        """HOST:PORT, for messages."""
        self._deadline_seconds = deadline_seconds
        self._connect_seconds = connect_seconds
        self._max_bytes = max_bytes
        self._cancelled = cancelled
        self._opener = Opener(rules, connect_seconds)
        self._refreshing = threading.Lock()
        self._session = self._open_session(credential)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that are kept open between calls."""
        self._session.pool.close()

    def get(self, path: str, query: Mapping[str, str | int] | None = None, accept: str = JSON) -> bytes:
        """The body of a GET; its media type is the one that `accept` begins with.

        `path` is quoted already and holds no query. Raises KubeError, Cancelled, and ValueError for a path
        that reads neither an object nor a list (a subresource, a watch).
        """
        segments = [unquote(segment) for segment in path.split("/")]
        if not _PATH.match(path) or any(part in (".", "..") or "/" in part for part in segments):
            raise ValueError("This is not a path of the Kubernetes API.")
        goal = target("/".join(segments))
        if goal.subresource or goal.resource.partition(".")[0] in _NOT_READ or _ENDLESS.intersection(query or ()):
            raise ValueError("Only objects and lists are read, no subresources and no watches.")
        return self._ask(_Request("GET", f"{path}?{urlencode(query)}" if query else path, accept, goal))

    def review(self, resource: str, body: Mapping[str, Any]) -> bytes:
        """The answer to one of REVIEWS. Raises KubeError, Cancelled, and ValueError for any other resource."""
        if resource not in REVIEWS:
            raise ValueError("Only reviews of oneself are ever created.")
        group = REVIEWS[resource]
        goal = Target("create", f"{resource}.{group}")
        return self._ask(_Request("POST", f"/apis/{group}/v1/{resource}", JSON, goal, msgspec.json.encode(body)))

    def _ask(self, request: _Request) -> bytes:
        tried_again_for: set[str] = set()

        def once(reason: str) -> bool:
            first = reason not in tried_again_for
            tried_again_for.add(reason)
            return first

        with running(Deadline(self.server, self._deadline_seconds, self._cancelled)) as deadline:
            while True:
                session = self._session
                try:
                    status, headers, answer = self._exchange(session, request)
                except explain.DROPPED:
                    if once("dropped"):
                        continue
                    self._fail_for_good(session)
                if status in _SUCCESS:
                    return answer
                if status in _BUSY and once("busy"):
                    deadline.sleep(_seconds_before_retry(headers))
                    continue
                if status == 401 and once("unauthorized") and self._refresh(session):
                    continue
                raise explain.refused(status, answer, request.goal, session.credential)

    def _exchange(self, session: _Session, request: _Request) -> tuple[int, Mapping[str, str], bytes]:
        """One request and its whole answer: status, headers, body. Raises KubeError, and any of DROPPED as it is."""
        headers = {"Accept": request.accept, "Accept-Encoding": "gzip", "User-Agent": USER_AGENT}
        if session.credential.token:
            headers["Authorization"] = f"Bearer {session.credential.token}"
        if request.body is not None:
            headers["Content-Type"] = JSON
        try:
            response = session.pool.urlopen(
                request.method,
                session.credential.address.path + request.url,
                body=request.body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
                assert_same_host=False,
            )
            try:
                return response.status, response.headers, self._body(response, request.accept)
            finally:
                response.close()
        except HTTPError as error:
            self._fail(explain.root(error), session.credential)

    def _body(self, response: urllib3.BaseHTTPResponse, accept: str) -> bytes:
        success = response.status in _SUCCESS
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type == "text/html" and not 300 <= response.status < 400:
            raise explain.web_page(self.server)
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip") or (success and media_type != accept.partition(";")[0]):
            raise explain.wrong_form(self.server)
        limit = self._max_bytes if success else MAX_BYTES_OF_AN_ERROR
        chunks, size = [], 0
        while chunk := response.read1(_CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise TooLarge(
                    f"{self.server} sent an answer of more than {limit:,} bytes, which is not read on; "
                    "check that it is a Kubernetes API server."
                )
        return b"".join(chunks)

    def _fail(self, error: BaseException, credential: Credential) -> NoReturn:
        if isinstance(error, explain.DROPPED):
            raise error from None
        if isinstance(error, TimeoutError) and (deadline := current()):
            deadline.remaining()  # if it was the deadline that was short, it says so
        if isinstance(error, OSError):
            raise explain.no_handshake(error, self.server, self._connect_seconds, credential) from None
        raise UnexpectedAnswer(
            f"{self.server} does not answer as HTTP prescribes; give the API server's own address."
        ) from None

    def _fail_for_good(self, session: _Session) -> NoReturn:
        """After the second cut: a refused client certificate looks like that, unless one listens for the reason."""
        if not session.credential.proxy_url:
            error = last_words(session.credential, session.context, self._opener)
            if error is not None and not isinstance(error, explain.DROPPED):
                self._fail(error, session.credential)
        raise Unreachable(explain.CUT_OFF.format(server=self.server)) from None

    def _refresh(self, used: _Session) -> bool:
        """Whether there is another credential now than the one that was `used`, by this thread or another."""
        if used.credential.refresh is None:
            return False
        with self._refreshing:
            if self._session is used:
                try:
                    fresh = used.credential.refresh()
                except CredentialUnavailable as error:
                    raise Unauthorized(str(error)) from None
                if fresh == used.credential:
                    return False
                self._session = self._open_session(fresh)  # the old pool stays open for those in the midst of a call
            return True

    def _open_session(self, credential: Credential) -> _Session:
        try:
            context = client_context(credential.ca_pem, credential.client_certificate_pem, credential.client_key_pem)
        except BadCertificateAuthority:
            raise UntrustedCertificate(
                f"The certificate authority given for {self.server} is not a readable certificate; "
                "give the cluster's own in PEM."
            ) from None
        except BadClientCertificate as error:
            raise ClientCertificateRefused(f"The client certificate for {self.server} {error}") from None
        return _Session(credential, context, pool(credential, context, self._opener))


def _seconds_before_retry(headers: Mapping[str, str]) -> int:
    """Retry-After in seconds, as API servers send it (RFC 9110, 10.2.3), and never more than a few."""
    named = headers.get("Retry-After", "").strip()
    return min(int(named[:6]), MAX_SECONDS_BEFORE_RETRY) if named.isdecimal() else SECONDS_BEFORE_RETRY
