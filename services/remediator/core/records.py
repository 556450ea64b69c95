"""The stored record of the repair of one incident: it suffices for another process to continue the repair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import field_validator

from shared.domain.events import Action, Cause, DiagnosisMade, Id, Name, Part, StabilityAdvised
from shared.domain.instant import Instant
from shared.domain.kinds import ActionKind, FaultKind


class Tried(NamedTuple):
    """An action that is not tried again for an incident. `outcome`: how it ended, as the end of a sentence about the
    action.

    Records of older releases have only `kind` and `target`.
    """

    kind: ActionKind
    target: str
    outcome: str = "was tried"

    def __str__(self) -> str:
        return f"{self.kind} on {self.target} {self.outcome}"


class Standing(Part):
    element: Name
    kind: FaultKind
    since: Instant

    @property
    def key(self) -> tuple[str, FaultKind]:
        return (self.element, self.kind)

    def is_of(self, cause: Cause) -> bool:
        return self.key == cause.key


class RepairRecord(Part):
    """The stored state of the repair of one incident: the id of the current action, and the data for the next choice.

    The action itself is stored once, under its own id.
    """

    incident_id: Id
    first: Standing | None = None
    diagnosed: Instant | None = None
    current: Id | None = None
    attempts: int = 0
    tried: tuple[Tried, ...] = ()
    excused: tuple[tuple[ActionKind, Name], ...] = ()
    """Actions that failed once, perhaps because of another fault, and may be tried once more."""
    actions: tuple[Id, ...] = ()
    round_began: int = 0
    progress: int = 0
    """How many actions had started when an action was last verified."""
    proposals_settled: int = 0
    """How many actions had been proposed when an action was last verified, or a person was last called."""
    calls_settled: int = 0
    """How often a person had been called when an action was last verified."""
    called_for: tuple[Name, ...] = ()
    """The waiting actions that were reported to a person; in records of older releases the rules that blocked them."""
    relieved: Id | None = None
    """The last action after which no harm was seen for a while, verified or not."""
    last_finished: Instant | None = None
    verified: tuple[Name, FaultKind] | None = None
    blocked_since: Instant | None = None
    approved_by: Name | None = None
    given_up: tuple[tuple[Name, FaultKind], ...] = ()
    escalations: int = 0
    diagnosis: DiagnosisMade | None = None
    advice: StabilityAdvised | None = None

    @field_validator("current", mode="before")
    @classmethod
    def _by_its_id(cls, current: object) -> object:
        """A record of an older release holds the current action in full."""
        return current.get("id") if isinstance(current, Mapping) else current

    def has_tried(self, kind: ActionKind, target: str) -> bool:
        return any((tried.kind, tried.target) == (kind, target) for tried in self.tried)

    @property
    def handovers(self) -> int:
        """How often a person was called to take over. Calls that report a waiting action do not count."""
        return self.escalations - len(self.called_for)

    @property
    def round(self) -> int:
        return len(self.actions) - self.round_began

    @property
    def fruitless(self) -> int:
        """How many actions were started since an action was last verified, or a person was last called to take over."""
        return len(self.actions) - max(self.round_began, self.progress)

    @property
    def proposals(self) -> int:
        return self.attempts - self.proposals_settled

    @property
    def calls(self) -> int:
        return self.escalations - self.calls_settled

    def is_spent(self, cause: Cause) -> bool:
        return all(self.has_tried(proposal.action, proposal.target) for proposal in cause.actions)

    @property
    def last_news(self) -> float:
        return max(self.last_finished or 0.0, self.diagnosis.at if self.diagnosis else 0.0)


@dataclass(frozen=True)
class Changes:
    """The ledger must hold the actions and records before the events of the same turn are published. `over`: the ids of
    incidents whose records are deleted after that.
    """

    actions: tuple[Action, ...]
    records: tuple[RepairRecord, ...]
    over: tuple[str, ...]
