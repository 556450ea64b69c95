"""A DHCP server, its clients and its relays. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from network.lab.plan import LabDirectory, LabFile, LabProgram
from network.lab.scenarios.parts import NodePart

DHCPD, DHCLIENT, DHCRELAY = "/usr/sbin/dhcpd", "/usr/sbin/dhclient", "/usr/sbin/dhcrelay"
SERVER_CONFIGURATION = "/etc/dhcp/dhcpd.conf"
SERVER_LEASES = "/var/lib/dhcp/dhcpd.leases"
CLIENT_CONFIGURATION = "/etc/dhcp/dhclient.conf"
CLIENT_LEASES = "/var/lib/dhcp/dhclient.leases"
TIMEOUT, RETRY = 1, 1
"""Seconds. A client asks each two seconds while the network is not there yet."""


@dataclass(frozen=True)
class ServedSubnet:
    """`first`, `last`: the addresses that are given out; empty for the subnet of the server itself."""

    prefix: str
    first: str = ""
    last: str = ""
    router: str = ""
    dns: str = ""


def dhcp_server(subnets: Sequence[ServedSubnet], interface: str, lease: int, longest_lease: int) -> NodePart:
    """`lease`, `longest_lease`: in seconds."""
    head = f"authoritative;\ndefault-lease-time {lease};\nmax-lease-time {longest_lease};\n"
    text = head + "".join(map(_subnet, subnets))
    argv = (DHCPD, "-4", "-f", "--no-pid", "-cf", SERVER_CONFIGURATION, "-lf", SERVER_LEASES, interface)
    return NodePart(
        files=(LabFile(SERVER_CONFIGURATION, text), LabFile(SERVER_LEASES)),
        directories=(LabDirectory("/var/lib/dhcp"),),
        programs=(LabProgram("dhcpd", argv, "dhcpd"),),
    )


def _subnet(subnet: ServedSubnet) -> str:
    network = IPv4Network(subnet.prefix)
    lines = [f"range {subnet.first} {subnet.last}"] if subnet.first else []
    lines += [f"option routers {subnet.router}"] if subnet.router else []
    lines += [f"option domain-name-servers {subnet.dns}"] if subnet.dns else []
    inside = "".join(f"    {line};\n" for line in lines)
    return f"subnet {network.network_address} netmask {network.netmask} {{\n{inside}}}\n"


def dhcp_client(interface: str, timeout: int = TIMEOUT, retry: int = RETRY) -> NodePart:
    """`timeout`: how many seconds it waits for an offer. `retry`: how many seconds later it asks again."""
    text = (
        f"timeout {timeout};\nretry {retry};\n"
        "request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers;\n"
    )
    argv = (DHCLIENT, "-4", "-d", "-cf", CLIENT_CONFIGURATION, "-lf", CLIENT_LEASES, "-pf", "/run/dhclient.pid")
    return NodePart(
        files=(LabFile(CLIENT_CONFIGURATION, text),),
        directories=(LabDirectory("/var/lib/dhcp"),),
        programs=(LabProgram("dhclient", (*argv, interface), "dhclient"),),
    )


def dhcp_relay(interfaces: Sequence[str], server: str) -> NodePart:
    """`interfaces`: those of the clients and those towards the server."""
    words = tuple(word for interface in interfaces for word in ("-i", interface))
    return NodePart(programs=(LabProgram("dhcrelay", (DHCRELAY, "-4", "-d", "--no-pid", *words, server), "dhcrelay"),))
