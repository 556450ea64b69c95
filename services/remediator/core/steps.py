"""The state of a repair: its record, at most one action, and what this process remembers of the action's present step.

Rule: the next step follows from the state of the action alone. So another process can continue the repair from the
ledger after this process was killed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from services.remediator.core.outcome import Relief
from services.remediator.core.records import RepairRecord
from shared.domain.catalogue import ACTIONS, COMMANDED, WAITING
from shared.domain.events import Action
from shared.domain.kinds import ActionState


class Step(Enum):
    CHOOSE = auto()
    """Find the next action: an untried one, for a cause that was ranked first for long enough."""
    PERMIT = auto()
    """Get the action permitted: by the mode, by a person if the mode requires it, by the gate, by a claim."""
    RUN = auto()
    VERIFY = auto()
    """Wait for a proof that the action helped."""
    UNDO = auto()
    CONCLUDE = auto()
    """The action is over, but the previous process was killed before the record contained its end."""
    REPORT_LOST = auto()
    """The record names an action that the ledger does not hold."""


class ClaimState(Enum):
    NONE = auto()
    ASKED = auto()
    HELD = auto()


@dataclass(frozen=True)
class StepMemory:
    """What this process remembers of the present step of a repair. Another process starts the step from the beginning.

    `entered`: network time at which the step began. `effect`: network time at which the action took effect.
    `judge_again`: network time at which the gate judges the action again. `sent`: number of commands sent in this step.
    `published`: names of the rules whose refusal of the action was already published.
    """

    entered: float | None = None
    sent: int = 0
    judge_again: float | None = None
    effect: float | None = None
    relief: Relief = field(default_factory=Relief)
    published: frozenset[str] = frozenset()
    claim: ClaimState = ClaimState.NONE


@dataclass(frozen=True)
class RepairState:
    """The record holds only the id of the current action; `action` is the action itself."""

    record: RepairRecord
    action: Action | None = None
    memory: StepMemory = field(default_factory=StepMemory)

    @property
    def step(self) -> Step:
        if self.action is None:
            return Step.CHOOSE if self.record.current is None else Step.REPORT_LOST
        return step_of(self.action)

    @property
    def occupies(self) -> Action | None:
        if self.step in (Step.RUN, Step.VERIFY, Step.UNDO) or self.memory.claim is ClaimState.ASKED:
            return self.action
        return None


def step_of(action: Action) -> Step:
    if action.state in WAITING:
        return Step.PERMIT
    if action.state in COMMANDED:
        return Step.RUN
    if action.state is ActionState.APPLIED:
        return Step.VERIFY
    return Step.UNDO if owes_undo(action) else Step.CONCLUDE


def owes_undo(action: Action) -> bool:
    return action.state is ActionState.FAILED and action.started is not None and ACTIONS[action.kind].undoable


def undone(action: Action) -> Action:
    return action.model_copy(update={"state": ActionState.REVERTED})
