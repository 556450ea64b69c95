"""The remediator's knowledge of the network, all incidents and all actions, with the questions that a repair may ask.

Rules: the knowledge includes incidents that other processes own. A message that arrives twice or late changes nothing.
A question changes nothing.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from services.remediator.core.action_index import ActionIndex, BoundedMap
from services.remediator.core.case import RepairCase
from services.remediator.core.evidence import ANSWERS, Evidence
from services.remediator.core.harm import Look
from services.remediator.core.waits import Waits
from services.remediator.gate import MOST_COUNTED, Finding, Gate, GateLimits, GateView, Verdict
from shared.domain.capabilities import UNKNOWN, Capabilities
from shared.domain.config import Thresholds
from shared.domain.events import Action, Cause, Executed, Incident, StabilityStatus, StabilityVerdict
from shared.domain.kinds import FaultKind, Mode, NodeStatus
from shared.domain.telemetry import TICK_SECONDS
from shared.domain.topology import Topology

MAX_CLOSED = 500
MAX_EXECUTED = 1_000
MAX_MERGES = 4
OSCILLATING = "oscillating"
OSCILLATIONS_KEPT = 8
LISTEN_AFTER_TAKEOVER = 2.5
"""Seconds of wall time after a takeover before an action starts for an older incident, whose end may still arrive."""


class ShellSettings(NamedTuple):
    mode: Mode
    speed: float
    listens_since: float
    thresholds: Thresholds
    offered: Capabilities


class Knowledge:
    """The facts outside its own repair that a step may depend on.

    fence: the fence of this process's lease. mode: how far the remediator may go. speed: seconds of network time in a
    second of wall time; waits for another process are in wall time and are multiplied by it. shared: whether other
    processes may act too; then a target is claimed before an action starts. thresholds: the operator's thresholds.
    offered: the capabilities of the network. evidence: the remediator's own telemetry. listens_since: the network time
    from which this process owns incidents and receives their events; -inf if it need not wait; inf before it takes
    over.
    """

    def __init__(self, topology: Topology, limits: GateLimits, mode: Mode) -> None:
        self.topology = topology
        self.limits = limits
        self.mode = mode
        self.fence = 1
        self.speed = 1.0
        self.shared = False
        self.thresholds = Thresholds()
        self.offered: Capabilities = UNKNOWN
        self.evidence = Evidence(topology)
        self.listens_since = -math.inf
        self.index = ActionIndex()
        self.cases: dict[str, RepairCase] = {}
        self.closed: BoundedMap[str, RepairCase] = BoundedMap(MAX_CLOSED)
        self._gate = Gate(limits)
        self._executed: BoundedMap[tuple[str, bool], Executed] = BoundedMap(MAX_EXECUTED)
        self._statuses: dict[str, NodeStatus] = {}
        self._status_at = 0.0
        self._oscillations: BoundedMap[tuple[str, FaultKind], tuple[float, ...]] = BoundedMap(MOST_COUNTED)

    @property
    def settings(self) -> ShellSettings:
        return ShellSettings(self.mode, self.speed, self.listens_since, self.thresholds, self.offered)

    @property
    def waits(self) -> Waits:
        return Waits(self.offered.interval or TICK_SECONDS)

    # --- messages ------------------------------------------------------------------------------------------------

    def receive_incident(self, case: RepairCase, incident: Incident) -> None:
        known = case.cleared
        if case.receive_incident(incident) and not case.closed:
            new = (member.anomaly for member in incident.members if member.anomaly.id not in known)
            rows = ((anomaly.element, anomaly.metric) for anomaly in new)
            self.evidence.begin_trouble(incident.id, rows, incident.onset)

    def receive_executed(self, event: Executed) -> None:
        self._executed.put((event.action_id, event.revert), event)

    def receive_status(self, event: StabilityStatus) -> None:
        if event.at >= self._status_at:
            self._statuses, self._status_at = dict(event.nodes), event.at

    def receive_verdict(self, verdict: StabilityVerdict) -> None:
        action = self.index.get(verdict.action_id)
        if verdict.verdict != OSCILLATING or action is None or action.cause is None:
            return
        known = self._oscillations.get(action.cause.key) or ()
        if verdict.at not in known:
            self._oscillations.put(action.cause.key, (*known, verdict.at)[-OSCILLATIONS_KEPT:])

    def close(self, incident_id: str) -> None:
        case = self.cases.pop(incident_id, None)
        if case is not None:
            self.closed.put(incident_id, case)
            if case.incident is not None:
                self.evidence.end_trouble(incident_id, case.incident.resolved or case.incident.updated)

    # --- questions -----------------------------------------------------------------------------------------------

    def find(self, incident_id: str | None) -> RepairCase | None:
        return None if incident_id is None else self.cases.get(incident_id) or self.closed.get(incident_id)

    @property
    def quiet(self) -> bool:
        return not any(case.incident and not case.closed for case in self.cases.values())

    def begins_at(self, case: RepairCase) -> float:
        if case.incident is None or case.incident.opened >= self.listens_since:
            return -math.inf
        return self.listens_since + LISTEN_AFTER_TAKEOVER * self.speed

    def judge(self, action: Action, now: float) -> Verdict:
        since = self.index.last_effect(action, self.topology, now)  # older samples may show harm that is gone
        view = GateView(
            now=now,
            topology=self.topology,
            statuses=self._health(),
            running=self.index.running(action, now, self.speed),
            history=tuple(other for other in self.index.begun() if other.id != action.id),
            oscillations=() if action.cause is None else self._oscillations.get(action.cause.key) or (),
            finding=self._look(now, since, self._score(action)).at(action),
            offered=self.offered,
        )
        return self._gate.permit(action, view)

    def look(self, cause: Cause, now: float, since: float = -math.inf) -> Finding:
        return self._look(now, since).of(cause)

    def executed(self, action: Action, *, revert: bool) -> Executed | None:
        """Whatever fence the command had; None if no answer was received."""
        return self._executed.get((action.id, revert))

    def cleared(self, case: RepairCase, member: str) -> float | None:
        times = (known.cleared.get(member) for known in self._merged(case))
        return next((at for at in times if at is not None), None)

    def surviving(self, case: RepairCase) -> RepairCase:
        """Return the case that a case was merged into, or the case itself."""
        return self._merged(case)[-1]

    def _merged(self, case: RepairCase) -> list[RepairCase]:
        chain = [case]
        while len(chain) < MAX_MERGES and (into := self.find(chain[-1].merged_into)) is not None:
            chain.append(into)
        return chain

    def disturbed_since(self, instant: float) -> str | None:
        open_ = (case.incident for case in self.cases.values() if case.incident and not case.closed)
        return next((incident.id for incident in open_ if incident.onset >= instant), None)

    def _look(self, now: float, since: float, score: float = math.inf) -> Look:
        self.evidence.speed = self.speed
        return Look(self.evidence, self.topology, self.thresholds, now, since, score)

    def _score(self, action: Action) -> float:
        """Return how rare the symptoms of the action's cause are at a healthy element; inf if nothing is known."""
        case = self.find(action.incident_id)
        if action.cause is None or case is None or case.incident is None:
            return math.inf
        of_cause = set(case.members_of(action.cause))
        scores = [member.anomaly.score for member in case.incident.members if member.anomaly.id in of_cause]
        return max(scores, default=math.inf)

    def _health(self) -> dict[str, NodeStatus]:
        down = {
            member.anomaly.element: NodeStatus.DOWN
            for case in self.cases.values()
            if case.incident is not None
            for member in case.incident.open_members
            if member.anomaly.metric == ANSWERS
        }
        return {**self._statuses, **down}
