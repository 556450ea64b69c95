"""Which hosts of a scenario reach each other by its design. Pure.

Hosts are in the same *domain* if the IGP carries both subnets, if BGP announces both, or if they share a subnet that
nobody announces. Hosts of different domains do not reach each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from network.lab.plan import LabRole
from network.lab.scenarios.addressing import contains, host_of, network_of
from network.lab.scenarios.igp import in_igp
from network.lab.scenarios.schema import DHCP, PackFile, PackNode
from network.lab.scenarios.services import lan_of
from network.lab.scenarios.wiring import Wiring

PER_AS = "per AS"
"""How a text begins which states that each AS has an IGP of its own."""


@dataclass(frozen=True)
class Domain:
    """`by`: `igp`, `bgp` or `lan`. `what`: the AS of an IGP, or the prefix of a subnet."""

    by: str
    what: str = ""


@dataclass(frozen=True)
class EndHost:
    """A host or server in one subnet. `address`: empty with DHCP. `router`: its gateway, empty if that is no router.

    `several`: the node is in other subnets too, so it can be reached from more places than its domain tells.
    """

    name: str
    role: LabRole
    address: str
    domain: Domain
    router: str = ""
    asn: int | None = None
    several: bool = False


def end_hosts(pack: PackFile, wiring: Wiring) -> tuple[EndHost, ...]:
    """Return the hosts and servers in the order of the file, one in several subnets once for each of them."""
    owners = _owners(pack, wiring)
    nodes = {node.name: node for node in pack.nodes}
    found = []
    for node in pack.nodes:
        if node.role not in (LabRole.HOST, LabRole.SERVER):
            continue
        places = [(host_of(address), network_of(address)) for _, address in wiring.addresses(node.name)]
        if node.address == DHCP and (lan := lan_of(node, wiring)):
            places.append(("", lan))
        for address, subnet in places:
            inside = node.gateway is not None and contains(subnet, node.gateway)
            gateway = node.gateway if inside else _router_in(owners, subnet, nodes)
            router = nodes.get(owners.get(gateway or "", ""))
            host = _end_host(pack, node, address, subnet, router, wiring)
            found.append(replace(host, several=len(places) > 1))
    return tuple(found)


def reaches(one: EndHost, other: EndHost) -> bool:
    """An AS refuses a route that already was in it: two of its routers without iBGP have no route to each other."""
    if one.domain != other.domain:
        return False
    return one.domain.by != "bgp" or one.router == other.router or one.asn != other.asn


def _owners(pack: PackFile, wiring: Wiring) -> dict[str, str]:
    """Return the node of each address."""
    owners = {host_of(address): node.name for node in pack.nodes for _, address in wiring.addresses(node.name)}
    bridges = ((node.bridge.address, node.name) for node in pack.nodes if node.bridge and node.bridge.address)
    return {**owners, **{host_of(address): name for address, name in bridges}}


def _router_in(owners: dict[str, str], subnet: str, nodes: dict[str, PackNode]) -> str:
    """Return the address of a router in a subnet."""
    inside = (each for each, name in owners.items() if subnet and nodes[name].role is LabRole.ROUTER)
    return next((each for each in inside if contains(subnet, each)), "")


def _end_host(
    pack: PackFile, node: PackNode, address: str, subnet: str, router: PackNode | None, wiring: Wiring
) -> EndHost:
    name, asn = (router.name, router.asn) if router and router.role is LabRole.ROUTER else ("", None)
    domain = Domain("lan", subnet)
    if router and name and in_igp(pack, router, wiring, subnet):
        domain = Domain("igp", str(asn) if pack.routing.igp_scope.startswith(PER_AS) else "")
    elif router and name and any(contains(each, subnet) for each in router.advertises):
        domain = Domain("bgp")
    return EndHost(node.name, node.role, address, domain, name, asn)


def by_domain(hosts: tuple[EndHost, ...]) -> Iterator[tuple[EndHost, ...]]:
    """Yield the hosts of each domain, in the order of the file."""
    for domain in dict.fromkeys(host.domain for host in hosts):
        yield tuple(host for host in hosts if host.domain == domain)
