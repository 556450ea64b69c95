"""The telemetry message on `metrics.<partition>`: the samples of one partition at one tick, in columns.

Rules: a message has a column for each sampled metric; any metric can be absent. A column has one value for each of the
elements in `ids`, in that order. If an element is `null` in all columns, its sample is missing. If the state of a node
is 0 and its other metrics are `null`, the node does not answer. A late sample is sent in the field `late` of a later
tick, at most `MAX_LATE_TICKS` ticks after its time.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, TypeAlias
from zlib import crc32

import msgspec

from shared.domain.errors import MessageError
from shared.domain.instant import instant
from shared.domain.kinds import ElementKind
from shared.domain.names import shown
from shared.domain.topology import Topology

TICK_SECONDS = 0.25
MAX_LATE_TICKS = 2
MAX_SPEED = 1000.0
LONGEST_INTERVAL = 3600.0
METRIC_NAME = "^[a-z][a-z0-9_]{0,63}$"
MAX_KNOWN_NAMES = 1024
"""How many names of metrics a process remembers as checked. A pattern in the decoder would check each name each time,
which takes longer than the decoding of a small tick."""
LOST_AFTER, LOST_INTERVALS = 3.0, 3
"""Telemetry is lost if no message arrives for `LOST_AFTER` wall seconds, and for `LOST_INTERVALS` intervals."""
LARGEST_NUMBER = 2**53
"""The largest number of a tick or partition. Every JSON parser reads integers exactly up to this number."""
Column: TypeAlias = list[float | None]
At: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_NUMBER)]
Speed: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=MAX_SPEED)]
Interval: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=LONGEST_INTERVAL)]
MetricName: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"pattern": METRIC_NAME})]


class Columns(msgspec.Struct, frozen=True):
    """The elements of one kind in a message, and a column for each of their sampled metrics."""

    ids: list[str]
    metrics: dict[MetricName, Column]

    def column(self, metric: str) -> Column:
        found = self.metrics.get(metric)
        return [None] * len(self.ids) if found is None else found


NOTHING = Columns([], {})


class Rows(msgspec.Struct, frozen=True):
    """The samples of one tick, by kind of element."""

    tick: Number
    elements: dict[ElementKind, Columns]

    def of(self, kind: ElementKind) -> Columns:
        return self.elements.get(kind, NOTHING)


class Tick(Rows, frozen=True):
    """The message on `metrics.<partition>`. `at`: the network time of `tick`; `interval`: network seconds between two
    ticks; `speed`: network seconds per wall second. A link belongs to the partition of its first node by name."""

    at: At
    interval: Interval
    speed: Speed
    partition: Number
    late: list[Rows] = []

    @property
    def instant(self) -> float:
        """Network time in seconds since 1970."""
        return instant(self.at)

    def read(self) -> Tick:
        return self


class Pulse(msgspec.Struct, frozen=True):
    at: At
    tick: Number
    interval: Interval
    speed: Speed


_tick = msgspec.json.Decoder(Tick)
_pulse = msgspec.json.Decoder(Pulse)
_encoder = msgspec.json.Encoder()


def decode_tick(data: bytes) -> Tick:
    """Raises MessageError if the form, the time or the length of a column is invalid."""
    try:
        tick = _tick.decode(data)
        instant(tick.at)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise MessageError(f"not a tick of telemetry: {error}") from None
    for rows in (tick, *tick.late):
        _check_columns(rows)
    return tick


class RawTick:
    """A tick that is decoded when it is first read. A tick that nobody reads is never decoded."""

    def __init__(self, data: bytes) -> None:
        self._data: bytes | None = data
        self._tick: Tick | None = None

    def read(self) -> Tick | None:
        """None if the message is invalid."""
        if self._data is not None:
            with contextlib.suppress(MessageError):
                self._tick = decode_tick(self._data)
            self._data = None
        return self._tick


def _check_columns(rows: Rows) -> None:
    for kind, columns in rows.elements.items():
        n = len(columns.ids)
        for metric, column in columns.metrics.items():
            _check_name(metric)
            if len(column) != n:
                raise MessageError(f"tick {rows.tick}: column {metric} of {kind} has {len(column)} values for {n} ids")


@lru_cache(MAX_KNOWN_NAMES)
def _check_name(name: str) -> None:
    """Raises MessageError, so that an invalid name, which can be as long as a message, is not remembered."""
    if re.fullmatch(METRIC_NAME, name) is None:
        raise MessageError(f"{shown(name)!r} is not the name of a metric")


def decode_pulse(data: bytes) -> Pulse:
    """Raises MessageError."""
    try:
        return _pulse.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MessageError(f"not a tick of telemetry: {error}") from None


def lost_after(interval: float, speed: float) -> float:
    """Return after how many wall seconds without a message telemetry is lost.

    `interval`: network seconds between two ticks. `speed`: network seconds per wall second.
    """
    return max(LOST_AFTER, LOST_INTERVALS * interval / speed)


def encode_tick(tick: Tick) -> bytes:
    return _encoder.encode(tick)


def partition_of(node: str, partitions: int) -> int:
    """The result depends only on the name and the number of partitions."""
    return crc32(node.encode()) % partitions


def split(topology: Topology, partitions: int) -> Mapping[int, tuple[list[str], list[str]]]:
    """Return the ids of the nodes and the ids of the links of each partition, in the order of the topology."""
    shares: dict[int, tuple[list[str], list[str]]] = {p: ([], []) for p in range(partitions)}
    for node in topology.nodes:
        shares[partition_of(node.id, partitions)][0].append(node.id)
    for link in topology.links:
        shares[partition_of(min(link.source, link.target), partitions)][1].append(link.id)
    return shares
