"""The plan of the product's default network as a laboratory. Pure.

1. Routers and edge switches run OSPF with fast timers and BFD. An edge switch is a router with a bridge for servers.
2. `edge-switch-1` and `edge-switch-5` have an eBGP session between their loopbacks. Each announces one prefix.
3. `server-1` has DNS for all servers; each server has HTTP.
4. `server-3` has DHCP for its subnet, and `server-8`, in the same subnet, gets its only address from it: always the
   same one. A lease lasts ten minutes and is renewed after five, so that a shorter outage of `server-3` harms nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from network.lab.plan import (
    CheckKind,
    LabBridge,
    LabCable,
    LabCheck,
    LabInterface,
    LabLimits,
    LabNode,
    LabPlan,
    LabPort,
    LabRole,
)
from network.lab.scenarios.dhcp import ServedSubnet, dhcp_client, dhcp_server
from network.lab.scenarios.dns import ServedZone, dns_server
from network.lab.scenarios.frr import (
    FRR_DIRECTORIES,
    ROUTER_SYSCTLS,
    addressed_block,
    frr_files,
    frr_programs,
    with_basic_daemons,
)
from network.lab.scenarios.parts import NodePart, needs_of, process_checks
from network.lab.scenarios.system import hosts_file, lookup_file, resolver_file
from network.lab.scenarios.web import static_server
from shared.domain.kinds import NodeType
from shared.domain.topology import Topology, default_topology

ROUTER_LIMITS = LabLimits(cpus=0.5, memory_mib=256)
SERVER_LIMITS = LabLimits(cpus=0.3, memory_mib=128)
ZONE = "lab"
BRIDGE = "br0"
LOOPBACKS, LINKS, LANS, ANNOUNCED = "10.91.0", "10.90.0", "10.92", "10.93"
FIRST_SERVER = 11
"""The last octet of the first server of a subnet."""
SESSION = {"edge-switch-1": (65_001, "edge-switch-5"), "edge-switch-5": (65_005, "edge-switch-1")}
"""The number of the AS, and the neighbour, of each end of the BGP session."""
DNS_SERVER, DHCP_SERVER, DHCP_CLIENT = "server-1", "server-3", "server-8"
LEASE = 600
"""Seconds."""
PAGE = 16_384
"""The size of the object that each server offers, in bytes."""
_ROLES = {NodeType.ROUTER: LabRole.ROUTER, NodeType.SWITCH: LabRole.SWITCH, NodeType.SERVER: LabRole.SERVER}

OSPF_INTERFACE = (
    "ip ospf area 0",
    "ip ospf network point-to-point",
    "ip ospf hello-interval 1",
    "ip ospf dead-interval 4",
    "ip ospf retransmit-interval 1",
    "ip ospf bfd",
    "ip ospf bfd profile fast",
)
PASSIVE_INTERFACE = ("ip ospf area 0", "ip ospf passive")
BFD = ("bfd", " profile fast", "  transmit-interval 300", "  receive-interval 300", "  detect-multiplier 3", " exit")


def default_plan() -> LabPlan:
    design = DefaultDesign(default_topology())
    nodes = tuple(design.router(name) if name in design.loopbacks else design.server(name) for name in design.names)
    return LabPlan(
        name="default",
        nodes=nodes,
        cables=design.cables,
        checks=(*design.checks(), *process_checks(nodes)),
        needs=needs_of(nodes, ()),
    )


@dataclass(frozen=True)
class DefaultDesign:
    """Which node has which address. Interfaces are eth0, eth1 and so on, in the order of the links."""

    topology: Topology

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(node.id for node in self.topology.nodes)

    @cached_property
    def loopbacks(self) -> dict[str, str]:
        """By router and edge switch."""
        routers = [node.id for node in self.topology.nodes if node.type is not NodeType.SERVER]
        return {name: f"{LOOPBACKS}.{number}" for number, name in enumerate(routers, start=1)}

    @cached_property
    def cables(self) -> tuple[LabCable, ...]:
        used: dict[str, int] = dict.fromkeys(self.names, 0)
        cables = []
        for link in self.topology.links:
            ends = tuple(LabPort(name, f"eth{used[name]}") for name in (link.source, link.target))
            for end in ends:
                used[end.node] += 1
            cables.append(LabCable(ends, link.capacity))
        return tuple(cables)

    @cached_property
    def routed(self) -> dict[LabPort, str]:
        """The address of each end of a link of two routers, with the length of its prefix."""
        both = [each for each in self.cables if all(end.node in self.loopbacks for end in each.ends)]
        return {end: f"{LINKS}.{2 * i + side}/31" for i, each in enumerate(both) for side, end in enumerate(each.ends)}

    @cached_property
    def homes(self) -> dict[str, str]:
        """The edge switch of each server."""
        pairs = [(cable.ends[0].node, cable.ends[1].node) for cable in self.cables]
        return {other: one for one, other in pairs if other not in self.loopbacks}

    @cached_property
    def servers(self) -> dict[str, str]:
        """The address of each server, without the length of the prefix."""
        used: dict[str, int] = {}
        addresses = {}
        for name, home in self.homes.items():
            used[home] = used.get(home, FIRST_SERVER - 1) + 1
            addresses[name] = f"{self.lan(home)}.{used[home]}"
        return addresses

    def lan(self, edge: str) -> str:
        """Return the first three octets of the subnet of an edge switch."""
        edges = [name for name in self.loopbacks if name in self.homes.values()]
        return f"{LANS}.{edges.index(edge) + 1}"

    def gateway(self, server: str) -> str:
        return f"{self.lan(self.homes[server])}.1"

    def ports(self, node: str) -> tuple[LabPort, ...]:
        return tuple(end for cable in self.cables for end in cable.ends if end.node == node)

    def router(self, name: str) -> LabNode:
        daemons = with_basic_daemons(("ospfd", "bfdd", *(("bgpd",) if name in SESSION else ())))
        ports = self.ports(name)
        inside = tuple(port.interface for port in ports if port not in self.routed)
        bridge = LabBridge(BRIDGE, inside, (f"{self.lan(name)}.1/24",)) if inside else None
        return LabNode(
            name=name,
            role=_ROLES[self.topology.node_by_id[name].type],
            limits=ROUTER_LIMITS,
            interfaces=tuple(self._interface(port) for port in ports),
            loopback=(f"{self.loopbacks[name]}/32",),
            bridge=bridge,
            sysctls=ROUTER_SYSCTLS,
            files=(
                *frr_files(name, self._configuration(name, bridge), daemons),
                resolver_file((self.servers[DNS_SERVER],), ZONE),
                lookup_file(),
                hosts_file(name, self.loopbacks),
            ),
            directories=FRR_DIRECTORIES,
            programs=frr_programs(daemons),
        )

    def _interface(self, port: LabPort) -> LabInterface:
        return LabInterface(port.interface, (self.routed[port],) if port in self.routed else ())

    def _configuration(self, name: str, bridge: LabBridge | None) -> list[str]:
        loopback = self.loopbacks[name]
        lines: list[str] = []
        for port in self.ports(name):
            if port in self.routed:
                lines += addressed_block(self._interface(port), OSPF_INTERFACE)
        lines += addressed_block(LabInterface("lo", (f"{loopback}/32",)), PASSIVE_INTERFACE)
        if bridge:
            lines += addressed_block(LabInterface(bridge.name, bridge.addresses), PASSIVE_INTERFACE)
        lines += self._session(name)
        ospf = ("log-adjacency-changes detail", "timers throttle spf 10 50 1000", "timers throttle lsa all 50")
        lines += ["router ospf", f" ospf router-id {loopback}", *(f" {line}" for line in ospf)]
        return [*lines, " timers lsa min-arrival 50", "exit", "!", *BFD, "exit", "!"]

    def _session(self, name: str) -> list[str]:
        if name not in SESSION:
            return []
        asn, other = SESSION[name]
        peer, prefix = self.loopbacks[other], announced(name)
        neighbour = (
            f"remote-as {SESSION[other][0]}",
            "ebgp-multihop 5",
            "update-source lo",
            "timers 1 4",
            "timers connect 2",
        )
        block = [f"router bgp {asn}", f" bgp router-id {self.loopbacks[name]}", " no bgp ebgp-requires-policy"]
        block += [f" neighbor {peer} {line}" for line in neighbour]
        block += [" address-family ipv4 unicast", f"  network {prefix}", " exit-address-family", "exit", "!"]
        return [f"ip route {prefix} Null0", "!", *block]

    def server(self, name: str) -> LabNode:
        client = name == DHCP_CLIENT
        part = self._services(name)
        resolver = resolver_file(() if client else (self.servers[DNS_SERVER],), "" if client else ZONE)
        return LabNode(
            name=name,
            role=LabRole.SERVER,
            limits=SERVER_LIMITS,
            interfaces=(LabInterface("eth0", () if client else (f"{self.servers[name]}/24",)),),
            gateway="" if client else self.gateway(name),
            dhcp="eth0" if client else "",
            services=("http", *(("dns",) if name == DNS_SERVER else ()), *(("dhcp",) if name == DHCP_SERVER else ())),
            files=(*part.files, resolver, lookup_file(), hosts_file(name, {})),
            directories=part.directories,
            programs=part.programs,
        )

    def _services(self, name: str) -> NodePart:
        part = static_server({"index.html": PAGE})
        if name == DNS_SERVER:
            part += dns_server((ServedZone(ZONE, DNS_SERVER, self.servers),))
        if name == DHCP_SERVER:
            given = self.servers[DHCP_CLIENT]
            subnet = ServedSubnet(
                f"{self.lan(self.homes[name])}.0/24", given, given, self.gateway(name), self.servers[DNS_SERVER]
            )
            part += dhcp_server((subnet,), "eth0", LEASE, LEASE)
        if name == DHCP_CLIENT:
            part += dhcp_client("eth0")
        return part

    def checks(self) -> Iterator[LabCheck]:
        for name in self.loopbacks:
            count = sum(port in self.routed for port in self.ports(name))
            yield LabCheck(CheckKind.OSPF, name, expected=str(count))
        for name, (_, other) in SESSION.items():
            yield LabCheck(CheckKind.BGP, name, expected="1")
            yield LabCheck(CheckKind.BGP_PREFIX, name, announced(other))
        yield LabCheck(CheckKind.LEASE, DHCP_CLIENT, f"{self.lan(self.homes[DHCP_CLIENT])}.0/24")
        yield from self._checks_of_servers(list(self.servers.items()))

    def _checks_of_servers(self, servers: list[tuple[str, str]]) -> Iterator[LabCheck]:
        """In a ring: each server reaches the next one by its address, its name and HTTP."""
        for (name, _), (other, address) in zip(servers, servers[1:] + servers[:1], strict=True):
            yield LabCheck(CheckKind.PING, name, address)
            yield LabCheck(CheckKind.RESOLVES, name, f"{other}.{ZONE}", address)
            yield LabCheck(CheckKind.FETCHES, name, f"http://{other}.{ZONE}/")


def announced(edge: str) -> str:
    """Return the prefix that an end of the BGP session announces."""
    return f"{ANNOUNCED}.{SESSION[edge][0] % 100}.0/24"
