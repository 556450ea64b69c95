"""A laboratory as data: its nodes, cables, files, programs and checks. Pure.

Rules: a plan is complete. `scenarios/` makes it, `building/` makes it real and adds nothing of its own except the
management network and what every node needs for it (sshd, snmpd, syslogd). An interface has the name that the scenario
gives it. A cable with more than two ends is a shared segment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class LabRole(StrEnum):
    ROUTER = "router"
    SWITCH = "switch"
    HOST = "host"
    SERVER = "server"


@dataclass(frozen=True)
class LabLimits:
    """What a node may use. `cpus`: in cores; `memory_mib`: in MiB."""

    cpus: float
    memory_mib: int


@dataclass(frozen=True)
class LabInterface:
    """`addresses`: with the length of the prefix, such as `10.0.0.1/31`; empty for a port of a bridge or with DHCP."""

    name: str
    addresses: tuple[str, ...] = ()
    mtu: int = 1500


@dataclass(frozen=True)
class LabBridge:
    name: str
    ports: tuple[str, ...]
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabProgram:
    """A program that runs in a node. `name`: unique in its node, such as `ospfd`, `named` or `httpd`.

    `argv`: the program stays in the foreground, unless `forks` or `once` is true. With `forks`, the first process ends
    as soon as the program is ready. With `once`, the program does its work and ends with the status 0; it does not run
    afterwards. `process`: the name of the process, as `ps` shows it. `after`: the names of the programs that have to be
    ready, or to have ended, before it.
    """

    name: str
    argv: tuple[str, ...]
    process: str
    forks: bool = False
    once: bool = False
    after: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LabFile:
    """A file of a node, visible in that node alone. `owner`: a user of the machine, such as `frr`, or `user:group`.

    `source`: the path of a file in the folder of the laboratory that a step made, relative to that folder; the file has
    its content then, and `text` is empty. Such a file can have many MiB: link it or mount it, and do not copy it.
    """

    path: str
    text: str = ""
    owner: str = "root"
    mode: int = 0o644
    source: str = ""


@dataclass(frozen=True)
class LabDirectory:
    """A directory of a node where its programs write: visible in that node alone, and empty at the start."""

    path: str
    owner: str = "root"
    mode: int = 0o755


@dataclass(frozen=True)
class LabStep:
    """A program that makes files once, before the nodes start. It runs on the machine, in the folder of the laboratory.

    It makes what a pure plan cannot have: keys, and large files. It ends with the status 0. `makes`: its files,
    relative to that folder.
    """

    name: str
    argv: tuple[str, ...]
    makes: tuple[str, ...]


@dataclass(frozen=True)
class LabNode:
    """`gateway`: the next hop of its default route. `dhcp`: the interface that gets its address by DHCP; empty: none.

    `services`: what the node offers, such as `dns`, `dhcp`, `http`, `http-load-balancer`, `dhcp-relay`.
    """

    name: str
    role: LabRole
    limits: LabLimits
    interfaces: tuple[LabInterface, ...] = ()
    loopback: tuple[str, ...] = ()
    bridge: LabBridge | None = None
    gateway: str = ""
    dhcp: str = ""
    services: tuple[str, ...] = ()
    sysctls: Mapping[str, str] = field(default_factory=dict)
    files: tuple[LabFile, ...] = ()
    directories: tuple[LabDirectory, ...] = ()
    programs: tuple[LabProgram, ...] = ()


@dataclass(frozen=True, order=True)
class LabPort:
    node: str
    interface: str

    def __str__(self) -> str:
        return f"{self.node}:{self.interface}"


@dataclass(frozen=True)
class LabCable:
    """`ends`: two, or more for a shared segment. `capacity`: in Mbit/s, as the topology has it; it is not enforced."""

    ends: tuple[LabPort, ...]
    capacity: float = 1_000.0

    @property
    def name(self) -> str:
        """The ends as texts, sorted and joined with `--`."""
        return "--".join(sorted(map(str, self.ends)))


class CheckKind(StrEnum):
    PING = "ping"
    """`node` gets an answer from the address `target`."""
    NO_PING = "no_ping"
    """`node` gets no answer from the address `target`: by design."""
    RESOLVES = "resolves"
    """`node` resolves the name `target` to the address `expected`."""
    FETCHES = "fetches"
    """`node` gets HTTP 200 from the URL `target`."""
    OSPF = "ospf"
    """`node` has `expected` OSPF neighbours in the state Full."""
    ISIS = "isis"
    """`node` has `expected` IS-IS adjacencies that are up."""
    BGP = "bgp"
    """`node` has `expected` established BGP sessions."""
    BGP_PREFIX = "bgp_prefix"
    """`node` has the prefix `target` in BGP."""
    RUNS = "runs"
    """A process with the name `target` runs in `node`."""
    LEASE = "lease"
    """`node` has an address of the network `target` by DHCP."""


@dataclass(frozen=True)
class LabCheck:
    """What has to hold before anything is injected."""

    kind: CheckKind
    node: str
    target: str = ""
    expected: str = ""


@dataclass(frozen=True)
class LabPlan:
    """`name`: of the laboratory, such as `default` or `isp_abilene`. `variant`: as the scenario file states it.

    `needs`: files that have to be on the machine, such as `/usr/sbin/named`; `*` stands for any name of a folder.
    """

    name: str
    nodes: tuple[LabNode, ...]
    cables: tuple[LabCable, ...]
    checks: tuple[LabCheck, ...] = ()
    steps: tuple[LabStep, ...] = ()
    needs: tuple[str, ...] = ()
    variant: Mapping[str, str] = field(default_factory=dict)

    def node(self, name: str) -> LabNode:
        """Raises KeyError."""
        return self._nodes[name]

    def cable_of(self, port: LabPort) -> LabCable | None:
        return self._cables.get(port)

    @cached_property
    def _nodes(self) -> dict[str, LabNode]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def _cables(self) -> dict[LabPort, LabCable]:
        return {port: cable for cable in self.cables for port in cable.ends}
