"""Which messages a person wants to see: of one node or link, of one incident, or with certain values in the body."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nms.client import Json
from nms.tap.heard import TappedMessage
from shared.domain.concern import element_of, is_of
from shared.domain.errors import SettingError
from shared.domain.events.base import trace_of

WORDS = frozenset({"by", "comments", "escalation", "evidence", "message", "pattern", "reason", "text", "why"})
"""Fields that hold a sentence or a person's name: one that ends like a link's name names no link."""


@dataclass(frozen=True)
class Wanted:
    """What is wanted; a message has to fit all of it. `where`: paths into the body, and the value to find there."""

    node: str | None = None
    incident: str | None = None
    where: tuple[tuple[str, str], ...] = ()

    def __call__(self, heard: TappedMessage) -> bool:
        """Say whether a message is wanted."""
        if self.incident is not None and not _of_trace(heard, trace_of(self.incident)):
            return False
        if self.node is not None and not any(_names(self.node, text) for text in texts(heard.body)):
            return False
        return all(_is(value, heard.body, path.split(".")) for path, value in self.where)


def _names(node: str, text: str) -> bool:
    """Say whether a text of a body is an element of a node, or the id of something at one."""
    element = element_of(text)
    return is_of(node, text) or (element is not None and is_of(node, element))


def parse_where(wishes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return `["anomaly.metric=latency"]` as pairs. Raises SettingError."""
    pairs = []
    for wish in wishes:
        path, equals, value = wish.partition("=")
        if not equals or not all(path.split(".")):
            raise SettingError(f"--where {wish}: write PATH=VALUE, as in --where anomaly.metric=latency")
        pairs.append((path, value))
    return tuple(pairs)


def texts(value: object) -> Iterator[str]:
    """Yield every string in a body but what persons and services say in words; the keys of objects too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            if key not in WORDS:
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def _of_trace(heard: TappedMessage, trace: str) -> bool:
    return heard.headers.get("traceparent", "").split("-")[1:2] == [trace]


def _is(wanted: str, value: object, path: list[str]) -> bool:
    """Say whether the value at a path is the one that is wanted; of a list any item may be it."""
    if isinstance(value, list):
        return any(_is(wanted, item, path) for item in value)
    if path:
        return isinstance(value, dict) and path[0] in value and _is(wanted, value[path[0]], path[1:])
    return value == wanted if isinstance(value, str) else value == _scalar(wanted) and not isinstance(value, dict)


def _scalar(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    return value
