"""Faults of the policies of BGP: too many prefixes, a leaked black hole, a leaked route that RPKI calls invalid."""

from __future__ import annotations

from collections.abc import Sequence

from network.lab.faults import configs
from network.lab.faults.access import LabAccess
from network.lab.faults.change import FaultChange
from network.lab.faults.changes.programs import content_of
from network.lab.faults.changes.routing import FRR_FILE, VTYSH, FrrChange
from network.lab.faults.observe import bgp_paths, bgp_received, bgp_sessions
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.recipe import FaultCase, Made, Recipe, integer, text
from network.lab.faults.recipes.routing import SOFT_OUT, frr_change, other_speakers
from network.lab.plan import LabRole
from shared.domain.kinds import ElementKind

_NODE = frozenset({ElementKind.NODE})
FLOOD = "198.19.0.0/16"
FLOOD_LIST, BUSINESS_LIST, LEAK_LIST = "FLOOD", "CUSTOMER", "LEAK"
MARGIN, LEAST_LIMIT = 5, 10
"""The limit of a session is so many prefixes above what it has, and at least this."""
SPECIAL = 5
"""The number of an entry before the usual ones, which begin at 10."""
FIRST = 1
LIMIT_STATE = "PfxCt"
NO_CHECK = "no bgp network import-check"


def _text(case: FaultCase, node: str) -> str:
    return (content_of(case.lab, node, FRR_FILE) or b"").decode()


def flooding_peer(case: FaultCase) -> tuple[str, str] | NotLanded:
    """Return the node and the address of the session that is flooded: those of the request, or the first session."""
    neighbours = configs.neighbours_of(_text(case, case.node))
    owners = {
        address.partition("/")[0]: node.name
        for node in case.plan.nodes
        for address in (*node.loopback, *(each for one in node.interfaces for each in one.addresses))
    }
    for address in [case.text("neighbor_ip")] if case.text("neighbor_ip") else list(neighbours):
        peer = case.text("peer_name") or owners.get(address, "")
        if address in neighbours and any(node.name == peer for node in case.plan.nodes):
            return peer, address
    return NotLanded(
        f"{case.node} has no such session of BGP with a node of the plan: name one with --set neighbor_ip="
    )


def bgp_max_prefix_exceeded(case: FaultCase) -> Made:
    found = flooding_peer(case)
    if isinstance(found, NotLanded):
        return found
    peer, address = found
    received = bgp_received(case.lab, case.node, address)
    limit = max(received + MARGIN, LEAST_LIMIT)
    count = case.integer("flood_count")
    if count <= limit - received:
        return NotLanded(f"{count} more prefixes do not exceed the limit of {limit}: use a larger flood_count")
    prefixes = [f"198.19.{number}.0/24" for number in range(count)]
    receiver = _flood_change(case, case.node, (), (f"neighbor {address} maximum-prefix {limit}",))
    sender = _flood_change(case, peer, prefixes, ())
    if isinstance(receiver, NotLanded):
        return receiver
    if isinstance(sender, NotLanded):
        return sender
    return SessionCleared(case.node, address), receiver, sender


def _flood_change(case: FaultCase, node: str, prefixes: Sequence[str], rules: Sequence[str]) -> FrrChange | NotLanded:
    """Let the flood pass the maps of a router; add prefixes and lines of neighbours to its IPv4 family."""
    own = _text(case, node)
    maps = [name for name in configs.route_maps_of(own) if configs.entry_of(own, name, FIRST) is None]
    lists = [f"ip prefix-list {FLOOD_LIST} seq 5 permit {FLOOD} le 24"]
    for name in maps:
        lists += [f"route-map {name} permit {FIRST}", f" match ip address prefix-list {FLOOD_LIST}", "exit"]
    family = [*rules, *(f"network {prefix}" for prefix in prefixes)]
    # A network that the router has no route to is announced only without the check.
    checked = bool(prefixes) and NO_CHECK not in own

    def edit(text_: str) -> str | None:
        inside = configs.with_lines_in_bgp(text_, (NO_CHECK,) if checked else (), family)
        return None if inside is None else configs.with_lines_before_bgp(inside, lists)

    bgp = f"router bgp {configs.asn_of(own)}"
    block = (bgp, "address-family ipv4 unicast")
    commands = [*(line.strip() for line in lists), *((bgp, NO_CHECK) if checked else ()), *block, *family]
    undo = [*block, *(f"no {line}" for line in family), "exit", "exit"]
    undo += [*((bgp, NO_CHECK.removeprefix("no "), "exit") if checked else ())]
    undo += [*(f"no route-map {name} permit {FIRST}" for name in maps), f"no ip prefix-list {FLOOD_LIST}"]
    return frr_change(case, edit, "has no block of BGP", tuple(commands), tuple(undo), (SOFT_OUT,), node)


class SessionCleared(FaultChange, frozen=True):
    """A session that stopped because of its limit: it stays down until somebody clears it. The undo does."""

    node: str
    neighbour: str

    @property
    def touches(self) -> frozenset[str]:
        return frozenset({f"node/{self.node}/session/{self.neighbour}"})

    def apply(self, lab: LabAccess) -> str:
        return ""

    def holds(self, lab: LabAccess) -> Landed | NotLanded:
        return Landed(f"{self.node} has a session with {self.neighbour}")

    def undo(self, lab: LabAccess) -> str:
        if LIMIT_STATE in bgp_sessions(lab, self.node).get(self.neighbour, ""):
            lab.run(self.node, [VTYSH, "-c", f"clear ip bgp {self.neighbour}"])
        return ""


def limit_reached(case: FaultCase) -> Landed | NotLanded:
    found = flooding_peer(case)
    if isinstance(found, NotLanded):
        return found
    state = bgp_sessions(case.lab, case.node).get(found[1], "")
    if LIMIT_STATE not in state:
        return NotLanded(f"the session of {case.node} with {found[1]} is {state or 'unknown'}")
    return Landed(f"the session of {case.node} with {found[1]} is {state}: its limit was exceeded")


def leaked_towards(case: FaultCase) -> tuple[str, str] | NotLanded:
    """Return the external neighbour and the map of a router towards it: those of the request, or the first ones."""
    own = _text(case, case.node)
    asn = configs.asn_of(own)
    external = [address for address, other in configs.neighbours_of(own).items() if other != asn]
    named = [case.text("neighbor_ip")] if case.text("neighbor_ip") else external
    found = [(address, configs.map_towards(own, address, "out")) for address in named]
    special = sorted((each for each in found if each[1]), key=lambda each: each[1].count("-"), reverse=True)
    if not special:
        return NotLanded(f"{case.node} has no external neighbour with a map for what it sends: name another router")
    return special[0]


def bgp_blackhole_community_leak(case: FaultCase) -> Made:
    found = leaked_towards(case)
    if isinstance(found, NotLanded):
        return found
    address, route_map = found
    own = _text(case, case.node)
    if configs.entry_of(own, route_map, SPECIAL) is not None:
        return NotLanded(f"{route_map} of {case.node} has an entry {SPECIAL} already: name another router")
    head, line = f"route-map {route_map} permit {SPECIAL}", f"ip prefix-list {BUSINESS_LIST} seq 5 permit"
    entry = (f" match ip address prefix-list {BUSINESS_LIST}", f" set community {_community(case, address)} additive")
    lines = (f"{line} {case.text('prefix')}", head, *entry, "exit")
    change = frr_change(
        case,
        lambda text_: configs.with_lines_before_bgp(text_, lines),
        "has no block of BGP",
        tuple(each.strip() for each in lines),
        (f"no {head}", f"no ip prefix-list {BUSINESS_LIST}"),
        (SOFT_OUT,),
    )
    return change if isinstance(change, NotLanded) else (change,)


def _community(case: FaultCase, address: str) -> str:
    return case.text("community") or f"{configs.neighbours_of(_text(case, case.node)).get(address, 0)}:666"


def discarded(case: FaultCase) -> Landed | NotLanded:
    """The provider has the community on its path, and discards what it sends to the prefix."""
    found = leaked_towards(case)
    if isinstance(found, NotLanded):
        return found
    provider, prefix = owner_of(case, found[0]), case.text("prefix")
    if not provider:
        return NotLanded(f"no node of the plan has the address {found[0]}")
    if _community(case, found[0]) not in str(bgp_paths(case.lab, provider, prefix)):
        return NotLanded(f"{provider} has no path to {prefix} with the community {_community(case, found[0])}")
    if "blackhole" not in case.lab.network(provider, ["ip", "route", "show", prefix]).output:
        return NotLanded(f"{provider} does not discard {prefix}")
    return Landed(f"{provider} has {prefix} with the community, and discards it")


def owner_of(case: FaultCase, address: str) -> str:
    for node in case.plan.nodes:
        every = (*node.loopback, *(each for one in node.interfaces for each in one.addresses))
        if address in {each.partition("/")[0] for each in every}:
            return node.name
    return ""


def bgp_rpki_invalid_route_leak(case: FaultCase) -> Made:
    """Each router of the AS that keeps the prefixes inside lets them out."""
    asn = configs.asn_of(_text(case, case.node))
    changes: list[FaultChange] = []
    for node in case.plan.nodes:
        own = _text(case, node.name) if node.role is LabRole.ROUTER else ""
        if asn is None or configs.asn_of(own) != asn:
            continue
        for name in configs.route_maps_of(own):
            entry = configs.entry_of(own, name, SPECIAL)
            if entry is None or entry[0] != "deny" or not any(LEAK_LIST in line for line in entry[1]):
                continue
            change = _opened(case, node.name, name, entry[1])
            if isinstance(change, NotLanded):
                return change
            changes.append(change)
    return tuple(changes) or NotLanded(f"no router of the AS of {case.node} keeps prefixes by an entry {SPECIAL}")


def _opened(case: FaultCase, node: str, route_map: str, lines: tuple[str, ...]) -> FrrChange | NotLanded:
    """An entry that gets another action loses its lines, so they follow again."""
    return frr_change(
        case,
        lambda own: configs.with_action(own, route_map, SPECIAL, "permit"),
        "has no such entry",
        (f"route-map {route_map} permit {SPECIAL}", *lines),
        (f"route-map {route_map} deny {SPECIAL}", *lines),
        (SOFT_OUT,),
        node,
    )


def leaked_outside(case: FaultCase) -> Landed | NotLanded:
    """A router of another AS has one of the prefixes from the AS of the leak."""
    own = _text(case, case.node)
    asn = configs.asn_of(own)
    prefixes = configs.prefixes_of(own, LEAK_LIST)
    for node in other_speakers(case):
        if configs.asn_of(_text(case, node.name)) == asn:
            continue
        for prefix in prefixes:
            if any(str(asn) in str(path.get("aspath", "")) for path in bgp_paths(case.lab, node.name, prefix)):
                return Landed(f"{node.name} has {prefix} from AS {asn}")
    return NotLanded(f"no router outside AS {asn} has one of the prefixes {', '.join(prefixes)}")


NEIGHBOUR = text("neighbor_ip", "the address of the neighbour; empty: the first that fits")
RECIPES = (
    Recipe(
        "bgp_max_prefix_exceeded",
        _NODE,
        bgp_max_prefix_exceeded,
        (
            NEIGHBOUR,
            text("peer_name", "the node that sends too much; empty: the one with that address"),
            integer("flood_count", 120, "how many prefixes are sent", 1, 250),
        ),
        symptom=limit_reached,
        within=40,
    ),
    Recipe(
        "bgp_blackhole_community_leak",
        _NODE,
        bgp_blackhole_community_leak,
        (
            NEIGHBOUR,
            text("prefix", "the prefix that gets the community", "198.51.100.0/24"),
            text("community", "the community; empty: AS of the neighbour:666"),
        ),
        symptom=discarded,
        within=40,
    ),
    Recipe("bgp_rpki_invalid_route_leak", _NODE, bgp_rpki_invalid_route_leak, symptom=leaked_outside, within=40),
)
