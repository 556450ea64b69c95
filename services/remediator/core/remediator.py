"""All repairs of this process: takes in messages, and advances the repair of each incident that this process owns.

Rules: all incidents are followed, but actions start only for owned incidents. A message that arrives twice or late is
ignored. After `advance(now)`, `next_due(now)` is in the future, or None if only a message can change anything. If the
code of a repair fails, the repair ends and a person is called; the other repairs continue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from services.remediator.core import choosing
from services.remediator.core.action_index import BoundedMap
from services.remediator.core.case import RepairCase
from services.remediator.core.decision import Decision, Due, Moment, call_for
from services.remediator.core.evidence import Readable
from services.remediator.core.knowledge import Knowledge, ShellSettings
from services.remediator.core.records import Changes, RepairRecord
from services.remediator.core.repair import next_step
from services.remediator.core.steps import ClaimState, RepairState, owes_undo, undone
from services.remediator.gate import GateLimits
from shared.domain.errors import Refused, UnknownTarget
from shared.domain.events import (
    Action,
    DiagnosisMade,
    Event,
    Executed,
    Incident,
    IncidentEvent,
    RemediationEvent,
    RemediationReverted,
    StabilityAdvised,
    StabilityStatus,
    StabilityVerdict,
)
from shared.domain.kinds import Mode
from shared.domain.topology import Topology

MAX_CASES = 2_000
MAX_FAILED = 500
MAX_STEPS = 32
ADVICE_FRESH = 10.0
ADVICE_EVERY = 300.0
STALE_AFTER = 3_600.0


class Remediator:
    """`known`: the knowledge that all repairs share; the shell sets some of its fields."""

    def __init__(self, topology: Topology, limits: GateLimits | None = None, mode: Mode = Mode.AUTO) -> None:
        self.known = Knowledge(topology, limits or GateLimits(), mode)
        self._index = self.known.index
        self._owns: Callable[[str], bool] = lambda incident_id: True
        self._repairs: dict[str, RepairState] = {}
        self._records: dict[str, RepairRecord] = {}
        self._current: dict[str, Action] = {}
        self._saved: dict[str, RepairRecord] = {}
        self._dues: dict[str, float | None] = {}
        self._advanced_by: ShellSettings | None = None
        self._over: deque[str] = deque(maxlen=MAX_CASES)
        self._undone: dict[str, None] = {}
        self._failed: BoundedMap[str, None] = BoundedMap(MAX_FAILED)
        self._last_advice: float | None = None

    # --- messages ------------------------------------------------------------------------------------------------

    def observe(self, partition: int, tick: Readable, now: float) -> None:
        self.known.evidence.take(partition, tick, now)

    def absorb(self, event: Event, now: float) -> list[Event]:
        match event:
            case IncidentEvent():
                self._receive_incident(event.incident)
            case DiagnosisMade():
                if event.incident_id not in self.known.closed:
                    self._case(event.incident_id).receive_diagnosis(event, now)
            case Executed():
                self.known.receive_executed(event)
                if event.revert:
                    self._undone[event.action_id] = None
            case StabilityStatus():
                self.known.receive_status(event)
                return []
            case StabilityAdvised():
                self._receive_advice(event, now)
            case StabilityVerdict():
                self.known.receive_verdict(event)
                return []
            case RemediationEvent():
                if event.action.incident_id not in self._repairs:
                    self._index.receive(event.action)
                return []
            case _:
                return []
        return self.advance(now)

    def advance(self, now: float) -> list[Event]:
        self._advanced_by = self.known.settings
        events: list[Event] = self._late_undos(now)
        for case in [case for case in self.known.cases.values() if self._is_stale(case, now)]:
            self._forget(case.id)
        for case in [case for case in self.known.cases.values() if self._may_open(case)]:
            self._open_repair(case)
        for incident_id in list(self._repairs):
            events += self._settle(incident_id, now)
        return events

    def next_due(self, now: float) -> float | None:
        """Return the time at which `advance` must be called; None if nothing is due before a message arrives.

        A tick makes nothing due: a step that reads telemetry sets the time of its next look.
        """
        if self._repairs and self.known.settings != self._advanced_by:
            return now
        return min((due for due in self._dues.values() if due is not None), default=None)

    def actions(self) -> list[Action]:
        """Return the known actions of all replicas, the oldest action first. Their number is bounded."""
        return self._index.actions()

    # --- decisions of a person -----------------------------------------------------------------------------------

    def approve(self, action_id: str, by: str, now: float) -> list[Event]:
        """Raises Refused, or UnknownTarget for an unknown id."""
        incident_id = self._incident_of(action_id)
        decision = choosing.approve(self._repairs[incident_id], by, self._moment(incident_id, now))
        return [*self._commit(incident_id, decision), *self._settle(incident_id, now)]

    def reject(self, action_id: str, by: str, now: float, reason: str = "") -> list[Event]:
        """Raises Refused, or UnknownTarget for an unknown id."""
        incident_id = self._incident_of(action_id)
        decision = choosing.reject(self._repairs[incident_id], by, reason, self._moment(incident_id, now))
        return [*self._commit(incident_id, decision), *self._settle(incident_id, now)]

    def holds(self, action_id: str) -> bool:
        return any(state.record.current == action_id for state in self._repairs.values())

    def _incident_of(self, action_id: str) -> str:
        for incident_id, state in self._repairs.items():
            if state.record.current == action_id:
                return incident_id
        if (action := self._index.get(action_id)) is not None:
            raise Refused(f"action {action_id} is {action.state}: only one that waits can be decided on")
        raise UnknownTarget(
            f"unknown action {action_id!r}: an action's id is its incident's and the attempt, as in x.a1"
        )

    # --- the claims on targets -----------------------------------------------------------------------------------

    def claims(self) -> list[Action]:
        """`claimed` takes in the answer to a claim."""
        asked = (state for state in self._repairs.values() if state.memory.claim is ClaimState.ASKED)
        return [state.action for state in asked if state.action is not None]

    def claimed(self, action: Action, holder: str | None, now: float) -> list[Event]:
        """`holder`: the id of another action that holds the target; None if the claim was granted."""
        incident_id = action.incident_id
        state = self._repairs.get(incident_id)
        if state is None or state.record.current != action.id or state.memory.claim is not ClaimState.ASKED:
            return []
        decision = choosing.claimed(state, holder, self._moment(incident_id, now))
        return [*self._commit(incident_id, decision), *self._settle(incident_id, now)]

    # --- own, take over and save repairs ---------------------------------------------------------------------------

    def own(self, owns: Callable[[str], bool]) -> None:
        self._owns = owns
        for incident_id in [id_ for id_ in self._repairs if not owns(id_)]:
            self.drop(incident_id)
        self._records = {id_: record for id_, record in self._records.items() if owns(id_)}

    def drop(self, incident_id: str) -> None:
        self._repairs.pop(incident_id, None)
        self._dues.pop(incident_id, None)
        self._saved.pop(incident_id, None)
        self._index.leave(incident_id)

    def restore(self, records: Iterable[RepairRecord], now: float, actions: Iterable[Action] = ()) -> None:
        """Call it after the stored events were read, and before `own`."""
        self._current = {}
        stored = {action.id: action for action in actions}
        for action in stored.values():
            self._index.receive(action)
            if owes_undo(action):
                self._undone[action.id] = None
        for record in records:
            case = self.known.find(record.incident_id) or self._case(record.incident_id)
            stale = case.incident is None and record.last_news < now - STALE_AFTER
            if record.current is None and (case.closed or stale):
                self._forget(case.id)
                self._over.append(case.id)
            else:
                self.known.cases[case.id] = case
                self._records[case.id] = self._saved[case.id] = record
                current = None if record.current is None else self._newest(record.current, stored)
                if current is not None:
                    self._current[case.id] = current

    def _newest(self, action_id: str, stored: Mapping[str, Action]) -> Action | None:
        """The ledger may be older than the events, since a broker that was killed may bring back old entries."""
        return self._index.get(action_id) or stored.get(action_id)

    def snapshot(self) -> list[RepairRecord]:
        return [state.record for state in self._repairs.values()]

    def drain(self) -> Changes:
        """The ledger must hold the changes before any event is published."""
        records = []
        for incident_id, state in self._repairs.items():
            record = state.record
            if record is not self._saved.get(incident_id) and (record.diagnosis or record.advice):
                self._saved[incident_id] = record
                records.append(record)
        over, self._over = self._over, deque(maxlen=MAX_CASES)
        return Changes(actions=self._index.drain(), records=tuple(records), over=tuple(over))

    # --- one repair ----------------------------------------------------------------------------------------------

    def _moment(self, incident_id: str, now: float) -> Moment:
        return Moment(now, self.known.cases[incident_id], self.known)

    def _commit(self, incident_id: str, answer: Decision) -> tuple[Event, ...]:
        self._repairs[incident_id] = answer.state
        for action in answer.store:
            self._index.write(action)
        self._index.occupy(incident_id, answer.state.occupies)
        return answer.publish

    def _settle(self, incident_id: str, now: float) -> list[Event]:
        events: list[Event] = []
        at = self._moment(incident_id, now)
        self._dues[incident_id] = now
        try:
            for _ in range(MAX_STEPS):
                answer = next_step(self._repairs[incident_id], at)
                if isinstance(answer, Due):
                    self._repairs[incident_id], self._dues[incident_id] = answer.state, answer.at
                    break
                events += self._commit(incident_id, answer)
            if choosing.is_over(self._repairs[incident_id], at):
                self._forget(incident_id)
        except Exception as error:
            record = self._repairs[incident_id].record
            why = f"the remediator failed on this incident and stops acting on it ({type(error).__name__}: {error})"
            self._failed.put(incident_id, None)
            self.drop(incident_id)
            events.append(call_for(record, why, now))
        return events

    def _late_undos(self, now: float) -> list[Event]:
        """Return an event for each action that the network reverted after the action's repair had stopped waiting for
        it.
        """
        events: list[Event] = []
        reverted, self._undone = self._undone, {}
        for action in (self._index.get(id_) for id_ in reverted if not self.holds(id_)):
            if action is None or not owes_undo(action) or not self._owns(action.incident_id):
                continue
            executed = self.known.executed(action, revert=True)
            if executed is not None and executed.ran:
                self._index.write(undone(action))
                events.append(RemediationReverted(action=undone(action), at=now))
        return events

    # --- which incidents -----------------------------------------------------------------------------------------

    def _case(self, incident_id: str) -> RepairCase:
        cases = self.known.cases
        if incident_id not in cases:
            if len(cases) >= MAX_CASES:
                # A case with a running action is never dropped. The gate limits the number of such cases.
                idle = (id_ for id_ in cases if id_ not in self._repairs or not self._repairs[id_].occupies)
                if (oldest := next(idle, None)) is not None:
                    self._forget(oldest)
            cases[incident_id] = RepairCase(incident_id)
        return cases[incident_id]

    def _is_stale(self, case: RepairCase, now: float) -> bool:
        """Whether only an old diagnosis of an incident is known: the incident was over before this process started."""
        if case.incident is not None or case.diagnosis is None or case.id in self._records:
            return False
        repair = self._repairs.get(case.id)
        if repair is not None and repair.record.current is not None:
            return False
        return case.diagnosis.at < now - STALE_AFTER

    def _receive_incident(self, incident: Incident) -> None:
        if incident.id in self.known.closed:
            return
        case = self._case(incident.id)
        self.known.receive_incident(case, incident)
        if case.closed and incident.id not in self._repairs:
            self._forget(incident.id)

    def _receive_advice(self, advice: StabilityAdvised, now: float) -> None:
        known = self.known
        quiet = not self._repairs and known.quiet
        seldom = self._last_advice is None or now >= self._last_advice + ADVICE_EVERY
        fresh = now <= advice.at + ADVICE_FRESH and advice.target in known.topology
        taken = self._index.get(f"{advice.advice_id}.a1") is not None or advice.advice_id in known.closed
        if known.mode is Mode.OFF or taken or not (quiet and seldom and fresh and self._owns(advice.advice_id)):
            return
        self._last_advice = now
        self._case(advice.advice_id).advice = advice

    def _may_open(self, case: RepairCase) -> bool:
        return case.id not in self._repairs and self._owns(case.id) and case.id not in self._failed

    def _open_repair(self, case: RepairCase) -> None:
        record = self._records.pop(case.id, None)
        if record is not None:
            case.adopt(record)
        elif case.advice is None and case.diagnosis is None:
            return
        action = self._current.pop(case.id, None)
        state = RepairState(record or RepairRecord(incident_id=case.id), action)
        self._repairs[case.id] = state
        self._index.occupy(case.id, state.occupies)

    def _forget(self, incident_id: str) -> None:
        self.known.close(incident_id)
        self._records.pop(incident_id, None)
        self._dues.pop(incident_id, None)
        self._index.leave(incident_id)
        if self._repairs.pop(incident_id, None) is not None or incident_id in self._failed:
            self._saved.pop(incident_id, None)
            self._over.append(incident_id)
