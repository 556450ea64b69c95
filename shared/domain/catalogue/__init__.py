"""What there is in the domain, each thing described once: kinds of fault, actions, life cycles of action and incident.

Rule: a fact about a kind or a state that more than one room uses is a field here. Rooms derive their tables from it.
"""

from shared.domain.catalogue.actions import ACTIONS, ActionSpec, TakesDown, actions_that
from shared.domain.catalogue.faults import FAULTS, STRIKES_LINKS, STRIKES_NODES, FaultSpec, faults_that
from shared.domain.catalogue.lifecycle import (
    ACTION_STATES,
    COMMANDED,
    FINISHED,
    INCIDENT_STATES,
    NEEDS_PERSON,
    ORDER,
    RUNNING,
    UNDOABLE_IN,
    UNRESOLVED,
    WAITING,
    ActionStateSpec,
    IncidentStateSpec,
    incident_may_become,
    may_become,
)

__all__ = [
    "ACTIONS",
    "ACTION_STATES",
    "COMMANDED",
    "FAULTS",
    "FINISHED",
    "INCIDENT_STATES",
    "NEEDS_PERSON",
    "ORDER",
    "RUNNING",
    "STRIKES_LINKS",
    "STRIKES_NODES",
    "UNDOABLE_IN",
    "UNRESOLVED",
    "WAITING",
    "ActionSpec",
    "ActionStateSpec",
    "FaultSpec",
    "IncidentStateSpec",
    "TakesDown",
    "actions_that",
    "faults_that",
    "incident_may_become",
    "may_become",
]
