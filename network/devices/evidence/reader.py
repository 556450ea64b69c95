"""Reads the snapshots of one device, with the files of its services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from network.devices.console import Console, NoAnswer
from network.devices.evidence.collecting import ServiceFiles, collect
from network.devices.evidence.normal import normalised
from network.devices.evidence.snapshot import DeviceSnapshot
from network.devices.inventory.device import Device, DeviceService, ServiceKind
from shared.domain.kinds import NodeType

USUAL_FILES = {
    "named": ("/etc/bind/named.conf", "/etc/bind/named.conf.local"),
    "dhcpd": ("/etc/dhcp/dhcpd.conf",),
    "nginx": ("/etc/nginx/nginx.conf",),
    "dnsmasq": ("/etc/dnsmasq.conf",),
    "haproxy": ("/etc/haproxy/haproxy.cfg",),
    "dhcrelay": ("/etc/default/isc-dhcp-relay",),
}
"""The files of a program, if the inventory names none."""


def service_files(services: Sequence[DeviceService]) -> tuple[ServiceFiles, ...]:
    return tuple(
        ServiceFiles(each.name, each.files or USUAL_FILES.get(each.process, ()), each.process, _ports(each))
        for each in services
    )


def _ports(service: DeviceService) -> tuple[str, ...]:
    protocols = {ServiceKind.DNS: ("udp", "tcp"), ServiceKind.DHCP: ("udp",)}.get(service.kind, ("tcp",))
    return tuple(f"{protocol} {service.port}" for protocol in protocols)


@dataclass(frozen=True)
class DeviceReader:
    """`routing`: whether the device may have `vtysh`."""

    console: Console
    services: tuple[ServiceFiles, ...] = ()
    routing: bool = True

    async def read(self) -> DeviceSnapshot | NoAnswer:
        raw = await collect(self.console, self.services, self.routing)
        return raw if isinstance(raw, NoAnswer) else normalised(raw)


def reader_of(device: Device, console: Console) -> DeviceReader:
    return DeviceReader(console, service_files(device.services), device.role is not NodeType.SERVER)
