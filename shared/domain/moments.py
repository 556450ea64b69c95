"""Formats and parses times: in Python seconds since 1970, in messages and for a person ISO 8601 in UTC with `Z`.

Rule: a person can enter every displayed time again. `clock` formats a time, and `moment` parses that text to the same
second.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(1, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
"""The last time that can be written in UTC; `EARLIEST` is the first. A text of the year 1 or 9999 can be outside these
limits because of its time zone.
"""
DAY = 86_400.0
AHEAD = 60.0
"""If a time of day is at most so many seconds in the future, it means today, not yesterday: clocks differ a little."""
EXAMPLES = "2026-01-31T12:00:00Z, 2026-01-31T13:00:00+01:00, 2026-01-31, 12:00:00Z, or 10m for ten minutes ago"
SHORT = (
    r"^(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?([Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?"
    r"|[0-9]{1,9}([.][0-9]{1,9})?(ms|s|m|h|d))$"
)
"""The pattern of the times that are accepted besides ISO 8601: a time of day, or a duration before now."""
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": DAY}
_TIME = r"\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d(:?\d\d)?)?"
_dated = re.compile(rf"\d{{4}}-\d\d-\d\d([Tt ]{_TIME})?|\d{{8}}T\d{{6}}Z", re.ASCII)
_time = re.compile(_TIME, re.ASCII)
_span = re.compile(r"(\d{1,9}(\.\d{1,9})?)(ms|s|m|h|d)", re.ASCII)
_number = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


def iso(instant: float) -> str:
    """In UTC with milliseconds: `2026-01-31T12:00:00.250Z`."""
    moment = EPOCH + timedelta(milliseconds=round(instant * 1000))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(at: float | str | None) -> str:
    """Format a time for a person, rounded down to seconds: `2026-01-31T12:00:00Z`; a dash if it is None or invalid."""
    try:
        seconds = instant(at) if isinstance(at, str) else at
        return "-" if seconds is None else f"{iso(seconds // 1)[:19]}Z"
    except (ValueError, OverflowError):
        return "-"


def moment(text: str, now: float) -> float:
    """Parse a time that a person entered: ISO 8601, a time of day (its last occurrence), or a duration before `now`.

    A time without a zone is UTC. Raises ValueError with examples.
    """
    try:
        if _dated.fullmatch(text):
            return instant(text.upper())
        if _time.fullmatch(text):
            return _last(text.upper(), now)
        if _span.fullmatch(text):
            return max(EARLIEST, now - span(text))
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"is no time: write it as in {EXAMPLES}; without a zone it is UTC, and in a URL + is %2B")


def _last(time: str, now: float) -> float:
    at = instant(f"{clock(now + DAY)[:10]}T{time}")
    return at + DAY * ((now + AHEAD - at) // DAY)


def span(text: str) -> float:
    """Convert a duration such as `90`, `90s`, `10m`, `2h` or `500ms` to seconds. Raises ValueError with examples."""
    if _number.fullmatch(text):
        return float(text)
    if (found := _span.fullmatch(text)) is None:
        raise ValueError("is no duration: write seconds, or as in 90s, 10m, 2h, 1d, 500ms")
    return float(found[1]) * UNITS[found[3]]


def instant(text: str) -> float:
    """Parse ISO 8601; a time without a zone is UTC.

    Raises ValueError if the text is not ISO 8601, or outside the years 1 to 9999 in UTC.
    """
    moment = datetime.fromisoformat(text)
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not EARLIEST <= seconds <= LATEST:
        raise ValueError(f"{text} is outside the years 1 to 9999 in UTC")
    return seconds
