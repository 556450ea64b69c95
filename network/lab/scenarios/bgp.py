"""BGP of a scenario: the sessions of each router, and its lines. Pure.

Three designs: a Clos network, where each link marked `ebgp` has a session; iBGP with route reflectors; and eBGP between
ASes with one reflector in each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from network.lab.scenarios.addressing import host_of
from network.lab.scenarios.policies import INBOUND, OUTBOUND, PolicyLines, policies_of
from network.lab.scenarios.schema import PackBgp, PackEbgp, PackFile, PackNode
from network.lab.scenarios.wiring import Wiring

_OF_FAMILY = "maximum-paths "
"""Settings that begin so belong to the address family."""


@dataclass(frozen=True)
class BgpPeer:
    """`lines` and `family`: what follows `neighbor ADDRESS` in the block and in its address family."""

    address: str
    asn: int
    lines: tuple[str, ...] = ()
    family: tuple[str, ...] = ()


def bgp_peers(pack: PackFile, node: PackNode, wiring: Wiring) -> tuple[BgpPeer, ...]:
    """Return the sessions of a router; none if it runs no BGP."""
    bgp = pack.routing.bgp
    if bgp is None or node.asn is None:
        return ()
    nodes = {each.name: each for each in pack.nodes}
    if bgp.mode == "ibgp_rr":
        return tuple(_reflected(bgp, node, nodes))
    if bgp.mode == "ebgp":
        return (*_external(bgp, node), *_internal(bgp, node, nodes))
    return tuple(
        BgpPeer(host_of(each.peer_address), nodes[each.peer.node].asn or 0)
        for each in wiring.of(node.name)
        if each.link.ebgp
    )


def bgp_lines(pack: PackFile, node: PackNode, wiring: Wiring, rpki: bool) -> list[str]:
    """Return the lists, route maps and block of a router; none if it runs no BGP."""
    bgp = pack.routing.bgp
    if bgp is None or node.asn is None:
        return []
    policy = policies_of(pack, node, rpki)
    block = [f"bgp router-id {node.router_id}"] if node.router_id else []
    block += [line for line in bgp.settings if not line.startswith(_OF_FAMILY)]
    block += _cluster(bgp, node)
    family = [f"network {each}" for each in _originated(bgp, node)]
    family += [line for line in bgp.settings if line.startswith(_OF_FAMILY)]
    explicit = "no bgp default ipv4-unicast" in bgp.settings
    for peer in bgp_peers(pack, node, wiring):
        lines = (f"remote-as {peer.asn}", *peer.lines, *policy.peers.get(peer.address, ()))
        block += [f"neighbor {peer.address} {line}" for line in lines]
        rules = (("activate",) if explicit else ()) + tuple(_with_own_maps(peer, policy))
        family += [f"neighbor {peer.address} {line}" for line in rules]
    inside = ("address-family ipv4 unicast", *(f" {line}" for line in family), "exit-address-family")
    return [*policy.before, f"router bgp {node.asn}", *(f" {line}" for line in (*block, *inside)), "exit", "!"]


def lo_addresses(pack: PackFile, node: PackNode) -> tuple[str, ...]:
    """Return the addresses that a router has on its loopback because BGP originates their networks."""
    origins = pack.routing.bgp.originated if pack.routing.bgp else ()
    return tuple(each.address_on_lo for each in origins if each.node == node.name and each.address_on_lo)


def _with_own_maps(peer: BgpPeer, policy: PolicyLines) -> Iterator[str]:
    for line in peer.family:
        own = policy.outbound.get(peer.address)
        yield f"route-map {own} out" if own and line == f"route-map {OUTBOUND} out" else line


def _originated(bgp: PackBgp, node: PackNode) -> Iterable[str]:
    return (*node.advertises, *(each.prefix for each in bgp.originated if each.node == node.name))


def _cluster(bgp: PackBgp, node: PackNode) -> list[str]:
    group = bgp.sessions.ibgp.get(node.asn or 0)
    if node.name in bgp.sessions.route_reflectors and bgp.sessions.cluster_id:
        return [f"bgp cluster-id {bgp.sessions.cluster_id}"]
    if group and group.route_reflector == node.name:
        return [f"bgp cluster-id {group.cluster_id}"]
    return []


def _maps(bgp: PackBgp, *directions: str) -> tuple[str, ...]:
    names = {"in": INBOUND, "out": OUTBOUND}
    return tuple(f"route-map {names[each]} {each}" for each in directions if names[each] in bgp.route_maps)


def _reflected(bgp: PackBgp, node: PackNode, nodes: Mapping[str, PackNode]) -> Iterator[BgpPeer]:
    """The reflectors are plain neighbours of each other; each other router is a client of all reflectors."""
    reflectors = bgp.sessions.route_reflectors
    reflects = node.name in reflectors
    others = [each for each in nodes.values() if each.asn is not None and each.name != node.name]
    for other in others if reflects else [nodes[name] for name in reflectors]:
        client = reflects and other.name not in reflectors
        family = (("route-reflector-client",) if client else ()) + _maps(bgp, "in", "out")
        yield _by_loopback(other, bgp.sessions.asn or other.asn or 0, family)


def _by_loopback(other: PackNode, asn: int, family: tuple[str, ...]) -> BgpPeer:
    return BgpPeer(host_of(other.loopback or ""), asn, ("update-source lo",), family)


def _external(bgp: PackBgp, node: PackNode) -> Iterator[BgpPeer]:
    for session in bgp.sessions.ebgp:
        for address, asn in _other_end(session, node.name):
            yield BgpPeer(address, asn, (), ("next-hop-self", *_maps(bgp, "in", "out")))


def _other_end(session: PackEbgp, node: str) -> Iterator[tuple[str, int]]:
    if session.a == node:
        yield session.b_ip, session.b_asn
    if session.b == node:
        yield session.a_ip, session.a_asn


def _internal(bgp: PackBgp, node: PackNode, nodes: Mapping[str, PackNode]) -> Iterator[BgpPeer]:
    group = bgp.sessions.ibgp.get(node.asn or 0)
    if group is None:
        return
    rules = ("next-hop-self", *_maps(bgp, "in"))
    if node.name != group.route_reflector:
        yield _by_loopback(nodes[group.route_reflector], node.asn or 0, rules)
        return
    for member in bgp.as_members.get(node.asn or 0, ()):
        if member != node.name:
            yield _by_loopback(nodes[member], node.asn or 0, ("route-reflector-client", *rules))
