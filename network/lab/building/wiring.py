"""The interfaces of a laboratory: cables in a hidden namespace, bridges, addresses, and the management network.

Rules

1. An interface of a node is one end of a pair. The other end is a port of a bridge in the hidden namespace of the
   cables: a bridge with two ports is a cable, one with more a shared segment. No node sees it.
2. A cable passes on what it gets, also frames that bridges usually keep (LLDP), and learns no addresses. A segment
   learns, as a switch does.
3. The management network has no route to or from the network: its route is in a table that only the node's own packets
   use, nothing that arrives there is forwarded, and its nodes do not reach each other.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, ip_interface

from network.lab.building.layout import MANAGEMENT, LabSettings, Wires, hardware_address, management_port
from network.lab.building.linux import ProcessId
from network.lab.errors import LabError
from network.lab.plan import LabNode, LabPlan, LabPort, LabRole

FORWARD_ALL = 0xFFF8
"""A bridge may be asked to pass on all reserved groups but the first three."""
WIDEST = 9_216
"""MTU of the hidden ports: no packet of a node is too long for a cable."""
MANAGEMENT_BRIDGE = "management"
MANAGEMENT_TABLE, MANAGEMENT_RULE = 88, 100
"""The number of the route's table, and the priority of the rule that leads to it."""
BATCH_WITHIN = 120.0

SILENT: Mapping[str, str] = {
    "net.ipv6.conf.all.disable_ipv6": "1",
    "net.ipv6.conf.default.disable_ipv6": "1",
}
"""For the hidden namespaces: their interfaces send nothing of their own."""


def first_sysctls(node: LabNode) -> dict[str, str]:
    """Return what a node begins with, whatever the machine has; the plan may state otherwise.

    Without an IPv6 address in the plan, its interfaces have none: nothing but the plan's traffic is on the cables.
    """
    addresses = [address for interface in node.interfaces for address in interface.addresses]
    addresses += [*node.loopback, *(node.bridge.addresses if node.bridge else ())]
    has_v6 = any(ip_interface(address).version == 6 for address in addresses)
    forward = "1" if node.role is LabRole.ROUTER else "0"
    return {
        "net.ipv4.ip_forward": forward,
        "net.ipv6.conf.all.forwarding": forward,
        "net.ipv6.conf.default.disable_ipv6": "0" if has_v6 else "1",
        "net.ipv4.conf.all.rp_filter": "0",
        "net.ipv4.conf.default.rp_filter": "0",
        "net.ipv4.ping_group_range": "0 2147483647",
        **node.sysctls,
    }


def cable_lines(plan: LabPlan, pids: Mapping[str, ProcessId]) -> Iterator[str]:
    """Yield the lines for `ip -batch` in the namespace of the cables."""
    wires = Wires(plan)
    for cable in plan.cables:
        yield f"link add name {wires.bridge(cable)} type bridge mcast_snooping 0 group_fwd_mask {FORWARD_ALL}"
    for cable in plan.cables:
        learning = "off" if len(cable.ends) == 2 else "on"
        for port, name in wires.ports(cable).items():
            yield _pair(name, port, plan, pids)
            yield f"link set dev {name} up master {wires.bridge(cable)}"
            yield f"link set dev {name} type bridge_slave learning {learning}"
        yield f"link set dev {wires.bridge(cable)} up"
    for port in wires.loose_ports:
        yield _pair(wires.loose(port), port, plan, pids)
        yield f"link set dev {wires.loose(port)} up"


def _pair(name: str, port: LabPort, plan: LabPlan, pids: Mapping[str, ProcessId]) -> str:
    mtu = next(each.mtu for each in plan.node(port.node).interfaces if each.name == port.interface)
    return (
        f"link add name {name} mtu {WIDEST} type veth peer name {port.interface} mtu {mtu} "
        f"address {hardware_address(str(port))} netns {pids[port.node].number}"
    )


def management_lines(
    pids: Mapping[str, ProcessId], addresses: Mapping[str, IPv4Address], machine: int, settings: LabSettings
) -> Iterator[str]:
    """Yield the lines for the namespace of the management network. `machine`: a process of the machine's own one."""
    yield f"link add name {MANAGEMENT_BRIDGE} type bridge mcast_snooping 0"
    yield f"link add name machine type veth peer name {settings.host_interface} netns {machine}"
    yield f"link set dev machine up master {MANAGEMENT_BRIDGE}"
    for number, (node, address) in enumerate(addresses.items()):
        yield (
            f"link add name {management_port(number)} type veth peer name {MANAGEMENT} "
            f"address {hardware_address(f'management {address}')} netns {pids[node].number}"
        )
        yield f"link set dev {management_port(number)} up master {MANAGEMENT_BRIDGE}"
        yield f"link set dev {management_port(number)} type bridge_slave isolated on"
    yield f"link set dev {MANAGEMENT_BRIDGE} up"


def host_lines(settings: LabSettings) -> Iterator[str]:
    """Yield the lines for the machine's own namespace."""
    yield f"addr add {settings.collector}/{settings.subnet.prefixlen} dev {settings.host_interface}"
    yield f"link set dev {settings.host_interface} up"


def node_lines(node: LabNode, address: IPv4Address, settings: LabSettings) -> Iterator[str]:
    """Yield the lines for the namespace of a node."""
    yield "link set dev lo up"
    yield from (f"addr add {each} dev lo" for each in node.loopback)
    if node.bridge is not None:
        name = node.bridge.name
        yield f"link add name {name} address {hardware_address(f'{node.name} {name}')} type bridge mcast_snooping 0"
        yield from (f"link set dev {port} master {name}" for port in node.bridge.ports)
        yield from (f"addr add {each} dev {name}" for each in node.bridge.addresses)
        yield f"link set dev {name} up"
    for interface in node.interfaces:
        yield from (f"addr add {each} dev {interface.name}" for each in interface.addresses)
        yield f"link set dev {interface.name} up"
    if node.gateway:
        yield f"route add default via {node.gateway}"
    yield f"addr add {address}/32 dev {MANAGEMENT}"
    yield f"link set dev {MANAGEMENT} up"
    yield f"rule add priority {MANAGEMENT_RULE} iif lo to {settings.subnet} lookup {MANAGEMENT_TABLE}"
    yield f"route add {settings.subnet} dev {MANAGEMENT} src {address} table {MANAGEMENT_TABLE}"


def run_batch(lines: Sequence[str], inside: ProcessId | None, where: str) -> None:
    """Run lines of `ip`; in the machine's own namespace if `inside` is None. Raises LabError."""
    enter = [] if inside is None else ["nsenter", f"--net={inside.namespace('net')}"]
    done = subprocess.run(
        [*enter, "ip", "-batch", "-"],
        input="\n".join((*lines, "")),
        text=True,
        capture_output=True,
        timeout=BATCH_WITHIN,
        check=False,
    )
    if done.returncode != 0:
        raise LabError(f"the interfaces of {where} cannot be made: {' '.join(done.stderr.split())}: see the plan")
