"""Which kind of fault strikes which element, and the one sentence that refuses what does not fit. Pure.

Rule: a kind that strikes links strikes a node at its ports: one without links has none.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

from shared.domain.catalogue import FAULTS
from shared.domain.errors import UnknownTarget
from shared.domain.kinds import ElementKind, FaultKind
from shared.domain.topology import NAMES_IN_A_MESSAGE, Topology


def fitting(topology: Topology, kind: FaultKind, targets: Collection[str] = ()) -> list[str]:
    """Return the elements that a fault of this kind can strike, among `targets` or, where that is empty, among all."""
    wanted = frozenset(targets)
    elements = chain(topology.node_by_id, topology.link_by_id)
    return [e for e in elements if (not wanted or e in wanted) and _strikes(topology, kind, e)]


def require_fitting(topology: Topology, kind: FaultKind, target: str) -> str:
    """Return a target that such a fault can strike. Raises UnknownTarget, saying why not and naming what would do."""
    if _strikes(topology, kind, topology.require(target)):
        return target
    names = sorted(fitting(topology, kind))
    more = ", ..." if len(names) > NAMES_IN_A_MESSAGE else ""
    shown = ", ".join(names[:NAMES_IN_A_MESSAGE]) or "none in this network"
    raise UnknownTarget(f"{kind} strikes {_why_not(topology, kind, target)}: there are {shown}{more}")


def _strikes(topology: Topology, kind: FaultKind, element: str) -> bool:
    kinds = FAULTS[kind].targets
    if topology.is_link(element):
        return ElementKind.LINK in kinds
    return ElementKind.NODE in kinds and (ElementKind.LINK not in kinds or bool(topology.links_of[element]))


def _why_not(topology: Topology, kind: FaultKind, target: str) -> str:
    if topology.is_link(target):
        return f"a node, and {target!r} is a link"
    if ElementKind.NODE in FAULTS[kind].targets:
        return f"the ports of a node, and {target!r} has no link"
    return f"a link, and {target!r} is a node"
