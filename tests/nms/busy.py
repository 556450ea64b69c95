"""The loop on a network with high load, with or without faults: counts anomalies and actions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from network.simulator import World
from network.simulator.benign import Benign, LoadBursts
from nms.simulate import ORIGIN, WARM_UP, Loop
from services.gateway.scoring.fault_scores import right_place
from shared.domain.events import (
    AnomalyRaised,
    Event,
    Fault,
    IncidentOpened,
    RemediationEscalated,
    RemediationStarted,
)
from shared.domain.kinds import EndedBy, FaultKind

NOON = ORIGIN + 12 * 3600.0
"""Noon: the same `load` is a third more traffic than at the default origin, which is at night."""
BUSY = Benign(
    link_bursts=LoadBursts(per_hour=60, add=(25, 50), seconds=(10, 60)),
    cpu_jobs=LoadBursts(per_hour=60, add=(12, 30), seconds=(10, 120)),
)
HEALED_WITHIN = 20.0


@dataclass
class Seen:
    """Counts the events of the loop; `anomalies` are kept in full, so that a failing test shows them."""

    anomalies: list[str] = field(default_factory=list)
    incidents: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    started: list[RemediationStarted] = field(default_factory=list)
    escalations: int = 0

    def __call__(self, event: Event, time: float) -> None:
        match event:
            case AnomalyRaised(anomaly=a):
                self.anomalies.append(f"{a.element} {a.metric} {a.value:.0f} for {a.expected:.0f}")
            case IncidentOpened():
                self.incidents += 1
            case RemediationStarted():
                self.actions[event.action.kind.value] += 1
                self.started.append(event)
            case RemediationEscalated():
                self.escalations += 1
            case _:
                pass


def changed(
    before: float,
    after: float,
    *,
    seconds: float = 70.0,
    seed: int = 1,
    origin: float = ORIGIN,
    ramp: float = 0.0,
    meanwhile: Callable[[Loop], None] = lambda loop: None,
) -> tuple[Loop, Seen]:
    """The traffic of the whole network changes at once, or over `ramp` seconds."""
    seen = Seen()
    loop = Loop(seed=seed, load=before, origin=origin, seen=seen)
    loop.run(60.0)
    for step in range(1, round(ramp) + 1):
        loop.network.load = before + (after - before) * step / ramp
        loop.run(1.0)
    loop.network.load = after
    meanwhile(loop)
    loop.run(seconds)
    return loop, seen


def busy(benign: Benign, seconds: float, seed: int = 1) -> Seen:
    seen = Seen()
    Loop(seed=seed, world=World(benign=benign), seen=seen).run(WARM_UP + seconds)
    return seen


def repaired(loop: Loop, seen: Seen, kind: FaultKind, target: str, within: float = HEALED_WITHIN) -> bool:
    fault = loop.inject(kind, target, ttl=3600)
    loop.run(within)
    return was_repaired(loop, seen, fault)


def was_repaired(loop: Loop, seen: Seen, fault: Fault) -> bool:
    ended = {f.id: f.ended_by for f in loop.network.faults()}
    causes = [event.action.cause for event in seen.started]
    named = any(cause is not None and right_place(loop.topology, cause.element, fault) for cause in causes)
    return named and ended[fault.id] is EndedBy.ACTION
