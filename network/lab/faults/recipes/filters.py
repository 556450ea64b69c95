"""Faults of packet filters: what a node drops although it should not. The tables are those of an ordinary firewall."""

from __future__ import annotations

from collections.abc import Callable

from network.lab.faults.changes.filters import FilterTable, has_table
from network.lab.faults.changes.kernel import links_of, neighbours_of
from network.lab.faults.observe import (
    asks,
    bgp_sessions,
    first_address,
    host_part,
    live_address,
    ospf_neighbours,
    pings,
)
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.recipe import FaultCase, Look, Made, Recipe
from network.lab.faults.target import cables_of
from shared.domain.kinds import ElementKind

_NODE = frozenset({ElementKind.NODE})
TABLE = "filter"
INPUT, FORWARD, OUTPUT = "input", "forward", "output"
_THROUGH = (INPUT, FORWARD, OUTPUT)
FRAGMENTATION_NEEDED = "icmp type destination-unreachable icmp code frag-needed drop"


def blocking(family: str, rules: tuple[str, ...], chains: tuple[str, ...], flush: bool = False) -> Callable[..., Made]:
    """Return what makes a table that drops the same in some chains. `flush`: forget all neighbours."""

    def changes(case: FaultCase) -> Made:
        if has_table(case.lab, case.node, family, TABLE):
            return NotLanded(
                f"{case.node} has a table {family} {TABLE} already, so what belongs to the fault would not be known: "
                "clear the other fault, or name another node"
            )
        kept: tuple[tuple[str, str, str], ...] = ()
        if flush:
            names = [link.ifname for link in links_of(case.lab, case.node)]
            kept = tuple((name, *each) for name in names for each in neighbours_of(case.lab, case.node, name))
        return (FilterTable(case.node, family, TABLE, tuple((chain, rules) for chain in chains), flush, kept),)

    return changes


def neighbour_address(case: FaultCase) -> str:
    """Return an address on the other end of a cable of the node; empty: no neighbour has one."""
    for cable in cables_of(case.plan, case.node):
        own = next(end for end in cable.ends if end.node == case.node)
        if not live_address(case.lab, case.node, [own.interface]):
            continue
        for end in cable.ends:
            node = case.plan.node(end.node)
            places = [end.interface, *([node.bridge.name] if node.bridge else [])]
            if end.node != case.node and (found := live_address(case.lab, end.node, places)):
                return host_part(found)
    return ""


def _silent(case: FaultCase) -> Landed | NotLanded:
    address = neighbour_address(case)
    if not address:
        return Landed("no neighbour has an address to ping: the rules are the proof")
    if pings(case.lab, case.node, address).times:
        return NotLanded(f"{case.node} still gets an answer from {address}")
    return Landed(f"{case.node} gets no answer from {address}")


def _no_sessions(case: FaultCase) -> Landed | NotLanded:
    sessions = bgp_sessions(case.lab, case.node)
    up = [address for address, state in sessions.items() if state == "Established"]
    if up or not sessions:
        return NotLanded(f"{case.node} has {len(up)} of {len(sessions)} sessions of BGP")
    return Landed(f"none of {len(sessions)} sessions of BGP of {case.node} is established")


def _no_adjacency(case: FaultCase) -> Landed | NotLanded:
    full = ospf_neighbours(case.lab, case.node)
    if full:
        return NotLanded(f"{case.node} still has {len(full)} neighbours of OSPF that are Full")
    return Landed(f"{case.node} has no neighbour of OSPF that is Full")


def _no_answers(case: FaultCase) -> Landed | NotLanded:
    """A neighbour that asks the server gets no answer in time."""
    address = first_address(case.target.node)
    cables = cables_of(case.plan, case.node)
    askers = [end.node for cable in cables for end in cable.ends if end.node != case.node]
    for asker in askers:
        answer = asks(case.lab, asker, address, "ns.")
        if answer.code != "timeout":
            return NotLanded(f"{address} still answers {asker}: {answer.code}")
    return Landed(f"{address} does not answer questions of DNS, from {len(askers)} nodes")


_ROWS: tuple[tuple[str, Callable[..., Made], Look | None, float], ...] = (
    ("arp_acl_block", blocking("arp", ("drop",), (INPUT, OUTPUT), flush=True), _silent, 15),
    ("bgp_acl_block", blocking("inet", ("tcp dport 179 drop", "tcp sport 179 drop"), _THROUGH), _no_sessions, 200),
    ("ospf_acl_block", blocking("inet", ("ip protocol ospf drop",), (INPUT, OUTPUT)), _no_adjacency, 60),
    ("icmp_acl_block", blocking("ip", ("ip protocol icmp drop",), _THROUGH), _silent, 15),
    ("dns_port_blocked", blocking("inet", ("tcp dport 53 drop", "udp dport 53 drop"), (INPUT,)), _no_answers, 15),
    ("icmp_frag_needed_filter_misconfiguration", blocking("inet", (FRAGMENTATION_NEEDED,), _THROUGH), None, 15),
)
RECIPES = tuple(Recipe(kind, _NODE, changes, symptom=look, within=within) for kind, changes, look, within in _ROWS)
