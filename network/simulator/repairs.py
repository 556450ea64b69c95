"""How long each action takes in the simulator, and which faults it ends."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from network.simulator.added import ended_by
from network.simulator.noise import key, share
from shared.domain.catalogue import FAULTS
from shared.domain.events import Fault
from shared.domain.kinds import ActionKind, FaultKind
from shared.domain.topology import Topology

ENDS: Mapping[ActionKind, frozenset[FaultKind]] = MappingProxyType(
    {
        ActionKind.RESTART_PROCESS: frozenset({FaultKind.HIGH_CPU, FaultKind.HIGH_MEMORY}),
        ActionKind.CLEAR_CACHE: frozenset({FaultKind.HIGH_MEMORY}),
        ActionKind.RESET_INTERFACE: frozenset({FaultKind.HIGH_LATENCY, FaultKind.PACKET_LOSS, FaultKind.LINK_FLAP}),
        ActionKind.REBOOT_NODE: frozenset({FaultKind.NODE_DOWN, FaultKind.HIGH_CPU, FaultKind.HIGH_MEMORY}),
        ActionKind.ENABLE_LINK: frozenset({FaultKind.LINK_DOWN}),
        ActionKind.RATE_LIMIT: frozenset({FaultKind.CONGESTION}),
        ActionKind.OPTIMIZE_ROUTING: frozenset(),
    }
)
QUICKEST, SLOWEST = 0.2, 0.9
REBOOT_QUICKEST, REBOOT_SLOWEST = 1.0, 1.3


def ends(kind: ActionKind, target: str, fault: Fault, topology: Topology) -> bool:
    if fault.kind not in ENDS.get(kind, frozenset()) | ended_by(kind):
        return False
    if fault.target == target:
        return True
    if kind is not ActionKind.RESET_INTERFACE:
        return False
    if FAULTS[fault.kind].of_ports and topology.same_place(target, fault.target):
        return True
    return fault.target in topology.links_of.get(target, ())


def seconds(seed: int, kind: ActionKind, action_id: str, revert: bool) -> float:
    """Return the duration of an action or its revert. It depends on the action's id, so a repetition takes as long."""
    low, high = (REBOOT_QUICKEST, REBOOT_SLOWEST) if kind is ActionKind.REBOOT_NODE else (QUICKEST, SLOWEST)
    return round(low + (high - low) * share(key(seed, "action", action_id, revert)), 3)
