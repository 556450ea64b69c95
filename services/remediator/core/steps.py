"""What a repair is: a record, at most one action, and what this process knows of the step that the action is at.

Rule: which step comes next follows from the action's state and from nothing else. So a repair that is made again from
the ledger goes on where a killed process stopped.
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
    """What a repair does next."""

    CHOOSE = auto()
    """Find the next action: a first cause that stood, an action not yet tried."""
    PERMIT = auto()
    """Have the action let through: by the mode, a person where it asks for one, the gate, the claim on its target."""
    RUN = auto()
    """Give the command and wait for what became of it."""
    VERIFY = auto()
    """Look for fresh telemetry that says it helped."""
    UNDO = auto()
    """Take back what did not help."""
    CONCLUDE = auto()
    """The action is over, and the process before us was killed before its record said so."""
    REPORT_LOST = auto()
    """The record names an action that the ledger does not hold."""


class ClaimState(Enum):
    """Whether this process holds the action's target against all others."""

    NONE = auto()
    ASKED = auto()
    HELD = auto()


@dataclass(frozen=True)
class StepMemory:
    """What this process alone knows of the step that it is at; another process begins the step anew.

    `entered`, `effect`, `judge_again`: network time. `sent`: commands given in this step. `published`: rules of which
    it was published that they block the action.
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
    """One incident's repair. The record names the action by its id; the action itself is stored under that id."""

    record: RepairRecord
    action: Action | None = None
    memory: StepMemory = field(default_factory=StepMemory)

    @property
    def step(self) -> Step:
        """What comes next."""
        if self.action is None:
            return Step.CHOOSE if self.record.current is None else Step.REPORT_LOST
        return step_of(self.action)

    @property
    def occupies(self) -> Action | None:
        """The action that may be changing the network, or is about to; its undoing included."""
        if self.step in (Step.RUN, Step.VERIFY, Step.UNDO) or self.memory.claim is ClaimState.ASKED:
            return self.action
        return None


def step_of(action: Action) -> Step:
    """Return what is to be done with an action."""
    if action.state in WAITING:
        return Step.PERMIT
    if action.state in COMMANDED:
        return Step.RUN
    if action.state is ActionState.APPLIED:
        return Step.VERIFY
    return Step.UNDO if owes_undo(action) else Step.CONCLUDE


def owes_undo(action: Action) -> bool:
    """Say whether a failed action may have left something in the network that has to be taken back."""
    return action.state is ActionState.FAILED and action.started is not None and ACTIONS[action.kind].undoable


def undone(action: Action) -> Action:
    """Return an action as it stands once it is taken back."""
    return action.model_copy(update={"state": ActionState.REVERTED})
