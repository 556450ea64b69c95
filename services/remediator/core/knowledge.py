"""What is known of the network, of all incidents and of all actions, and the questions that a repair asks of it.

Rules: all incidents are followed, whoever owns them. What is heard twice or late changes nothing. Asking changes
nothing either.
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
"""Verdicts on one cause that are remembered."""
LISTEN_AFTER_TAKEOVER = 2.5
"""Seconds of wall time before something is begun for an incident of before: it may be over, and nobody said so yet."""


class ShellSettings(NamedTuple):
    """What of the knowledge is set and not heard."""

    mode: Mode
    speed: float
    listens_since: float
    thresholds: Thresholds
    offered: Capabilities


class Knowledge:
    """Everything that a step may depend on besides its own repair.

    `fence` is that of the lease, `mode` how far the loop may go. `speed` is that of the network: what other processes
    need is waited for in wall time. `listens_since` is when this process, which held nothing before, took over;
    infinite until then. `thresholds` are the plain limits of what is harm, `evidence` our own look at the telemetry,
    `offered` what the network can do.
    `shared`: other processes may act too, so that a target is claimed before an action begins.
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
        """What a shell sets; a change of it may make a step due."""
        return ShellSettings(self.mode, self.speed, self.listens_since, self.thresholds, self.offered)

    @property
    def waits(self) -> Waits:
        """How long a repair waits at this network."""
        return Waits(self.offered.interval or TICK_SECONDS)

    # --- what is heard ------------------------------------------------------------------------------------------

    def hear_incident(self, case: RepairCase, incident: Incident) -> None:
        """Take in what is true of an incident now."""
        known = case.cleared
        if case.hear_incident(incident) and not case.closed:
            new = (member.anomaly for member in incident.members if member.anomaly.id not in known)
            rows = ((anomaly.element, anomaly.metric) for anomaly in new)
            self.evidence.begin_trouble(incident.id, rows, incident.onset)

    def hear_executed(self, event: Executed) -> None:
        """Take in the network's word on a command."""
        self._executed.put((event.action_id, event.revert), event)

    def hear_status(self, event: StabilityStatus) -> None:
        """Take in how the stabilizer finds the nodes."""
        if event.at >= self._status_at:
            self._statuses, self._status_at = dict(event.nodes), event.at

    def hear_verdict(self, verdict: StabilityVerdict) -> None:
        """Take in that a cause oscillates."""
        action = self.index.get(verdict.action_id)
        if verdict.verdict != OSCILLATING or action is None or action.cause is None:
            return
        known = self._oscillations.get(action.cause.key) or ()
        if verdict.at not in known:
            self._oscillations.put(action.cause.key, (*known, verdict.at)[-OSCILLATIONS_KEPT:])

    def close(self, incident_id: str) -> None:
        """Follow an incident no longer; what it has proved stays known for a while."""
        case = self.cases.pop(incident_id, None)
        if case is not None:
            self.closed.put(incident_id, case)
            if case.incident is not None:
                self.evidence.end_trouble(incident_id, case.incident.resolved or case.incident.updated)

    # --- what is asked ------------------------------------------------------------------------------------------

    def find(self, incident_id: str | None) -> RepairCase | None:
        """Return an incident that is followed, or was until a while ago."""
        return None if incident_id is None else self.cases.get(incident_id) or self.closed.get(incident_id)

    @property
    def quiet(self) -> bool:
        """Whether no incident is open."""
        return not any(case.incident and not case.closed for case in self.cases.values())

    def begins_at(self, case: RepairCase) -> float:
        """Return from when on something may be begun for an incident: at once, if it opened since we took over."""
        if case.incident is None or case.incident.opened >= self.listens_since:
            return -math.inf
        return self.listens_since + LISTEN_AFTER_TAKEOVER * self.speed

    def judge(self, action: Action, now: float) -> Verdict:
        """Ask the gate, with the world as it is known here."""
        since = self.index.last_effect(action, self.topology, now)  # harm that was seen before it may be gone
        world = GateView(
            now=now,
            topology=self.topology,
            statuses=self._health(),
            running=self.index.running(action, now, self.speed),
            history=tuple(other for other in self.index.begun() if other.id != action.id),
            oscillations=() if action.cause is None else self._oscillations.get(action.cause.key) or (),
            finding=self._look(now, since).at(action),
            offered=self.offered,
        )
        return self._gate.permit(action, world)

    def look(self, cause: Cause, now: float, since: float = -math.inf) -> Finding:
        """Return what telemetry that was taken after `since` shows of the harm of a cause."""
        return self._look(now, since).of(cause)

    def executed(self, action: Action, *, revert: bool) -> Executed | None:
        """Return the network's word on a command; the network runs an id once, whoever's fence it came with."""
        return self._executed.get((action.id, revert))

    def cleared(self, case: RepairCase, member: str) -> float | None:
        """Return when a member was proved clear, in its incident or in that which this one was merged into."""
        for _ in range(MAX_MERGES):
            if (at := case.cleared.get(member)) is not None:
                return at
            into = self.find(case.merged_into)
            if into is None:
                return None
            case = into
        return None

    def disturbed_since(self, instant: float) -> str | None:
        """Return an open incident that began since."""
        open_ = (case.incident for case in self.cases.values() if case.incident and not case.closed)
        return next((incident.id for incident in open_ if incident.onset >= instant), None)

    def _look(self, now: float, since: float) -> Look:
        self.evidence.speed = self.speed
        return Look(self.evidence, self.topology, self.thresholds, now, since)

    def _health(self) -> dict[str, NodeStatus]:
        """The stabilizer's word, and what an open incident knows before it."""
        down = {
            member.anomaly.element: NodeStatus.DOWN
            for case in self.cases.values()
            if case.incident is not None
            for member in case.incident.open_members
            if member.anomaly.metric == ANSWERS
        }
        return {**self._statuses, **down}
