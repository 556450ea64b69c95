"""The actions that fit each kind of fault, best first; the last resort of a port fault is to lead traffic around it."""

from __future__ import annotations

from collections.abc import Mapping

from shared.domain.events import Proposal
from shared.domain.kinds import ActionKind, FaultKind

REMEDIES: Mapping[FaultKind, tuple[ActionKind, ...]] = {
    FaultKind.HIGH_CPU: (ActionKind.RESTART_PROCESS, ActionKind.REBOOT_NODE),
    FaultKind.HIGH_MEMORY: (ActionKind.CLEAR_CACHE, ActionKind.RESTART_PROCESS, ActionKind.REBOOT_NODE),
    FaultKind.HIGH_LATENCY: (ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
    FaultKind.PACKET_LOSS: (ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
    FaultKind.NODE_DOWN: (ActionKind.REBOOT_NODE,),
    FaultKind.LINK_DOWN: (ActionKind.ENABLE_LINK, ActionKind.OPTIMIZE_ROUTING),
    FaultKind.LINK_FLAP: (ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
    FaultKind.CONGESTION: (ActionKind.RATE_LIMIT, ActionKind.OPTIMIZE_ROUTING),
}


def remedies(kind: FaultKind, element: str) -> tuple[Proposal, ...]:
    """Return what to do against a fault of this kind at this element, in the order in which to try it."""
    return tuple(Proposal(action=action, target=element) for action in REMEDIES[kind])
