"""Which messages a person wants to see: of one node or link, of one incident, or with certain values in the body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from nms.client import Json
from nms.tap.heard import Heard
from shared.errors import SettingError
from shared.events.base import trace_of
from shared.kinds import LinkMetric, NodeMetric

METRIC_NAMES = "|".join(sorted({*NodeMetric, *LinkMetric}))


@dataclass(frozen=True)
class Wanted:
    """What is wanted; a message has to fit all of it. `where`: paths into the body, and the value to find there."""

    node: str | None = None
    incident: str | None = None
    where: tuple[tuple[str, str], ...] = ()

    def __call__(self, heard: Heard) -> bool:
        """Say whether a message is wanted."""
        if self.incident is not None and not _of_trace(heard, trace_of(self.incident)):
            return False
        if self.node is not None and not any(self._names.search(text) for text in texts(heard.body)):
            return False
        return all(_is(value, heard.body, path.split(".")) for path, value in self.where)

    @cached_property
    def _names(self) -> re.Pattern[str]:
        """The node itself, a link with it as an end, or an id that begins with one of these."""
        node = re.escape(self.node or "")
        return re.compile(rf"^(?:[^ ]+--)?{node}(?:--[^ ]+?)?(?:\.(?:{METRIC_NAMES})\.-?\d.*)?$")


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
    """Yield every string in a body, the keys of objects too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def _of_trace(heard: Heard, trace: str) -> bool:
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
