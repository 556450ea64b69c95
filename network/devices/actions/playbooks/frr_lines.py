"""The lines of FRR's configuration as paths, and the lines that change one configuration into another. Pure.

Rules
1. A line stands in contexts, such as `router bgp 65001 > address-family ipv4 unicast`. Only known words open a context,
   so a ` > ` in a description is part of the description.
2. A context that is not approved is removed as a whole. So an AS number changes: no block of BGP can be renamed.
3. What names a neighbour comes before its other lines, and the removal of a neighbour removes them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from network.devices.evidence.normal.routing import BELOW

CONTEXTS = re.compile(
    r"(interface|router (bgp|ospf|ospf6|isis|rip|ripng|eigrp|babel|openfabric)|address-family|route-map|vrf|bfd$|"
    r"profile|peer|key chain|key [0-9]+$|line|l2vpn|segment-routing|traffic-eng|vni|pseudowire|pbr-map|nexthop-group)\b"
)
TRIMMED = re.compile(
    r"(description|neighbor \S+ (description|password|shutdown|update-source|local-as)|hostname|"
    r"ip ospf (cost|hello-interval|dead-interval|priority|network|retransmit-interval|mtu-ignore)|"
    r"isis (metric|hello-interval|hello-multiplier|priority|circuit-type)|bandwidth|"
    r"bgp router-id|ospf router-id|router-id|timers throttle spf)\b"
)
"""Commands whose removal takes no value: the removal sends only these words."""
NEIGHBOUR = re.compile(r"neighbor (\S+) ")
NAMES_NEIGHBOUR = re.compile(r"neighbor (\S+) (remote-as|peer-group$|interface)\b")
SETS_ONE_VALUE = re.compile(r"(neighbor \S+ (remote-as|description)|description|hostname|bgp router-id|ip ospf cost)\b")
"""Commands that replace their old value, so that the old value need not be removed first."""
LASTING = re.compile(r"(interface|vrf|line) ")
"""Contexts that exist as long as the device has what they are about, and cannot be removed."""
FORBIDDEN = re.compile(r"(do|end|exit|quit|write|copy|configure|start-shell|terminal|list|find|output)\b")
"""Words that would be commands of the shell of FRR, and no configuration."""


@dataclass(frozen=True)
class RoutingLine:
    """`contexts`: from the outer to the inner. `line`: empty for the context itself."""

    contexts: tuple[str, ...]
    line: str


@dataclass(frozen=True)
class RoutingGroup:
    """Lines of the same context; none: the context itself is made."""

    contexts: tuple[str, ...]
    lines: tuple[str, ...] = ()

    @property
    def commands(self) -> tuple[str, ...]:
        return ("configure terminal", *self.contexts, *self.lines, "end")

    def one_by_one(self) -> tuple[RoutingGroup, ...]:
        return tuple(RoutingGroup(self.contexts, (line,)) for line in self.lines) or (self,)


def line_of(text: str) -> RoutingLine:
    """Read the last part of a path such as `frr/bgpd/router bgp 65001 > neighbor 10.0.0.2 remote-as 65002`."""
    contexts: list[str] = []
    rest = text
    while rest:
        head, _, below = rest.partition(BELOW)
        if not CONTEXTS.match(head):
            break
        contexts.append(head)
        rest = below
    return RoutingLine(tuple(contexts), rest)


def flaw_of_line(each: RoutingLine) -> str:
    """Return why a line is not given to a device; empty if it is."""
    for text in (*each.contexts, each.line):
        if any(ord(char) < 32 or ord(char) == 127 for char in text):
            return "it has a control character"
        if FORBIDDEN.match(text.removeprefix("no ")):
            return f"{text.split(' ')[0]!r} is no word of a configuration"
    return ""


def opposite(line: str) -> str:
    if line.startswith("no "):
        return line.removeprefix("no ")
    trimmed = TRIMMED.match(line)
    return f"no {trimmed.group() if trimmed else line}"


def changes(
    old: Sequence[RoutingLine], new: Sequence[RoutingLine], kept: Iterable[RoutingLine]
) -> tuple[RoutingGroup, ...]:
    """Return the groups that remove the old lines and set the new ones, in their order.

    `kept`: lines that are in both configurations; their contexts are not removed.
    """
    staying = {each.contexts[:depth] for each in (*new, *kept) for depth in range(1, len(each.contexts) + 1)}
    staying |= {each.contexts[:1] for each in old if each.contexts and LASTING.match(each.contexts[0])}
    groups = (*_removals(old, new, staying), *_settings(new))
    return tuple(RoutingGroup(contexts, tuple(lines)) for contexts, lines in groups)


def _removals(
    old: Sequence[RoutingLine], new: Sequence[RoutingLine], staying: set[tuple[str, ...]]
) -> list[tuple[tuple[str, ...], list[str]]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    replaced = {(each.contexts, found.group()) for each in new if (found := SETS_ONE_VALUE.match(each.line))}
    leaving = _leaving_neighbours(old, new)
    for each in sorted(old, key=lambda each: -len(each.contexts)):
        gone = next((d for d in range(1, len(each.contexts) + 1) if each.contexts[:d] not in staying), None)
        if gone is not None:
            _append(groups, each.contexts[: gone - 1], f"no {each.contexts[gone - 1]}")
            continue
        one = SETS_ONE_VALUE.match(each.line)
        neighbour = NEIGHBOUR.match(each.line.removeprefix("no ") + " ")
        if not each.line or (one and (each.contexts, one.group()) in replaced):
            continue
        if neighbour and (each.contexts[:1], neighbour.group(1)) in leaving:
            _append(groups, each.contexts[:1], f"no neighbor {neighbour.group(1)}")
        else:
            _append(groups, each.contexts, opposite(each.line))
    return list(groups.items())


def _leaving_neighbours(old: Sequence[RoutingLine], new: Sequence[RoutingLine]) -> set[tuple[tuple[str, ...], str]]:
    def named(lines: Sequence[RoutingLine]) -> set[tuple[tuple[str, ...], str]]:
        return {(each.contexts[:1], m.group(1)) for each in lines if (m := NAMES_NEIGHBOUR.match(each.line))}

    return named(old) - named(new)


def _settings(new: Sequence[RoutingLine]) -> list[tuple[tuple[str, ...], list[str]]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for each in sorted(new, key=_rank):
        lines = groups.setdefault(each.contexts, [])
        if each.line:
            lines.append(each.line)
    return list(groups.items())


def _rank(each: RoutingLine) -> tuple[int, int]:
    """Lists before the contexts that use them, outer contexts before inner ones, names of neighbours first."""
    first = 0 if NAMES_NEIGHBOUR.match(each.line) or each.line.startswith(("bgp router-id", "net ")) else 1
    return len(each.contexts), first


def _append(groups: dict[tuple[str, ...], list[str]], contexts: tuple[str, ...], line: str) -> None:
    lines = groups.setdefault(contexts, [])
    if line not in lines:
        lines.append(line)
