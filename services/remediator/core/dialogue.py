"""One incident's repair as a dialogue: it yields the next step and is sent what became of it.

The outcome of a step is the action as it then stands, so the place in the dialogue is the action's state and nothing
else: `heal(action)` with an action out of the ledger goes on where a killed process stopped.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias

from shared.domain.catalogue import ACTIONS, COMMANDED, WAITING
from shared.domain.events import Action
from shared.domain.kinds import ActionState


@dataclass(frozen=True)
class Choose:
    """Find the next action that fits: a first cause that stood, an action not yet tried."""


@dataclass(frozen=True)
class Permit:
    """Have the action let through: by the mode, a person where it asks for one, and the gate."""

    action: Action


@dataclass(frozen=True)
class Run:
    """Give the command and learn what became of it."""

    action: Action


@dataclass(frozen=True)
class Verify:
    """Look for fresh telemetry that says it helped."""

    action: Action


@dataclass(frozen=True)
class Undo:
    """Take back what did not help."""

    action: Action


Step: TypeAlias = Choose | Permit | Run | Verify | Undo
Dialogue: TypeAlias = Generator[Step, Action, None]


def owes_undo(action: Action) -> bool:
    """Say whether a failed action may have left something in the network that has to be taken back."""
    return action.state is ActionState.FAILED and action.started is not None and ACTIONS[action.kind].undoable


def undone(action: Action) -> Action:
    """Return an action as it stands once it is taken back."""
    return action.model_copy(update={"state": ActionState.REVERTED})


def heal(action: Action | None = None) -> Dialogue:
    """Drive actions until one is not followed by another; whoever holds the dialogue ends it with the incident."""
    while True:
        if action is None:
            action = yield Choose()
        if action.state in WAITING:
            action = yield Permit(action)
        if action.state in COMMANDED:
            action = yield Run(action)
        if action.state is ActionState.APPLIED:
            action = yield Verify(action)
        if owes_undo(action):
            yield Undo(action)
        action = None
