"""The numbers that a match of a packet filter accepts, as ranges. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LARGEST = 65_535
NAMES: Mapping[str, int] = {
    # protocols of IP
    "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "ipv6-icmp": 58,
    "ospf": 89, "ospfigp": 89, "pim": 103, "vrrp": 112, "sctp": 132,
    # ports
    "ssh": 22, "domain": 53, "bootps": 67, "bootpc": 68, "http": 80, "bgp": 179, "https": 443,
    # types of ICMP
    "echo-reply": 0, "destination-unreachable": 3, "redirect": 5, "echo-request": 8, "time-exceeded": 11,
    # codes of ICMP
    "net-unreachable": 0, "host-unreachable": 1, "prot-unreachable": 2, "port-unreachable": 3, "frag-needed": 4,
    # types of frames
    "ip": 0x0800, "arp": 0x0806, "ip6": 0x86DD, "ipv4": 0x0800, "ipv6": 0x86DD,
}  # fmt: skip


@dataclass(frozen=True)
class MatchedNumbers:
    """Ranges of numbers, each with both ends. `known`: false if a set is not known; then any number may be in it."""

    ranges: tuple[tuple[int, int], ...]
    known: bool = True

    def __contains__(self, number: int) -> bool:
        return not self.known or any(low <= number <= high for low, high in self.ranges)

    def others_than(self, numbers: Iterable[int]) -> bool:
        """Whether it accepts another number."""
        inside = sum(number in self for number in set(numbers))
        return not self.known or sum(high - low + 1 for low, high in self.ranges) > inside

    def inverted(self) -> MatchedNumbers:
        gaps, low = [], 0
        for start, end in sorted(self.ranges):
            if start > low:
                gaps.append((low, start - 1))
            low = max(low, end + 1)
        return MatchedNumbers((*gaps, (low, LARGEST)), self.known)


UNKNOWN = MatchedNumbers((), known=False)


def number_of(text: str, names: Mapping[str, int] = NAMES) -> int | None:
    if text in names:
        return names[text]
    try:
        return int(text, 0)
    except ValueError:
        return int(text) if text.isdecimal() else None


def accepted(
    operator: str, value: str, sets: Mapping[str, tuple[str, ...]], names: Mapping[str, int]
) -> MatchedNumbers:
    """`sets`: the elements of the sets of the table, by name. An unknown value accepts anything."""
    found = _ranges(value, sets, names)
    if found is None:
        return UNKNOWN
    if operator in ("!=", "ne"):
        return MatchedNumbers(found).inverted()
    low, high = found[0] if found else (0, LARGEST)
    match operator:
        case "<" | "lt":
            return MatchedNumbers(((0, low - 1),))
        case "<=" | "le":
            return MatchedNumbers(((0, high),))
        case ">" | "gt":
            return MatchedNumbers(((high + 1, LARGEST),))
        case ">=" | "ge":
            return MatchedNumbers(((low, LARGEST),))
    return MatchedNumbers(found)


def _ranges(
    value: str, sets: Mapping[str, tuple[str, ...]], names: Mapping[str, int]
) -> tuple[tuple[int, int], ...] | None:
    if value.startswith("@"):
        if value[1:] not in sets:
            return None
        elements: Iterable[str] = sets[value[1:]]
    else:
        elements = elements_of(value)
    found = []
    for element in elements:
        low, dash, high = element.partition("-")
        ends = (number_of(low, names), number_of(high, names)) if dash else (number_of(element, names),) * 2
        if None in ends and dash and number_of(element, names) is not None:  # a name with a dash
            ends = (number_of(element, names),) * 2
        if ends[0] is None or ends[1] is None:
            return None
        found.append((ends[0], ends[1]))
    return tuple(found)


def elements_of(value: str) -> list[str]:
    inside = value.removeprefix("{").removesuffix("}") if value.startswith("{") else value
    return [" ".join(part.split()) for part in re.split(r",", inside) if part.strip()]
