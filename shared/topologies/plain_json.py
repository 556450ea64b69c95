"""Reads the format of NMS itself: JSON that holds `nodes` and `links`, names as they stand.

Pydantic says what is wrong and in which field; the line of that field is looked for only then.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Sequence

from pydantic import ValidationError

from shared.errors import TopologyError
from shared.topology import NotANetwork, Topology

SHAPE = '{"nodes": [{"id", "type"}], "links": [{"source", "target", "capacity"}]}'
MAX_SAID = 200
SPACE = re.compile(r"[ \t\r\n]*")
NOT_JSON = re.compile(r"Invalid JSON: (?P<reason>.*) at line (?P<line>[0-9]+) column [0-9]+", re.DOTALL)
Place = tuple[int | str, ...]


def read_json(data: bytes) -> Topology:
    """Return the network in a JSON file. Raises TopologyError that begins with the line where there is one."""
    data = data.removeprefix(BOM_UTF8)
    try:
        return Topology.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _error(data, first["loc"], first["msg"]) from None
    except NotANetwork as error:
        raise _misplaced(data, error.place, str(error)) from None


def _error(data: bytes, place: Place, reason: str) -> TopologyError:
    if syntax := NOT_JSON.fullmatch(reason):
        return TopologyError(f"line {syntax['line']}: not JSON ({syntax['reason'][:MAX_SAID]}); mend it")
    named = ".".join(str(part) for part in place)
    return _misplaced(data, place, f"{named or 'the file'}: {reason[:MAX_SAID]}; it must hold {SHAPE}")


def _misplaced(data: bytes, place: Place, reason: str) -> TopologyError:
    return TopologyError(f"line {line_of(data.decode('utf-8', 'replace'), place)}: {reason}")


def line_of(text: str, place: Sequence[int | str]) -> int:
    """Return the line in which a field of a JSON text stands, or the nearest around it that is there."""
    at = _skip(text, 0)
    for part in place:
        inner = _entry(text, at, part)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def _entry(text: str, at: int, part: int | str) -> int | None:
    """Return where an entry of the object or array at `at` begins; None where there is none."""
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
    return found  # of a name that is there twice the last one counts


def _skip(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    return found.end() if found else at


DECODER = json.JSONDecoder()
