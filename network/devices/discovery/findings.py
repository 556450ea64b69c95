"""What one device knows of its neighbours. Pure; a device can send anything, and what cannot be parsed is left out."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from network.devices.inventory.addresses import DeviceAddresses, IpInterface
from network.devices.pulse.json_answers import Json, json_objects, json_values
from network.devices.pulse.reading import BGP, ISIS, OSPF, NeighbourPulse
from network.devices.snmp.objects import Mib
from network.devices.snmp.reading import Table, as_text, number

LLDP = ("lldpctl", "-f", "json0")
LEARNED = ("bridge", "-j", "fdb", "show")
"""Programs whose output is read here."""
MAX_SIGHTINGS = 2_000
SNMP_UP = {OSPF: 8, BGP: 6, ISIS: 3}
SNMP_TABLES = (
    Mib.IF_NAME, Mib.IF_HARDWARE, Mib.IP_PORT, Mib.IP_MASK, Mib.OSPF_STATE, Mib.BGP_STATE,
    Mib.LLDP_OWN_PORT, Mib.LLDP_SYSTEM, Mib.LLDP_PORT, Mib.LLDP_PORT_TEXT,
)  # fmt: skip
"""What is walked on a device without SSH."""


@dataclass(frozen=True)
class LldpSighting:
    """`port`: of the device that was asked. `system`, `system_port`: names that the neighbour states of itself."""

    port: str
    system: str
    system_port: str


@dataclass(frozen=True)
class DeviceFindings:
    """`learned`: hardware addresses that a switch has learned, by its port. `lacks`: why something is missing."""

    addresses: DeviceAddresses
    neighbours: tuple[NeighbourPulse, ...] = ()
    lldp: tuple[LldpSighting, ...] = ()
    learned: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()


def lldp_sightings(answer: bytes) -> tuple[LldpSighting, ...]:
    """`answer`: to `LLDP`. In this form each member is a list, also where there is one."""
    found = []
    for document in json_objects(json_values(answer)):
        for part in _members(document, "lldp"):
            for interface in _members(part, "interface"):
                port = interface.get("name")
                system = next((name for each in _members(interface, "chassis") if (name := _value(each, "name"))), "")
                theirs = next((each for each in _members(interface, "port")), {})
                system_port = _value(theirs, "descr") or _value(theirs, "id")
                if isinstance(port, str) and system:
                    found.append(LldpSighting(port, system, system_port))
    return tuple(found[:MAX_SIGHTINGS])


def learned_addresses(answer: bytes) -> dict[str, frozenset[str]]:
    """`answer`: to `LEARNED`. Leave out what the device has itself, and addresses of groups."""
    found: dict[str, set[str]] = {}
    for value in json_values(answer):
        for row in json_objects(value if isinstance(value, list) else ()):
            mac, port, state = row.get("mac"), row.get("ifname"), row.get("state")
            flags = row.get("flags")
            if not isinstance(mac, str) or not isinstance(port, str) or state == "permanent":
                continue
            if (isinstance(flags, list) and "self" in flags) or _is_group(mac):
                continue
            found.setdefault(port, set()).add(mac.lower())
    return {port: frozenset(macs) for port, macs in list(found.items())[:MAX_SIGHTINGS]}


def findings_of_snmp(tables: Mapping[Mib, Table]) -> DeviceFindings:
    """`tables`: what the walks of `SNMP_TABLES` returned; a table may be missing."""

    def rows(column: Mib) -> Table:
        return tables.get(column, {})

    names = {row: as_text(value) for row, value in rows(Mib.IF_NAME).items()}
    ports: dict[str, list[IpInterface]] = {name: [] for name in names.values() if name and name != "lo"}
    for address, index in rows(Mib.IP_PORT).items():
        name = names.get(str(index), "")
        parsed = _interface(address, as_text(rows(Mib.IP_MASK).get(address)))
        if parsed is not None and name in ports:
            ports[name].append(parsed)
    hardware = {
        names[row]: value.hex(":")
        for row, value in rows(Mib.IF_HARDWARE).items()
        if isinstance(value, bytes) and row in names
    }
    neighbours = [
        NeighbourPulse(protocol, number(state) == SNMP_UP[protocol], address=".".join(row.split(".")[:4]))
        for protocol, column in ((OSPF, Mib.OSPF_STATE), (BGP, Mib.BGP_STATE))
        for row, state in rows(column).items()
    ]
    addresses = DeviceAddresses({name: tuple(each) for name, each in ports.items()}, hardware)
    return DeviceFindings(
        addresses, tuple(neighbours[:MAX_SIGHTINGS]), tuple(_lldp_of_snmp(rows(Mib.LLDP_SYSTEM), tables))
    )


def _lldp_of_snmp(systems: Table, tables: Mapping[Mib, Table]) -> Iterator[LldpSighting]:
    """A row is the time, the number of the own port, and the number of the neighbour."""
    own, texts, ids = (tables.get(each, {}) for each in (Mib.LLDP_OWN_PORT, Mib.LLDP_PORT_TEXT, Mib.LLDP_PORT))
    for row, system in list(systems.items())[:MAX_SIGHTINGS]:
        parts = row.split(".")
        port = as_text(own.get(parts[1])) if len(parts) == 3 else ""
        if port and as_text(system):
            yield LldpSighting(port, as_text(system), as_text(texts.get(row)) or as_text(ids.get(row)))


def _interface(address: str, mask: str) -> IpInterface | None:
    try:
        found = ipaddress.ip_interface(f"{address}/{mask}")
    except ValueError:
        return None
    return None if found.is_loopback or found.is_link_local else found


def _members(value: dict[str, Json], name: str) -> Iterator[dict[str, Json]]:
    inner = value.get(name)
    yield from json_objects(inner if isinstance(inner, list) else ())


def _value(value: dict[str, Json], name: str) -> str:
    found = next((each.get("value") for each in _members(value, name)), None)
    return found if isinstance(found, str) else ""


def _is_group(mac: str) -> bool:
    return len(mac) < 2 or mac[1] in "13579bdfBDF"
