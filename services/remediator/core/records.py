"""What the ledger keeps of one incident's repair: enough to go on with it in another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import field_validator

from shared.domain.events import Action, Cause, DiagnosisMade, Id, Name, Part, StabilityAdvised
from shared.domain.instant import Instant
from shared.domain.kinds import ActionKind, FaultKind


class Tried(NamedTuple):
    """What is not tried again for an incident, and what came of it: words that follow an action and its target.

    A ledger from before outcomes were kept holds the pair alone.
    """

    kind: ActionKind
    target: str
    outcome: str = "was tried"

    def __str__(self) -> str:
        return f"{self.kind} on {self.target} {self.outcome}"


class Standing(Part):
    """The cause that stands first, and since when it does."""

    element: Name
    kind: FaultKind
    since: Instant

    @property
    def key(self) -> tuple[str, FaultKind]:
        """What makes two causes the same."""
        return (self.element, self.kind)

    def is_of(self, cause: Cause) -> bool:
        """Say whether it is this cause that stands first."""
        return self.key == cause.key


class RepairRecord(Part):
    """What is stored of one incident's repair: which action is current, and what the next choice depends on.

    The action itself is stored once, under its own id.
    """

    incident_id: Id
    first: Standing | None = None
    diagnosed: Instant | None = None
    current: Id | None = None
    attempts: int = 0
    tried: tuple[Tried, ...] = ()
    excused: tuple[tuple[ActionKind, Name], ...] = ()
    """What failed once in a way that another fault may have caused."""
    actions: tuple[Id, ...] = ()
    round_began: int = 0
    progress: int = 0
    """How many actions had begun when one was last verified."""
    proposals_settled: int = 0
    """How many actions had been proposed when one was last verified, or a person last called."""
    calls_settled: int = 0
    """How many calls for a person there had been when an action was last verified."""
    called_for: tuple[Name, ...] = ()
    """What a person was told of that waits: by action, and in older ledgers by the rule that made it wait."""
    relieved: Id | None = None
    """The last action after which no harm was seen for a while, whatever was proved of it."""
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
        """Take a record of an older release, which holds the action whole: it is stored under its id as well."""
        return current.get("id") if isinstance(current, Mapping) else current

    def has_tried(self, kind: ActionKind, target: str) -> bool:
        """Say whether an action is not to be tried again."""
        return any((tried.kind, tried.target) == (kind, target) for tried in self.tried)

    @property
    def handovers(self) -> int:
        """How many times a person was called to take over, and not only told that an action waits."""
        return self.escalations - len(self.called_for)

    @property
    def round(self) -> int:
        """How many actions were begun since a person was last called."""
        return len(self.actions) - self.round_began

    @property
    def fruitless(self) -> int:
        """How many actions in a row were begun and not verified, since a person was last called."""
        return len(self.actions) - max(self.round_began, self.progress)

    @property
    def proposals(self) -> int:
        """How many actions were proposed since one was last verified, or a person last called."""
        return self.attempts - self.proposals_settled

    @property
    def calls(self) -> int:
        """How many times a person was called since an action was last verified."""
        return self.escalations - self.calls_settled

    def is_spent(self, cause: Cause) -> bool:
        """Say whether every action that fits a cause was tried, and none helped."""
        return all(self.has_tried(proposal.action, proposal.target) for proposal in cause.actions)

    @property
    def last_news(self) -> float:
        """When something last happened to the repair."""
        return max(self.last_finished or 0.0, self.diagnosis.at if self.diagnosis else 0.0)


@dataclass(frozen=True)
class Changes:
    """What the ledger has to hold before the events that were returned are published: actions and records that changed.

    `over`: the incidents whose record is to be forgotten after that.
    """

    actions: tuple[Action, ...]
    records: tuple[RepairRecord, ...]
    over: tuple[str, ...]
