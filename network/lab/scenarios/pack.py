"""Makes a plan from a scenario file of the schema `nika-pack/1`. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from network.lab.plan import (
    LabBridge,
    LabInterface,
    LabLimits,
    LabNode,
    LabPlan,
    LabRole,
)
from network.lab.scenarios.baseline import checks_of
from network.lab.scenarios.bgp import bgp_lines, lo_addresses
from network.lab.scenarios.frr import (
    FRR_DIRECTORIES,
    ROUTER_SYSCTLS,
    RPKI,
    addressed_block,
    frr_files,
    frr_programs,
    with_basic_daemons,
)
from network.lab.scenarios.igp import igp_lines
from network.lab.scenarios.parts import NodePart, needs_of, process_checks
from network.lab.scenarios.reading import read_pack
from network.lab.scenarios.schema import DHCP, PackFile, PackNode
from network.lab.scenarios.services import KNOWN_SERVICES, part_of, steps_of
from network.lab.scenarios.system import hosts_file, lookup_file, resolver_file
from network.lab.scenarios.web import AUTHORITY, OPENSSL
from network.lab.scenarios.wiring import Wiring, wiring_of

DEFAULT_LIMITS = LabLimits(cpus=0.5, memory_mib=256)
"""Where the file states no limits for a role."""
LEFT_OUT = "left out"


def plan_from(text: str, source: str, rpki: bool = True) -> LabPlan:
    """Return the plan of a scenario file.

    `source`: the name of the file, for messages. Services that no laboratory can run are in the variant of the plan, as
    `left out`. `rpki`: false leaves out the validation of origins, which needs the
    packages stayrtr and frr-rpki-rtrlib; the plan has the variant `rpki: left out` then. Raises ScenarioError.
    """
    return plan_of(read_pack(text, source), rpki)


def plan_of(pack: PackFile, rpki: bool = True) -> LabPlan:
    wiring = wiring_of(pack)
    nodes = tuple(_node(pack, node, wiring, rpki) for node in pack.nodes)
    steps = tuple(steps_of(pack, wiring))
    variant = {**pack.variant, **({"size": pack.size} if pack.size else {})}
    if pack.routing.rpki and not rpki:
        variant["rpki"] = LEFT_OUT
    variant |= dict.fromkeys(_unknown_services(pack), LEFT_OUT)
    return LabPlan(
        name=pack.scenario,
        nodes=nodes,
        cables=wiring.cables,
        checks=(*checks_of(pack, wiring), *process_checks(nodes)),
        steps=steps,
        needs=needs_of(nodes, steps, (OPENSSL,) if any(each.name == AUTHORITY for each in steps) else ()),
        variant=variant,
    )


def _unknown_services(pack: PackFile) -> Iterator[str]:
    """Yield what the file has and the plan has not."""
    yield from (f"service {name}" for name in pack.services.unknown)
    for node in pack.nodes:
        yield from (f"service {name} of {node.name}" for name in node.services if name not in KNOWN_SERVICES)


def _node(pack: PackFile, node: PackNode, wiring: Wiring, rpki: bool) -> LabNode:
    router = node.role is LabRole.ROUTER
    part = part_of(pack, node, wiring, rpki)
    if router:
        part += _routing(pack, node, wiring, rpki)
    files = (resolver_file(node.resolvers), lookup_file(), hosts_file(node.name, _names(pack, wiring)))
    return LabNode(
        name=node.name,
        role=node.role,
        limits=_limits(pack, node),
        interfaces=wiring.interfaces.get(node.name, ()),
        loopback=((node.loopback,) if node.loopback else ()) + lo_addresses(pack, node),
        bridge=_bridge(node),
        gateway=node.gateway or "",
        dhcp=(wiring.free_interface(node) or "") if node.address == DHCP else "",
        services=node.services,
        sysctls=ROUTER_SYSCTLS if router else {},
        files=(*files, *part.files),
        directories=part.directories,
        programs=part.programs,
    )


def _routing(pack: PackFile, node: PackNode, wiring: Wiring, rpki: bool) -> NodePart:
    daemons = with_basic_daemons(_daemons(pack, node))
    observes = rpki and pack.routing.rpki is not None and pack.routing.rpki.rov_observer == node.name
    modules = (RPKI,) if observes else ()
    files = frr_files(node.name, _configuration(pack, node, wiring, rpki), daemons, modules)
    return NodePart(files, FRR_DIRECTORIES, frr_programs(daemons, modules))


def _limits(pack: PackFile, node: PackNode) -> LabLimits:
    own = pack.limits.get(node.role.value) or pack.limits.get("all")
    return LabLimits(own.cpus, own.mem_mib) if own else DEFAULT_LIMITS


def _bridge(node: PackNode) -> LabBridge | None:
    if node.bridge is None:
        return None
    return LabBridge(node.bridge.name, node.bridge.ports, (node.bridge.address,) if node.bridge.address else ())


def _daemons(pack: PackFile, node: PackNode) -> tuple[str, ...]:
    routing = pack.routing
    runs = {
        "ospfd": routing.ospf is not None,
        "isisd": routing.isis is not None,
        "bgpd": routing.bgp is not None and node.asn is not None,
    }
    return tuple(name for name, needed in runs.items() if needed)


def _configuration(pack: PackFile, node: PackNode, wiring: Wiring, rpki: bool) -> list[str]:
    igp = igp_lines(pack, node, wiring)
    interfaces = list(wiring.interfaces.get(node.name, ()))
    if node.bridge:
        interfaces.append(LabInterface(node.bridge.name, (node.bridge.address,) if node.bridge.address else ()))
    own = ((node.loopback,) if node.loopback else ()) + lo_addresses(pack, node)
    lines: list[str] = []
    for interface in (*interfaces, LabInterface("lo", own)):
        block = addressed_block(interface, igp.on.get(interface.name, ()))
        lines += block if len(block) > len(addressed_block(LabInterface(interface.name))) else ()
    return [*lines, *bgp_lines(pack, node, wiring, rpki), *igp.router]


def _names(pack: PackFile, wiring: Wiring) -> dict[str, str]:
    """Where no node offers DNS, each node knows the main addresses of all others."""
    if pack.services.dns is not None:
        return {}
    names = {}
    for node in pack.nodes:
        own = node.loopback or next((address for _, address in wiring.addresses(node.name)), "")
        if own:
            names[node.name] = own.partition("/")[0]
    return names
