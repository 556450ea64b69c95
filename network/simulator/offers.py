"""The capabilities of the simulator, and the plans of its actions."""

from __future__ import annotations

from network.port import Plan
from network.simulator.added import added_metrics
from network.simulator.conditions import CAUSES
from network.simulator.poller import LINK_METRICS, NODE_METRICS
from shared.domain.capabilities import Capabilities
from shared.domain.catalogue import ACTIONS, FAULTS
from shared.domain.catalogue.simulated import SIMULATED_FAULTS
from shared.domain.kinds import ActionKind, ElementKind, in_order
from shared.domain.telemetry import TICK_SECONDS

SIMULATED = frozenset({ElementKind.NODE, ElementKind.LINK})


def offered(interval: float = TICK_SECONDS) -> Capabilities:
    return Capabilities(
        driver="simulator",
        interval=interval,
        metrics={
            ElementKind.NODE: NODE_METRICS + added_metrics(ElementKind.NODE),
            ElementKind.LINK: LINK_METRICS + added_metrics(ElementKind.LINK),
        },
        actions={kind: in_order(ElementKind, spec.targets & SIMULATED) for kind, spec in ACTIONS.items()},
        faults={
            kind: in_order(ElementKind, spec.targets & SIMULATED)
            for kind, spec in FAULTS.items()
            if kind in CAUSES or SIMULATED_FAULTS.get(kind)
        },
    )


def planned(action_id: str, kind: ActionKind, target: str) -> Plan:
    what = f"{kind} {target}"
    undo = (f"no {what}",) if ACTIONS[kind].undoable else ()
    return Plan(action_id, kind, target, commands=(what,), diff=f"+ {what}" if undo else "", undo=undo)
