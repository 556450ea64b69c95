"""Faults of how a host is addressed: its address, prefix, gateway or resolver is wrong."""

from __future__ import annotations

import re
from ipaddress import IPv4Interface

from network.lab.faults.changes.interfaces import InterfaceAddress, state_of
from network.lab.faults.changes.programs import FileChange, content_of
from network.lab.faults.changes.routes import DEFAULT, RouteChange, routes_by_hand
from network.lab.faults.observe import asks, live_address, pings
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.recipe import FaultCase, Made, Recipe, integer, text
from network.lab.plan import LabRole
from shared.domain.kinds import ElementKind

_NODE = frozenset({ElementKind.NODE})
RESOLVERS = "/etc/resolv.conf"
PROBED_NAME = "ns."
WRONG_HOST = 254
"""The last number of the subnet that is taken for a wrong address."""


def gateway_of(case: FaultCase) -> str:
    """Return the next hop of the default route as it is now; empty: there is none."""
    for route in routes_by_hand(case.lab, case.node, DEFAULT):
        if found := re.search(r"\bvia (\S+)", route):
            return found[1]
    return ""


def host_incorrect_gateway(case: FaultCase) -> Made:
    routes = routes_by_hand(case.lab, case.node, DEFAULT)
    right = gateway_of(case)
    found = re.search(r"\bdev (\S+)", routes[0]) if routes else None
    if not right or found is None:
        return NotLanded(f"{case.node} has no default route that was made by hand: name a host")
    own = live_address(case.lab, case.node, [found[1]])
    wrong = case.text("gateway") or _unused(case, own, right)
    if not wrong or wrong == right:
        return NotLanded(f"no wrong gateway is free in {own}: name one with --set gateway=ADDRESS")
    new = (DEFAULT, "via", wrong, "dev", found[1], "onlink")
    return (RouteChange(case.node, DEFAULT, new, routes),)


def _unused(case: FaultCase, own: str, *taken: str) -> str:
    """Return an address of a subnet that nobody has by the plan; empty: there is none."""
    if not own:
        return ""
    network = IPv4Interface(own).network
    interfaces = [
        each for node in case.plan.nodes for each in (*node.interfaces, *([node.bridge] if node.bridge else ()))
    ]
    used = {each.partition("/")[0] for interface in interfaces for each in interface.addresses}
    hosts = [str(each) for each in network.hosts()] if network.prefixlen < 31 else []
    free = [each for each in reversed(hosts) if each not in {*used, *taken, own.partition("/")[0]}]
    return free[0] if free else ""


def far_address(case: FaultCase, own: str) -> str:
    """Return an address outside the subnet of the node that it reaches now by plan: that of another router."""
    network = IPv4Interface(own).network
    for node in case.plan.nodes:
        for address in (*node.loopback, *(each for one in node.interfaces for each in one.addresses)):
            far = IPv4Interface(address).ip not in network
            if node.name != case.node and node.role is LabRole.ROUTER and far:
                return str(IPv4Interface(address).ip)
    return ""


def unreached(case: FaultCase) -> Landed | NotLanded:
    """The node reaches nothing outside its subnet."""
    own = live_address(case.lab, case.node, [each.name for each in case.target.node.interfaces])
    address = far_address(case, own) if own else ""
    if not address:
        return Landed("nothing is outside its subnet: the change itself is the proof")
    if pings(case.lab, case.node, address).times:
        return NotLanded(f"{case.node} still reaches {address}")
    return Landed(f"{case.node} does not reach {address}")


def _address_change(case: FaultCase, wanted: str, prefix: int | None) -> Made:
    for interface in case.target.node.interfaces:
        old = live_address(case.lab, case.node, [interface.name])
        before = state_of(case.lab, case.node, interface.name) if old else None
        if before is None:
            continue
        address = wanted or (_unused(case, old) if prefix is None else old.partition("/")[0])
        length = old.partition("/")[2] if prefix is None else str(prefix)
        new = f"{address.partition('/')[0]}/{length}"
        if not address or new == old:
            return NotLanded(f"no other address than {old} results: name one with --set")
        try:
            IPv4Interface(new)
        except ValueError:
            return NotLanded(f"{new} is no IPv4 address with a prefix")
        return (InterfaceAddress(case.node, interface.name, before, old, new),)
    return NotLanded(f"{case.node} has no interface with an IPv4 address: name a host")


def host_incorrect_ip(case: FaultCase) -> Made:
    return _address_change(case, case.text("address"), None)


def host_incorrect_netmask(case: FaultCase) -> Made:
    return _address_change(case, "", case.integer("prefix"))


def old_address_dead(case: FaultCase) -> Landed | NotLanded:
    """Nobody answers at the address that the plan gives the node."""
    planned = [each for interface in case.target.node.interfaces for each in interface.addresses]
    asker = next((node.name for node in case.plan.nodes if node.role is LabRole.ROUTER and node.name != case.node), "")
    if not planned or not asker:
        return Landed("the plan states no address: the change itself is the proof")
    address = planned[0].partition("/")[0]
    if pings(case.lab, asker, address).times:
        return NotLanded(f"{asker} still reaches {address}")
    return Landed(f"{asker} does not reach {address}")


def host_incorrect_dns(case: FaultCase) -> Made:
    before = content_of(case.lab, case.node, RESOLVERS)
    if before is None:
        return NotLanded(f"{case.node} has no {RESOLVERS}")
    lines = [line for line in before.decode(errors="replace").splitlines() if not line.startswith("nameserver")]
    after = "\n".join([*lines, f"nameserver {case.text('resolver')}", ""]).encode()
    if after == before:
        return NotLanded(f"the resolver of {case.node} is {case.text('resolver')} already: name another one")
    return (FileChange(case.node, RESOLVERS, before, after),)


def resolver_dead(case: FaultCase) -> Landed | NotLanded:
    answer = asks(case.lab, case.node, case.text("resolver"), PROBED_NAME)
    if answer.code not in ("timeout", "refused"):
        return NotLanded(f"{case.text('resolver')} answers {case.node}")
    return Landed(f"the resolver of {case.node} does not answer: {answer.code}")


RECIPES = (
    Recipe(
        "host_incorrect_gateway",
        _NODE,
        host_incorrect_gateway,
        (text("gateway", "the wrong next hop; empty: an unused address of the subnet"),),
        symptom=unreached,
    ),
    Recipe(
        "host_incorrect_ip",
        _NODE,
        host_incorrect_ip,
        (text("address", "the wrong address; empty: an unused one of the subnet"),),
        symptom=old_address_dead,
    ),
    Recipe(
        "host_incorrect_netmask",
        _NODE,
        host_incorrect_netmask,
        (integer("prefix", 30, "the wrong length of the prefix", 1, 32),),
        symptom=unreached,
    ),
    Recipe(
        "host_incorrect_dns",
        _NODE,
        host_incorrect_dns,
        (text("resolver", "the wrong resolver", "8.8.8.8"),),
        symptom=resolver_dead,
    ),
)
