"""Where a laboratory keeps what, and what its parts are named: folders, interfaces, addresses. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from network.lab.errors import LabError
from network.lab.plan import LabCable, LabPlan, LabPort
from shared.domain.errors import SettingError

FOLDER = Path("/run/nms-lab")
"""The default folder of all laboratories of the machine."""
SUBNET = IPv4Network("172.29.88.0/22")
"""The default management network. Its first address is that of the collector, on the machine."""
SYSLOG_PORT, TRAP_PORT = 5514, 5162
"""The default UDP ports of the collector."""
MANAGEMENT = "mgmt0"
"""The name of a node's management interface."""
FIRST_NODE = 10
"""How far the address of the first node is from that of the management network."""
ACCOUNT = "nms"
"""The account of the manager on each node."""

LONGEST_INTERFACE = 15
_LAB = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,14}")


@dataclass(frozen=True)
class LabSettings:
    """How to build a plan. `folder`: of all laboratories. `community`: a read-only SNMPv2c community; empty: none."""

    name: str
    folder: Path = FOLDER
    subnet: IPv4Network = SUBNET
    syslog_port: int = SYSLOG_PORT
    trap_port: int = TRAP_PORT
    community: str = ""

    @property
    def collector(self) -> IPv4Address:
        return self.subnet[1]

    @property
    def host_interface(self) -> str:
        """The interface of the machine in the management network."""
        return host_interface(self.name)

    @property
    def place(self) -> LabPlace:
        return LabPlace(self.folder / self.name)


@dataclass(frozen=True)
class LabPlace:
    """The folder of one laboratory, and its files. The manager needs those of the first group, and no other."""

    folder: Path

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory.yaml"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def key(self) -> Path:
        return self.folder / "id_ed25519"

    @property
    def snmp_secret(self) -> Path:
        return self.folder / "snmp-passphrase"

    @property
    def trap_secret(self) -> Path:
        return self.folder / "trap-community"

    @property
    def lock(self) -> Path:
        """It is outside the folder, since the process that removes the folder holds it."""
        return self.folder.with_name(f".{self.folder.name}.lock")

    @property
    def plan(self) -> Path:
        return self.folder / "plan.json"

    @property
    def state(self) -> Path:
        """It is written last: a laboratory without it was never finished."""
        return self.folder / "state.json"

    @property
    def births(self) -> Path:
        """What the program that makes the nodes reports."""
        return self.folder / "births.json"

    @property
    def made(self) -> Path:
        """Where the steps of the plan run and make their files."""
        return self.folder / "made"

    @property
    def nodes(self) -> Path:
        return self.folder / "nodes"

    def node(self, name: str) -> NodePlace:
        return NodePlace(self.nodes / name)


@dataclass(frozen=True)
class NodePlace:
    """The folders of an overlay: `own` holds the files in which the node differs from the machine."""

    folder: Path

    @property
    def own(self) -> Path:
        return self.folder / "own"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def root(self) -> Path:
        return self.folder / "root"


@dataclass(frozen=True)
class Wires:
    """The names of the cables' parts in the hidden namespace: bridge `w3`, its ports `w3p0` and `w3p1`."""

    plan: LabPlan

    def bridge(self, cable: LabCable) -> str:
        return f"w{self._numbers[cable.name]}"

    def port(self, port: LabPort) -> str:
        """Return the end of the cable that leads to an interface. Raises LabError."""
        cable = self.plan.cable_of(port)
        if cable is None:
            raise LabError(f"no cable is in {port}: see the cables of the plan {self.plan.name}")
        return f"{self.bridge(cable)}p{cable.ends.index(port)}"

    def ports(self, cable: LabCable) -> Mapping[LabPort, str]:
        return {port: self.port(port) for port in cable.ends}

    def loose(self, port: LabPort) -> str:
        """The far end of an interface without a cable: a port that leads nowhere."""
        return f"l{self._loose[port]}"

    @cached_property
    def loose_ports(self) -> list[LabPort]:
        every = (LabPort(node.name, each.name) for node in self.plan.nodes for each in node.interfaces)
        return [port for port in every if self.plan.cable_of(port) is None]

    @cached_property
    def _loose(self) -> dict[LabPort, int]:
        return {port: number for number, port in enumerate(self.loose_ports)}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {cable.name: number for number, cable in enumerate(self.plan.cables)}


def management_addresses(plan: LabPlan, subnet: IPv4Network) -> dict[str, IPv4Address]:
    """Raises SettingError if the nodes do not fit into the subnet."""
    if FIRST_NODE + len(plan.nodes) >= subnet.num_addresses:
        raise SettingError(f"--subnet {subnet}: {len(plan.nodes)} nodes do not fit: give a larger one")
    return {node.name: subnet[FIRST_NODE + number] for number, node in enumerate(plan.nodes)}


def host_interface(lab: str) -> str:
    return f"nms-{hashlib.sha256(lab.encode()).hexdigest()[:8]}"


def management_port(number: int) -> str:
    """Return the far end of a node's management interface. `number`: of the node in the plan."""
    return f"n{number}"


def hardware_address(lab_part: str) -> str:
    """Return the same address for the same part of a plan, so that two runs of a laboratory look the same."""
    octets = hashlib.sha256(lab_part.encode()).digest()[:5]
    return ":".join(f"{octet:02x}" for octet in (0x02, *octets))


def check_name(name: str) -> None:
    """Raises SettingError."""
    if not _LAB.fullmatch(name):
        raise SettingError("--name: at most 40 small letters, digits and dashes, with a letter first")


def check_plan(plan: LabPlan) -> None:
    """Refuse what the kernel would refuse later. Raises LabError."""
    names = [node.name for node in plan.nodes]
    wrong = [name for name in names if not _NODE.fullmatch(name) or names.count(name) > 1]
    if wrong:
        raise LabError(f"the plan {plan.name} has a node with no valid name, or twice: {wrong[0]!r}: rename it")
    ends = [port for cable in plan.cables for port in cable.ends]
    known = set()
    for node in plan.nodes:
        for interface in node.interfaces:
            known.add(LabPort(node.name, interface.name))
            if not _INTERFACE.fullmatch(interface.name) or interface.name in (MANAGEMENT, "lo"):
                raise LabError(f"the interface {node.name}:{interface.name} has no valid name: rename it")
        for program in node.programs:
            if not _NODE.fullmatch(program.name):
                raise LabError(f"the program {program.name!r} of {node.name} has no valid name: rename it")
    for port in ends:
        if port not in known or ends.count(port) > 1:
            raise LabError(f"the cables of the plan {plan.name} name {port}, which is not there or is in use: see it")
