"""The services of a scenario file: what each node runs, and how it is known by name. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from network.lab.plan import LabDirectory, LabFile, LabProgram, LabRole, LabStep
from network.lab.scenarios import prose
from network.lab.scenarios.addressing import contains, host_of, network_of
from network.lab.scenarios.dhcp import ServedSubnet, dhcp_client, dhcp_relay, dhcp_server
from network.lab.scenarios.dns import ServedZone, dns_server
from network.lab.scenarios.parts import NodePart
from network.lab.scenarios.schema import DHCP, PackDhcp, PackFile, PackNode, PackRpki, PackZone
from network.lab.scenarios.web import (
    Catalogue,
    application_server,
    authority_step,
    catalogue_step,
    load_balancer,
    static_server,
    trust_file,
)
from network.lab.scenarios.wiring import Wiring

HTTP, HTTPS, RELAY = "http", "https", "dhcp-relay"
KNOWN_SERVICES = frozenset({HTTP, HTTPS, RELAY, "dns", "dhcp", "http-load-balancer", "rpki-rtr"})
STAYRTR = "/usr/bin/stayrtr"
_VRPS = "/etc/stayrtr/vrps.json"


def part_of(pack: PackFile, node: PackNode, wiring: Wiring, rpki: bool) -> NodePart:
    """`rpki`: whether the cache of RPKI runs."""
    part = NodePart()
    if zones := [zone for server, zone in served_zones(pack) if server == node.name]:
        part += dns_server(zones)
    part += _dhcp(pack, node, wiring)
    part += _http(pack, node, wiring)
    balancer = pack.services.load_balancer
    if balancer and balancer.node == node.name:
        part += load_balancer(balancer.name or "", balancer.upstreams, prose.nginx_size(balancer.software))
    if rpki and pack.routing.rpki and pack.routing.rpki.rtr.server == node.name:
        part += _rpki_cache(pack.routing.rpki)
    if node.role is LabRole.HOST and any(HTTPS in each.services for each in pack.nodes):
        part += NodePart(files=(trust_file(),))
    return part


def steps_of(pack: PackFile, wiring: Wiring) -> Iterator[LabStep]:
    owners = [node for node in pack.nodes if HTTPS in node.services]
    if owners:
        names = {node.name: (*names_of(pack, node, wiring), *own_addresses(node, wiring)) for node in owners}
        yield authority_step(names)
    found = prose.catalogue(pack.services.http.catalog) if pack.services.http else None
    if found and any(_catalogue(pack, node, wiring) for node in pack.nodes):
        yield catalogue_step(found[1])


def served_zones(pack: PackFile) -> Iterator[tuple[str, ServedZone]]:
    """Yield the server and the content of each DNS zone."""
    dns = pack.services.dns
    if dns is None:
        return
    zones = dict(dns.zones)
    if dns.zone and dns.server:
        zones[dns.zone] = PackZone(server=dns.server, records=dns.records)
    for name, zone in zones.items():
        yield zone.server, ServedZone(name, zone.ns or _record_of(pack, zone), zone.records, prose.hours(dns.software))


def _record_of(pack: PackFile, zone: PackZone) -> str:
    """Return the record that has the address of the zone's server; without one, the first record."""
    server = next(node for node in pack.nodes if node.name == zone.server)
    own = {host_of(each) for each in (server.address, *_link_addresses(pack, server)) if each}
    return next((name for name, address in zone.records.items() if address in own), next(iter(zone.records), "@"))


def _link_addresses(pack: PackFile, node: PackNode) -> Iterator[str | None]:
    for link in pack.links:
        for end, address in ((link.a, link.a_ip), (link.b, link.b_ip)):
            if end.partition(":")[0] == node.name:
                yield address


def own_addresses(node: PackNode, wiring: Wiring) -> tuple[str, ...]:
    return tuple(host_of(address) for _, address in wiring.addresses(node.name))


def names_of(pack: PackFile, node: PackNode, wiring: Wiring) -> tuple[str, ...]:
    """Return the full names that DNS has for the addresses of a node."""
    own = own_addresses(node, wiring)
    zones = [zone for _, zone in served_zones(pack)]
    return tuple(f"{name}.{zone.name}" for zone in zones for name, each in zone.records.items() if each in own)


def _dhcp(pack: PackFile, node: PackNode, wiring: Wiring) -> NodePart:
    dhcp = pack.services.dhcp
    if dhcp is None:
        return NodePart()
    if node.address == DHCP:
        interface = wiring.free_interface(node)
        return dhcp_client(interface, *(prose.client_times(dhcp.client) or ())) if interface else NodePart()
    if dhcp.server == node.name:
        subnets = [_served(subnet.subnet, subnet.range, subnet.routers, subnet.dns) for subnet in dhcp.subnets]
        listening = _listening(dhcp, node, wiring)
        return dhcp_server(subnets, listening, dhcp.default_lease_s, dhcp.max_lease_s)
    if RELAY in node.services:
        towards = [each.port.interface for each in wiring.of(node.name) if each.address]
        clients = [node.bridge.name] if node.bridge and node.bridge.address else []
        server = next(each for each in pack.nodes if each.name == dhcp.server)
        return dhcp_relay((*clients, *towards), own_addresses(server, wiring)[0])
    return NodePart()


def _served(prefix: str, addresses: str | None, router: str | None, dns: str | None) -> ServedSubnet:
    first, _, last = (addresses or "").partition("-")
    return ServedSubnet(prefix, first, last, router or "", dns or "")


def _listening(dhcp: PackDhcp, node: PackNode, wiring: Wiring) -> str:
    """Return the interface of the server in a subnet that it knows, or its first one."""
    own = wiring.addresses(node.name)
    known = [name for name, address in own if any(contains(each.subnet, network_of(address)) for each in dhcp.subnets)]
    return (known or [name for name, _ in own])[0]


def _http(pack: PackFile, node: PackNode, wiring: Wiring) -> NodePart:
    http = pack.services.http
    if http is None or not {HTTP, HTTPS} & set(node.services):
        return NodePart()
    if not http.application:
        return static_server(prose.objects(http.objects))
    shape, catalogue = prose.application(http.application), _catalogue(pack, node, wiring)
    return application_server(node.name, names_of(pack, node, wiring), shape, HTTPS in node.services, catalogue)


def _catalogue(pack: PackFile, node: PackNode, wiring: Wiring) -> Catalogue | None:
    found = prose.catalogue(pack.services.http.catalog) if pack.services.http else None
    return found[1] if found and found[0] in names_of(pack, node, wiring) else None


def _rpki_cache(rpki: PackRpki) -> NodePart:
    roas = [{"prefix": each.prefix, "maxLength": each.max_length, "asn": f"AS{each.asn}"} for each in rpki.vrps]
    bind = f"{rpki.rtr.address}:{rpki.rtr.port}"
    argv = (STAYRTR, "-bind", bind, "-cache", _VRPS, "-checktime=false", "-metrics.addr=", "-protocol", "1")
    return NodePart(
        files=(LabFile(_VRPS, json.dumps({"roas": roas}, indent=1) + "\n"),),
        directories=(LabDirectory("/etc/stayrtr"),),
        programs=(LabProgram("stayrtr", argv, "stayrtr"),),
    )


def resolvers_of(pack: PackFile, node: PackNode, wiring: Wiring) -> tuple[str, ...]:
    """Return the DNS servers that a node asks: its own, or those that DHCP gives it."""
    if node.address != DHCP or pack.services.dhcp is None:
        return node.resolvers
    subnet = lan_of(node, wiring)
    return tuple(each.dns for each in pack.services.dhcp.subnets if each.subnet == subnet and each.dns)


def lan_of(node: PackNode, wiring: Wiring) -> str:
    """Return the prefix of the first subnet of a node without an own address; empty if its link states none."""
    return next((each.link.subnet for each in wiring.of(node.name) if each.link.subnet), "")
