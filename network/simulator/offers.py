"""What the simulator offers, and how it writes down what an action would do."""

from __future__ import annotations

from network.port import Plan
from network.simulator.poller import LINK_METRICS, NODE_METRICS
from shared.domain.capabilities import Capabilities, kinds_in_order
from shared.domain.catalogue import ACTIONS, FAULTS
from shared.domain.kinds import ActionKind, ElementKind
from shared.domain.telemetry import TICK_SECONDS

CAPABILITIES = Capabilities(
    driver="simulator",
    interval=TICK_SECONDS,
    metrics={ElementKind.NODE: NODE_METRICS, ElementKind.LINK: LINK_METRICS},
    actions={kind: kinds_in_order(spec.targets) for kind, spec in ACTIONS.items()},
    faults={kind: kinds_in_order(spec.strikes) for kind, spec in FAULTS.items()},
)


def planned(action_id: str, kind: ActionKind, target: str) -> Plan:
    """Return what an action would do: a simulated device is told the action itself."""
    what = f"{kind} {target}"
    undo = (f"no {what}",) if ACTIONS[kind].undoable else ()
    return Plan(action_id, kind, target, commands=(what,), diff=f"+ {what}" if undo else "", undo=undo)
