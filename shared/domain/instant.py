"""The type of a time in a message: in Python a float (seconds since 1970), in JSON a text in ISO 8601 with `Z`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from shared.domain.moments import LATEST, instant, iso

__all__ = ["LATEST", "Instant", "instant", "iso"]


def _parse(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str):
        return instant(value)
    if info.mode == "json":
        raise ValueError("a time must be a text in ISO 8601")
    return value


Instant = Annotated[
    float,
    BeforeValidator(_parse),
    PlainSerializer(iso, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time, usually network time: in Python a float (seconds since 1970), in JSON a text in ISO 8601."""
