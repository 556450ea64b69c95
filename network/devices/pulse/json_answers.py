"""Finds the JSON values in the answer of a device, which may have prompts and other lines between them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def json_values(answer: bytes) -> Iterator[Json]:
    """Yield the JSON values in an answer that may have other lines between them."""
    decoder, text = msgspec.json.Decoder(), answer
    for start, end in _brackets(text):
        try:
            yield decoder.decode(text[start:end])
        except msgspec.MsgspecError:
            continue


def _brackets(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each outermost object or list begins and ends; brackets in strings do not count."""
    depth, start, in_string, escaped = 0, 0, False, False
    for at, char in enumerate(text):
        if in_string:
            escaped, in_string = (not escaped and char == 0x5C), in_string and (escaped or char != 0x22)
        elif char == 0x22 and depth:
            in_string = True
        elif char in b"{[":
            if depth == 0:
                start = at
            depth += 1
        elif char in b"}]" and depth:
            depth -= 1
            if depth == 0:
                yield start, at + 1


def json_objects(values: Iterable[Json]) -> Iterator[dict[str, Json]]:
    return (value for value in values if isinstance(value, dict))
