"""Finds the possible targets of a kind of fault, and the reason why another element is refused. Pure.

Rule: if a kind of fault can be injected at nodes and at links, it is in the ports of a node. So the node has to have a
link.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

from shared.domain.catalogue import FAULTS
from shared.domain.errors import UnknownTarget
from shared.domain.kinds import ElementKind, FaultKind
from shared.domain.topology import NAMES_IN_A_MESSAGE, Topology


def fitting(topology: Topology, kind: FaultKind, targets: Collection[str] = ()) -> list[str]:
    """If `targets` is empty, check all elements."""
    wanted = frozenset(targets)
    elements = chain(topology.node_by_id, topology.link_by_id)
    return [e for e in elements if (not wanted or e in wanted) and _fits(topology, kind, e)]


def require_fitting(topology: Topology, kind: FaultKind, target: str) -> str:
    """Raises UnknownTarget with the possible targets."""
    if _fits(topology, kind, topology.require(target)):
        return target
    names = sorted(fitting(topology, kind))
    more = ", ..." if len(names) > NAMES_IN_A_MESSAGE else ""
    shown = ", ".join(names[:NAMES_IN_A_MESSAGE]) or "none in this network"
    raise UnknownTarget(f"the target of {kind} is {_why_not(topology, kind, target)}; possible targets: {shown}{more}")


def _fits(topology: Topology, kind: FaultKind, element: str) -> bool:
    kinds = FAULTS[kind].targets
    if topology.is_link(element):
        return ElementKind.LINK in kinds
    return ElementKind.NODE in kinds and (ElementKind.LINK not in kinds or bool(topology.links_of[element]))


def _why_not(topology: Topology, kind: FaultKind, target: str) -> str:
    if topology.is_link(target):
        return f"a node, and {target!r} is a link"
    if ElementKind.NODE in FAULTS[kind].targets:
        return f"a node with links, and {target!r} has none"
    return f"a link, and {target!r} is a node"
