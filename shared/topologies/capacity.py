"""What a file says of a link's capacity, as Mbit/s.

1. `capacity` is said on purpose: one that cannot be read is an error.
2. The Topology Zoo's attributes were copied from maps: what cannot be read there counts as not said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from shared.domain.errors import TopologyError
from shared.domain.topology import ACCESS_CAPACITY

DEFAULT_CAPACITY = ACCESS_CAPACITY
"""Of a link whose capacity the file does not say, in Mbit/s."""
MIN_CAPACITY, MAX_CAPACITY = 0.001, 1e9
MAX_SAID = 64
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
"""What an editor wrote on the shape of a node or beside the line of an edge."""
WRITTEN_BESIDE = (DRAWN_LABEL, "label", "edge label", "edgelabel")
"""What is written beside a link for a person to read, by the names that programs have for it."""
BESIDE = re.compile(
    r"\s*(?:(?P<times>[0-9]{1,3})\s?[x*\u00d7]\s?)?"
    rf"(?P<one>[0-9]{{1,9}}(?:\.[0-9]{{1,9}})?\s?(?:[MGT]|[kKmMgGtT]?{UNIT}))\s*"
)
"""A capacity and nothing else. Without its unit it has a capital: `3m` is the length of a cable."""


def megabits(text: str) -> float | None:
    """Return "10G", "400 Mbit/s" or "1000" (Mbit/s where no unit is said); None where it is none that can be."""
    found = QUANTITY.fullmatch(text) if len(text) <= MAX_SAID else None
    if found is None:
        return None
    number = float(found["number"] + (found["power"] or ""))
    if found["prefix"] or found["unit"]:
        number *= FACTOR[found["prefix"].lower()] / BITS_IN_MEGABIT
    return _possible(number)


def capacity_of(said: Mapping[str, str], line: int) -> float:
    """Return a link's capacity from its attributes, names in lower case. Raises TopologyError."""
    for name in STATED:
        if name in said:
            return stated(name, said[name], line)
    return _raw(said) or _speed(said) or _label(said) or _beside(said) or DEFAULT_CAPACITY


def unread_label(said: Mapping[str, str]) -> str:
    """Return what is written beside a link whose capacity nothing says; an empty text where there is no such thing."""
    if any(name in said for name in STATED) or _raw(said) or _speed(said) or _label(said) or _beside(said):
        return ""
    return next((text for name in WRITTEN_BESIDE if (text := said.get(name, "").strip())), "")


def stated(name: str, text: str, line: int) -> float:
    """Return a capacity that is said on purpose, under `name`. Raises TopologyError where it is none."""
    number = megabits(text)
    if number is None:
        raise TopologyError(
            f"line {line}: {name} {text[:MAX_SAID]!r} is no capacity; "
            "say Mbit/s, or a number and a unit such as 10G or 400 Mbit/s"
        )
    return number


def _raw(said: Mapping[str, str]) -> float | None:
    try:
        return _possible(float(said.get("linkspeedraw", "")[:MAX_SAID]) / BITS_IN_MEGABIT)
    except ValueError:
        return None


def _speed(said: Mapping[str, str]) -> float | None:
    return megabits(said.get("linkspeed", "") + said.get("linkspeedunits", ""))


def _label(said: Mapping[str, str]) -> float | None:
    found = IN_A_LABEL.search(said.get("linklabel", "")[:MAX_SAID])
    if found is None:
        return None
    one = float(found["number"]) * FACTOR[found["prefix"].lower()] / BITS_IN_MEGABIT
    return _possible(one * int(found["times"] or 1))


def _beside(said: Mapping[str, str]) -> float | None:
    texts = (text for name in WRITTEN_BESIDE for text in said.get(name, "").split("\n"))
    return next((number for text in texts if (number := _written(text))), None)


def _written(text: str) -> float | None:
    """Return the capacity that a text beside a link is, or has in it with its unit; None where there is none."""
    found = BESIDE.fullmatch(text[:MAX_SAID])
    one = megabits(found["one"]) if found else None
    if found and one:
        return _possible(one * int(found["times"] or 1))
    return _label({"linklabel": text})


def _possible(number: float) -> float | None:
    return number if math.isfinite(number) and MIN_CAPACITY <= number <= MAX_CAPACITY else None
