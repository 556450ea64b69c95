"""Points in time: seconds since the epoch as a float inside, ISO 8601 with `Z` on the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(1, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
"""What can be written again in UTC: a zone can move a text of these years out of them."""


def iso(instant: float) -> str:
    """Return `instant` as ISO 8601 in UTC with milliseconds: `2026-01-31T12:00:00.250Z`."""
    moment = EPOCH + timedelta(milliseconds=round(instant * 1000))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> float:
    """Return the seconds since the epoch that an ISO 8601 text names; a text without a zone is UTC.

    Raises ValueError where the text is not ISO 8601, or outside the years 1 to 9999 in UTC.
    """
    moment = datetime.fromisoformat(text)
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if not EARLIEST <= seconds <= LATEST:
        raise ValueError(f"{text} is outside the years 1 to 9999 in UTC")
    return seconds


def _parse(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str):
        return instant(value)
    if info.mode == "json":
        raise ValueError("a moment is written in ISO 8601")
    return value


Instant = Annotated[
    float,
    BeforeValidator(_parse),
    PlainSerializer(iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment of network time: a float (seconds since the epoch) in Python, ISO 8601 in JSON."""
