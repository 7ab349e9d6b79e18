"""Speaking to an API server from tests: plain HTTPS and JSON, without the product's own client in between."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3

Manifest = dict[str, Any]
Answer = Any  # what the server sent: parsed JSON, or bytes where it is something else

MANAGER = "secretsui-tests"
SECONDS_TO_ANSWER = 60.0


class ApiError(Exception):
    """The API server refused something a test needs; the message holds the request, the status and its words."""

    def __init__(self, method: str, path: str, status: int, answer: Answer) -> None:
        words = answer.get("message", answer) if isinstance(answer, dict) else answer
        super().__init__(f"{method} {path} was answered with {status}: {words}")
        self.status = status


class Api:
    """An API server, trusted by `ca_pem`, with a token per user. Safe to use from several threads."""

    server: str
    port: int

    def __init__(self, ca_pem: str, tokens: dict[str, str]) -> None:
        self.ca_pem = ca_pem
        self._tokens = tokens

    def connect_to(self, server: str) -> None:
        """Says where the API server is (an https URL with a port); nothing is sent yet."""
        address = urlsplit(server)
        assert address.hostname and address.port
        self.server, self._host, self.port = server, address.hostname, address.port
        self._resources: dict[tuple[str, str], tuple[str, bool]] = {}
        self._pool = urllib3.HTTPSConnectionPool(
            self._host, self.port, maxsize=16, retries=False, ssl_context=self.ssl_context()
        )

    def ssl_context(self) -> ssl.SSLContext:
        """A context that trusts this API server and no other."""
        return ssl.create_default_context(cadata=self.ca_pem)

    def token(self, user: str) -> str:
        """The bearer token of a user of the token file. KeyError for a user that was not asked for."""
        return self._tokens[user]

    def request(
        self,
        method: str,
        path: str,
        body: Manifest | bytes | None = None,
        user: str | None = "admin",
        headers: dict[str, str] | None = None,
        *,
        token: str | None = None,
        seconds: float = SECONDS_TO_ANSWER,
    ) -> tuple[int, Answer]:
        """One request as `user`, or with `token`, or anonymous (`user=None`): the status and the parsed answer.

        Raises urllib3.exceptions.HTTPError where no answer comes within `seconds`.
        """
        sent = self._headers(user, token) | (headers or {})
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        response = self._pool.request(method, path, body=data, headers=sent, timeout=seconds)
        if "json" in response.headers.get("Content-Type", "") and response.data:
            return response.status, json.loads(response.data)
        return response.status, response.data

    def get(self, path: str, user: str | None = "admin") -> Answer:
        """What a GET of `path` answers; ApiError unless it is 200."""
        return self._demand("GET", path, None, user)

    def post(self, path: str, body: Manifest, user: str | None = "admin") -> Answer:
        """What a POST answers, such as an access review or a TokenRequest; ApiError where it is refused."""
        return self._demand("POST", path, body, user)

    def items(self, path: str, user: str | None = "admin", limit: int = 500) -> Iterator[Manifest]:
        """Every object of a collection, page by page."""
        token = ""
        while True:
            page = self.get(f"{path}{'&' if '?' in path else '?'}limit={limit}&continue={quote(token)}", user)
            yield from page["items"]
            token = page["metadata"].get("continue", "")
            if not token:
                return

    def create(self, *documents: Manifest, manager: str = MANAGER, user: str | None = "admin") -> list[Manifest]:
        """Creates objects by POST, with `manager` in their managedFields; ApiError where one is refused."""
        query = urlencode({"fieldManager": manager})
        return [self._demand("POST", f"{self.collection(doc)}?{query}", doc, user) for doc in documents]

    def apply(self, *documents: Manifest, manager: str = MANAGER, user: str | None = "admin") -> list[Manifest]:
        """Server-side apply, forced; the objects as the server then has them. ApiError where one is refused."""
        return [self._apply(doc, "", manager, user) for doc in documents]

    def apply_status(self, document: Manifest, *, manager: str = MANAGER) -> Manifest:
        """Server-side apply of `document`'s status to the status subresource of an object that exists."""
        wanted = {key: document[key] for key in ("apiVersion", "kind", "status")}
        identity = {key: document["metadata"][key] for key in ("name", "namespace") if key in document["metadata"]}
        return self._apply(wanted | {"metadata": identity}, "/status", manager, "admin")

    def apply_file(self, path: str, content: bytes) -> Manifest:
        """Server-side apply of a manifest as it stands in a file (YAML or JSON) to the object at `path`."""
        return self._demand("PATCH", f"{path}?{_APPLY_QUERY}", content, "admin", _APPLY_HEADERS)

    def delete(self, document: Manifest) -> None:
        self._demand("DELETE", self.path(document), None, "admin")

    def create_many(
        self, path: str, bodies: Iterable[Manifest | bytes], connections: int = 16, user: str = "admin"
    ) -> int:
        """POSTs many objects to one collection over several connections; returns how many."""
        return self.create_everywhere(((path, body) for body in bodies), connections, user)

    def create_everywhere(
        self, bodies: Iterable[tuple[str, Manifest | bytes]], connections: int = 16, user: str = "admin"
    ) -> int:
        """POSTs many objects, each to its collection; returns how many. Stops at the first refusal.

        It is for filling a cluster: 20,000 Secrets take less than half a minute over 48 connections.
        """
        remaining, lock = iter(bodies), threading.Lock()
        made = [0] * connections
        failures: list[Exception] = []

        def work(number: int) -> None:
            connection = http.client.HTTPSConnection(self._host, self.port, context=self.ssl_context())
            try:
                while not failures:
                    with lock:
                        following = next(remaining, None)
                    if following is None:
                        return
                    path, body = following
                    data = body if isinstance(body, bytes) else json.dumps(body).encode()
                    connection.request("POST", path, data, self._headers(user, None))
                    answer = connection.getresponse()
                    words = answer.read()
                    if answer.status >= 300:
                        raise ApiError("POST", path, answer.status, json.loads(words))
                    made[number] += 1
            except Exception as error:  # at the edge of a thread: it is raised again by the one who asked
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return sum(made)

    def metrics(self) -> str:
        """The API server's /metrics, in the Prometheus text format."""
        return str(self._demand("GET", "/metrics", None, "admin"), "utf-8")

    def collection(self, document: Manifest) -> str:
        """The path of the collection that the object belongs to, its plural looked up in the server's discovery."""
        group_version, kind = document["apiVersion"], document["kind"]
        base = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
        if (group_version, kind) not in self._resources:
            status, found = self.request("GET", base)
            for resource in found["resources"] if status == 200 else ():
                if "/" not in resource["name"]:
                    self._resources[group_version, resource["kind"]] = (resource["name"], resource["namespaced"])
        try:
            plural, namespaced = self._resources[group_version, kind]
        except KeyError:
            raise LookupError(f"The API server has no kind {kind} in {group_version}; is its CRD installed?") from None
        if not namespaced:
            return f"{base}/{plural}"
        return f"{base}/namespaces/{document['metadata'].get('namespace', 'default')}/{plural}"

    def path(self, document: Manifest) -> str:
        """The path of the object itself."""
        return f"{self.collection(document)}/{quote(document['metadata']['name'], safe='')}"

    def _apply(self, document: Manifest, subresource: str, manager: str, user: str | None) -> Manifest:
        query = urlencode({"fieldManager": manager, "force": "true"})
        return self._demand("PATCH", f"{self.path(document)}{subresource}?{query}", document, user, _APPLY_HEADERS)

    def _demand(
        self,
        method: str,
        path: str,
        body: Manifest | bytes | None,
        user: str | None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        status, answer = self.request(method, path, body, user, headers)
        if status >= 300:
            raise ApiError(method, path, status, answer)
        return answer

    def _headers(self, user: str | None, token: str | None) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": MANAGER}
        bearer = token or (self.token(user) if user else None)
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        return headers


_APPLY_HEADERS = {"Content-Type": "application/apply-patch+yaml"}
_APPLY_QUERY = urlencode({"fieldManager": MANAGER, "force": "true"})


def eventually(what: str, look: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Asks again and again until `look` returns something true, and returns that. TimeoutError names `what`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds:g} s in vain for {what}.")
        time.sleep(0.1)
    return found
