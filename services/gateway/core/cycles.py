"""The cycle builder: what each turn of the injector's clock led to, told once it is over and again when more is known.

Rules: a fault belongs to the cycle that struck it; one that a person struck, to the cycle in whose turn it landed.
An incident belongs to its fault's cycle; one without a fault, to the cycle in whose turn it was opened. A cycle is
told when its faults have ended, or after ten seconds, and not before its turn is over where it struck nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from services.gateway.core.belonging import Belonging
from services.gateway.core.cycle_bodies import (
    Analyze,
    Correlate,
    Correlated,
    CycleBody,
    Detect,
    Detected,
    Injected,
    Phases,
    Remediate,
    Remedied,
    RootCause,
    Stabilize,
)
from services.gateway.core.faults import FaultList
from services.gateway.core.incidents import IncidentTracker
from services.gateway.core.record import IncidentRecord
from shared.domain.catalogue import FAULTS
from shared.domain.events import Action, Fault, FaultCycle, Incident, StabilityStatus
from shared.domain.kinds import ActionState, Resolution, Severity
from shared.domain.topology import Topology

TOLD_AFTER = 10.0
REVISED_FOR = 120.0
KEPT_TURNS = 200
SETTLING = 1.0
CORRELATED_FROM = 2
CRITICAL_STRENGTH = 0.75
Found = tuple[IncidentRecord, Incident]

RESULTS = {
    ActionState.APPLIED: "pending",
    ActionState.VERIFIED: "success",
    ActionState.FAILED: "failed",
    ActionState.REVERTED: "failed",
}


@dataclass
class _Turn:
    """One cycle and what was last told of it; `over` once nothing of it is open."""

    number: int
    at: float
    interval: float
    told: CycleBody | None = None
    over: float | None = None

    def holds(self, instant: float) -> bool:
        return self.at <= instant < self.at + self.interval


class Cycles:
    """The last two hundred turns."""

    def __init__(self, topology: Topology, faults: FaultList, tracker: IncidentTracker) -> None:
        self._belonging = Belonging(topology)
        self._faults = faults
        self._tracker = tracker
        self._turns: deque[_Turn] = deque(maxlen=KEPT_TURNS)
        self._known: tuple[int, int] = (-1, -1)
        self._incidents: dict[int, list[Found]] = {}
        self.count = 0

    def absorb(self, turn: FaultCycle) -> None:
        """Take in a turn of the clock."""
        if turn.number <= self.count:
            return
        self.count = turn.number
        if self._turns and self._turns[-1].at + self._turns[-1].interval > turn.at > self._turns[-1].at:
            self._turns[-1].interval = turn.at - self._turns[-1].at
        self._turns.append(_Turn(turn.number, turn.at, turn.interval))

    def due(self, now: float, status: StabilityStatus | None) -> list[CycleBody]:
        """Return the cycles of which there is something to tell that was not told, oldest first."""
        bodies = []
        for turn in self._turns:
            if status is None or now - turn.at > REVISED_FOR:
                continue
            faults = self._faults_of(turn)
            over = all(fault.ended is not None for fault in faults) and (bool(faults) or now >= turn.at + turn.interval)
            if not over and now < turn.at + TOLD_AFTER:
                continue
            body = self._body(turn, faults, status)
            if turn.told is None or _news(turn.told) != _news(body):
                turn.told = body
                bodies.append(body)
        return bodies

    def told(self, most: int) -> tuple[CycleBody, ...]:
        """Return the newest cycles that were told, oldest first."""
        bodies = [turn.told for turn in reversed(self._turns) if turn.told]
        return tuple(reversed(bodies[:most]))

    def latest(self) -> CycleBody | None:
        """Return the newest cycle that was told."""
        return next(iter(self.told(1)), None)

    def _faults_of(self, turn: _Turn) -> list[Fault]:
        return [
            fault
            for fault in self._faults.all()
            if fault.cycle == turn.number or (fault.cycle is None and turn.holds(fault.started))
        ]

    def _body(self, turn: _Turn, faults: list[Fault], status: StabilityStatus) -> CycleBody:
        found = self._incidents_of(turn)
        injects = tuple(_injected(fault) for fault in faults)
        anomalies, correlations = _detected(found), _correlated(found)
        causes, actions = _analyzed(found), _remedied(found)
        phases = Phases(
            inject=injects[0] if injects else None,
            injects=injects,
            detect=Detect(anomalies=anomalies, count=len(anomalies)),
            correlate=Correlate(correlations=correlations, count=len(correlations)),
            analyze=Analyze(root_causes=causes, count=len(causes)),
            remediate=Remediate(actions=actions, count=len(actions)),
            stabilize=self._stabilized(turn, faults, found, status),
        )
        return CycleBody(cycle=turn.number, timestamp=turn.at, phases=phases)

    def _stabilized(self, turn: _Turn, faults: list[Fault], found: list[Found], status: StabilityStatus) -> Stabilize:
        """How the network stands; as it stood once all of the cycle was over, later troubles being another cycle's."""
        if turn.over is not None and status.at > turn.over + SETTLING and turn.told:
            return turn.told.phases.stabilize
        ends = [fault.ended for fault in faults] + [incident.resolved for _, incident in found]
        known = [end for end in ends if end is not None]
        turn.over = max([turn.at + turn.interval, *known]) if len(known) == len(ends) else None
        return Stabilize(
            timestamp=status.at,
            healthy_nodes=status.healthy,
            affected_nodes=status.affected,
            total_nodes=len(status.nodes),
            health_percentage=status.health_percentage,
        )

    def _incidents_of(self, turn: _Turn) -> list[Found]:
        known = (self._faults.revision, self._tracker.revision)
        if known != self._known:
            self._known, self._incidents = known, self._shared_out()
        return self._incidents.get(turn.number, [])

    def _shared_out(self) -> dict[int, list[Found]]:
        """Give every incident to its cycle."""
        if not self._turns:
            return {}
        horizon = self._turns[-1].at - REVISED_FOR - TOLD_AFTER
        faults = [fault for fault in self._faults.all() if fault.started >= horizon]
        rooms: dict[int, list[Found]] = {}
        for record, incident in self._tracker.records():
            if incident.opened < horizon or incident.resolution is Resolution.MERGED:
                continue
            owner = self._belonging.owner(incident, faults)
            number = owner.cycle if owner else None
            if number is None:
                number = self._number_at(owner.started if owner else incident.opened)
            rooms.setdefault(number, []).append((record, incident))
        return rooms

    def _number_at(self, instant: float) -> int:
        return next((turn.number for turn in reversed(self._turns) if turn.at <= instant), 0)


def _news(body: CycleBody) -> CycleBody:
    """The body without the moments at which nothing but time changed."""
    stabilize = body.phases.stabilize.model_copy(update={"timestamp": 0.0})
    return body.model_copy(update={"phases": body.phases.model_copy(update={"stabilize": stabilize})})


def _injected(fault: Fault) -> Injected:
    critical = FAULTS[fault.kind].cuts or fault.strength >= CRITICAL_STRENGTH
    return Injected(
        timestamp=fault.started,
        node_id=fault.target,
        failure_type=fault.kind,
        severity=Severity.CRITICAL if critical else Severity.WARNING,
    )


def _detected(found: Iterable[Found]) -> tuple[Detected, ...]:
    return tuple(
        Detected(
            timestamp=member.anomaly.at,
            node_id=member.anomaly.element,
            metric=member.anomaly.metric,
            value=member.anomaly.value,
            threshold=member.anomaly.threshold,
            severity=member.anomaly.severity,
        )
        for _, incident in found
        for member in incident.members
    )


def _correlated(found: Iterable[Found]) -> tuple[Correlated, ...]:
    return tuple(
        Correlated(
            timestamp=incident.opened,
            node_id=_place(record, incident),
            event_count=len(incident.members) + incident.left_out,
            event_types=tuple(sorted({member.anomaly.metric for member in incident.members})),
            pattern=incident.pattern,
        )
        for record, incident in found
        if len(incident.members) + incident.left_out >= CORRELATED_FROM
    )


def _place(record: IncidentRecord, incident: Incident) -> str:
    return record.cause.element if record.cause else incident.members[0].anomaly.element


def _analyzed(found: Iterable[Found]) -> tuple[RootCause, ...]:
    return tuple(
        RootCause(
            timestamp=record.diagnosis.at if record.diagnosis else incident.opened,
            node_id=cause.element,
            root_cause=cause.kind,
            affected_metrics=tuple(sorted({member.anomaly.metric for member in incident.members})),
            confidence=cause.confidence,
        )
        for record, incident in found
        if (cause := record.cause)
    )


def _remedied(found: Iterable[Found]) -> tuple[Remedied, ...]:
    return tuple(
        _action(action, record.reasons.get(action.id, ""))
        for record, incident in found
        for action in record.in_order
        if action.applied is not None
    )


def _action(action: Action, reason: str) -> Remedied:
    result = RESULTS.get(action.state, "pending")
    done = f"{action.kind} on {action.target} {action.state}"
    return Remedied(
        timestamp=action.applied if action.applied is not None else action.proposed,
        node_id=action.target,
        action=action.kind,
        result=result,
        message=f"{done}: {reason}" if reason else done,
    )
