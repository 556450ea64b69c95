"""Edits of the text of a router's configuration. Pure.

Each returns the new text, or None if the text has nothing to edit. All other bytes stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_ROUTER_BGP = re.compile(r"^router bgp (\d+)(.*)$", re.MULTILINE)
_NETWORK = re.compile(r"^(\s*)(network .*)$", re.MULTILINE)
_AREA = re.compile(r"^(\s*network \S+ area )(\S+)[ \t]*$", re.MULTILINE)
_INTERFACE_AREA = re.compile(r"^(\s*ip ospf area )(\S+)[ \t]*$", re.MULTILINE)
_INTERFACE_LINE = re.compile(r"^(\s*)(ip ospf area .*)$", re.MULTILINE)
_FAMILY = "address-family ipv4 unicast"
_BLOCKS = ("router ", "route-map ", "ip prefix-list ", "bgp ")
_COMMENT = "# "


def asn_of(text: str) -> int | None:
    found = _ROUTER_BGP.search(text)
    return int(found[1]) if found else None


def with_asn(text: str, asn: int) -> str | None:
    if asn_of(text) is None:
        return None
    return _ROUTER_BGP.sub(lambda found: f"router bgp {asn}{found[2]}", text, count=1)


def networks_of(text: str) -> list[str]:
    """Return the prefixes that BGP originates."""
    block = _block(text, "router bgp ")
    return [line.split()[1] for line in block if line.strip().startswith("network ")]


def without_network(text: str, prefix: str) -> str | None:
    """Remove the line by which BGP originates a prefix."""
    start, lines = _block_at(text, "router bgp ")
    for number, line in enumerate(lines):
        if line.split()[:2] == ["network", prefix]:
            return _joined(text, [start + number], [])
    return None


def areas_of(text: str) -> list[str]:
    """Return the area of each network of OSPF, in the order of the text; without networks, of each interface."""
    return [found[2] for found in _areas(text).finditer(text)]


def _areas(text: str) -> re.Pattern[str]:
    return _AREA if _AREA.search(text) else _INTERFACE_AREA


def with_area(text: str, area: str) -> str | None:
    """Put all networks of the first area into another one."""
    areas = areas_of(text)
    if not areas:
        return None
    first = dotted(areas[0])
    return _areas(text).sub(lambda found: found[1] + area if dotted(found[2]) == first else found[0], text)


def dotted(area: str) -> str:
    """Return an area as FRR shows it: 0 is 0.0.0.0."""
    if not area.isdigit():
        return area
    return ".".join(str(int(area) >> shift & 255) for shift in (24, 16, 8, 0))


def with_networks_commented(text: str) -> str | None:
    """Make a comment of each line that starts with `network`, whichever protocol it belongs to.

    Where OSPF has no networks, make a comment of each area of an interface instead.
    """
    lines = _NETWORK if _AREA.search(text) else _INTERFACE_LINE
    edited, count = lines.subn(lambda found: f"{found[1]}{_COMMENT}{found[2]}", text)
    return edited if count else None


def with_lines_in_bgp(text: str, lines: Iterable[str], family: Iterable[str] = ()) -> str | None:
    """Add lines at the end of the block of BGP, and at the end of its IPv4 family."""
    start, block = _block_at(text, "router bgp ")
    if not block:
        return None
    inside = [number for number, line in enumerate(block) if line.strip() == _FAMILY]
    first = inside[0] if inside else len(block)
    added = [f" {line}" for line in lines]
    own = list(family)
    if own and not inside:
        added += [f" {_FAMILY}", *(f"  {line}" for line in own), " exit-address-family"]
        own = []
    edited = _joined(text, [], added, before=start + first)
    if not own:
        return edited
    end = next(n for n, line in enumerate(block) if n > first and line.strip() == "exit-address-family")
    return _joined(edited, [], [f"  {line}" for line in own], before=start + end + len(added))


def with_lines_before_bgp(text: str, lines: Iterable[str]) -> str | None:
    """Add whole lines or blocks before the block of BGP: lists and route maps."""
    start, block = _block_at(text, "router bgp ")
    return _joined(text, [], list(lines), before=start) if block else None


def with_address(text: str, interface: str, address: str) -> str:
    """Add an address to the block of an interface, which is made at the start if there is none."""
    start, block = _block_at(text, f"interface {interface}", whole=True)
    if not block:
        at = next((n for n, line in enumerate(text.splitlines()) if line.startswith(_BLOCKS)), 0)
        return _joined(text, [], [f"interface {interface}", f" ip address {address}", "exit", "!"], before=at)
    return _joined(text, [], [f" ip address {address}"], before=start + 1)


def entry_of(text: str, route_map: str, number: int) -> tuple[str, tuple[str, ...]] | None:
    """Return the action and the lines of an entry of a route map."""
    for action in ("permit", "deny"):
        _, block = _block_at(text, f"route-map {route_map} {action} {number}", whole=True)
        if block:
            return action, tuple(line.strip() for line in block[1:] if line.strip() not in ("exit", "!"))
    return None


def with_action(text: str, route_map: str, number: int, action: str) -> str | None:
    """Make an entry of a route map permit or deny."""
    found = entry_of(text, route_map, number)
    if found is None:
        return None
    old = f"route-map {route_map} {found[0]} {number}"
    pattern = re.compile(rf"^{re.escape(old)}$", re.MULTILINE)
    return pattern.sub(f"route-map {route_map} {action} {number}", text, count=1)


def route_maps_of(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r"^route-map (\S+) ", text, re.MULTILINE)))


def prefixes_of(text: str, prefix_list: str) -> list[str]:
    """Return the prefixes that a list permits."""
    return re.findall(rf"^ip prefix-list {re.escape(prefix_list)} seq \d+ permit (\S+)", text, re.MULTILINE)


def neighbours_of(text: str) -> dict[str, int]:
    """Return the AS of each neighbour of BGP, by its address."""
    found = re.findall(r"^\s*neighbor (\S+) remote-as (\d+)", text, re.MULTILINE)
    return {address: int(asn) for address, asn in found}


def map_towards(text: str, neighbour: str, direction: str) -> str:
    """Return the route map of a neighbour; empty if it has none. `direction`: `in` or `out`."""
    found = re.search(rf"^\s*neighbor {re.escape(neighbour)} route-map (\S+) {direction}$", text, re.MULTILINE)
    return found[1] if found else ""


def _block(text: str, head: str) -> list[str]:
    return _block_at(text, head)[1]


def _block_at(text: str, head: str, whole: bool = False) -> tuple[int, list[str]]:
    """Return the number of the first line of a block, and its lines up to the next line that is not indented.

    `whole`: the head is the whole first line.
    """
    lines = text.splitlines()
    for start, line in enumerate(lines):
        if line.rstrip() == head if whole else line.startswith(head):
            end = start + 1
            while end < len(lines) and lines[end].startswith(" "):
                end += 1
            return start, lines[start:end]
    return 0, []


def _joined(text: str, removed: Sequence[int], added: Sequence[str], before: int = 0) -> str:
    """Return the text without some lines, or with lines added before a line."""
    lines = text.splitlines(keepends=True)
    kept = [line for number, line in enumerate(lines) if number not in removed]
    if added:
        if before and not kept[before - 1].endswith("\n"):
            kept[before - 1] += "\n"
        kept[before:before] = [f"{line}\n" for line in added]
    return "".join(kept)
