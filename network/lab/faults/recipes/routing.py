"""Faults of the configuration of a router, saved and running: of OSPF, and the simple ones of BGP."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network

from network.lab.faults import configs
from network.lab.faults.changes.interfaces import ExtraAddress
from network.lab.faults.changes.programs import content_of
from network.lab.faults.changes.routes import RouteChange, routes_by_hand
from network.lab.faults.changes.routing import FRR_FILE, FrrChange, frr_programs_of, running_configuration
from network.lab.faults.observe import bgp_paths, bgp_sessions, ospf_neighbours, pings
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.recipe import FaultCase, Made, Recipe, integer, steady, text
from network.lab.plan import LabNode, LabRole
from shared.domain.kinds import ElementKind

_NODE = frozenset({ElementKind.NODE})
SOFT_OUT = "clear ip bgp * soft out"
AREA, OTHER_AREA = "66", "99"
HOLD = 200.0
"""Seconds until BGP has given up a session that died silently: the default hold time is 180 s."""
DEAD = 60.0
"""The same of OSPF, whose default is 40 s."""


def configuration(case: FaultCase, node: str = "") -> tuple[bytes, str, str] | NotLanded:
    """Return the file of a router, its text and the running configuration."""
    name = node or case.node
    content = content_of(case.lab, name, FRR_FILE)
    running = running_configuration(case.lab, name)
    if content is None or not frr_programs_of(case.plan.node(name)):
        return NotLanded(f"{name} runs no FRR: name a router")
    if not running:
        return NotLanded(f"the daemons of {name} do not answer: clear the other faults of {name} first")
    return content, content.decode(), running


def frr_change(
    case: FaultCase,
    edit: Callable[[str], str | None],
    missing: str,
    commands: tuple[str, ...] = (),
    reverse: tuple[str, ...] = (),
    then: tuple[str, ...] = (),
    node: str = "",
) -> FrrChange | NotLanded:
    """Return the change of a router's configuration by an edit of its file. `missing`: what it takes to be edited."""
    found = configuration(case, node)
    if isinstance(found, NotLanded):
        return found
    before, own, running = found
    edited = edit(own)
    if edited is None or edited == own:
        return NotLanded(f"{node or case.node} {missing}: name another router")
    return FrrChange(node or case.node, before, edited.encode(), running, commands, reverse, then)


def bgp_asn_misconfig(case: FaultCase) -> Made:
    def edit(own: str) -> str | None:
        asn = configs.asn_of(own)
        return None if asn is None else configs.with_asn(own, asn + case.integer("shift"))

    change = frr_change(case, edit, "has no block of BGP")
    return change if isinstance(change, NotLanded) else (change,)


def no_session(case: FaultCase) -> Landed | NotLanded:
    sessions = bgp_sessions(case.lab, case.node)
    up = [address for address, state in sessions.items() if state == "Established"]
    if up or not sessions:
        return NotLanded(f"{case.node} has {len(up)} of {len(sessions)} sessions of BGP")
    return Landed(f"none of {len(sessions)} sessions of BGP of {case.node} is established")


def own_prefix(case: FaultCase) -> str:
    """Return the prefix that the request names, or the first that the router originates; empty: it originates none."""
    content = content_of(case.lab, case.node, FRR_FILE) or b""
    return case.text("prefix") or next(iter(configs.networks_of(content.decode())), "")


def bgp_missing_route_advertisement(case: FaultCase) -> Made:
    prefix = own_prefix(case)
    if not prefix:
        return NotLanded(f"{case.node} originates no prefix: name another router")
    asn = _asn(case)
    inside = (f"router bgp {asn}", "address-family ipv4 unicast")
    change = frr_change(
        case,
        lambda own: configs.without_network(own, prefix),
        f"does not originate {prefix}",
        (*inside, f"no network {prefix}"),
        (*inside, f"network {prefix}"),
        (SOFT_OUT,),
    )
    return change if isinstance(change, NotLanded) else (change,)


def _asn(case: FaultCase) -> int:
    content = content_of(case.lab, case.node, FRR_FILE) or b""
    return configs.asn_of(content.decode()) or 0


def not_announced(case: FaultCase) -> Landed | NotLanded:
    """No other router has the withdrawn prefix from BGP."""
    planned = next((each.text for each in case.target.node.files if each.path == FRR_FILE), "")
    prefix = case.text("prefix") or next(iter(configs.networks_of(planned)), "")
    known = [node.name for node in other_speakers(case) if bgp_paths(case.lab, node.name, prefix)]
    if known:
        return NotLanded(f"{len(known)} routers still have {prefix} from BGP, such as {known[0]}")
    return Landed(f"no other router has {prefix} from BGP")


def other_speakers(case: FaultCase) -> list[LabNode]:
    """Return the other routers that run BGP."""
    names = [node for node in case.plan.nodes if any(each.name == "bgpd" for each in node.programs)]
    return [node for node in names if node.name != case.node]


def bgp_hijacking(case: FaultCase) -> Made:
    try:
        prefix = IPv4Network(case.text("target_network"))
    except ValueError:
        return NotLanded(f"{case.text('target_network')} is no IPv4 prefix")
    address = f"{prefix[1]}/{prefix.prefixlen}"
    asn = _asn(case)
    if any(address in each.loopback for each in case.plan.nodes if each.name == case.node):
        return NotLanded(f"{case.node} has {address} by its plan: name another prefix")

    def edit(own: str) -> str | None:
        added = configs.with_lines_in_bgp(own, (), (f"network {prefix}",))
        return None if added is None else configs.with_address(added, "lo", address)

    block = (f"router bgp {asn}", "address-family ipv4 unicast")
    change = frr_change(
        case,
        edit,
        "has no block of BGP",
        ("interface lo", f"ip address {address}", "exit", *block, f"network {prefix}"),
        ("interface lo", f"no ip address {address}", "exit", *block, f"no network {prefix}"),
        (SOFT_OUT,),
    )
    return change if isinstance(change, NotLanded) else (ExtraAddress(case.node, "lo", address), change)


def hijacker_answers(case: FaultCase) -> Landed | NotLanded:
    """Another router reaches the address, or has the prefix from BGP."""
    prefix = IPv4Network(case.text("target_network"))
    for node in other_speakers(case):
        if bgp_paths(case.lab, node.name, str(prefix)):
            return Landed(f"{node.name} has {prefix} from BGP")
        if pings(case.lab, node.name, str(prefix[1]), count=1).times:
            return Landed(f"{prefix[1]} answers {node.name}")
    return NotLanded(f"no other router knows {prefix}")


def ospf_area_misconfiguration(case: FaultCase) -> Made:
    def edit(own: str) -> str | None:
        areas = configs.areas_of(own)
        taken = bool(areas) and configs.dotted(areas[0]) == configs.dotted(AREA)
        return configs.with_area(own, OTHER_AREA if taken else AREA)

    change = frr_change(case, edit, "has no area of OSPF")
    return change if isinstance(change, NotLanded) else (change,)


def ospf_neighbor_missing(case: FaultCase) -> Made:
    change = frr_change(case, configs.with_networks_commented, "has no network of OSPF")
    return change if isinstance(change, NotLanded) else (change,)


def fewer_neighbours(case: FaultCase) -> Landed | NotLanded:
    """The neighbours of the router have lost it; links of an area that the fault does not touch keep theirs."""
    expected = case.figures.get("neighbours", 0)
    full = len(ospf_neighbours(case.lab, case.node))
    if full >= expected:
        return NotLanded(f"{case.node} has {full} neighbours of OSPF that are Full, as before")
    return Landed(f"{case.node} has {full} neighbours of OSPF that are Full instead of {expected:g}")


def neighbour_count(case: FaultCase) -> dict[str, float]:
    return {"neighbours": float(len(ospf_neighbours(case.lab, case.node)))}


def host_static_blackhole(case: FaultCase) -> Made:
    prefix = case.text("prefix") or edge_prefix(case)
    if not prefix:
        return NotLanded("no host has a subnet to take: name one with --set prefix=PREFIX")
    try:
        destination = str(IPv4Network(prefix, strict=False))
    except ValueError:
        return NotLanded(f"{prefix} is no IPv4 prefix")
    before = routes_by_hand(case.lab, case.node, destination)
    if any(route.startswith("blackhole") for route in before):
        return NotLanded(f"{case.node} has a blackhole for {destination} already: name another prefix")
    return (RouteChange(case.node, destination, ("blackhole", destination), before),)


def edge_prefix(case: FaultCase) -> str:
    """Return the subnet of the last host, by name, that the router does not touch itself."""
    own = [IPv4Network(each, strict=False) for one in case.target.node.interfaces for each in one.addresses]
    own += [
        IPv4Network(each, strict=False)
        for each in (case.target.node.bridge.addresses if case.target.node.bridge else ())
    ]
    hosts = [node for node in case.plan.nodes if node.role in (LabRole.HOST, LabRole.SERVER)]
    for host in sorted(hosts, key=lambda each: each.name, reverse=True):
        for address in (each for interface in host.interfaces for each in interface.addresses):
            subnet = IPv4Network(address, strict=False)
            if subnet not in own:
                return str(subnet)
    return ""


def prefix_unreached(case: FaultCase) -> Landed | NotLanded:
    prefix = IPv4Network(case.text("prefix") or edge_prefix(case), strict=False)
    every = [each for node in case.plan.nodes for one in node.interfaces for each in one.addresses]
    inside = [each.partition("/")[0] for each in every if IPv4Network(each, strict=False).subnet_of(prefix)]
    if not inside:
        return Landed("nobody has an address there: the route is the proof")
    if pings(case.lab, case.node, inside[-1]).times:
        return NotLanded(f"{case.node} still reaches {inside[-1]}")
    return Landed(f"{case.node} does not reach {inside[-1]}")


PREFIX = text("prefix", "the prefix; empty: the first that the router originates")
RECIPES = (
    Recipe(
        "bgp_asn_misconfig",
        _NODE,
        bgp_asn_misconfig,
        (integer("shift", 600, "how far the wrong number is from the right one", 1, 4_000_000_000),),
        symptom=steady(no_session),
        within=30,
    ),
    Recipe(
        "bgp_missing_route_advertisement",
        _NODE,
        bgp_missing_route_advertisement,
        (PREFIX,),
        symptom=not_announced,
        within=40,
    ),
    Recipe(
        "bgp_hijacking",
        _NODE,
        bgp_hijacking,
        (text("target_network", "the prefix that the router takes", "198.18.0.0/24"),),
        symptom=hijacker_answers,
        within=60,
    ),
    Recipe(
        "ospf_area_misconfiguration",
        _NODE,
        ospf_area_misconfiguration,
        symptom=steady(fewer_neighbours),
        baseline=neighbour_count,
        within=DEAD,
    ),
    Recipe(
        "ospf_neighbor_missing",
        _NODE,
        ospf_neighbor_missing,
        symptom=steady(fewer_neighbours),
        baseline=neighbour_count,
        within=DEAD,
    ),
    Recipe(
        "host_static_blackhole",
        _NODE,
        host_static_blackhole,
        (text("prefix", "the prefix; empty: the subnet of the last host by name"),),
        symptom=prefix_unreached,
    ),
)
