"""Lists read page by page: only the envelope is decoded here, the items stay bytes for the reader of their kind.

https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from scanners.kube.api_path import target
from scanners.kube.errors import Expired, TooLarge, UnexpectedAnswer
from scanners.kube.transport import JSON, Transport

TABLE_ACCEPT = "application/json;as=Table;g=meta.k8s.io;v=v1"

LIMIT = 500
MAX_PAGES = 10_000
MAX_OBJECTS = 2_000_000
MAX_TOKEN_CHARACTERS = 8 * 1024  # it travels in the URL of the next request


@dataclass(frozen=True)
class Page:
    """One page of a list. `items` are its items, or the rows of a Table, each as JSON.

    `columns` are the names of a Table's columns. `remaining` is how many objects are still to come, where the
    server says so. `restarted`: the list begins anew with this page, drop all that came before it.
    `inconsistent`: from here on the list shows a later state than its first pages, so an object made or
    deleted since then may be missing or still there.
    """

    items: list[msgspec.Raw]
    kind: str
    resource_version: str
    remaining: int | None
    columns: tuple[str, ...] = ()
    restarted: bool = False
    inconsistent: bool = False


class _ListMeta(msgspec.Struct, rename="camel"):
    resource_version: str | None = None
    remaining_item_count: int | None = None
    continue_: str | None = msgspec.field(default=None, name="continue")


class _Column(msgspec.Struct):
    name: str = ""


class _Envelope(msgspec.Struct, rename="camel"):
    kind: str = ""
    metadata: _ListMeta | None = None
    items: list[msgspec.Raw] | None = None
    rows: list[msgspec.Raw] | None = None
    column_definitions: list[_Column] | None = None


class _Kind(msgspec.Struct):
    kind: str = ""


_decoder = msgspec.json.Decoder(_Envelope)
_kind_decoder = msgspec.json.Decoder(_Kind)


def pages(
    transport: Transport,
    path: str,
    *,
    query: Mapping[str, str | int] | None = None,
    accept: str = JSON,
    limit: int = LIMIT,
    expect_kind: str | None = None,
    max_pages: int = MAX_PAGES,
    max_objects: int = MAX_OBJECTS,
) -> Iterator[Page]:
    """Every page of the list at `path`, `limit` objects at a time.

    With `expect_kind`, an answer of another kind ends the read with UnexpectedAnswer before any of it is
    handed out; without it the answer must be a Table or a List.

    When the state that the list began with is gone (410, after some five minutes), it goes on with the token
    that the server offers: objects that were there all the time are all seen, once. Beginning anew could
    never end for a list that takes longer than that. Where no token is offered, the list begins anew, once.

    Raises KubeError (TooLarge where the list does not end) and Cancelled.
    """
    walk = _Walk(transport, path, accept, expect_kind, max_pages, max_objects)
    restarted = inconsistent = False
    may_restart = may_go_on = True
    token = ""
    while True:
        try:
            envelope = walk.fetch({**(query or {}), "limit": limit, **({"continue": token} if token else {})})
        except Expired as expired:
            if expired.continue_token and may_go_on:
                token, inconsistent, may_go_on = walk.next(expired.continue_token), True, False
            elif may_restart:
                token, restarted, inconsistent, may_restart = "", True, False, False
                walk.begin_anew()
            else:
                raise
            continue
        metadata = envelope.metadata or _ListMeta()
        yield Page(
            items=walk.counted((envelope.rows if envelope.kind == "Table" else envelope.items) or []),
            kind=envelope.kind,
            resource_version=metadata.resource_version or "",
            remaining=metadata.remaining_item_count,
            columns=tuple(column.name for column in envelope.column_definitions or ()),
            restarted=restarted,
            inconsistent=inconsistent,
        )
        restarted, may_go_on = False, True
        token = walk.next(metadata.continue_ or "")
        if not token:
            return


class _Walk:
    """Fetches the pages of one list, and counts what it has brought, so that one without end does end."""

    def __init__(
        self,
        transport: Transport,
        path: str,
        accept: str,
        expect_kind: str | None,
        max_pages: int,
        max_objects: int,
    ) -> None:
        self._transport = transport
        self._path = path
        self._accept = accept
        self._expect_kind = expect_kind
        self._max_objects = max_objects
        self._pages_left = max_pages
        self._what = f"The list of {target(path).resource} on {transport.server}"
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forgets objects and tokens, but not how many pages were read."""
        self._objects_left = self._max_objects
        self._tokens: set[int] = set()

    def fetch(self, query: Mapping[str, str | int]) -> _Envelope:
        """The next page. Raises KubeError and Cancelled."""
        self._pages_left -= 1
        if self._pages_left < 0:
            raise TooLarge(f"{self._what} does not end; read it by namespace, or look at what serves it.")
        return self._decode(self._transport.get(self._path, query, self._accept))

    def counted(self, items: list[msgspec.Raw]) -> list[msgspec.Raw]:
        """The items, if the list has not brought too many."""
        self._objects_left -= len(items)
        if self._objects_left < 0:
            raise TooLarge(f"{self._what} has more objects than are read; read it by namespace.")
        return items

    def next(self, token: str) -> str:
        """The token, if the list has not been there before; empty at the end."""
        if token and hash(token) in self._tokens:
            raise TooLarge(f"{self._what} goes round in circles; look at what serves it.")
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise UnexpectedAnswer(f"{self._what} goes on with a token that is too long; look at what serves it.")
        self._tokens.add(hash(token))
        return token

    def _decode(self, body: bytes) -> _Envelope:
        """The envelope, if it is of the right kind. A refused body is let go before raising: a SecretList,
        which holds values, must not live on in the frames of a traceback.
        """
        try:
            kind = _kind_decoder.decode(body).kind
            if kind == self._expect_kind or (not self._expect_kind and _is_list(kind)):
                return _decoder.decode(body)
        except (msgspec.MsgspecError, RecursionError):
            kind = ""
        del body
        if not kind:
            raise UnexpectedAnswer(f"{self._what} is not valid JSON of a list; look at what serves it.") from None
        wanted = self._expect_kind or "List"
        raise UnexpectedAnswer(
            f"{self._what} came as another kind than {wanted}, so nothing of it was kept; "
            f"check that the API server serves {wanted}."
        )


def _is_list(kind: str) -> bool:
    return kind == "Table" or kind.endswith("List")
