"""YAML from strangers: bounded in size and depth, without aliases, tags or more documents than asked for.

PyYAML's safe loader still takes seconds and hundreds of megabytes for 67 KB of merge keys, and a few hundred
bytes of nested aliases explode when walked. Nothing read here needs aliases, so they are refused while
scanning events, before anything is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_DEPTH = 64


class UnsafeYaml(ValueError):
    """The text is not YAML that can be read safely; the message is a sentence for its author."""


def _check_events(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise UnsafeYaml("it uses YAML aliases (*name), which are not accepted; write the value out.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise UnsafeYaml(f"it is nested deeper than {MAX_DEPTH} levels.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag:
            raise UnsafeYaml("it uses YAML tags (!name), which are not accepted.")


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" near line {mark.line + 1}" if mark is not None else ""


def load_documents(text: str, *, limit: int) -> Iterator[Any]:
    """Each YAML or JSON document of `text`, as plain Python values; timestamps stay text.

    `limit` is in bytes. Raises UnsafeYaml; its message never quotes the text, which may hold secrets.
    """
    if len(text.encode(errors="surrogatepass")) > limit:
        raise UnsafeYaml(f"it is larger than {limit // 1024} KiB.")
    try:
        _check_events(text)
        yield from yaml.load_all(text, Loader=_PlainLoader)
    except UnsafeYaml:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise UnsafeYaml(f"it is not valid YAML{_where(error) if isinstance(error, yaml.YAMLError) else ''}.") from None
    except RecursionError:
        raise UnsafeYaml("it is nested too deeply.") from None


def load_yaml(text: str, *, limit: int) -> Any:
    """The only document of `text`; None for an empty one. Raises UnsafeYaml, also for several documents."""
    documents = list(load_documents(text, limit=limit))
    if len(documents) > 1:
        raise UnsafeYaml("it holds several YAML documents where one is expected.")
    return documents[0] if documents else None


class _PlainLoader(_Loader):  # type: ignore[misc]
    """The safe loader without dates, so that a timestamp stays the text that Kubernetes wrote."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
