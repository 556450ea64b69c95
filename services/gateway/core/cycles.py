"""Builds the bodies of `cycle_update`: the faults, incidents and actions of each cycle of the injector.

Rules

1. A fault belongs to the cycle that injected it. A fault that a person injected belongs to the cycle in which it
   started.
2. An incident belongs to the cycle of its fault. An incident without a fault belongs to the last cycle that had begun
   when it was opened.
3. A cycle is reported when all its faults have ended; a cycle without a fault, when it is over. If that takes longer,
   the cycle is reported ten seconds after its start.
4. For `REVISED_FOR` seconds after its start, a cycle is reported again if its content changes.
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

REPORT_AFTER = 10.0
"""Seconds after the start of a cycle at which the cycle is reported at the latest. All times here are network time."""
REVISED_FOR = 120.0
KEPT_CYCLES = 200
SETTLING = 1.0
"""Seconds after the end of a cycle during which the health in its report is still updated."""
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
class _CycleRecord:
    """`reported`: its last report. `over`: when the cycle, its faults and its incidents had all ended. Both are None
    until then.
    """

    number: int
    at: float
    interval: float
    reported: CycleBody | None = None
    over: float | None = None

    def contains(self, instant: float) -> bool:
        return self.at <= instant < self.at + self.interval


class Cycles:
    def __init__(self, topology: Topology, faults: FaultList, tracker: IncidentTracker) -> None:
        self._belonging = Belonging(topology)
        self._faults = faults
        self._tracker = tracker
        self._cycles: deque[_CycleRecord] = deque(maxlen=KEPT_CYCLES)
        self._known: tuple[int, int] = (-1, -1)
        self._incidents: dict[int, list[Found]] = {}
        self.count = 0

    def absorb(self, cycle: FaultCycle) -> None:
        if cycle.number <= self.count:
            return
        self.count = cycle.number
        if self._cycles and self._cycles[-1].at + self._cycles[-1].interval > cycle.at > self._cycles[-1].at:
            self._cycles[-1].interval = cycle.at - self._cycles[-1].at
        self._cycles.append(_CycleRecord(cycle.number, cycle.at, cycle.interval))

    def due(self, now: float, status: StabilityStatus | None) -> list[CycleBody]:
        """Return the cycles that have not been reported yet or have changed since their report, oldest first."""
        bodies = []
        for cycle in self._cycles:
            if status is None or now - cycle.at > REVISED_FOR:
                continue
            faults = self._faults_of(cycle)
            over = all(fault.ended is not None for fault in faults) and (
                bool(faults) or now >= cycle.at + cycle.interval
            )
            if not over and now < cycle.at + REPORT_AFTER:
                continue
            body = self._body(cycle, faults, status)
            if cycle.reported is None or _content(cycle.reported) != _content(body):
                cycle.reported = body
                bodies.append(body)
        return bodies

    def reported(self, most: int) -> tuple[CycleBody, ...]:
        """Return the newest `most` reported cycles, oldest first."""
        bodies = [cycle.reported for cycle in reversed(self._cycles) if cycle.reported]
        return tuple(reversed(bodies[:most]))

    def latest(self) -> CycleBody | None:
        return next(iter(self.reported(1)), None)

    def _faults_of(self, cycle: _CycleRecord) -> list[Fault]:
        return [
            fault
            for fault in self._faults.all()
            if fault.cycle == cycle.number or (fault.cycle is None and cycle.contains(fault.started))
        ]

    def _body(self, cycle: _CycleRecord, faults: list[Fault], status: StabilityStatus) -> CycleBody:
        found = self._incidents_of(cycle)
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
            stabilize=self._stabilized(cycle, faults, found, status),
        )
        return CycleBody(cycle=cycle.number, timestamp=cycle.at, phases=phases)

    def _stabilized(
        self, cycle: _CycleRecord, faults: list[Fault], found: list[Found], status: StabilityStatus
    ) -> Stabilize:
        """Return the health of the network for the report of a cycle.

        Also set `cycle.over`, the time at which the cycle, its faults and its incidents had all ended. A health
        that was reported later than a second after `cycle.over` is not used: later faults belong to other cycles.
        """
        if cycle.over is not None and status.at > cycle.over + SETTLING and cycle.reported:
            return cycle.reported.phases.stabilize
        ends = [fault.ended for fault in faults] + [incident.resolved for _, incident in found]
        known = [end for end in ends if end is not None]
        cycle.over = max([cycle.at + cycle.interval, *known]) if len(known) == len(ends) else None
        return Stabilize(
            timestamp=status.at,
            healthy_nodes=status.healthy,
            affected_nodes=status.affected,
            total_nodes=len(status.nodes),
            health_percentage=status.health_percentage,
        )

    def _incidents_of(self, cycle: _CycleRecord) -> list[Found]:
        known = (self._faults.revision, self._tracker.revision)
        if known != self._known:
            self._known, self._incidents = known, self._assigned()
        return self._incidents.get(cycle.number, [])

    def _assigned(self) -> dict[int, list[Found]]:
        if not self._cycles:
            return {}
        horizon = self._cycles[-1].at - REVISED_FOR - REPORT_AFTER
        faults = [fault for fault in self._faults.all() if fault.started >= horizon]
        by_cycle: dict[int, list[Found]] = {}
        for record, incident in self._tracker.records():
            if incident.opened < horizon or incident.resolution is Resolution.MERGED:
                continue
            owner = self._belonging.owner(incident, faults)
            number = owner.cycle if owner else None
            if number is None:
                number = self._number_at(owner.started if owner else incident.opened)
            by_cycle.setdefault(number, []).append((record, incident))
        return by_cycle

    def _number_at(self, instant: float) -> int:
        return next((cycle.number for cycle in reversed(self._cycles) if cycle.at <= instant), 0)


def _content(body: CycleBody) -> CycleBody:
    """Return a cycle's body without the time of the stability status, so that two bodies can be compared."""
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
