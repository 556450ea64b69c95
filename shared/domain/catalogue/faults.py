"""The kinds of fault: what each strikes and shows of itself, how it behaves, and which actions are tried against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.domain.kinds import ActionKind, ElementKind, FaultKind, LinkMetric, NodeMetric

NODE, LINK = ElementKind.NODE, ElementKind.LINK
BOTH = frozenset({NODE, LINK})


@dataclass(frozen=True)
class FaultSpec:
    """One kind of fault. `playbooks`: the actions against it, the best first."""

    kind: FaultKind
    strikes: frozenset[ElementKind]
    primary: frozenset[NodeMetric | LinkMetric]
    """The metrics by which it shows at the struck element itself, or at the links of a struck node."""
    playbooks: tuple[ActionKind, ...]
    slow: bool = False
    """It grows: it can be found long before a limit is crossed."""
    flaps: bool = False
    """It comes and goes: it can be named at its second fall only."""
    load: bool = False
    """It may be there and harm nobody."""
    of_ports: bool = False
    """It sits in a port, so that a node and a link of that node are one place."""
    cuts: bool = False
    """What it strikes carries nothing while it lasts."""
    moves_traffic: bool = False
    """While it lasts, traffic takes another way."""


FAULTS: Mapping[FaultKind, FaultSpec] = MappingProxyType(
    {
        spec.kind: spec
        for spec in (
            FaultSpec(
                FaultKind.HIGH_CPU,
                strikes=frozenset({NODE}),
                primary=frozenset({NodeMetric.CPU_USAGE}),
                playbooks=(ActionKind.RESTART_PROCESS, ActionKind.REBOOT_NODE),
                load=True,
            ),
            FaultSpec(
                FaultKind.HIGH_MEMORY,
                strikes=frozenset({NODE}),
                primary=frozenset({NodeMetric.MEMORY_USAGE}),
                playbooks=(ActionKind.CLEAR_CACHE, ActionKind.RESTART_PROCESS, ActionKind.REBOOT_NODE),
                slow=True,
                load=True,
            ),
            FaultSpec(
                FaultKind.HIGH_LATENCY,
                strikes=BOTH,
                primary=frozenset({LinkMetric.LATENCY}),
                playbooks=(ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
                of_ports=True,
            ),
            FaultSpec(
                FaultKind.PACKET_LOSS,
                strikes=BOTH,
                primary=frozenset({LinkMetric.PACKET_LOSS}),
                playbooks=(ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
                of_ports=True,
            ),
            FaultSpec(
                FaultKind.NODE_DOWN,
                strikes=frozenset({NODE}),
                primary=frozenset({NodeMetric.REACHABLE, LinkMetric.UP}),
                playbooks=(ActionKind.REBOOT_NODE,),
                cuts=True,
                moves_traffic=True,
            ),
            FaultSpec(
                FaultKind.LINK_DOWN,
                strikes=frozenset({LINK}),
                primary=frozenset({LinkMetric.UP}),
                playbooks=(ActionKind.ENABLE_LINK, ActionKind.OPTIMIZE_ROUTING),
                cuts=True,
                moves_traffic=True,
            ),
            FaultSpec(
                FaultKind.LINK_FLAP,
                strikes=frozenset({LINK}),
                primary=frozenset({LinkMetric.UP}),
                playbooks=(ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
                flaps=True,
                moves_traffic=True,
            ),
            FaultSpec(
                FaultKind.CONGESTION,
                strikes=frozenset({LINK}),
                primary=frozenset({LinkMetric.UTILIZATION}),
                playbooks=(ActionKind.RATE_LIMIT, ActionKind.OPTIMIZE_ROUTING),
                load=True,
            ),
        )
    }
)


def faults_that(has: Callable[[FaultSpec], bool]) -> frozenset[FaultKind]:
    """Return the kinds of which something holds."""
    return frozenset(kind for kind, spec in FAULTS.items() if has(spec))


STRIKES_NODES = faults_that(lambda fault: NODE in fault.strikes)
STRIKES_LINKS = faults_that(lambda fault: LINK in fault.strikes)
