"""A point in time in a message: seconds since the epoch as a float inside, ISO 8601 with `Z` on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from shared.domain.moments import LATEST, instant, iso

__all__ = ["LATEST", "Instant", "instant", "iso"]


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
