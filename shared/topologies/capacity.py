"""Reads the capacities of links from their attributes in a file, in Mbit/s.

1. The attributes `capacity` and `bandwidth` are explicit: if their value cannot be parsed, that is an error.
2. The Topology Zoo's attributes were copied from maps: if their value cannot be parsed, it counts as missing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from shared.domain.errors import TopologyError
from shared.domain.topology import ACCESS_CAPACITY

DEFAULT_CAPACITY = ACCESS_CAPACITY
"""The capacity, in Mbit/s, of a link whose capacity is not stated."""
MIN_CAPACITY, MAX_CAPACITY = 0.001, 1e9
MAX_QUOTE = 64
BITS_IN_MEGABIT = 1e6
FACTOR = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
UNIT = r"(?:[Bb]its?|b)(?:/s|ps)?"
QUANTITY = re.compile(
    r"\s*(?P<number>[0-9]*\.?[0-9]+|[0-9]+\.)(?P<power>[eE][+-]?[0-9]{1,3})?"
    rf"\s*(?P<prefix>[kKmMgGtT]?)(?P<unit>{UNIT})?\s*"
)
IN_A_LABEL = re.compile(
    r"(?:(?P<times>[0-9]{1,3})\s?[x*]\s?)?(?<![0-9.])(?P<number>[0-9]{1,6}(?:\.[0-9]{1,6})?)"
    r"\s?(?P<prefix>[kKmMgGtT])(?:[Bb]its?/s|[Bb]its?|bps|b/s)(?![A-Za-z])"
)
STATED = ("capacity", "bandwidth")
DRAWN_LABEL = "drawn label"
"""The text that an editor put on the shape of a node or beside the line of an edge."""
WRITTEN_BESIDE = (DRAWN_LABEL, "label", "edge label", "edgelabel")
"""The attributes in which programs keep the text beside a link."""
BESIDE = re.compile(
    r"\s*(?:(?P<times>[0-9]{1,3})\s?[x*\u00d7]\s?)?"
    rf"(?P<one>[0-9]{{1,9}}(?:\.[0-9]{{1,9}})?\s?(?:[MGT]|[kKmMgGtT]?{UNIT}))\s*"
)
"""Matches a text that is a capacity and nothing else. Without a unit the prefix has to be a capital letter, since `3m`
is the length of a cable.
"""


def megabits(text: str) -> float | None:
    """Return the Mbit/s in a text such as "10G", "400 Mbit/s" or "1000" (Mbit/s); None if it is no valid capacity."""
    found = QUANTITY.fullmatch(text) if len(text) <= MAX_QUOTE else None
    if found is None:
        return None
    number = float(found["number"] + (found["power"] or ""))
    if found["prefix"] or found["unit"]:
        number *= FACTOR[found["prefix"].lower()] / BITS_IN_MEGABIT
    return _possible(number)


def capacity_of(attributes: Mapping[str, str], line: int) -> float:
    """Return a link's capacity in Mbit/s from its attributes, whose names are in lower case; else the default.

    Raises TopologyError if an explicit capacity is invalid.
    """
    for name in STATED:
        if name in attributes:
            return stated(name, attributes[name], line)
    return _raw(attributes) or _speed(attributes) or _label(attributes) or _beside(attributes) or DEFAULT_CAPACITY


def unread_label(attributes: Mapping[str, str]) -> str:
    """Return the text beside a link if no attribute gives the link's capacity; empty if one does, or without a text."""
    if (
        any(name in attributes for name in STATED)
        or _raw(attributes)
        or _speed(attributes)
        or _label(attributes)
        or _beside(attributes)
    ):
        return ""
    return next((text for name in WRITTEN_BESIDE if (text := attributes.get(name, "").strip())), "")


def stated(name: str, text: str, line: int) -> float:
    """`name`: the attribute that gives the capacity. Raises TopologyError if it is invalid."""
    number = megabits(text)
    if number is None:
        raise TopologyError(
            f"line {line}: {name} {text[:MAX_QUOTE]!r} is no capacity; "
            "say Mbit/s, or a number and a unit such as 10G or 400 Mbit/s"
        )
    return number


def _raw(attributes: Mapping[str, str]) -> float | None:
    try:
        return _possible(float(attributes.get("linkspeedraw", "")[:MAX_QUOTE]) / BITS_IN_MEGABIT)
    except ValueError:
        return None


def _speed(attributes: Mapping[str, str]) -> float | None:
    return megabits(attributes.get("linkspeed", "") + attributes.get("linkspeedunits", ""))


def _label(attributes: Mapping[str, str]) -> float | None:
    found = IN_A_LABEL.search(attributes.get("linklabel", "")[:MAX_QUOTE])
    if found is None:
        return None
    one = float(found["number"]) * FACTOR[found["prefix"].lower()] / BITS_IN_MEGABIT
    return _possible(one * int(found["times"] or 1))


def _beside(attributes: Mapping[str, str]) -> float | None:
    texts = (text for name in WRITTEN_BESIDE for text in attributes.get(name, "").split("\n"))
    return next((number for text in texts if (number := _written(text))), None)


def _written(text: str) -> float | None:
    found = BESIDE.fullmatch(text[:MAX_QUOTE])
    one = megabits(found["one"]) if found else None
    if found and one:
        return _possible(one * int(found["times"] or 1))
    return _label({"linklabel": text})


def _possible(number: float) -> float | None:
    return number if math.isfinite(number) and MIN_CAPACITY <= number <= MAX_CAPACITY else None
