"""The life cycles of an action and of an incident: for each, its states and the states that may follow each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from shared.domain.kinds import ActionState, IncidentState

PROPOSED, BLOCKED, APPROVED = ActionState.PROPOSED, ActionState.BLOCKED, ActionState.APPROVED
STARTED, APPLIED, VERIFIED = ActionState.STARTED, ActionState.APPLIED, ActionState.VERIFIED
FAILED, REVERTED, REJECTED = ActionState.FAILED, ActionState.REVERTED, ActionState.REJECTED


@dataclass(frozen=True)
class ActionStateSpec:
    """`stage`: a number that falls from state to state only when a start is put off."""

    state: ActionState
    stage: int
    after: frozenset[ActionState]
    """The states that may follow it."""
    may_run: bool = False
    """A command to run the action is valid in this state."""
    may_undo: bool = False
    """A command to revert the action is valid in this state."""


ACTION_STATES: Mapping[ActionState, ActionStateSpec] = MappingProxyType(
    {
        spec.state: spec
        for spec in (
            ActionStateSpec(PROPOSED, 0, frozenset({BLOCKED, APPROVED, REJECTED, FAILED})),
            ActionStateSpec(BLOCKED, 0, frozenset({APPROVED, REJECTED, FAILED})),
            ActionStateSpec(APPROVED, 1, frozenset({BLOCKED, STARTED, REJECTED, FAILED}), may_run=True),
            # From started back to blocked: the start was put off, since another replica holds the target.
            ActionStateSpec(STARTED, 2, frozenset({BLOCKED, APPLIED, FAILED}), may_run=True, may_undo=True),
            ActionStateSpec(APPLIED, 3, frozenset({VERIFIED, FAILED}), may_undo=True),
            ActionStateSpec(VERIFIED, 4, frozenset()),
            ActionStateSpec(FAILED, 4, frozenset({REVERTED}), may_undo=True),
            ActionStateSpec(REJECTED, 4, frozenset()),
            ActionStateSpec(REVERTED, 5, frozenset()),
        )
    }
)
"""The states of an action, by name, in the order in which an action passes through them."""
WAITING = frozenset(state for state, spec in ACTION_STATES.items() if spec.stage == ACTION_STATES[PROPOSED].stage)
COMMANDED = frozenset(state for state, spec in ACTION_STATES.items() if spec.may_run)
RUNNING = frozenset({STARTED, APPLIED})
FINISHED = frozenset(state for state, spec in ACTION_STATES.items() if spec.stage > ACTION_STATES[APPLIED].stage)
UNDOABLE_IN = frozenset(state for state, spec in ACTION_STATES.items() if spec.may_undo)


ORDER: Mapping[ActionState, int] = MappingProxyType({state: place for place, state in enumerate(ACTION_STATES)})
"""The position of each state in the life cycle of an action."""


def may_become(before: ActionState, after: ActionState) -> bool:
    return before is after or after in ACTION_STATES[before].after


@dataclass(frozen=True)
class IncidentStateSpec:
    state: IncidentState
    after: frozenset[IncidentState]
    """The states that may follow it."""
    open: bool = False
    needs_person: bool = False


INCIDENT_STATES: Mapping[IncidentState, IncidentStateSpec] = MappingProxyType(
    {
        spec.state: spec
        for spec in (
            IncidentStateSpec(
                IncidentState.OPEN, frozenset({IncidentState.ESCALATED, IncidentState.RESOLVED}), open=True
            ),
            IncidentStateSpec(
                IncidentState.ESCALATED, frozenset({IncidentState.RESOLVED}), open=True, needs_person=True
            ),
            IncidentStateSpec(IncidentState.RESOLVED, frozenset()),
        )
    }
)
"""The states of an incident, in the order in which an incident passes through them. No state follows `resolved`: if an
anomaly returns later, it opens a new incident.
"""
UNRESOLVED = tuple(state for state, spec in INCIDENT_STATES.items() if spec.open)
NEEDS_PERSON = frozenset(state for state, spec in INCIDENT_STATES.items() if spec.needs_person)


def incident_may_become(before: IncidentState, after: IncidentState) -> bool:
    return before is after or after in INCIDENT_STATES[before].after
