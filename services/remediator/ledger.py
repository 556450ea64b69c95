"""The ledger in KV `actions`: what is being done and was done, in a form that outlives the process.

Rules
1. `action.<id>` holds an action; the network believes a command only if it stands here with the same fence.
2. `incident.<id>` holds the record of a repair, which names its action by the id, and the events that go out next: who
   takes over publishes them again.
3. `target.<element>` holds which action works on an element, for all replicas; there is one at a time.
4. Every write names the revision it was decided on. One that comes second has lost the incident.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError

from services.remediator.core import RepairRecord
from services.remediator.core.steps import owes_undo
from services.remediator.gate import MOST_COUNTED
from shared.domain.catalogue import FINISHED, RUNNING
from shared.domain.events import EVENTS, Action, Event
from shared.domain.subjects import kv_key
from shared.platform.kv import Entry, KeyValue

ACTION, INCIDENT, TARGET = "action.", "incident.", "target."
KEEP_ACTIONS = MOST_COUNTED  # who starts anew counts by these
CLAIM_SETTLES = 5.0
"""Seconds that a claim is left alone for after it was met first: its action may be about to be written."""
MOST_MET = 1_000
UNREADABLE = "an unreadable claim: delete its key target.<element> in KV actions once nothing runs there"
_EVENTS = {event.subject: event for event in EVENTS}


class Unsaid(BaseModel):
    """An event that is to go out."""

    model_config = ConfigDict(frozen=True)
    subject: str
    body: str

    def event(self) -> Event:
        """Return the event."""
        return _EVENTS[self.subject].model_validate_json(self.body)


class Handover(BaseModel):
    """What a process leaves to who takes over: a repair's record, and the events that follow from it."""

    model_config = ConfigDict(frozen=True)
    record: RepairRecord
    unsaid: tuple[Unsaid, ...] = ()

    @staticmethod
    def of(record: RepairRecord, events: Iterable[Event]) -> Handover:
        """Return what is to be kept before these events of the incident go out."""
        said = (Unsaid(subject=e.subject, body=e.model_dump_json()) for e in events if e.root == record.incident_id)
        return Handover(record=record, unsaid=tuple(said))

    def may_be_unsaid(self, since: float, current: Action | None = None) -> bool:
        """Say whether the events are from lately, or of an action that goes on: older ones were heard long ago."""
        if current is not None and is_under_way(current):
            return True
        times = (at for said in self.unsaid if (at := getattr(said.event(), "at", None)) is not None)
        return max(times, default=0.0) >= since


class Claim(BaseModel):
    """Who works on a target; `at` is wall time, for a person who reads it: nothing is decided by it."""

    model_config = ConfigDict(frozen=True)
    action: str
    at: float


@dataclass
class Contents:
    """What a ledger holds. `broken`: keys that nobody can read, with the reason."""

    handovers: list[Handover] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)


class ActionLedger:
    """Reads and writes KV `actions` for one replica."""

    def __init__(
        self, bucket: KeyValue, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._bucket = bucket
        self._wall = wall
        self._monotonic = monotonic
        self._met: dict[str, tuple[int, float]] = {}
        self._revisions: dict[str, int] = {}
        self._claims: dict[str, str] = {}
        self._finished: dict[str, None] = {}

    async def load(self) -> Contents:
        """Read everything; what is written from now on is decided on this."""
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
        """Write what was decided; return the incidents that another process has taken over meanwhile."""
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
        """Forget the record of a repair that is over; its actions stay."""
        key = INCIDENT + kv_key(incident_id)
        if self._revisions.pop(key, None) is not None:
            await self._bucket.delete(key)

    async def claim(
        self, target: str, action_id: str, holds: Callable[[str], bool] = lambda action: True
    ) -> str | None:
        """Take hold of a target for an action; return the action that holds it, where that is another one.

        A claim of our own whose action is over, as `holds` knows, is taken over: it is let go at the end of a turn,
        and the next attempt begins in the same one.
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
        self._met.pop(target, None)
        self._claims[target] = action_id
        return None

    def _has_settled(self, target: str, revision: int) -> bool:
        """Say whether a claim was met long enough ago, by the clock of this process alone.

        A claim is made before its action is written. What the claim itself says of the time counts for nothing: clocks
        jump, and a broker that was killed may bring back a claim of long ago.
        """
        known = self._met.get(target)
        if known is None or known[0] != revision:
            if len(self._met) >= MOST_MET:
                del self._met[next(iter(self._met))]
            self._met[target] = (revision, self._monotonic())
            return False
        return self._monotonic() - known[1] >= CLAIM_SETTLES

    def adopt(self, target: str, action_id: str) -> None:
        """Answer for a claim that a process before us made."""
        self._claims[target] = action_id

    async def release(self, holds: Callable[[str], bool]) -> None:
        """Let go of the targets of actions that are over."""
        for target, action_id in [claim for claim in self._claims.items() if not holds(claim[1])]:
            key = TARGET + kv_key(target)
            holder = _claim(await self._bucket.get(key))
            if holder is not None and holder.action == action_id:
                await self._bucket.delete(key)
            del self._claims[target]

    async def trim(self, *, delete: bool) -> None:
        """Know no more than the newest so many of the actions that are over; one replica is to delete the others."""
        while len(self._finished) > KEEP_ACTIONS:
            oldest = next(iter(self._finished))
            del self._finished[oldest]
            self._revisions.pop(ACTION + kv_key(oldest), None)
            if delete:
                await self._bucket.delete(ACTION + kv_key(oldest))

    def finished(self, action_id: str) -> None:
        """Note that an action of another replica is over, so that it is trimmed in its turn."""
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
        """Say whether a claim is a leftover: its action is over or unknown. What cannot be read may be under way."""
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
    """Say whether an action may be changing the network, or has left something there."""
    return action.state in RUNNING or owes_undo(action)


def _is_over(action: Action) -> bool:
    return action.state in FINISHED
