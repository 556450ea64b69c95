"""The ledger in KV `actions`: the actions and repairs, in a form that outlives the process.

Rules

1. `action.<id>` holds an action. The network accepts a command only if the ledger holds its action with the same fence.
2. `incident.<id>` holds the record of a repair, and the events that follow from it. The record names the current action
   by its id. A process that takes over publishes these events again.
3. `target.<element>` holds the claim on an element: the id of the action that works there. An element has one claim at
   a time, which all replicas respect.
4. Every write of an action or record names the revision that the process has read. If another process wrote in between,
   the write fails, and the process no longer owns the incident.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.remediator.core import RepairRecord
from services.remediator.core.steps import owes_undo
from services.remediator.gate import MOST_COUNTED
from shared.domain.catalogue import FINISHED, RUNNING
from shared.domain.events import EVENTS, Action, Event
from shared.domain.subjects import kv_key
from shared.platform.kv import Entry, KeyValue

ACTION, INCIDENT, TARGET = "action.", "incident.", "target."
KEEP_ACTIONS = MOST_COUNTED  # after a restart, the gate counts the actions in the ledger
CLAIM_SETTLES = 5.0
"""Seconds for which a claim counts after a process first saw it: the claim's action may not be in the ledger yet."""
MOST_SEEN = 1_000
UNREADABLE = "an unreadable claim: delete its key target.<element> in KV actions once nothing runs there"
_EVENTS = {event.subject: event for event in EVENTS}


class PendingEvent(BaseModel):
    model_config = ConfigDict(frozen=True)
    subject: str
    body: str

    def event(self) -> Event:
        return _EVENTS[self.subject].model_validate_json(self.body)


class Handover(BaseModel):
    """What a process leaves to its successor: the record of a repair, and the events that follow from the record."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)
    record: RepairRecord
    pending: tuple[PendingEvent, ...] = Field(default=(), validation_alias="unsaid", serialization_alias="unsaid")

    @staticmethod
    def of(record: RepairRecord, events: Iterable[Event]) -> Handover:
        own = (event for event in events if event.root == record.incident_id)
        pending = (PendingEvent(subject=event.subject, body=event.model_dump_json()) for event in own)
        return Handover(record=record, pending=tuple(pending))

    def events(self) -> list[Event]:
        return [each.event() for each in self.pending]

    def may_be_unpublished(self, since: float, current: Action | None = None) -> bool:
        if current is not None and is_under_way(current):
            return True
        times = (at for event in self.events() if (at := getattr(event, "at", None)) is not None)
        return max(times, default=0.0) >= since


class Claim(BaseModel):
    """The claim on a target: the id of the action that works there. `at` is wall time, for people only."""

    model_config = ConfigDict(frozen=True)
    action: str
    at: float


@dataclass
class Contents:
    """`broken`: the keys whose values cannot be parsed, each with the reason."""

    handovers: list[Handover] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)


class ActionLedger:
    def __init__(
        self, bucket: KeyValue, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._bucket = bucket
        self._wall = wall
        self._monotonic = monotonic
        self._seen: dict[str, tuple[int, float]] = {}
        self._revisions: dict[str, int] = {}
        self._claims: dict[str, str] = {}
        self._finished: dict[str, None] = {}

    async def load(self) -> Contents:
        entries = await self._bucket.all()
        self._revisions = {key: entry.revision for key, entry in entries.items()}
        self._claims = {}
        found = Contents()
        for key, entry in entries.items():
            try:
                if key.startswith(ACTION):
                    found.actions.append(Action.model_validate_json(entry.value))
                elif key.startswith(INCIDENT):
                    found.handovers.append(Handover.model_validate_json(entry.value))
            except ValidationError as error:
                found.broken[key] = str(error)
        found.actions.sort(key=lambda action: (action.finished or action.proposed, action.id))
        self._finished = {action.id: None for action in found.actions if _is_over(action)}
        return found

    async def save(self, actions: Sequence[Action], handovers: Sequence[Handover]) -> set[str]:
        """Return the ids of the incidents that another process has taken over meanwhile."""
        lost: set[str] = set()
        for action in actions:
            if not await self._write(ACTION + kv_key(action.id), action.model_dump_json().encode()):
                lost.add(action.incident_id)
            elif _is_over(action):
                self._finished[action.id] = None
        for handover in handovers:
            incident_id = handover.record.incident_id
            key = INCIDENT + kv_key(incident_id)
            if incident_id not in lost and not await self._write(key, handover.model_dump_json().encode()):
                lost.add(incident_id)
        return lost

    async def close(self, incident_id: str) -> None:
        key = INCIDENT + kv_key(incident_id)
        if self._revisions.pop(key, None) is not None:
            await self._bucket.delete(key)

    async def claim(
        self, target: str, action_id: str, holds: Callable[[str], bool] = lambda action: True
    ) -> str | None:
        """Return None if the claim is granted, or else the id of the action that holds the target. `holds`: tells
        whether an action is still the current action of a repair. A claim of this process for an action that is over is
        replaced at once, because such claims are released only at the end of a turn.
        """
        key = TARGET + kv_key(target)
        value = Claim(action=action_id, at=self._wall()).model_dump_json().encode()
        if await self._bucket.create(key, value) is None:
            entry = await self._bucket.get(key)
            holder = _claim(entry)
            if entry is not None and holder is not None and holder.action != action_id:
                done_with = self._claims.get(target) == holder.action and not holds(holder.action)
                settled = self._has_settled(target, entry.revision)
                if not done_with and not (settled and await self._is_idle(holder)):
                    return holder.action
                if await self._bucket.update(key, value, entry.revision) is None:
                    return holder.action
        self._seen.pop(target, None)
        self._claims[target] = action_id
        return None

    def _has_settled(self, target: str, revision: int) -> bool:
        """Return whether this process first saw the claim long enough ago, by its own clock.

        A claim is made before its action is written. The time in the claim is not used: clocks jump, and a broker that
        was killed may bring back an old claim.
        """
        known = self._seen.get(target)
        if known is None or known[0] != revision:
            if len(self._seen) >= MOST_SEEN:
                del self._seen[next(iter(self._seen))]
            self._seen[target] = (revision, self._monotonic())
            return False
        return self._monotonic() - known[1] >= CLAIM_SETTLES

    def adopt(self, target: str, action_id: str) -> None:
        self._claims[target] = action_id

    async def release(self, holds: Callable[[str], bool]) -> None:
        for target, action_id in [claim for claim in self._claims.items() if not holds(claim[1])]:
            key = TARGET + kv_key(target)
            holder = _claim(await self._bucket.get(key))
            if holder is not None and holder.action == action_id:
                await self._bucket.delete(key)
            del self._claims[target]

    async def trim(self, *, delete: bool) -> None:
        """`delete`: delete the forgotten actions in KV too; one replica does this for all replicas."""
        while len(self._finished) > KEEP_ACTIONS:
            oldest = next(iter(self._finished))
            del self._finished[oldest]
            self._revisions.pop(ACTION + kv_key(oldest), None)
            if delete:
                await self._bucket.delete(ACTION + kv_key(oldest))

    def finished(self, action_id: str) -> None:
        self._finished.setdefault(action_id, None)

    async def _write(self, key: str, value: bytes) -> bool:
        revision = self._revisions.get(key)
        if revision is None:
            written = await self._bucket.create(key, value)
        else:
            written = await self._bucket.update(key, value, revision)
        if written is None:
            return False
        self._revisions[key] = written
        return True

    async def _is_idle(self, claim: Claim) -> bool:
        """An action that cannot be read may still be under way."""
        if claim.action == UNREADABLE:
            return False
        entry = await self._bucket.get(ACTION + kv_key(claim.action))
        if entry is None:
            return True
        try:
            action = Action.model_validate_json(entry.value)
        except ValidationError:
            return False
        return not is_under_way(action)


def _claim(entry: Entry | None) -> Claim | None:
    if entry is None:
        return None
    try:
        return Claim.model_validate_json(entry.value)
    except ValidationError:
        return Claim(action=UNREADABLE, at=0.0)


def is_under_way(action: Action) -> bool:
    return action.state in RUNNING or owes_undo(action)


def _is_over(action: Action) -> bool:
    return action.state in FINISHED
