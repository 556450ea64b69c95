"""Converts messages to flat rows for analysts, and rows back to messages. Pure.

Rules: a row has a value, or None, for each column of its table. The rows of one message are adjacent and share its
`sequence`. A tick is rebuilt from its samples. An event is rebuilt from its `body`, so that no part of it is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeAlias

import msgspec

from shared.domain import subjects
from shared.domain.errors import MessageError
from shared.domain.instant import instant, iso
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import TICK_SECONDS, Columns, Rows, Tick, decode_tick, encode_tick
from shared.recordings.choices import Family
from shared.recordings.entry import NATS_ID, RecordedEntry, entry_of_message, wall_text
from shared.recordings.families import SETTINGS_SUBJECT
from shared.recordings.tables import (
    BODY,
    LINK_METRICS,
    LINKS,
    NODE_METRICS,
    NODES,
    OF_EVENT,
    TABLE_OF,
    Column,
    Kind,
    RecordingTable,
)

Value: TypeAlias = str | float | int | None
Row: TypeAlias = Sequence[Value]
FlatRow: TypeAlias = Mapping[str, Value]

BYTES_OF_A_ROW = 512
MAX_BYTES_OF_A_TICK = 32 * 1024 * 1024
"""The approximate memory, in bytes, of a tick with all elements of the largest network."""
_TABLES = (
    (NODES, ElementKind.NODE, tuple(column.name for column in NODE_METRICS)),
    (LINKS, ElementKind.LINK, tuple(column.name for column in LINK_METRICS)),
)


def rows_of(entry: RecordedEntry) -> Iterator[tuple[RecordingTable, Row]]:
    """Raises MessageError if the message cannot be decoded."""
    if entry.is_telemetry:
        yield from _rows_of_tick(entry)
        return
    table = TABLE_OF[_family_of(entry.subject)]
    try:
        body = msgspec.json.decode(entry.data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MessageError(f"not JSON: {error}") from None
    head = (
        entry.sequence,
        wall_text(entry.stored),
        entry.subject,
        entry.id,
        entry.attributes.get("source"),
        entry.attributes.get("time"),
    )
    own = (_value(column, body) for column in table.columns[len(OF_EVENT) : -1])
    yield table, (*head, *own, entry.data.decode())


_FAMILIES: Mapping[str, Family] = {
    "fault": Family.TRUTH,
    "anomaly": Family.ANOMALIES,
    "incident": Family.INCIDENTS,
    "diagnosis": Family.CAUSES,
    "remediation": Family.ACTIONS,
    "stability": Family.STABILITY,
    subjects.LOG: Family.LOG,
    subjects.METRICS: Family.TELEMETRY,
}


def _family_of(subject: str) -> Family:
    if subject == SETTINGS_SUBJECT:
        return Family.SETTINGS
    family = _FAMILIES.get(subject.partition(".")[0])
    if family is None:
        raise MessageError(f"no family of a recording has subject {subject[:80]}")
    return family


def _value(column: Column, body: object) -> Value:
    for path in column.paths:
        found = _lookup(body, path)
        if found is not None:
            return _converted(column.kind, found)
    return None


def _lookup(body: object, path: str) -> object:
    for step in path.split("."):
        if isinstance(body, dict):
            body = body.get(step)
        elif isinstance(body, list) and step.isdecimal():
            body = body[int(step)] if int(step) < len(body) else None
        else:
            return None
    return body


def _converted(kind: Kind, found: object) -> Value:
    if kind is Kind.WHOLE:
        return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 2**63 else None
    if kind is Kind.NUMBER:
        return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
    if kind is Kind.TIME:
        return _time(found)
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if isinstance(found, str) else None


def _time(found: object) -> str | None:
    try:
        return iso(instant(found)) if isinstance(found, str) else None
    except (ValueError, OverflowError):
        return None


# --- telemetry -----------------------------------------------------------------------------------------------------


def _rows_of_tick(entry: RecordedEntry) -> Iterator[tuple[RecordingTable, Row]]:
    tick = decode_tick(entry.data)
    stored = wall_text(entry.stored)
    head = (entry.sequence, stored, tick.at, tick.interval, tick.speed, tick.partition, tick.tick)
    for rows in (tick, *tick.late):
        for table, kind, names in _TABLES:
            columns = rows.of(kind)
            values = zip(columns.ids, *(columns.column(name) for name in names), strict=True)
            yield from ((table, (*head, rows.tick, *value)) for value in values)


def tick_of_rows(rows: Iterable[FlatRow]) -> RecordedEntry:
    """`rows`: all rows of the nodes and links of one tick. Raises MessageError."""
    found = list(_bounded(rows))
    first = found[0]
    try:
        sequence, stored, subject = _whole(first["sequence"]), _text(first["stored"]), ""
        by_tick: dict[int, list[FlatRow]] = {}
        for row in found:
            by_tick.setdefault(_whole(row["tick"]), []).append(row)
        sent = _whole(first["sent_at_tick"])
        own = _sampled(sent, by_tick.pop(sent, []))
        tick = Tick(
            tick=own.tick,
            elements=own.elements,
            at=_text(first["at"]),
            interval=_number(first.get("interval", TICK_SECONDS)),  # early releases recorded no `interval`
            speed=_number(first["speed"]),
            partition=_whole(first["partition"]),
            late=[_sampled(number, late) for number, late in by_tick.items()],
        )
        subject = subjects.metrics(tick.partition)
        name = {NATS_ID: f"{tick.partition}.{tick.tick}.{tick.at}"}
        return entry_of_message(subject, encode_tick(tick), name, sequence, instant(stored))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise MessageError(f"not the samples of a tick: {error}") from None


def _bounded(rows: Iterable[FlatRow]) -> Iterator[FlatRow]:
    size = 0
    for row in rows:
        size += BYTES_OF_A_ROW + sum(len(value) for value in row.values() if isinstance(value, str))
        if size > MAX_BYTES_OF_A_TICK:
            raise MessageError(f"a tick's rows take more than {MAX_BYTES_OF_A_TICK} bytes; check what wrote the file")
        yield row


def _sampled(tick: int, rows: Sequence[FlatRow]) -> Rows:
    elements = {}
    for _, kind, names in _TABLES:
        own = [row for row in rows if kind in row]
        columns = {name: [_level(row.get(name)) for row in own] for name in names}
        elements[kind] = Columns([_text(row[kind]) for row in own], columns)
    return Rows(tick, elements)


def ticks_of_rows(rows: Iterable[FlatRow]) -> Iterator[RecordedEntry]:
    """Yield a message for each group of adjacent rows with the same `sequence`. Raises MessageError."""
    for _, together in groupby(rows, key=lambda row: row["sequence"]):
        yield tick_of_rows(together)


def event_of_row(row: FlatRow) -> RecordedEntry:
    """Raises MessageError."""
    try:
        subject, body = _text(row["subject"]), _text(row[BODY.name]).encode()
        sequence, stored = _whole(row["sequence"]), instant(_text(row["stored"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise MessageError(f"not an event: {error}") from None
    headers = {f"ce-{name}": str(row[name]) for name in ("id", "source", "time") if row.get(name)}
    return entry_of_message(subject, body, headers, sequence, stored)


def _whole(value: Value) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _number(value: Value) -> float:
    if value is None or isinstance(value, str):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _level(value: Value) -> float | None:
    return None if value is None else _number(value)


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value
