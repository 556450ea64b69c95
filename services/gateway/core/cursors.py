"""Cursors: a place in a list that is ordered by time and id, as a text that a client sends back for the next page."""

from __future__ import annotations

from typing import TypeAlias

Place: TypeAlias = tuple[int, str]
"""A time in milliseconds, and an id."""
MAX_CURSOR = 340
"""The largest length of a cursor in characters: a time in milliseconds, a dot, and the longest id."""


class CursorError(ValueError):
    pass


def place(time: float, id: str) -> Place:
    return round(time * 1000), id


def place_of(cursor: str) -> Place:
    """Raises CursorError if the cursor is invalid."""
    time, _, id = cursor.partition(".")
    if not time.isdecimal() or not id:
        raise CursorError(f"unknown cursor {cursor[:40]!r}: take next_cursor of an earlier answer")
    return int(time), id


def cursor_of(place: Place) -> str:
    return f"{place[0]}.{place[1]}"
