"""Who pings whom: the neighbours of each link, and the servers among each other. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from network.devices.inventory.addresses import DeviceAddresses, IpInterface
from network.devices.inventory.device import DeviceInventory, DevicePort
from network.devices.probes.prober import MAX_TARGETS
from shared.domain.element_names import path_name
from shared.domain.kinds import NodeType


@dataclass(frozen=True)
class ProbePlan:
    """`links`: the id of the link by (device that probes, address). `paths`: the path, in the same way.

    `unprobed`: links whose ends have no addresses in a common network, such as those of a switch.
    """

    links: Mapping[tuple[str, str], str]
    paths: Mapping[tuple[str, str], str]
    unprobed: tuple[str, ...]

    def targets(self, device: str) -> tuple[str, ...]:
        """Links first: they are probed even if a device has too many targets."""
        return tuple(address for owner, address in (*self.links, *self.paths) if owner == device)


def probe_plan(inventory: DeviceInventory, addresses: Mapping[str, DeviceAddresses]) -> ProbePlan:
    """`addresses`: of the devices that answered, by name."""
    links: dict[tuple[str, str], str] = {}
    unprobed: list[str] = []
    for link, cable in inventory.cable_of.items():
        pair = _common(_of(addresses, cable.a), _of(addresses, cable.b))
        if pair is None:
            unprobed.append(link)
            continue
        links[cable.a.device, str(pair[1].ip)] = link
        links[cable.b.device, str(pair[0].ip)] = link
    servers = {
        device.name: address
        for device in inventory.devices
        if device.role is NodeType.SERVER and (address := _data_address(device.address, addresses.get(device.name)))
    }
    owner = {address: name for name, address in servers.items()}
    paths = {
        (source, address): path_name(source, owner[address])
        for source, others in pairs_of_servers(servers).items()
        for address in others
    }
    return ProbePlan(links, paths, tuple(unprobed))


def pairs_of_servers(servers: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the addresses that each server probes: those of the servers that follow it, in a circle.

    `servers`: an address by name. One server of each pair probes the other, up to twice `MAX_TARGETS` servers; of more,
    each probes the next `MAX_TARGETS`.
    """
    names = sorted(servers)
    half = min(MAX_TARGETS, len(names) // 2)
    opposite = len(names) % 2 == 0 and half == len(names) // 2
    found: dict[str, list[str]] = {}
    for at, name in enumerate(names):
        steps = half - 1 if opposite and at >= half else half
        found[name] = [servers[names[(at + step) % len(names)]] for step in range(1, steps + 1)]
    return found


def _of(addresses: Mapping[str, DeviceAddresses], port: DevicePort) -> tuple[IpInterface, ...]:
    known = addresses.get(port.device)
    return known.ports.get(port.interface, ()) if known else ()


def _common(one: tuple[IpInterface, ...], other: tuple[IpInterface, ...]) -> tuple[IpInterface, IpInterface] | None:
    """Return an address of each end in the same network; IPv4 first."""
    pairs = [(a, b) for a in one for b in other if a.network == b.network and a.ip != b.ip]
    return min(pairs, key=lambda pair: pair[0].version) if pairs else None


def _data_address(management: str, addresses: DeviceAddresses | None) -> str:
    """Return the first address of a server that is not in the network of its management address; else empty."""
    if addresses is None:
        return ""
    every = [each for port in sorted(addresses.ports) for each in addresses.ports[port]]
    own = ipaddress.ip_address(management)
    outside = [each for each in every if own not in each.network]
    return str(outside[0].ip) if outside else ""
