"""Filters for messages: by node or link, by incident, or by values in the body of a message."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nms.client import Json
from nms.extras.tap.message import TappedMessage
from shared.domain.concern import element_of, is_of
from shared.domain.errors import SettingError
from shared.domain.events.base import trace_of

WORDS = frozenset({"by", "comments", "escalation", "evidence", "message", "pattern", "reason", "text", "why"})
"""Fields with free text or a person's name. A text in such a field is not searched for names of elements."""


@dataclass(frozen=True)
class Wanted:
    """A message has to match all of the conditions. `where`: pairs of a path in the body and a value."""

    node: str | None = None
    incident: str | None = None
    where: tuple[tuple[str, str], ...] = ()

    def __call__(self, message: TappedMessage) -> bool:
        if self.incident is not None and not _of_trace(message, trace_of(self.incident)):
            return False
        if self.node is not None and not any(_names(self.node, text) for text in texts(message.body)):
            return False
        return all(_is(value, message.body, path.split(".")) for path, value in self.where)


def _names(node: str, text: str) -> bool:
    element = element_of(text)
    return is_of(node, text) or (element is not None and is_of(node, element))


def parse_where(conditions: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Parse conditions such as `anomaly.metric=latency` into pairs of path and value. Raises SettingError."""
    pairs = []
    for condition in conditions:
        path, equals, value = condition.partition("=")
        if not equals or not all(path.split(".")):
            raise SettingError(f"--where {condition}: write PATH=VALUE, as in --where anomaly.metric=latency")
        pairs.append((path, value))
    return tuple(pairs)


def texts(value: object) -> Iterator[str]:
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


def _of_trace(message: TappedMessage, trace: str) -> bool:
    return message.headers.get("traceparent", "").split("-")[1:2] == [trace]


def _is(wanted: str, value: object, path: list[str]) -> bool:
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
