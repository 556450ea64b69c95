"""Finds the elements that an action takes out of service while it runs. Pure."""

from __future__ import annotations

from shared.domain.catalogue import ACTIONS, TakesDown
from shared.domain.kinds import ActionKind
from shared.domain.topology import Topology


def taken_down(action: ActionKind, target: str, topology: Topology) -> frozenset[str]:
    """Return the elements that carry no traffic while an action runs on `target`.

    These are, by the kind of action, none, links, or a node and the nodes that lose their connection with it.
    """
    takes = ACTIONS[action].takes_down
    if takes is TakesDown.NOTHING or target not in topology:
        return frozenset()
    if takes is TakesDown.NODE:
        return topology.cut_off_by(target) | {target}
    return frozenset({target} if topology.is_link(target) else topology.links_of.get(target, ()))
