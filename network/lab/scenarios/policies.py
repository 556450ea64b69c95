"""The lists and route maps of BGP of a scenario, with remotely triggered black holes and RPKI. Pure.

Names such as `BGP-IN` are those of the schema: its rules name them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from network.lab.scenarios.schema import PackEbgp, PackFile, PackNode, PackRpki, PackRtbh

INBOUND, OUTBOUND = "BGP-IN", "BGP-OUT"
BUSINESS = "BUSINESS"
LEAK = "LEAK"
SIGNAL = "BH-SIGNAL"
FIRST = 5
"""The number of an entry before the usual entries, which begin at 10."""
SIGNAL_PREFERENCE = 200


@dataclass(frozen=True)
class PolicyLines:
    """`before`: the lines before the block of BGP. `peers`: more lines of a neighbour. `outbound`: its own map."""

    before: tuple[str, ...] = ()
    peers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    outbound: Mapping[str, str] = field(default_factory=dict)


def policies_of(pack: PackFile, node: PackNode, validates: bool) -> PolicyLines:
    """`validates`: whether the observer asks its cache of RPKI."""
    bgp, rtbh, rpki = pack.routing.bgp, pack.routing.rtbh, pack.routing.rpki
    if bgp is None:
        return PolicyLines()
    before: list[str] = []
    peers: dict[str, tuple[str, ...]] = {}
    outbound: dict[str, str] = {}
    for name, entries in bgp.prefix_lists.items():
        before += _prefix_list(name, entries)
    if rpki is not None:
        before += _rpki(rpki, node, validates)
    if rtbh is not None and node.name == rtbh.provider:
        before += _provider(rtbh)
        # FRR 8.4 calls a route through the discard next hop inactive without this.
        peers[_address_towards(pack, rtbh.provider, rtbh.leaker)] = ("disable-connected-check",)
    if rtbh is not None and node.name == rtbh.leaker:
        own = rtbh.leaker_config
        before += _route_map(own.outbound_map, bgp.route_maps.get(OUTBOUND, ()))
        outbound[own.on_neighbor] = own.outbound_map
    for name, rules in bgp.route_maps.items():
        before += _route_map(name, rules)
    return PolicyLines(tuple(before), peers, outbound)


def _prefix_list(name: str, entries: tuple[str, ...]) -> Iterator[str]:
    for number, entry in enumerate(entries, start=1):
        yield f"ip prefix-list {name} seq {number * 5} permit {entry}"
    yield "!"


def _route_map(name: str, entries: tuple[str, ...]) -> Iterator[str]:
    for entry in entries:
        number, action, *lists = entry.split()
        yield f"route-map {name} {action} {number}"
        yield from (f" match ip address prefix-list {each}" for each in lists)
        yield from ("exit", "!")


def _provider(rtbh: PackRtbh) -> tuple[str, ...]:
    return (
        f"ip route {rtbh.discard_next_hop}/32 Null0",
        f"bgp community-list standard {SIGNAL} permit {rtbh.blackhole_community}",
        f"route-map {INBOUND} permit {FIRST}",
        f" match ip address prefix-list {BUSINESS}",
        f" match community {SIGNAL}",
        f" set local-preference {SIGNAL_PREFERENCE}",
        f" set ip next-hop {rtbh.discard_next_hop}",
        "exit",
        "!",
    )


def _address_towards(pack: PackFile, node: str, other: str) -> str:
    """Return the address of the end of `other` in its session with `node`; empty if there is none."""
    sessions: tuple[PackEbgp, ...] = pack.routing.bgp.sessions.ebgp if pack.routing.bgp else ()
    for session in sessions:
        if (session.a, session.b) == (node, other):
            return session.b_ip
        if (session.b, session.a) == (node, other):
            return session.a_ip
    return ""


def _rpki(rpki: PackRpki, node: PackNode, validates: bool) -> Iterator[str]:
    if node.name in rpki.leaker_as_routers:
        yield from _prefix_list(LEAK, rpki.leak_prefixes)
        yield from (f"route-map {OUTBOUND} deny {FIRST}", f" match ip address prefix-list {LEAK}", "exit", "!")
    if validates and node.name == rpki.rov_observer:
        cache = f"rpki cache {rpki.rtr.address} {rpki.rtr.port} preference 1"
        yield from ("rpki", f" {cache}", "exit", "!")
        yield from (f"route-map {INBOUND} deny {FIRST}", " match rpki invalid", "exit", "!")
