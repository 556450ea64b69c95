"""Points in time: seconds since the epoch as a float inside, ISO 8601 with `Z` on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema


def iso(instant: float) -> str:
    """Return `instant` as ISO 8601 in UTC with milliseconds: `2026-01-31T12:00:00.250Z`."""
    moment = datetime.fromtimestamp(round(instant, 3), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> float:
    """Return the seconds since the epoch that an ISO 8601 text names; a text without a zone is UTC.

    Raises ValueError where the text is not ISO 8601.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _parse(value: object) -> object:
    return instant(value) if isinstance(value, str) else value


Instant = Annotated[
    float,
    BeforeValidator(_parse),
    PlainSerializer(iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment of network time: a float (seconds since the epoch) in Python, ISO 8601 in JSON."""
