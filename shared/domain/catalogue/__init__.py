"""What there is in the domain, each thing described once: kinds of fault, actions, and the life cycle of an action.

Rule: a fact about a kind or a state that more than one room uses is a field here. Rooms derive their tables from it.
"""

from shared.domain.catalogue.actions import ACTIONS, ActionSpec, TakesDown, actions_that
from shared.domain.catalogue.faults import FAULTS, STRIKES_LINKS, STRIKES_NODES, FaultSpec, faults_that
from shared.domain.catalogue.lifecycle import (
    ACTION_STATES,
    COMMANDED,
    FINISHED,
    RUNNING,
    UNDOABLE_IN,
    WAITING,
    ActionStateSpec,
    may_become,
)

__all__ = [
    "ACTIONS",
    "ACTION_STATES",
    "COMMANDED",
    "FAULTS",
    "FINISHED",
    "RUNNING",
    "STRIKES_LINKS",
    "STRIKES_NODES",
    "UNDOABLE_IN",
    "WAITING",
    "ActionSpec",
    "ActionStateSpec",
    "FaultSpec",
    "TakesDown",
    "actions_that",
    "faults_that",
    "may_become",
]
