"""What the simulator offers, and how it writes down what an action would do."""

from __future__ import annotations

from network.port import Plan
from network.simulator.conditions import CAUSED
from network.simulator.poller import LINK_METRICS, NODE_METRICS
from network.simulator.repairs import ENDS
from shared.domain.capabilities import Capabilities, kinds_in_order
from shared.domain.catalogue import ACTIONS, FAULTS
from shared.domain.kinds import ActionKind, ElementKind
from shared.domain.telemetry import TICK_SECONDS

CAPABILITIES = Capabilities(
    driver="simulator",
    interval=TICK_SECONDS,
    metrics={ElementKind.NODE: NODE_METRICS, ElementKind.LINK: LINK_METRICS},
    actions={kind: kinds_in_order(ACTIONS[kind].targets) for kind in ENDS},
    faults={kind: kinds_in_order(FAULTS[kind].strikes) for kind in CAUSED},
)
"""What it knows how to do; what a catalogue adds to that is not offered."""


def planned(action_id: str, kind: ActionKind, target: str) -> Plan:
    """Return what an action would do: a simulated device is told the action itself."""
    what = f"{kind} {target}"
    undo = (f"no {what}",) if ACTIONS[kind].undoable else ()
    return Plan(action_id, kind, target, commands=(what,), diff=f"+ {what}" if undo else "", undo=undo)
