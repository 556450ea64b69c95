"""Writes the inventory of a laboratory and the host keys of its devices, as an operator writes them for real devices.

Rules

1. It names devices, addresses, cables and services, and refers to secrets; it has nothing that only a laboratory knows.
2. A path in it begins at its own folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_interface

import yaml

from network.lab.building.layout import ACCOUNT, LabPlace
from network.lab.building.management import SNMP_USER
from network.lab.building.programs import RESTART, ROUTING, START
from network.lab.building.state import LabState, write_private
from network.lab.plan import CheckKind, LabNode, LabPlan, LabRole

INTERVAL = 0.25
"""Seconds between two readings. The nodes are near, and the repairs of the laboratory are measured in seconds."""
ROLES: Mapping[LabRole, str] = {
    LabRole.ROUTER: "router",
    LabRole.SWITCH: "switch",
    LabRole.SERVER: "server",
    LabRole.HOST: "server",
}


@dataclass(frozen=True)
class ProgramProbe:
    """How a program of a plan is offered. `name`, `kind`: of the service; the kind says how it is probed."""

    name: str
    kind: str
    port: int


PROBES: Mapping[str, ProgramProbe] = {
    "named": ProgramProbe("dns", "dns", 53),
    "dhcpd": ProgramProbe("dhcp", "dhcp", 67),
    "nginx": ProgramProbe("http", "http", 80),
    "httpd": ProgramProbe("http", "http", 80),
    "stayrtr": ProgramProbe("rpki", "tcp", 323),
}
"""By the process. A node that runs several of one service offers the first."""
CONFIGURATIONS: Mapping[str, str] = {"named": "/etc/bind/", "dhcpd": "/etc/dhcp/", "nginx": "/etc/nginx/nginx.conf"}
"""Where the configuration of a process lies."""


def write_inventory(place: LabPlace, plan: LabPlan, state: LabState, host_keys: Mapping[str, str]) -> None:
    """`host_keys`: the public key of each node."""
    lines = (f"{state.addresses[node]} {' '.join(key.split()[:2])}\n" for node, key in host_keys.items())
    write_private(place.known_hosts, "".join(lines))
    write_private(place.inventory, yaml.safe_dump(_content(place, plan, state), sort_keys=False))


def _content(place: LabPlace, plan: LabPlan, state: LabState) -> dict[str, object]:
    passphrase = {"file": place.snmp_secret.name}
    return {
        "interval": INTERVAL,
        "mode": "manage",
        "baseline": "trust_first",
        "known_hosts": place.known_hosts.name,
        "gateway": state.collector,
        "collector": {"bind": state.collector, "syslog_port": state.syslog_port, "trap_port": state.trap_port},
        "defaults": {
            "ssh": {"user": ACCOUNT, "key": {"file": place.key.name}},
            "snmp": {"version": "v3", "user": SNMP_USER, "auth": passphrase, "priv": dict(passphrase)},
        },
        "devices": {node.name: _device(plan, node, state) for node in plan.nodes},
        "links": [
            {"a": str(cable.ends[0]), "b": str(end), "capacity": cable.capacity}
            for cable in plan.cables
            for end in cable.ends[1:]
        ],
    }


def _device(plan: LabPlan, node: LabNode, state: LabState) -> dict[str, object]:
    device: dict[str, object] = {"address": state.addresses[node.name], "role": ROLES[node.role]}
    if any(program.name == "zebra" for program in node.programs):
        device["restart_routing"] = [RESTART, ROUTING]
    if services := dict(_services(plan, node)):
        device["services"] = services
    return device


def _services(plan: LabPlan, node: LabNode) -> Iterator[tuple[str, dict[str, object]]]:
    address, seen = address_of(node), set[str]()
    for program in node.programs:
        probe = PROBES.get(program.process)
        if probe is None or not address or probe.name in seen:
            continue
        seen.add(probe.name)
        service: dict[str, object] = {"kind": probe.kind, "address": address, "port": probe.port}
        service |= _probed(plan, probe.kind, address)
        files = [file.path for file in node.files if file.path.startswith(CONFIGURATIONS.get(program.process, " "))]
        service |= {"files": files} if files else {}
        yield probe.name, service | {"process": program.process, "start": [START, program.name]}


def _probed(plan: LabPlan, kind: str, address: str) -> dict[str, object]:
    """Return what to ask a service for: what a check of the plan asks for."""
    if kind == "dns":
        asked = next((check for check in plan.checks if check.kind is CheckKind.RESOLVES), None)
        return {"probe": asked.target, "expected": asked.expected} if asked else {}
    if kind == "dhcp":
        clients = [node.name for node in plan.nodes if node.dhcp]
        return {"clients": clients} if clients else {}
    if kind == "http":
        pages = [check.target for check in plan.checks if check.kind is CheckKind.FETCHES]
        return next(({"probe": page} for page in pages if page.startswith(f"http://{address}/")), {})
    return {}


def address_of(node: LabNode) -> str:
    """Return the first address of a node in its network, without the length of its prefix; empty if it has none."""
    own = [*(address for each in node.interfaces for address in each.addresses), *node.loopback]
    own += node.bridge.addresses if node.bridge else ()
    return str(ip_interface(own[0]).ip) if own else ""
