"""Which links the devices see, with the evidence for each, and how they differ from the links of the inventory. Pure.

Rules
1. Nothing is merged: a link that only the devices see is listed, and so is a link that only the file has.
2. A common network is evidence of a link if exactly two devices are in it. More of them share a segment, which is
   listed as such. The network of management is neither.
3. Two devices that are both joined to switches, by the file or by what was seen, share a segment, whatever else they
   see of each other: only LLDP and what a switch has learned prove a cable there.
4. The address of a switch is at a port of its own that has no cable. It counts for the cable of the file to it.
5. A link of the file is missing only if both devices could be read and have addresses at its ports; otherwise nothing
   is known about it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from network.devices.discovery.findings import DeviceFindings
from network.devices.inventory.addresses import IpInterface
from network.devices.inventory.device import DeviceInventory, DevicePort
from network.devices.pulse.reading import BGP, ISIS, OSPF
from shared.domain.kinds import NodeType


class LinkEvidence(StrEnum):
    LLDP = "LLDP"
    OSPF = "OSPF"
    ISIS = "IS-IS"
    BGP = "BGP"
    NETWORK = "common network"
    LEARNED = "learned hardware address"


class LinkMatch(StrEnum):
    CONFIRMED = "confirmed"
    """In the file, and seen."""
    NOT_IN_FILE = "not in the file"
    NOT_SEEN = "not seen"
    """In the file, and both ends could be read, but neither sees the other."""
    NO_PORT = "no such port"
    """In the file, but a device has no interface of this name."""
    CANNOT_SAY = "cannot say"


ROUTED = {OSPF: LinkEvidence.OSPF, ISIS: LinkEvidence.ISIS, BGP: LinkEvidence.BGP}
Ports = frozenset[DevicePort]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Members = list[tuple[DevicePort, IpInterface]]
Sighting = tuple[Ports, LinkEvidence, str]
OVER_SWITCHES = frozenset({LinkEvidence.NETWORK, LinkEvidence.OSPF, LinkEvidence.ISIS, LinkEvidence.BGP})
"""What two devices also see of each other if there are switches between them."""


@dataclass(frozen=True)
class LinkFinding:
    """`evidence`: by its kind, what was seen."""

    ports: tuple[DevicePort, DevicePort]
    match: LinkMatch
    evidence: Mapping[LinkEvidence, str]
    remark: str = ""

    @property
    def name(self) -> str:
        return " -- ".join(map(str, self.ports))


@dataclass(frozen=True)
class SharedSegment:
    """A network with more than two devices, such as one behind a switch."""

    network: str
    ports: tuple[DevicePort, ...]


@dataclass(frozen=True)
class DiscoveryReport:
    links: tuple[LinkFinding, ...]
    segments: tuple[SharedSegment, ...]


def discovered(inventory: DeviceInventory, findings: Mapping[str, DeviceFindings]) -> DiscoveryReport:
    """`findings`: of the devices that could be read, by name."""
    members = _members(inventory, findings)
    stated = _Stated.of(inventory)
    seen: dict[Ports, dict[LinkEvidence, str]] = {}
    shared = {str(network): {port for port, _ in ports} for network, ports in members.items() if len(ports) > 2}
    sightings = list(_sightings(inventory, findings, members))
    at_switch = {
        port
        for ports, evidence, _ in sightings
        for port in ports
        if evidence not in OVER_SWITCHES and any(other.device in stated.switches for other in ports - {port})
    }
    for ports, evidence, text in sightings:
        cable = ports if ports in stated.cables else stated.cable_to_switch(ports)
        if cable is not None:
            seen.setdefault(cable, {}).setdefault(evidence, text)
        elif evidence is LinkEvidence.LEARNED and stated.leads_to_switch(ports, findings):
            continue
        elif evidence in OVER_SWITCHES and all(port in at_switch or stated.is_at_switch(port) for port in ports):
            if evidence is LinkEvidence.NETWORK:
                shared.setdefault(text, set()).update(ports)
        elif evidence in OVER_SWITCHES and any(ports <= each for each in shared.values()):
            continue
        else:
            seen.setdefault(ports, {}).setdefault(evidence, text)
    links = [_of_file(pair, seen.get(ports, {}), findings) for ports, pair in stated.cables.items()]
    for ports, found in sorted(seen.items(), key=lambda each: sorted(each[0])):
        if ports not in stated.cables:
            first, second = sorted(ports)
            links.append(LinkFinding((first, second), LinkMatch.NOT_IN_FILE, found, stated.remark(ports)))
    segments = tuple(SharedSegment(network, tuple(sorted(ports))) for network, ports in sorted(shared.items()))
    return DiscoveryReport(tuple(links), segments)


@dataclass(frozen=True)
class _Stated:
    """The links of the file. `other`: the other ends of the links at a port."""

    cables: Mapping[Ports, tuple[DevicePort, DevicePort]]
    other: Mapping[DevicePort, tuple[DevicePort, ...]]
    switches: frozenset[str]

    @classmethod
    def of(cls, inventory: DeviceInventory) -> _Stated:
        other: dict[DevicePort, tuple[DevicePort, ...]] = {}
        for cable in inventory.links:
            other[cable.a] = (*other.get(cable.a, ()), cable.b)
            other[cable.b] = (*other.get(cable.b, ()), cable.a)
        switches = frozenset(device.name for device in inventory.devices if device.role is NodeType.SWITCH)
        return cls({cable.ports: (cable.a, cable.b) for cable in inventory.links}, other, switches)

    def is_at_switch(self, port: DevicePort) -> bool:
        return any(each.device in self.switches for each in self.other.get(port, ()))

    def cable_to_switch(self, ports: Ports) -> Ports | None:
        """Return the cable of the file that a sighting is about if one of its ports is the own port of a switch."""
        for own in ports:
            if own.device not in self.switches or own in self.other:
                continue
            (port,) = ports - {own}
            for each in self.other.get(port, ()):
                if each.device == own.device:
                    return frozenset((port, each))
        return None

    def leads_to_switch(self, ports: Ports, findings: Mapping[str, DeviceFindings]) -> bool:
        """Return whether the port that learned an address leads to a switch, behind which the address is."""
        learning = [port for port in ports if port.interface in findings[port.device].learned]
        return any(self.is_at_switch(port) for port in learning)

    def remark(self, ports: Ports) -> str:
        """Return a remark if the file has a link between the same devices, but at other ports."""
        devices = {port.device for port in ports}
        others = [pair for each, pair in self.cables.items() if {port.device for port in each} == devices]
        return f"the file has {' -- '.join(map(str, others[0]))} between these devices" if others else ""


def _members(inventory: DeviceInventory, findings: Mapping[str, DeviceFindings]) -> dict[Network, Members]:
    """Return the ports in each network, without networks in which all addresses are those of management."""
    found: dict[Network, Members] = {}
    for device, each in findings.items():
        for port, addresses in each.addresses.ports.items():
            for address in addresses:
                if address.network.num_addresses > 1:
                    found.setdefault(address.network, []).append((DevicePort(device, port), address))
    management = {device.name: device.address for device in inventory.devices}
    return {
        network: ports
        for network, ports in found.items()
        if not all(management.get(port.device) == str(address.ip) for port, address in ports)
    }


def _sightings(
    inventory: DeviceInventory, findings: Mapping[str, DeviceFindings], members: Mapping[Network, Members]
) -> Iterator[Sighting]:
    for network, within in members.items():
        if len({port.device for port, _ in within}) == len(within) == 2:
            yield frozenset(port for port, _ in within), LinkEvidence.NETWORK, str(network)
    owners = {str(address.ip): port for within in members.values() for port, address in within}
    for device, each in findings.items():
        yield from _by_routing(device, each, findings, owners)
        yield from _by_lldp(device, each, inventory, findings)
        yield from _by_switch(device, each, findings)


def _by_routing(
    device: str, own: DeviceFindings, findings: Mapping[str, DeviceFindings], owners: Mapping[str, DevicePort]
) -> Iterator[Sighting]:
    """A neighbour counts if its address is in a network of the device: a session between loopbacks is no link."""
    for neighbour in own.neighbours:
        if not neighbour.up:
            continue
        if neighbour.protocol == ISIS:
            yield from _by_isis(DevicePort(device, neighbour.interface), findings)
            continue
        other, near = owners.get(neighbour.address), _port_towards(own, neighbour.address)
        if other is not None and other.device != device and near and neighbour.interface in ("", near):
            text = f"{device} has {other.device} as a neighbour at {neighbour.address}"
            yield frozenset((DevicePort(device, near), other)), ROUTED[neighbour.protocol], text


def _by_isis(port: DevicePort, findings: Mapping[str, DeviceFindings]) -> Iterator[Sighting]:
    """IS-IS names no address, so both ends need an adjacency at ports in a common network."""
    mine = findings[port.device].addresses.ports.get(port.interface, ())
    networks = {address.network for address in mine}
    for other, each in findings.items():
        for neighbour in each.neighbours if other != port.device else ():
            theirs = each.addresses.ports.get(neighbour.interface, ())
            if neighbour.protocol == ISIS and neighbour.up and networks & {address.network for address in theirs}:
                text = f"{port.device} and {other} have an adjacency there"
                yield frozenset((port, DevicePort(other, neighbour.interface))), LinkEvidence.ISIS, text


def _port_towards(own: DeviceFindings, address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    for port, addresses in own.addresses.ports.items():
        if any(ip in each.network for each in addresses):
            return port
    return ""


def _by_lldp(
    device: str, own: DeviceFindings, inventory: DeviceInventory, findings: Mapping[str, DeviceFindings]
) -> Iterator[Sighting]:
    """A neighbour counts if it has the name of a device, with or without a domain."""
    for each in own.lldp:
        other = next((name for name in (each.system, each.system.partition(".")[0]) if name in inventory.by_name), "")
        if (
            other
            and other != device
            and each.system_port
            and each.port != _management_port(device, inventory, findings)
        ):
            text = f"{device} has the neighbour {each.system} {each.system_port}"
            yield (
                frozenset((DevicePort(device, each.port), DevicePort(other, each.system_port))),
                LinkEvidence.LLDP,
                text,
            )


def _management_port(device: str, inventory: DeviceInventory, findings: Mapping[str, DeviceFindings]) -> str:
    """Return the port of the management address, if nothing else is at that port; else an empty text."""
    ports = findings[device].addresses.ports if device in findings else {}
    wanted = inventory.by_name[device].address
    stated = {port.interface for cable in inventory.links for port in cable.ports if port.device == device}
    return next((p for p, every in ports.items() if p not in stated and any(str(a.ip) == wanted for a in every)), "")


def _by_switch(device: str, own: DeviceFindings, findings: Mapping[str, DeviceFindings]) -> Iterator[Sighting]:
    """A port at which a switch has learned the address of one device alone leads to that device."""
    owners = {
        mac: DevicePort(other, port)
        for other, each in findings.items()
        if other != device
        for port, mac in each.addresses.hardware.items()
    }
    for port, macs in own.learned.items():
        behind = {owners[mac] for mac in macs if mac in owners}
        if len(behind) == 1 and all(mac in owners for mac in macs):
            other = next(iter(behind))
            text = f"{device} has learned the address of {other} at {port}"
            yield frozenset((DevicePort(device, port), other)), LinkEvidence.LEARNED, text


def _of_file(
    ports: tuple[DevicePort, DevicePort], evidence: Mapping[LinkEvidence, str], findings: Mapping[str, DeviceFindings]
) -> LinkFinding:
    if evidence:
        return LinkFinding(ports, LinkMatch.CONFIRMED, evidence)
    silent = [port.device for port in ports if port.device not in findings]
    if silent:
        return LinkFinding(ports, LinkMatch.CANNOT_SAY, {}, f"{' and '.join(silent)} could not be read")
    for port in ports:
        addresses = findings[port.device].addresses
        if port.interface not in addresses.ports and port.interface not in addresses.hardware:
            return LinkFinding(ports, LinkMatch.NO_PORT, {}, f"{port.device} has no interface {port.interface}")
    bare = [str(port) for port in ports if not findings[port.device].addresses.ports.get(port.interface)]
    if bare:
        why = f"{' and '.join(bare)} has no address, and nobody sees it by LLDP or a learned address"
        return LinkFinding(ports, LinkMatch.CANNOT_SAY, {}, why)
    return LinkFinding(ports, LinkMatch.NOT_SEEN, {}, "both ends were read, and neither sees the other")
