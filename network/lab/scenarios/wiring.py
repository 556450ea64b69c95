"""Which address each interface of a scenario has, and what is at the other end. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from network.lab.plan import LabCable, LabInterface, LabPort
from network.lab.scenarios.addressing import interface_order
from network.lab.scenarios.schema import DHCP, PackFile, PackLink, PackNode


@dataclass(frozen=True)
class Attachment:
    """One end of a link, as its node sees it. `address`: with the length of the prefix; empty at a bridge."""

    port: LabPort
    address: str
    peer: LabPort
    peer_address: str
    link: PackLink


@dataclass(frozen=True)
class Wiring:
    """`attachments`: by node, in the order of its interfaces. `interfaces`: the same, with those of segments."""

    attachments: Mapping[str, tuple[Attachment, ...]]
    interfaces: Mapping[str, tuple[LabInterface, ...]]
    cables: tuple[LabCable, ...]

    def of(self, node: str) -> tuple[Attachment, ...]:
        return self.attachments.get(node, ())

    def addresses(self, node: str) -> tuple[tuple[str, str], ...]:
        """The interface and the address of each interface that has an address."""
        return tuple((each.name, one) for each in self.interfaces.get(node, ()) for one in each.addresses)

    def free_interface(self, node: PackNode) -> str | None:
        """The first interface of a node that has no address and is no port of its bridge."""
        ports = node.bridge.ports if node.bridge else ()
        free = (each.name for each in self.interfaces.get(node.name, ()) if not each.addresses)
        return next((name for name in free if name not in ports), None)


def port(text: str) -> LabPort:
    node, _, interface = text.partition(":")
    return LabPort(node, interface)


def wiring_of(pack: PackFile) -> Wiring:
    attachments: dict[str, list[Attachment]] = {}
    addresses: dict[LabPort, str] = {}
    for link in pack.links:
        for each in _both_ends(link):
            attachments.setdefault(each.port.node, []).append(each)
            addresses[each.port] = each.address
    for segment in pack.segments:
        addresses.update({port(member): "" for member in segment.members})
        addresses.update({port(end): address for end, _, address in (one.partition("=") for one in segment.addresses)})
    for node in pack.nodes:
        _place_own_address(node, addresses)
    cables = [LabCable((port(link.a), port(link.b))) for link in pack.links]
    cables += [LabCable(tuple(map(port, segment.members))) for segment in pack.segments]
    return Wiring(
        {node: tuple(sorted(ends, key=_order)) for node, ends in attachments.items()},
        _interfaces(addresses),
        tuple(cables),
    )


def _both_ends(link: PackLink) -> Iterator[Attachment]:
    a, b, a_ip, b_ip = port(link.a), port(link.b), link.a_ip or "", link.b_ip or ""
    yield Attachment(a, a_ip, b, b_ip, link)
    yield Attachment(b, b_ip, a, a_ip, link)


def _order(attachment: Attachment) -> tuple[str, int, str]:
    return interface_order(attachment.port.interface)


def _place_own_address(node: PackNode, addresses: dict[LabPort, str]) -> None:
    """Give the address of the node to its first interface without one, unless a link or segment already has it."""
    if node.address is None or node.address == DHCP or node.address in addresses.values():
        return
    ports = node.bridge.ports if node.bridge else ()
    free = [each for each, address in addresses.items() if each.node == node.name and not address]
    free = [each for each in free if each.interface not in ports]
    if free:
        addresses[min(free, key=lambda each: interface_order(each.interface))] = node.address


def _interfaces(addresses: Mapping[LabPort, str]) -> dict[str, tuple[LabInterface, ...]]:
    by_node: dict[str, list[LabInterface]] = {}
    for each, address in sorted(addresses.items(), key=lambda item: interface_order(item[0].interface)):
        by_node.setdefault(each.node, []).append(LabInterface(each.interface, (address,) if address else ()))
    return {node: tuple(interfaces) for node, interfaces in by_node.items()}
