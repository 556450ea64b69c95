"""The stabilizer's decisions: takes in events and ticks, and returns status, verdicts and advice.

Rules: `observe` and `absorb` only update the stabilizer's knowledge; `advance` and `silence` return events. A standby
absorbs the same events as the leader but publishes none, so that it can take over at any time.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.stabilizer.core.advice import Advisor
from services.stabilizer.core.causes import Causes, Named
from services.stabilizer.core.health import Health
from services.stabilizer.core.states import StateInput, StateMachine
from services.stabilizer.core.verdicts import Verdicts
from shared.domain.events import (
    AnomalyCleared,
    AnomalyRaised,
    DiagnosisMade,
    Event,
    Incident,
    IncidentEvent,
    RemediationApplied,
    RemediationEvent,
    RemediationFailed,
    RemediationReverted,
    RemediationStarted,
    RemediationVerified,
    StabilityAdvised,
    StabilityStatus,
    StabilityVerdict,
)
from shared.domain.kinds import NetworkState, NodeStatus
from shared.domain.telemetry import Tick
from shared.domain.topology import Topology

PUBLISHED_AT_LEAST_EVERY = 5.0
PUBLISHED_AT_MOST_EVERY = 0.25
RUNS_AT_MOST = 60.0
"""Network seconds without news after which an action no longer counts as running."""
MAX_RESOLVED = 2_000


class Stabilizer:
    def __init__(self, topology: Topology) -> None:
        self._causes = Causes(topology)
        self._health = Health(topology)
        self._machine = StateMachine()
        self._verdicts = Verdicts()
        self._advisor = Advisor()
        self._incidents: set[str] = set()
        self._resolved: dict[str, None] = {}
        self._running: dict[str, float] = {}
        self._statuses = self._health.statuses(Named())
        self._stale = True
        self._has_telemetry = False
        self._published_at: float | None = None
        self._owed = True
        self._number = 0

    @property
    def state(self) -> NetworkState:
        return self._machine.state

    def observe(self, tick: Tick) -> None:
        self._has_telemetry = True
        self._stale = self._health.observe(tick) or self._stale
        self._advisor.observe(tick)

    def restore(self, incidents: Iterable[Incident]) -> None:
        """Call it before events are absorbed."""
        for incident in incidents:
            if incident.is_open:
                self._incidents.add(incident.id)
                self._causes.incident(incident)
                for member in incident.open_members:
                    self._health.raised(member.anomaly)
        self._stale = True

    def absorb(self, event: Event, now: float) -> list[Event]:
        match event:
            case AnomalyRaised(anomaly=anomaly):
                self._health.raised(anomaly)
                self._verdicts.raised(anomaly)
                self._stale = True
            case AnomalyCleared():
                self._health.cleared(event)
                self._stale = True
            case IncidentEvent():
                self._incident(event)
                self._stale = True
            case DiagnosisMade():
                self._causes.diagnosed(event)
                self._stale = True
            case RemediationEvent():
                self._repair(event)
            case StabilityVerdict(action_id=action_id):
                self._verdicts.judged(action_id)
            case StabilityAdvised(target=target, at=at):
                self._advisor.given(target, at)
            case StabilityStatus():
                self._published_before(event)
            case _:
                pass
        return []

    def silence(self, now: float) -> list[Event]:
        """The nodes keep their last status; the network becomes blind."""
        self._has_telemetry = False
        self._health.break_off()
        self._advisor.forget()
        self._owed = self._machine.apply(StateInput.SILENCE, now) or self._owed
        return self.advance(now)

    def advance(self, now: float) -> list[Event]:
        self._update(now)
        events: list[Event] = [*self._status(now), *self._verdicts.due(now)]
        if self.state is NetworkState.STABLE and not self._running and not self._incidents:
            advice = self._advisor.advise(self._machine.since, now)
            events += [advice] if advice else []
        return events

    def _update(self, now: float) -> None:
        self._running = {action: at for action, at in self._running.items() if now - at < RUNS_AT_MOST}
        if self._has_telemetry:
            self._owed = self._machine.apply(StateInput.TELEMETRY, now) or self._owed
        if self._stale:
            self._stale = False
            statuses = self._health.statuses(self._causes.named())
            self._owed = self._owed or statuses != self._statuses
            self._statuses = statuses
        has_problem = bool(self._incidents) or any(s is not NodeStatus.HEALTHY for s in self._statuses.values())
        self._owed = self._machine.judge(has_problem, now) or self._owed

    def _status(self, now: float) -> list[StabilityStatus]:
        age = None if self._published_at is None else now - self._published_at
        # The age is negative if network time was set back. Then the status is published at once.
        waits = age is not None and 0 <= age < (PUBLISHED_AT_MOST_EVERY if self._owed else PUBLISHED_AT_LEAST_EVERY)
        if waits:
            return []
        self._published_at, self._owed = now, False
        self._number += 1
        return [StabilityStatus.of(now, self._number, self.state, self._statuses)]

    def _published_before(self, status: StabilityStatus) -> None:
        """A status from this process changes nothing."""
        if status.number > self._number:
            self._number = status.number
            self._machine.adopt(status.state, status.at)

    def _incident(self, event: IncidentEvent) -> None:
        incident = event.incident
        if incident.id not in self._resolved:
            self._causes.incident(incident)
        if not incident.is_open:
            self._incidents.discard(incident.id)
            self._resolved[incident.id] = None
            if len(self._resolved) > MAX_RESOLVED:
                del self._resolved[next(iter(self._resolved))]
        elif incident.id not in self._resolved:
            self._incidents.add(incident.id)

    def _repair(self, event: RemediationEvent) -> None:
        action = event.action
        if isinstance(event, RemediationStarted | RemediationApplied):
            self._running[action.id] = event.at
        elif isinstance(event, RemediationVerified):
            self._running.pop(action.id, None)
            self._verdicts.verified(action, event.at, self._health.open_anomalies())
        elif isinstance(event, RemediationFailed | RemediationReverted):
            self._running.pop(action.id, None)
