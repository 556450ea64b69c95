"""Messages become rows and rows become messages without a change of their content."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nms.extras.documents import examples
from nms.extras.recording.published import entry_of_event
from shared.domain.catalogue import metrics_of
from shared.domain.config import Desired
from shared.domain.events import DiagnosisMade, Event, IncidentOpened
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Rows, Tick, decode_tick, encode_tick
from shared.platform.bus import codec
from shared.recordings.entry import RecordedEntry, entry_of_message
from shared.recordings.families import SETTINGS_SUBJECT
from shared.recordings.flat import FlatRow, event_of_row, rows_of, ticks_of_rows
from shared.recordings.tables import TABLE_OF
from shared.testing import NOON, cause, diagnosis, elements, incident
from tests.nms.recording.build import family_of

WALL = NOON + 0.125

values = st.none() | st.floats(0, 1e9)
names = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=3)


@st.composite
def samples(draw: st.DrawFn, tick: int) -> Rows:
    nodes, links = draw(names), draw(names)

    def column(count: int) -> list[float | None]:
        return draw(st.lists(values, min_size=count, max_size=count))

    node = {spec.name: column(len(nodes)) for spec in metrics_of(ElementKind.NODE)}
    link = {spec.name: column(len(links)) for spec in metrics_of(ElementKind.LINK)}
    return Rows(tick, elements((nodes, node), (links, link)))


@st.composite
def ticks(draw: st.DrawFn) -> Tick:
    own = draw(samples(10))
    late = [rows for ago in (1, 2) if draw(st.booleans()) and _holds(rows := draw(samples(10 - ago)))]
    return Tick(
        tick=own.tick,
        elements=own.elements,
        at="2026-01-31T12:00:00.250Z",
        interval=draw(st.floats(0.25, 300)),
        speed=draw(st.floats(0.01, 1000)),
        partition=2,
        late=late,
    )


def _holds(rows: Rows) -> bool:
    return any(columns.ids for columns in rows.elements.values())


def dicts(entries: Iterable[RecordedEntry]) -> Iterable[FlatRow]:
    for entry in entries:
        for table, row in rows_of(entry):
            yield {column.name: value for column, value in zip(table.columns, row, strict=True)}


def entry_of_tick(tick: Tick, sequence: int) -> RecordedEntry:
    return entry_of_message("metrics.2", encode_tick(tick), {}, sequence, WALL)


@settings(max_examples=80, deadline=None)
@given(st.lists(ticks(), max_size=4))
def test_a_tick_is_rebuilt_from_its_rows(given_ticks: list[Tick]) -> None:
    entries = [entry_of_tick(tick, number) for number, tick in enumerate(given_ticks, start=1)]
    back = [decode_tick(entry.data) for entry in ticks_of_rows(dicts(entries))]
    assert back == [tick for tick in given_ticks if _holds(tick) or tick.late]


@pytest.mark.parametrize("event", examples.EVENTS, ids=lambda event: event.subject)
def test_every_event_is_rebuilt_from_its_row(event: Event) -> None:
    entry = entry_of_event(event, NOON, "test", 7, WALL)
    ((table, row),) = rows_of(entry)
    assert table is TABLE_OF[family_of(codec.subject_of(event))]
    flat = dict(zip((column.name for column in table.columns), row, strict=True))
    back = event_of_row(flat)
    assert (back.subject, back.data, back.sequence, back.stored) == (entry.subject, entry.data, 7, WALL)
    assert (back.id, back.time) == (event.id, NOON)
    assert codec.decode(back.subject, back.data) == event


@pytest.mark.parametrize("event", examples.EVENTS, ids=lambda event: event.subject)
def test_every_event_fills_at_least_one_column_of_its_own(event: Event) -> None:
    """A column whose field was renamed would always be empty."""
    ((table, row),) = rows_of(entry_of_event(event, NOON, "test", 7, WALL))
    filled = [value for column, value in zip(table.columns, row, strict=True) if column.name not in ("body",)]
    assert len([value for value in filled[6:] if value is not None]) >= 1


def test_no_column_is_empty_for_every_event() -> None:
    filled: dict[str, set[str]] = {}
    desired = RecordedEntry(SETTINGS_SUBJECT, Desired().model_dump_json().encode(), 1, WALL, {})
    more = [diagnosis(causes=[cause(), cause("server-2")]), IncidentOpened(incident=incident())]
    for entry in [*map(_of, (*examples.EVENTS, *more)), desired]:
        for table, row in rows_of(entry):
            found = (column.name for column, value in zip(table.columns, row, strict=True) if value is not None)
            filled.setdefault(table.name, set()).update(found)
    columns = {table.name: {column.name for column in table.columns} for table in TABLE_OF.values()}
    empty = {(name, column) for name, found in filled.items() for column in columns[name] - found}
    assert empty <= OFTEN_EMPTY


OFTEN_EMPTY = {
    ("settings", "id"),
    ("settings", "source"),
    ("settings", "time"),
    ("incidents", "resolved"),
    ("incidents", "resolution"),
    ("incidents", "merged_into"),
    ("incidents", "repaired_by"),
    ("actions", "finished"),
    ("faults", "ended"),
    ("faults", "ended_by"),
    ("faults", "cycle"),
}
"""Columns that are filled only after the end of something, or by no example."""


def _of(event: Event) -> RecordedEntry:
    return entry_of_event(event, NOON, "test", 7, WALL)


def test_the_columns_of_a_diagnosis_name_its_first_causes() -> None:
    made = diagnosis(causes=[cause("server-1"), cause("server-2")])
    assert isinstance(made, DiagnosisMade)
    ((table, row),) = rows_of(_of(made))
    flat = dict(zip((column.name for column in table.columns), row, strict=True))
    assert (flat["element"], flat["second_element"]) == ("server-1", "server-2")
    assert json.loads(str(flat["body"]))["causes"][0]["element"] == "server-1"
