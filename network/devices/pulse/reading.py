"""Reads the answers of the quick look at a device. Pure.

Rules
1. An answer that cannot be read is missing: it says nothing, and least of all that something is down.
2. FRR 8 and 10 are read; they name some fields differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from network.devices.pulse.json_answers import Json, json_objects, json_values

ROUTING = ("show ip ospf neighbor json", "show isis neighbor json", "show bgp summary json")
SHELL = "ip -j -s link show"
OSPF, ISIS, BGP = "ospf", "isis", "bgp"
PROTOCOLS = (OSPF, ISIS, BGP)
INTERFACES = "interfaces"
MOST_NEIGHBOURS, MOST_INTERFACES = 5_000, 5_000


@dataclass(frozen=True)
class InterfacePulse:
    """`enabled`: by its configuration. `up`: it has a carrier too. `received`, `sent`: bytes since the start."""

    enabled: bool
    up: bool
    received: int | None = None
    sent: int | None = None


@dataclass(frozen=True)
class NeighbourPulse:
    """One neighbour of a routing protocol. `interface`, `address`: empty if the protocol does not state them."""

    protocol: str
    up: bool
    interface: str = ""
    address: str = ""


@dataclass(frozen=True)
class DevicePulse:
    """`missing`: which of the protocols and interfaces could not be read."""

    interfaces: Mapping[str, InterfacePulse] = field(default_factory=dict)
    neighbours: tuple[NeighbourPulse, ...] = ()
    missing: frozenset[str] = frozenset()


def read_pulse(shell: bytes | None, routing: bytes | None) -> DevicePulse:
    """`shell`: the answer to `SHELL`; `routing`: the answers to `ROUTING`; None: there was none."""
    interfaces = None if shell is None else _interfaces(json_values(shell))
    answers = [] if routing is None else list(json_objects(json_values(routing)))
    neighbours: list[NeighbourPulse] = []
    missing = {INTERFACES} if interfaces is None else set()
    readers = {OSPF: _ospf, ISIS: _isis, BGP: _bgp}
    for protocol, read in readers.items():
        found = next((list(part) for answer in answers if (part := read(answer)) is not None), None)
        if found is None:
            missing.add(protocol)
        else:
            neighbours += found
    return DevicePulse(interfaces or {}, tuple(neighbours[:MOST_NEIGHBOURS]), frozenset(missing))


def _interfaces(values: Iterable[Json]) -> dict[str, InterfacePulse] | None:
    listed = next((value for value in values if isinstance(value, list)), None)
    if listed is None:
        return None
    found: dict[str, InterfacePulse] = {}
    for row in json_objects(listed[:MOST_INTERFACES]):
        name, flags = row.get("ifname"), row.get("flags")
        if isinstance(name, str) and isinstance(flags, list):
            up = "UP" in flags and "LOWER_UP" in flags and row.get("operstate") not in ("DOWN", "LOWERLAYERDOWN")
            received, sent = (_bytes(row, way) for way in ("rx", "tx"))
            found[name] = InterfacePulse("UP" in flags, up, received, sent)
    return found


def _bytes(row: dict[str, Json], way: str) -> int | None:
    stats = row.get("stats64") or row.get("stats")
    part = stats.get(way) if isinstance(stats, dict) else None
    count = part.get("bytes") if isinstance(part, dict) else None
    return count if isinstance(count, int) else None


def _ospf(answer: dict[str, Json]) -> Iterator[NeighbourPulse] | None:
    neighbours = answer.get("neighbors")
    return _ospf_neighbours(neighbours) if isinstance(neighbours, dict) else None


def _ospf_neighbours(neighbours: dict[str, Json]) -> Iterator[NeighbourPulse]:
    for rows in neighbours.values():
        for row in json_objects(rows if isinstance(rows, list) else ()):
            state = str(row.get("nbrState") or row.get("state") or "")
            interface = str(row.get("ifaceName") or "").rpartition(":")[0] or str(row.get("ifaceName") or "")
            address = str(row.get("ifaceAddress") or row.get("address") or "")
            yield NeighbourPulse(OSPF, state.startswith("Full"), interface, address)


def _isis(answer: dict[str, Json]) -> Iterator[NeighbourPulse] | None:
    areas = answer.get("areas")
    return _isis_neighbours(areas) if isinstance(areas, list) else None


def _isis_neighbours(areas: list[Json]) -> Iterator[NeighbourPulse]:
    for area in json_objects(areas):
        circuits = area.get("circuits")
        for circuit in json_objects(circuits if isinstance(circuits, list) else ()):
            inner = circuit.get("interface")
            row = inner if isinstance(inner, dict) else circuit
            name = row.get("name") or row.get("interface")
            if "state" in row and isinstance(name, str):
                yield NeighbourPulse(ISIS, row["state"] == "Up", name)


def _bgp(answer: dict[str, Json]) -> Iterator[NeighbourPulse] | None:
    families = [family for family in json_objects(answer.values()) if isinstance(family.get("peers"), dict)]
    if not families:
        return None if answer and not {"ipv4Unicast", "ipv6Unicast", "warning"} & answer.keys() else iter(())
    return _bgp_peers(families)


def _bgp_peers(families: Iterable[dict[str, Json]]) -> Iterator[NeighbourPulse]:
    for family in families:
        peers = family["peers"]
        for address, row in peers.items() if isinstance(peers, dict) else ():
            if isinstance(row, dict):
                yield NeighbourPulse(BGP, row.get("state") == "Established", address=address)
