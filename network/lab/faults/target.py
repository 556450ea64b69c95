"""What a fault is made at: a node, a link or an interface of the plan. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from network.lab.faults.proof import NotLanded
from network.lab.plan import LabCable, LabNode, LabPlan, LabPort
from shared.domain.element_names import PORT_SEPARATOR
from shared.domain.kinds import ElementKind
from shared.domain.names import LINK_SEPARATOR


@dataclass(frozen=True)
class FaultTarget:
    """`nodes`: the node, or the nodes of all ends. `cable`: of a link or interface. `port`: of an interface."""

    name: str
    kind: ElementKind
    nodes: tuple[LabNode, ...]
    cable: LabCable | None = None
    port: LabPort | None = None

    @property
    def node(self) -> LabNode:
        """The node, or the node of the first end."""
        return self.nodes[0]

    @property
    def ends(self) -> tuple[LabPort, ...]:
        """The ends of the cable, the named one first; the interface alone if no cable is in it; none of a node."""
        ends = self.cable.ends if self.cable else ()
        if self.port is None:
            return ends
        return (self.port, *(end for end in ends if end != self.port))


def target_of(plan: LabPlan, name: str, accepts: Collection[ElementKind]) -> FaultTarget | NotLanded:
    """Find what a name means in the plan. `accepts`: the kinds of element that the recipe knows."""
    found = _node(plan, name) or _interface(plan, name) or _link(plan, name)
    if found is None:
        return NotLanded(f"{name}: no node, link `a--b` or interface `node:name` of the plan {plan.name} has this name")
    if isinstance(found, NotLanded):
        return found
    if found.kind not in accepts:
        kinds = " or ".join(sorted(accepts))
        return NotLanded(f"{name} is a {found.kind}, and this kind of fault is made at a {kinds}")
    return found


def cables_of(plan: LabPlan, node: str) -> tuple[LabCable, ...]:
    return tuple(cable for cable in plan.cables if any(end.node == node for end in cable.ends))


def link_name(cable: LabCable) -> str:
    """Return the name of a link by its nodes, which parallel links share."""
    return LINK_SEPARATOR.join(sorted(end.node for end in cable.ends))


def _node(plan: LabPlan, name: str) -> FaultTarget | None:
    try:
        return FaultTarget(name, ElementKind.NODE, (plan.node(name),))
    except KeyError:
        return None


def _interface(plan: LabPlan, name: str) -> FaultTarget | None:
    for node in plan.nodes:
        names = [interface.name for interface in node.interfaces] + ([node.bridge.name] if node.bridge else [])
        for interface in names:
            if name == f"{node.name}{PORT_SEPARATOR}{interface}":
                port = LabPort(node.name, interface)
                return FaultTarget(name, ElementKind.INTERFACE, (node,), plan.cable_of(port), port)
    return None


def _link(plan: LabPlan, name: str) -> FaultTarget | NotLanded | None:
    parts = sorted(name.split(LINK_SEPARATOR))
    found = [each for each in plan.cables if name == each.name or parts == sorted(end.node for end in each.ends)]
    if not found:
        ports = [sorted(map(str, each.ends)) for each in plan.cables]
        found = [cable for cable, own in zip(plan.cables, ports, strict=True) if own == parts]
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        return NotLanded(f"{name} are {len(found)} parallel links: name one by its interfaces: {names}")
    if not found:
        return None
    ends = found[0].ends
    return FaultTarget(name, ElementKind.LINK, tuple(plan.node(end.node) for end in ends), found[0])
