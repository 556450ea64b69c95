"""Which playbooks of which devices make up an action of the loop. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from network.port import Refusal
from shared.domain.elements import kind_of
from shared.domain.kinds import ActionKind, ElementKind
from shared.domain.topology import Topology


@dataclass(frozen=True)
class ActionPart:
    """A playbook on one device. `optional`: the action is whole without it, if it does not fit there."""

    device: str
    playbook: str
    target: str
    optional: bool = False


AT_ENDS: Mapping[str, str] = {"enable_link": "enable_interface", "optimize_routing": "drain_link"}
"""Actions of a link -> the playbook at each of its two interfaces."""
AT_ONE_END: Mapping[str, str] = {"reset_interface": "reset_interface"}
"""Actions of a link -> the playbook at one of its interfaces, which the other end notices."""
LINK_ACTIONS = frozenset((*AT_ENDS, *AT_ONE_END))


def action_parts(topology: Topology, kind: ActionKind, target: str) -> tuple[ActionPart, ...] | Refusal:
    """`target`: an element that the catalogue accepts for this kind of action."""
    if not topology.is_link(target):
        if kind_of(topology, target) is ElementKind.NODE and kind in LINK_ACTIONS:
            return Refusal(f"{kind} is for links here, and {target} is a node")
        return (ActionPart(min(topology.ends(target)), kind, target),)
    link = topology.link_by_id[target]
    if not link.has_ports:
        return Refusal(f"the interfaces of {target} are not known; name them in the inventory")
    ends = sorted(zip((link.source, link.target), link.ports, strict=True))
    if playbook := AT_ENDS.get(kind):
        return tuple(ActionPart(node, playbook, port, optional=True) for node, port in ends)
    if playbook := AT_ONE_END.get(kind):
        node, port = ends[0]
        return (ActionPart(node, playbook, port),)
    return Refusal(f"{kind} has no playbook for a link")
