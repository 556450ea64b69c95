"""The life cycle of an action as one table: its states in their order, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.domain.kinds import ActionState

PROPOSED, BLOCKED, APPROVED = ActionState.PROPOSED, ActionState.BLOCKED, ActionState.APPROVED
STARTED, APPLIED, VERIFIED = ActionState.STARTED, ActionState.APPLIED, ActionState.VERIFIED
FAILED, REVERTED, REJECTED = ActionState.FAILED, ActionState.REVERTED, ActionState.REJECTED


@dataclass(frozen=True)
class ActionStateSpec:
    """One state. Of two records of one action, from two replicas, the one of the higher `stage` is taken for the newer;
    only the owner of an action puts it back to `blocked`."""

    state: ActionState
    stage: int
    after: frozenset[ActionState]
    """The states that may follow it."""
    may_run: bool = False
    """A command to carry the action out is valid."""
    may_undo: bool = False
    """A command to undo the action is valid."""


ACTION_STATES: Mapping[ActionState, ActionStateSpec] = MappingProxyType(
    {
        spec.state: spec
        for spec in (
            ActionStateSpec(PROPOSED, 0, frozenset({BLOCKED, APPROVED, REJECTED, FAILED})),
            ActionStateSpec(BLOCKED, 0, frozenset({APPROVED, REJECTED, FAILED})),
            ActionStateSpec(APPROVED, 1, frozenset({BLOCKED, STARTED, REJECTED, FAILED}), may_run=True),
            # Blocked again: the start was put off, since another replica holds the target.
            ActionStateSpec(STARTED, 2, frozenset({BLOCKED, APPLIED, FAILED}), may_run=True, may_undo=True),
            ActionStateSpec(APPLIED, 3, frozenset({VERIFIED, FAILED}), may_undo=True),
            ActionStateSpec(VERIFIED, 4, frozenset()),
            ActionStateSpec(FAILED, 4, frozenset({REVERTED}), may_undo=True),
            ActionStateSpec(REJECTED, 4, frozenset()),
            ActionStateSpec(REVERTED, 5, frozenset()),
        )
    }
)
"""In the order in which an action goes through them."""
WAITING = frozenset(state for state, spec in ACTION_STATES.items() if spec.stage == ACTION_STATES[PROPOSED].stage)
COMMANDED = frozenset(state for state, spec in ACTION_STATES.items() if spec.may_run)
RUNNING = frozenset({STARTED, APPLIED})
FINISHED = frozenset(state for state, spec in ACTION_STATES.items() if spec.stage > ACTION_STATES[APPLIED].stage)
UNDOABLE_IN = frozenset(state for state, spec in ACTION_STATES.items() if spec.may_undo)


def may_become(before: ActionState, after: ActionState) -> bool:
    """Say whether an action may go from one state to another; staying as it is is no step."""
    return before is after or after in ACTION_STATES[before].after
