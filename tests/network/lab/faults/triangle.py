"""A small plan in which each kind of fault has a place: three routers in a triangle, and the servers that they serve.

r1 (AS 65001) leaks and h1 is its host; r2 (AS 65002) is the provider, with DNS, HTTP and a load balancer; r3 (AS 65003)
has the DHCP server and its client, and keeps one prefix inside.
"""

from __future__ import annotations

from collections.abc import Sequence

from network.lab.plan import (
    CheckKind,
    LabBridge,
    LabCable,
    LabCheck,
    LabFile,
    LabInterface,
    LabLimits,
    LabNode,
    LabPlan,
    LabPort,
    LabRole,
)
from network.lab.scenarios.dhcp import ServedSubnet, dhcp_client, dhcp_server
from network.lab.scenarios.dns import ServedZone, dns_server
from network.lab.scenarios.frr import FRR_DIRECTORIES, ROUTER_SYSCTLS, addressed_block, frr_files, frr_programs
from network.lab.scenarios.parts import NodePart, process_checks
from network.lab.scenarios.system import hosts_file, lookup_file, resolver_file
from network.lab.scenarios.web import NginxSize, load_balancer, static_server

DAEMONS = ("zebra", "staticd", "ospfd", "bgpd")
FAST = ("ip ospf network point-to-point", "ip ospf hello-interval 1", "ip ospf dead-interval 4", "ip ospf cost 10")
OBJECT = 400_000
KEPT = "203.0.113.0/24"
"""The prefix that r3 keeps inside."""
LEAKED = "198.51.100.0/24"
"""The prefix whose traffic the provider can be asked to discard."""
PEERS = {"r1": (("10.0.0.1", 65_002), ("10.0.0.5", 65_003)), "r2": (("10.0.0.0", 65_001), ("10.0.0.3", 65_003))}
PEERS["r3"] = (("10.0.0.2", 65_002), ("10.0.0.4", 65_001))
INTERFACES = {
    "r1": (("eth0", "10.0.0.0/31"), ("eth1", "10.0.0.4/31"), ("eth2", "10.1.0.1/24")),
    "r2": (("eth0", "10.0.0.1/31"), ("eth1", "10.0.0.2/31"), ("eth2", ""), ("eth3", "")),
    "r3": (("eth0", "10.0.0.3/31"), ("eth1", "10.0.0.5/31"), ("eth2", ""), ("eth3", "")),
}
BRIDGES = {"r2": ("10.2.0.1/24", ("eth2", "eth3")), "r3": ("10.3.0.1/24", ("eth2", "eth3"))}
NETWORKS = {
    "r1": ("10.255.0.1/32", "10.0.0.0/31", "10.0.0.4/31", "10.1.0.0/24"),
    "r2": ("10.255.0.2/32", "10.0.0.0/31", "10.0.0.2/31", "10.2.0.0/24"),
    "r3": ("10.255.0.3/32", "10.0.0.2/31", "10.0.0.4/31", "10.3.0.0/24"),
}
POLICIES = {
    "r1": (
        "route-map BGP-OUT-TO-65002 permit 10",
        " match ip address prefix-list BUSINESS",
        "exit",
        "!",
        "route-map BGP-OUT-TO-65002 deny 20",
        "exit",
        "!",
    ),
    "r2": (
        "ip route 192.0.2.1/32 Null0",
        "bgp community-list standard BH-SIGNAL permit 65002:666",
        "route-map BGP-IN permit 5",
        " match ip address prefix-list BUSINESS",
        " match community BH-SIGNAL",
        " set local-preference 200",
        " set ip next-hop 192.0.2.1",
        "exit",
        "!",
    ),
    "r3": (
        f"ip prefix-list LEAK seq 5 permit {KEPT}",
        "route-map BGP-OUT deny 5",
        " match ip address prefix-list LEAK",
        "exit",
        "!",
    ),
}
ORIGINATED = {"r1": ("203.0.114.0/24",), "r2": ("203.0.115.0/24",), "r3": (LEAKED, KEPT)}


def _router(name: str, number: int) -> LabNode:
    interfaces = tuple(LabInterface(each, (own,) if own else ()) for each, own in INTERFACES[name])
    loopback = f"10.255.0.{number}/32"
    # With groups of next hops in the kernel, FRR 8.4 does not put back a second path after its link was down.
    lines = ["no zebra nexthop kernel enable", "!"]
    for interface in interfaces:
        if interface.addresses and interface.addresses[0].endswith("/31"):
            lines += addressed_block(interface, FAST)
        elif interface.addresses:
            lines += addressed_block(interface)
    bridge = None
    if name in BRIDGES:
        address, ports = BRIDGES[name]
        bridge = LabBridge("br0", ports, (address,))
        lines += addressed_block(LabInterface("br0", (address,)))
    lines += addressed_block(LabInterface("lo", (loopback,)))
    return LabNode(
        name=name,
        role=LabRole.ROUTER,
        limits=LabLimits(0.5, 256),
        interfaces=interfaces,
        loopback=(loopback,),
        bridge=bridge,
        sysctls=ROUTER_SYSCTLS,
        files=(*frr_files(name, [*lines, *_bgp(name, number), *_ospf(name, number)], DAEMONS), *_names(name)),
        directories=FRR_DIRECTORIES,
        programs=frr_programs(DAEMONS),
    )


def _ospf(name: str, number: int) -> list[str]:
    networks = [f" network {each} area 0" for each in NETWORKS[name]]
    return [
        "router ospf",
        f" ospf router-id 10.255.0.{number}",
        " timers throttle spf 10 50 1000",
        *networks,
        "exit",
        "!",
    ]


def _bgp(name: str, number: int) -> list[str]:
    lines = [
        "ip prefix-list BUSINESS seq 5 permit 203.0.112.0/20 le 24",
        f"ip prefix-list BUSINESS seq 10 permit {LEAKED}",
    ]
    lines += POLICIES[name]
    for name_of_map in ("BGP-IN", "BGP-OUT"):
        lines += [f"route-map {name_of_map} permit 10", " match ip address prefix-list BUSINESS", "exit", "!"]
        lines += [f"route-map {name_of_map} deny 20", "exit", "!"]
    lines += [f"router bgp {65_000 + number}", f" bgp router-id 10.255.0.{number}", " no bgp network import-check"]
    family = [f"  network {each}" for each in ORIGINATED[name]]
    for address, asn in PEERS[name]:
        outbound = "BGP-OUT-TO-65002" if (name, asn) == ("r1", 65_002) else "BGP-OUT"
        lines += [f" neighbor {address} {each}" for each in (f"remote-as {asn}", "timers 1 4", "timers connect 2")]
        lines += [f" neighbor {address} disable-connected-check"] if name == "r2" else []
        lines += [f" neighbor {address} advertisement-interval 0"]
        family += [f"  neighbor {address} route-map BGP-IN in", f"  neighbor {address} route-map {outbound} out"]
    return [*lines, " address-family ipv4 unicast", *family, " exit-address-family", "exit", "!"]


def _names(name: str, resolvers: Sequence[str] = ()) -> tuple[LabFile, ...]:
    return (resolver_file(resolvers), lookup_file(), hosts_file(name, {}))


def _server(name: str, part: NodePart, address: str = "", gateway: str = "", role: LabRole = LabRole.SERVER) -> LabNode:
    return LabNode(
        name=name,
        role=role,
        limits=LabLimits(0.4, 128),
        interfaces=(LabInterface("eth0", (address,) if address else ()),),
        gateway=gateway,
        dhcp="" if address else "eth0",
        files=(*part.files, *_names(name, ("10.2.0.2",) if address else ())),
        directories=part.directories,
        programs=part.programs,
    )


def triangle_plan() -> LabPlan:
    zone = ServedZone("lab", "ns", {"ns": "10.2.0.2", "web": "10.2.0.2", "www": "10.2.0.3"})
    subnet = ServedSubnet("10.3.0.0/24", "10.3.0.10", "10.3.0.20", "10.3.0.1", "10.2.0.2")
    nodes = (
        *(_router(name, number) for number, name in enumerate(("r1", "r2", "r3"), start=1)),
        _server("h1", NodePart(), "10.1.0.2/24", "10.1.0.1", LabRole.HOST),
        _server("srv", dns_server((zone,)) + static_server({"object.bin": OBJECT}), "10.2.0.2/24", "10.2.0.1"),
        _server("lb", load_balancer("www.lab", ["10.2.0.2:80"], NginxSize()), "10.2.0.3/24", "10.2.0.1"),
        _server("d1", dhcp_server((subnet,), "eth0", 8, 16), "10.3.0.2/24", "10.3.0.1"),
        _server("c1", dhcp_client("eth0")),
    )
    pairs = (("r1", 0, "r2", 0), ("r2", 1, "r3", 0), ("r1", 1, "r3", 1), ("r1", 2, "h1", 0))
    pairs += (("r2", 2, "srv", 0), ("r2", 3, "lb", 0), ("r3", 2, "d1", 0), ("r3", 3, "c1", 0))
    return LabPlan(
        name="triangle",
        nodes=nodes,
        cables=tuple(LabCable((LabPort(a, f"eth{i}"), LabPort(b, f"eth{j}"))) for a, i, b, j in pairs),
        checks=(
            *(LabCheck(CheckKind.OSPF, name, expected="2") for name in ("r1", "r2", "r3")),
            *(LabCheck(CheckKind.BGP, name, expected="2") for name in ("r1", "r2", "r3")),
            LabCheck(CheckKind.BGP_PREFIX, "r2", LEAKED),
            LabCheck(CheckKind.PING, "h1", "10.2.0.2"),
            LabCheck(CheckKind.RESOLVES, "h1", "www.lab", "10.2.0.3"),
            LabCheck(CheckKind.FETCHES, "h1", "http://10.2.0.3/object.bin"),
            LabCheck(CheckKind.LEASE, "c1", "10.3.0.0/24"),
            LabCheck(CheckKind.NO_PING, "h1", "198.18.0.1"),
            *process_checks(nodes),
        ),
    )
