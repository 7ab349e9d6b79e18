"""An API server that says what it is told to, for what a real one cannot be made to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.kube.fake_server import Answer, Request

Reply = Callable[[Request, Answer], None] | dict[str, Any] | int
"""What a path answers: a function, a JSON document, or the status of an error."""

VERSION = {"gitVersion": "v1.37.2"}


BUILTIN = {name: ["v1"] for name in ("apps", "batch", "rbac__authorization__k8s__io", "networking__k8s__io")}


def groups(**served: list[str]) -> dict[str, Any]:
    """An APIGroupList of what every cluster has and these; in the names of groups, `__` stands for a dot."""
    return {
        "groups": [
            {"name": name.replace("__", "."), "versions": [{"version": version} for version in versions]}
            for name, versions in (BUILTIN | served).items()
        ]
    }


def status(code: int) -> dict[str, Any]:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": "canary"}


class FakeCluster:
    """Answers each path as `replies` say, else with an empty list. `asked` are the paths in order."""

    def __init__(self, **replies: Reply) -> None:
        self.replies: dict[str, Reply] = {"/version": VERSION, "/apis": groups(), "/metrics": self._metrics}
        self.replies.update(replies)
        self.asked: list[str] = []

    def reply(self, path: str, reply: Reply) -> FakeCluster:
        self.replies[path] = reply
        return self

    def __call__(self, request: Request, answer: Answer) -> None:
        self.asked.append(request.path)
        reply = self.replies.get(request.path, _empty(request))
        if callable(reply):
            reply(request, answer)
        elif isinstance(reply, int):
            answer.send(status(reply), status=reply)
        else:
            answer.send(reply)

    def _metrics(self, _: Request, answer: Answer) -> None:
        answer.send(b"", media_type="text/plain; version=0.0.4")


def _empty(request: Request) -> dict[str, Any]:
    if "as=Table" in request.headers.get("accept", ""):
        return table()
    return {"kind": "List", "metadata": {}, "items": []}


def table(*rows: Any, token: str = "", remaining: int | None = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {"continue": token}
    if remaining is not None:
        metadata["remainingItemCount"] = remaining
    return {"kind": "Table", "metadata": metadata, "columnDefinitions": [{"name": "Name"}], "rows": list(rows)}


def secret_row(name: str, kind: str = "PartialObjectMetadata", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop"}
    return {"cells": [name, "Opaque", 0, "1d"], "object": {"kind": kind, "metadata": metadata} | more}
