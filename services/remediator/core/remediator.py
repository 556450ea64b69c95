"""Everything the remediator knows, and who may act on it: hears messages, lets each owned incident's repair go on.

Rules: all incidents are followed, only owned ones are acted on. What is heard twice or late changes nothing. After
`advance(now)`, `next_due(now)` lies in the future, or is None where only a message can change anything. A repair in
which the code itself fails ends with a call for a person, and keeps no other from going on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable

from services.remediator.core.action_index import ActionIndex, BoundedMap
from services.remediator.core.case import RepairCase
from services.remediator.core.dialogue import owes_undo, undone
from services.remediator.core.evidence import Evidence, Readable
from services.remediator.core.harm import Look
from services.remediator.core.outcome import LOOK_AGAIN
from services.remediator.core.records import Changes, RepairRecord
from services.remediator.core.repair import Repair
from services.remediator.gate import MOST_COUNTED, Finding, Gate, GateLimits, GateView, Verdict
from shared.domain.capabilities import UNKNOWN, Capabilities
from shared.domain.catalogue import FINISHED, Role, metric_in_role
from shared.domain.config import Thresholds
from shared.domain.errors import Refused, UnknownTarget
from shared.domain.events import (
    MAX_TEXT,
    Action,
    Cause,
    DiagnosisMade,
    Event,
    Executed,
    Incident,
    IncidentEvent,
    RemediationEscalated,
    RemediationEvent,
    RemediationReverted,
    StabilityAdvised,
    StabilityStatus,
    StabilityVerdict,
)
from shared.domain.kinds import ElementKind, FaultKind, Mode, NodeStatus
from shared.domain.topology import Topology

MAX_CASES = 2_000
MAX_CLOSED = 500
MAX_EXECUTED = 1_000
MAX_MERGES = 4
ADVICE_FRESH = 10.0
ADVICE_EVERY = 300.0
STALE_AFTER = 3_600.0
OSCILLATING = "oscillating"
OSCILLATIONS_KEPT = 8
"""Verdicts on one cause that are remembered."""
LISTEN_AFTER_TAKEOVER = 2.5
"""Seconds of wall time before something is begun for an incident of before: it may be over, and nobody said so yet."""

ANSWERS = metric_in_role(ElementKind.NODE, Role.STATE)


class Remediator:
    """The repairs of all incidents. `fence` is that of the lease, `mode` how far it may go.

    `speed` is that of the network: what other processes need is waited for in wall time. `listens_since` is when this
    process, which held nothing before, took over; infinite until then. `thresholds` are the plain limits of what is
    harm, `evidence` the remediator's own look at the telemetry, `offered` what the network can do.
    """

    def __init__(self, topology: Topology, limits: GateLimits | None = None, mode: Mode = Mode.AUTO) -> None:
        self.topology = topology
        self.limits = limits or GateLimits()
        self.mode = mode
        self.fence = 1
        self.speed = 1.0
        self.thresholds = Thresholds()
        self.offered: Capabilities = UNKNOWN
        self.evidence = Evidence(topology)
        self.listens_since = -math.inf
        self._gate = Gate(self.limits)
        self._owns: Callable[[str], bool] = lambda incident_id: True
        self._cases: dict[str, RepairCase] = {}
        self._closed: BoundedMap[str, RepairCase] = BoundedMap(MAX_CLOSED)
        self._repairs: dict[str, Repair] = {}
        self._records: dict[str, RepairRecord] = {}
        self._index = ActionIndex()
        self._executed: BoundedMap[tuple[str, bool], Executed] = BoundedMap(MAX_EXECUTED)
        self._statuses: dict[str, NodeStatus] = {}
        self._status_at = 0.0
        self._last_advice: float | None = None
        self._saved: dict[str, RepairRecord] = {}
        self._over: deque[str] = deque(maxlen=MAX_CASES)
        self._undone: dict[str, None] = {}
        self._failed: BoundedMap[str, None] = BoundedMap(MAX_CLOSED)
        self._oscillations: BoundedMap[tuple[str, FaultKind], tuple[float, ...]] = BoundedMap(MOST_COUNTED)

    # --- what is heard ------------------------------------------------------------------------------------------

    def observe(self, partition: int, tick: Readable, now: float) -> None:
        """Keep one partition's telemetry; it is looked at when an action is judged."""
        self.evidence.take(partition, tick, now)

    def absorb(self, event: Event, now: float) -> list[Event]:
        """Take in a message; return what follows from it."""
        match event:
            case IncidentEvent():
                self._hear_incident(event.incident)
            case DiagnosisMade():
                if event.incident_id not in self._closed:
                    self._case(event.incident_id).hear_diagnosis(event, now)
            case Executed():
                self._executed.put((event.action_id, event.revert), event)
                if event.revert:
                    self._undone[event.action_id] = None
            case StabilityStatus() if event.at >= self._status_at:
                self._statuses, self._status_at = event.nodes, event.at
                return []
            case StabilityAdvised():
                self._hear_advice(event, now)
            case StabilityVerdict():
                self._hear_verdict(event)
                return []
            case RemediationEvent():
                if event.action.incident_id not in self._repairs:
                    self._index.hear(event.action)
                return []
            case _:
                return []
        return self.advance(now)

    def advance(self, now: float) -> list[Event]:
        """Let every owned repair go as far as it can at this moment."""
        events: list[Event] = self._late_undos(now)
        for case in [case for case in self._cases.values() if self._is_stale(case, now)]:
            self._forget(case.id)
        for case in [case for case in self._cases.values() if case.id not in self._repairs and self._owns(case.id)]:
            if case.id not in self._failed:
                self._open_repair(case)
        for incident_id, repair in list(self._repairs.items()):
            events += self._settle(repair, now)
            if repair.over and incident_id in self._repairs:
                self._forget(incident_id)
        return events

    def next_due(self, now: float) -> float | None:
        """Return when `advance` is worth calling although nothing was heard; None: not before a message."""
        dues = (_due(repair, now) for repair in self._repairs.values())
        return min((due for due in dues if due is not None), default=None)

    def actions(self) -> list[Action]:
        """Return the actions of all replicas as known here, oldest first; the newest some hundreds."""
        return self._index.actions()

    # --- a person -----------------------------------------------------------------------------------------------

    def approve(self, action_id: str, by: str, now: float) -> list[Event]:
        """Let a proposed action run, if the gate agrees. Raises Refused, or UnknownTarget for an unknown action."""
        return self._repair_of(action_id).approve(by, now)

    def reject(self, action_id: str, by: str, now: float, reason: str = "") -> list[Event]:
        """Refuse a proposed action; the next that fits is proposed. Raises Refused or UnknownTarget."""
        return self._repair_of(action_id).reject(by, reason, now)

    def holds(self, action_id: str) -> bool:
        """Say whether the action is under way here, so that a person's word about it belongs here."""
        return any(repair.record.current and repair.record.current.id == action_id for repair in self._repairs.values())

    def _repair_of(self, action_id: str) -> Repair:
        for repair in self._repairs.values():
            if repair.record.current and repair.record.current.id == action_id:
                return repair
        if (action := self._index.get(action_id)) is not None:
            raise Refused(f"action {action_id} is {action.state}: only one that waits can be decided on")
        raise UnknownTarget(
            f"unknown action {action_id!r}: an action's id is its incident's and the attempt, as in x.a1"
        )

    # --- the ledger and the lease -------------------------------------------------------------------------------

    def own(self, owns: Callable[[str], bool]) -> None:
        """Act on these incidents from now on, and on no others."""
        self._owns = owns
        for incident_id in [id_ for id_ in self._repairs if not owns(id_)]:
            self.drop(incident_id)
        self._records = {id_: record for id_, record in self._records.items() if owns(id_)}

    def drop(self, incident_id: str) -> None:
        """Leave an incident alone: another process has taken it over."""
        self._repairs.pop(incident_id, None)
        self._saved.pop(incident_id, None)

    def restore(self, records: Iterable[RepairRecord], now: float, actions: Iterable[Action] = ()) -> None:
        """Take over what the ledger holds; call it before `own`, and after the history was heard."""
        for action in actions:
            self._index.hear(action)
            if owes_undo(action):
                self._undone[action.id] = None
        for record in map(self._without_what_is_over, records):
            if record.current is not None:
                self._index.hear(record.current)
            case = self._find(record.incident_id) or self._case(record.incident_id)
            stale = case.incident is None and record.last_news < now - STALE_AFTER
            if record.current is None and (case.closed or stale):
                self._forget(case.id)
                self._over.append(case.id)
            else:
                self._cases[case.id] = case
                self._records[case.id] = self._saved[case.id] = record

    def _without_what_is_over(self, record: RepairRecord) -> RepairRecord:
        """A broker that was killed may bring an old record back: its action is over where the ledger says so."""
        known = self._index.get(record.current.id) if record.current is not None else None
        if known is None or known.state not in FINISHED or owes_undo(known):
            return record
        return record.model_copy(update={"current": None, "last_finished": known.finished})

    def snapshot(self) -> list[RepairRecord]:
        """Return the record of every repair that is going on here."""
        return [repair.record for repair in self._repairs.values()]

    def drain(self) -> Changes:
        """Return what changed since this was called last; the ledger is to hold it before anything is published."""
        records = []
        for incident_id, repair in self._repairs.items():
            record = repair.record
            if record is not self._saved.get(incident_id) and (record.diagnosis or record.advice):
                self._saved[incident_id] = record
                records.append(record)
        over, self._over = self._over, deque(maxlen=MAX_CASES)
        return Changes(actions=self._index.drain(), records=tuple(records), over=tuple(over))

    def defer(self, action_id: str, reason: str, now: float) -> list[Event]:
        """Take back the start of an action whose target another process holds; it is judged again soon."""
        return self._repair_of(action_id).defer(reason, now)

    # --- what a repair asks -------------------------------------------------------------------------------------

    def begins_at(self, case: RepairCase) -> float:
        """Return from when on something may be begun for an incident: at once, if it opened since we took over."""
        if case.incident is None or case.incident.opened >= self.listens_since:
            return -math.inf
        return self.listens_since + LISTEN_AFTER_TAKEOVER * self.speed

    def judge(self, action: Action, now: float) -> Verdict:
        """Ask the gate, with the world as it is known here."""
        own = {action.incident_id, *self._repairs}
        running = [run for repair in self._repairs.values() if (run := repair.running) and run.id != action.id]
        running += [other for other in self._index.running(now, self.speed) if other.incident_id not in own]
        history = tuple(other for other in self._index.begun() if other.id != action.id)
        self.evidence.speed = self.speed
        since = self._index.last_effect(action, self.topology, now)  # harm that was seen before it may be gone
        finding = Look(self.evidence, self.topology, self.thresholds, now, since).at(action)
        oscillations = () if action.cause is None else self._oscillations.get(action.cause.key) or ()
        around = (tuple(running), history, oscillations, finding, self.offered)
        return self._gate.permit(action, GateView(now, self.topology, self._health(), *around))

    def look(self, cause: Cause, now: float, since: float = -math.inf) -> Finding:
        """Return what telemetry that was taken after `since` shows of the harm of a cause."""
        self.evidence.speed = self.speed
        return Look(self.evidence, self.topology, self.thresholds, now, since).of(cause)

    def executed(self, action: Action, *, revert: bool) -> Executed | None:
        """Return the network's word on a command; the network runs an id once, whoever's fence it came with."""
        return self._executed.get((action.id, revert))

    def cleared(self, case: RepairCase, member: str) -> float | None:
        """Return when a member was proved clear, in its incident or in that which this one was merged into."""
        for _ in range(MAX_MERGES):
            if (at := case.cleared.get(member)) is not None:
                return at
            into = self._find(case.merged_into)
            if into is None:
                return None
            case = into
        return None

    def disturbed_since(self, instant: float) -> str | None:
        """Return an open incident that began since."""
        open_ = (case.incident for case in self._cases.values() if case.incident and not case.closed)
        return next((incident.id for incident in open_ if incident.onset >= instant), None)

    def note(self, action: Action) -> None:
        """Keep what an action has become."""
        self._index.write(action)

    def _late_undos(self, now: float) -> list[Event]:
        """Say that an action was taken back although nobody waited for that any longer."""
        said: list[Event] = []
        asked, self._undone = self._undone, {}
        for action in (self._index.get(id_) for id_ in asked if not self.holds(id_)):
            if action is None or not owes_undo(action) or not self._owns(action.incident_id):
                continue
            executed = self.executed(action, revert=True)
            if executed is not None and executed.ran:
                self.note(undone(action))
                said.append(RemediationReverted(action=undone(action), at=now))
        return said

    # --- within -------------------------------------------------------------------------------------------------

    def _settle(self, repair: Repair, now: float) -> list[Event]:
        record = repair.record
        try:
            return repair.settle(now)
        except Exception as error:
            why = f"the remediator failed at it and leaves it alone ({type(error).__name__}: {error})"[:MAX_TEXT]
            self._failed.put(record.incident_id, None)
            self.drop(record.incident_id)
            number, tried = record.escalations + 1, record.actions
            return [
                RemediationEscalated(incident_id=record.incident_id, at=now, reason=why, number=number, tried=tried)
            ]

    def _find(self, incident_id: str | None) -> RepairCase | None:
        return None if incident_id is None else self._cases.get(incident_id) or self._closed.get(incident_id)

    def _case(self, incident_id: str) -> RepairCase:
        if incident_id not in self._cases:
            if len(self._cases) >= MAX_CASES:
                # Where all run nobody is sent away: the gate lets so few run that this is a bound too.
                idle = (id_ for id_ in self._cases if id_ not in self._repairs or not self._repairs[id_].running)
                if (oldest := next(idle, None)) is not None:
                    self._forget(oldest)
            self._cases[incident_id] = RepairCase(incident_id)
        return self._cases[incident_id]

    def _is_stale(self, case: RepairCase, now: float) -> bool:
        """Say whether a diagnosis is all that is known, and old: its incident was over before we heard of it."""
        if case.incident is not None or case.diagnosis is None or case.id in self._records:
            return False
        repair = self._repairs.get(case.id)
        if repair is not None and repair.record.current is not None:
            return False
        return case.diagnosis.at < now - STALE_AFTER

    def _hear_incident(self, incident: Incident) -> None:
        if incident.id in self._closed:
            return
        case = self._case(incident.id)
        known = case.cleared
        if case.hear_incident(incident) and not case.closed:
            new = (member.anomaly for member in incident.members if member.anomaly.id not in known)
            rows = ((anomaly.element, anomaly.metric) for anomaly in new)
            self.evidence.begin_trouble(incident.id, rows, incident.onset)
        if case.closed and incident.id not in self._repairs:
            self._forget(incident.id)

    def _hear_advice(self, advice: StabilityAdvised, now: float) -> None:
        """Advice is gentle and rare: only in quiet, only fresh, only here and there, and never twice."""
        quiet = not self._repairs and not any(case.incident and not case.closed for case in self._cases.values())
        seldom = self._last_advice is None or now >= self._last_advice + ADVICE_EVERY
        fresh = now <= advice.at + ADVICE_FRESH and advice.target in self.topology
        known = self._index.get(f"{advice.advice_id}.a1") is not None or advice.advice_id in self._closed
        if self.mode is Mode.OFF or known or not (quiet and seldom and fresh and self._owns(advice.advice_id)):
            return
        self._last_advice = now
        self._case(advice.advice_id).advice = advice

    def _hear_verdict(self, verdict: StabilityVerdict) -> None:
        action = self._index.get(verdict.action_id)
        if verdict.verdict != OSCILLATING or action is None or action.cause is None:
            return
        known = self._oscillations.get(action.cause.key) or ()
        if verdict.at not in known:
            self._oscillations.put(action.cause.key, (*known, verdict.at)[-OSCILLATIONS_KEPT:])

    def _open_repair(self, case: RepairCase) -> None:
        record = self._records.pop(case.id, None)
        if record is not None:
            case.adopt(record)
        elif case.advice is None and case.diagnosis is None:
            return
        self._repairs[case.id] = Repair(case, record or RepairRecord(incident_id=case.id), self)

    def _forget(self, incident_id: str) -> None:
        case = self._cases.pop(incident_id, None)
        self._records.pop(incident_id, None)
        if case is not None:
            self._closed.put(incident_id, case)
            if case.incident is not None:
                self.evidence.end_trouble(incident_id, case.incident.resolved or case.incident.updated)
        if self._repairs.pop(incident_id, None) is not None or incident_id in self._failed:
            self._saved.pop(incident_id, None)
            self._over.append(incident_id)

    def _health(self) -> dict[str, NodeStatus]:
        """The stabilizer's word, and what an open incident knows before it."""
        down = {
            member.anomaly.element: NodeStatus.DOWN
            for case in self._cases.values()
            if case.incident is not None
            for member in case.incident.open_members
            if member.anomaly.metric == ANSWERS
        }
        return {**self._statuses, **down}


def _due(repair: Repair, now: float) -> float | None:
    try:
        return repair.next_due(now)
    except Exception:  # what is wrong is said when the repair is settled
        return now + LOOK_AGAIN
