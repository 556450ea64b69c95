"""A device of the inventory, with everything that its groups and the defaults give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from network.devices.inventory.secret import SecretReference
from shared.domain.kinds import NodeType
from shared.domain.topology import Link, Node, Topology

SSH_PORT, SNMP_PORT = 22, 161
COMMANDS_PER_SECOND = 20.0
SESSIONS = 8
"""Open channels of one connection. OpenSSH allows ten (MaxSessions) as it comes."""


@dataclass(frozen=True)
class SshAccess:
    """`key`: None if the agent of the person has it. A relative path begins at the folder of the inventory."""

    user: str
    key: SecretReference | None
    port: int = SSH_PORT
    passphrase: SecretReference | None = None


@dataclass(frozen=True)
class CommunityAccess:
    """SNMP v2c."""

    community: SecretReference
    port: int = SNMP_PORT


@dataclass(frozen=True)
class UserAccess:
    """SNMP v3 with authentication and encryption (authPriv)."""

    user: str
    auth: SecretReference
    priv: SecretReference
    auth_protocol: str = "sha256"
    priv_protocol: str = "aes128"
    port: int = SNMP_PORT


SnmpAccess = CommunityAccess | UserAccess


@dataclass(frozen=True)
class DeviceLimits:
    commands_per_second: float = COMMANDS_PER_SECOND
    sessions: int = SESSIONS


class ServiceKind(StrEnum):
    """How a service is probed."""

    DNS = "dns"
    HTTP = "http"
    DHCP = "dhcp"
    TCP = "tcp"


@dataclass(frozen=True)
class DeviceService:
    """A service that a device offers. `name`: as in its element `dns/node`. Empty texts: not stated.

    `address`: where clients reach it. `clients`: the names of the devices that probe it; empty: the manager does.
    """

    name: str
    kind: ServiceKind
    address: str
    port: int
    probe: str = ""
    expected: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    clients: tuple[str, ...] = ()
    process: str = ""
    files: tuple[str, ...] = ()
    """The paths of its configuration on the device."""
    start: tuple[str, ...] = ()


@dataclass(frozen=True)
class Device:
    """`address`: of management. `sources`: further addresses from which its syslog and traps come."""

    name: str
    role: NodeType
    address: str
    ssh: SshAccess | None = None
    snmp: SnmpAccess | None = None
    sources: tuple[str, ...] = ()
    limits: DeviceLimits = DeviceLimits()
    services: tuple[DeviceService, ...] = ()
    restart_routing: tuple[str, ...] = ()
    """The words that restart all daemons of routing together; empty: not stated."""
    reboot: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class DevicePort:
    device: str
    interface: str

    def __str__(self) -> str:
        return f"{self.device}:{self.interface}"


@dataclass(frozen=True)
class DeviceLink:
    """A cable of the file. `capacity`: in Mbit/s."""

    a: DevicePort
    b: DevicePort
    capacity: float

    @property
    def ports(self) -> frozenset[DevicePort]:
        return frozenset((self.a, self.b))


@dataclass(frozen=True)
class EventCollector:
    """None: not listened on."""

    bind: str
    syslog_port: int | None = None
    trap_port: int | None = None


class BaselineTrust(StrEnum):
    """Which state of a device counts as approved."""

    APPROVED = "approved"
    """The one that a person has approved."""
    TRUST_FIRST = "trust_first"
    """The first one that is read, until a person approves another."""


class ManagementMode(StrEnum):
    READ_ONLY = "read_only"
    """Nothing on a device is changed."""
    MANAGE = "manage"


@dataclass(frozen=True)
class DeviceInventory:
    """`path`: of the file. `interval`: seconds between two readings. `gateway`: of the management network, or empty."""

    path: Path
    devices: tuple[Device, ...]
    links: tuple[DeviceLink, ...]
    known_hosts: Path
    interval: float = 1.0
    mode: ManagementMode = ManagementMode.READ_ONLY
    baseline: BaselineTrust = BaselineTrust.APPROVED
    gateway: str = ""
    collector: EventCollector | None = None

    @property
    def folder(self) -> Path:
        return self.path.parent

    @cached_property
    def by_name(self) -> Mapping[str, Device]:
        return {device.name: device for device in self.devices}

    @cached_property
    def by_source(self) -> Mapping[str, Device]:
        """By each address from which a device may send."""
        return {address: device for device in self.devices for address in (device.address, *device.sources)}

    @cached_property
    def cable_of(self) -> Mapping[str, DeviceLink]:
        """By the id of the link of the topology."""
        return {link.id: cable for link, cable in zip(self._as_links(), self.links, strict=True)}

    def topology(self) -> Topology:
        """Raises TopologyError."""
        nodes = tuple(Node(id=device.name, type=device.role) for device in self.devices)
        return Topology(nodes=nodes, links=self._as_links())

    def _as_links(self) -> tuple[Link, ...]:
        joined = Counter(frozenset((link.a.device, link.b.device)) for link in self.links)
        return tuple(
            Link(
                source=link.a.device,
                target=link.b.device,
                capacity=link.capacity,
                source_port=link.a.interface,
                target_port=link.b.interface,
                parallel=joined[frozenset((link.a.device, link.b.device))] > 1,
            )
            for link in self.links
        )
