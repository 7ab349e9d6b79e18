"""Paging: what a server may do with a list, and what the reader is told of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from scanners.kube.errors import Expired, KubeError, TooLarge, UnexpectedAnswer
from scanners.kube.pages import TABLE_ACCEPT, Page, pages
from scanners.kube.transport import Transport
from tests.kube.fake_server import Answer, FakeServer, Request

Serve = Callable[..., FakeServer]
Connect = Callable[..., Transport]

SECRETS = "/api/v1/secrets"
CANARY = "c2VjcmV0LWNhbmFyeQ"


def listing(names: str, token: str = "", remaining: int | None = None, kind: str = "SecretList") -> dict[str, Any]:
    """A page whose items are named by the letters of `names`."""
    metadata: dict[str, Any] = {"resourceVersion": "7", "continue": token}
    if remaining is not None:
        metadata["remainingItemCount"] = remaining
    return {"kind": kind, "metadata": metadata, "items": [{"metadata": {"name": name}} for name in names]}


def expired(token: str | None = None) -> dict[str, Any]:
    metadata = {} if token is None else {"continue": token}
    return {"kind": "Status", "code": 410, "reason": "Expired", "metadata": metadata, "message": "canary"}


class Script:
    """Answers with one page after the other, whatever is asked; a Status as an error with its code."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self._answers = iter(answers)

    def __call__(self, request: Request, answer: Answer) -> None:
        body = next(self._answers)
        answer.send(body, status=body.get("code", 200))


def names(found: list[Page]) -> list[str]:
    """The names in each page, as a string of letters."""
    return ["".join(msgspec.json.decode(item)["metadata"]["name"] for item in page.items) for page in found]


def stopped(transport: Transport, kind: type[KubeError], **options: Any) -> tuple[list[Page], str]:
    """The pages that came before the error, and its sentence."""
    found = []
    with pytest.raises(kind) as raised:
        for page in pages(transport, SECRETS, **options):
            found.append(page)
    assert type(raised.value) is kind
    return found, str(raised.value)


def test_pages_follow_one_another(serve: Serve, connect: Connect) -> None:
    server = serve(Script(listing("ab", "t1", 3), listing("cd", "t2", 1), listing("e")))
    found = list(pages(connect(server), SECRETS, query={"fieldSelector": "type=Opaque"}, limit=2))
    assert names(found) == ["ab", "cd", "e"]
    assert [page.remaining for page in found] == [3, 1, None]
    assert {page.resource_version for page in found} == {"7"}
    assert not any(page.restarted or page.inconsistent for page in found)
    assert [request.query.get("continue") for request in server.requests] == [None, "t1", "t2"]
    assert {request.query["limit"] for request in server.requests} == {"2"}
    assert {request.query["fieldSelector"] for request in server.requests} == {"type=Opaque"}


def test_a_page_is_asked_for_only_when_it_is_wanted(serve: Serve, connect: Connect) -> None:
    server = serve(Script(listing("ab", "t1"), listing("c")))
    walk = pages(connect(server), SECRETS)
    next(walk)
    assert len(server.requests) == 1


@pytest.mark.parametrize("items", [None, []])
def test_no_items(serve: Serve, connect: Connect, items: list[Any] | None) -> None:
    server = serve(Script({"kind": "SecretList", "metadata": {}, "items": items}))
    (page,) = pages(connect(server), SECRETS)
    assert page.items == []


def test_a_list_without_metadata(serve: Serve, connect: Connect) -> None:
    (page,) = pages(connect(serve(Script({"kind": "SecretList", "metadata": None, "items": [{}]}))), SECRETS)
    assert (len(page.items), page.resource_version, page.remaining) == (1, "", None)


def test_a_table(serve: Serve, connect: Connect) -> None:
    columns = [{"name": "Name", "type": "string"}, {"name": "Type"}]
    rows = [{"cells": ["a", "Opaque"]}, {"cells": ["b", "Opaque"]}]
    server = serve(Script({"kind": "Table", "metadata": {}, "columnDefinitions": columns, "rows": rows}))
    (page,) = pages(connect(server), SECRETS, accept=TABLE_ACCEPT, expect_kind="Table")
    assert page.columns == ("Name", "Type")
    assert [msgspec.json.decode(row) for row in page.items] == rows
    assert server.requests[0].headers["accept"] == TABLE_ACCEPT


def test_a_table_has_rows_and_nothing_else(serve: Serve, connect: Connect) -> None:
    body = listing("a") | {"kind": "Table"}
    (page,) = pages(connect(serve(Script(body))), SECRETS, accept=TABLE_ACCEPT, expect_kind="Table")
    assert page.items == []


def test_a_list_of_secrets_where_a_table_was_asked_for(serve: Serve, connect: Connect) -> None:
    """It holds values: nothing of it may be handed out, nor live on in a traceback, which error pages print."""
    page = listing("a", "t1")
    page["items"][0]["data"] = {"password": CANARY}
    server = serve(Script(page))
    walk = pages(connect(server), SECRETS, accept=TABLE_ACCEPT, expect_kind="Table")
    with pytest.raises(UnexpectedAnswer) as raised:
        next(walk)
    assert "came as another kind than Table" in str(raised.value)
    frames = [frame for frame, _ in traceback.walk_tb(raised.tb)]
    ours = [frame.f_locals for frame in frames if frame.f_globals["__name__"].startswith("scanners.")]
    assert len(ours) >= 3
    assert CANARY not in repr(ours)
    assert len(server.requests) == 1


def test_a_table_that_becomes_a_list_in_the_middle(serve: Serve, connect: Connect) -> None:
    table = {"kind": "Table", "metadata": {"continue": "t1"}, "rows": [{"cells": []}]}
    transport = connect(serve(Script(table, listing("a"))))
    found, sentence = stopped(transport, UnexpectedAnswer, accept=TABLE_ACCEPT, expect_kind="Table")
    assert [page.kind for page in found] == ["Table"]
    assert "nothing of it was kept" in sentence


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"kind": "SecretList", "items": [',
        b'{"kind": "SecretList", "items": {}}',
        b'{"kind": "SecretList", "items": [' + b"[" * 100_000,
        b'{"kind": 7}',
        b'{"kind": "Secret", "metadata": {}}',
        b'{"items": []}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_list(serve: Serve, connect: Connect, body: bytes) -> None:
    _, sentence = stopped(connect(serve(lambda request, answer: answer.send(body))), UnexpectedAnswer)
    assert sentence.startswith("The list of secrets on 127.0.0.1:")


# --- 410: the state that the list began with is gone


def test_expired_in_the_middle_goes_on_with_the_token_offered(serve: Serve, connect: Connect) -> None:
    server = serve(Script(listing("ab", "t1"), expired("later"), listing("cd", "t2"), listing("e")))
    found = list(pages(connect(server), SECRETS))
    assert names(found) == ["ab", "cd", "e"]
    assert [page.inconsistent for page in found] == [False, True, True]
    assert not any(page.restarted for page in found)
    assert [request.query.get("continue") for request in server.requests] == [None, "t1", "later", "t2"]


def test_a_long_list_may_expire_more_than_once(serve: Serve, connect: Connect) -> None:
    script = [listing("a", "t1"), expired("u1"), listing("b", "t2"), expired("u2"), listing("c")]
    assert names(list(pages(connect(serve(Script(*script))), SECRETS))) == ["a", "b", "c"]


def test_expired_without_a_token_begins_anew_once(serve: Serve, connect: Connect) -> None:
    server = serve(Script(listing("ab", "t1"), expired(), listing("AB", "t1"), listing("C")))
    found = list(pages(connect(server), SECRETS))
    assert names(found) == ["ab", "AB", "C"]
    assert [page.restarted for page in found] == [False, True, False]
    assert [request.query.get("continue") for request in server.requests] == [None, "t1", None, "t1"]


def test_expired_again_after_beginning_anew(serve: Serve, connect: Connect) -> None:
    server = serve(Script(listing("ab", "t1"), expired(), listing("ab", "t2"), expired()))
    found, sentence = stopped(connect(server), Expired)
    assert names(found) == ["ab", "ab"]
    assert "no longer has the state" in sentence
    assert "canary" not in sentence


def test_tokens_that_expire_one_after_the_other(serve: Serve, connect: Connect) -> None:
    """The token offered has expired too: begin anew, and give up when that is no better."""
    script = [listing("a", "t1"), expired("u1"), expired("u2"), listing("a", "t2"), expired("u3"), expired("u4")]
    server = serve(Script(*script))
    found, _ = stopped(connect(server), Expired)
    assert [page.restarted for page in found] == [False, True]
    assert len(server.requests) == len(script)


# --- lists without end


def endless(tokens: Callable[[int], str], items: str = "a") -> Callable[[Request, Answer], None]:
    counted = iter(range(10**6))
    return lambda request, answer: answer.send(listing(items, tokens(next(counted))))


def test_a_token_that_repeats(serve: Serve, connect: Connect) -> None:
    found, sentence = stopped(connect(serve(endless(lambda number: "same"))), TooLarge)
    assert len(found) == 2
    assert "goes round in circles" in sentence


def test_tokens_that_repeat_after_a_while(serve: Serve, connect: Connect) -> None:
    found, _ = stopped(connect(serve(endless(lambda number: f"t{number % 3}"))), TooLarge)
    assert len(found) == 4


def test_tokens_without_end(serve: Serve, connect: Connect) -> None:
    server = serve(endless(lambda number: f"t{number}"))
    found, sentence = stopped(connect(server), TooLarge, max_pages=10)
    assert (len(found), len(server.requests)) == (10, 10)
    assert "does not end" in sentence


def test_expiry_without_end_is_bounded_by_pages_too(serve: Serve, connect: Connect) -> None:
    counted = iter(range(10**6))

    def handler(request: Request, answer: Answer) -> None:
        number = next(counted)
        body = expired(f"u{number}") if number % 2 else listing("a", f"t{number}")
        answer.send(body, status=body.get("code", 200))

    server = serve(handler)
    stopped(connect(server), TooLarge, max_pages=10)
    assert len(server.requests) == 10


def test_too_many_objects(serve: Serve, connect: Connect) -> None:
    transport = connect(serve(endless(lambda number: f"t{number}", "abc")))
    found, sentence = stopped(transport, TooLarge, max_objects=7)
    assert names(found) == ["abc", "abc"]
    assert "more objects than are read" in sentence


def test_a_token_too_long_for_a_url(serve: Serve, connect: Connect) -> None:
    _, sentence = stopped(connect(serve(endless(lambda number: "x" * 10_000))), UnexpectedAnswer)
    assert "token that is too long" in sentence
