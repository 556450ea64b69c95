"""Finds the line of a field in a JSON text; used only for errors and warnings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

SPACE = re.compile(r"[ \t\r\n]*")
DECODER = json.JSONDecoder()
Place = Sequence[int | str]


def line_of(text: str, place: Place) -> int:
    """Return the line of the field at `place`, a path of keys and indexes; if missing, of the field around it."""
    at = _skip(text, 0)
    for part in place:
        inner = _entry(text, at, part)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def lines_of_items(text: str, key: str) -> Iterator[int]:
    """Yield the line of each item in a list; `key` names the list in the outermost object of the JSON text."""
    at, line, counted = _entry(text, _skip(text, 0), key), 1, 0
    if at is None or text[at : at + 1] != "[":
        return
    at = _skip(text, at + 1)
    while text[at : at + 1] not in ("]", ""):
        line += text.count("\n", counted, at)
        counted = at
        yield line
        at = _skip(text, DECODER.raw_decode(text, at)[1])
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)


def _entry(text: str, at: int, part: int | str) -> int | None:
    opening, closing = text[at : at + 1], {"{": "}", "[": "]"}.get(text[at : at + 1])
    if closing is None or (opening == "{") != isinstance(part, str):
        return None
    found, number = None, 0
    at = _skip(text, at + 1)
    while text[at : at + 1] != closing:
        here: int | str = number
        if opening == "{":
            here, at = DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        if here == part:
            found = at
            if opening == "[":
                return found
        at, number = _skip(text, DECODER.raw_decode(text, at)[1]), number + 1
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return found  # of two entries with the same key, the last counts


def _skip(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at
