"""What there is in the domain, each described once: metrics, kinds of fault, actions, the life cycle of an action.

Rule: a fact about a kind or a state that more than one room uses is a field here. Rooms derive their tables from it.
"""

from shared.domain.catalogue.actions import ACTIONS, ActionSpec, TakesDown, actions_that, add_action
from shared.domain.catalogue.faults import (
    FAULTS,
    FaultSpec,
    Harm,
    Signature,
    SymptomPlace,
    SymptomSpec,
    add_fault,
    faults_that,
    looks_like,
)
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
from shared.domain.catalogue.metrics import (
    METRICS,
    Judging,
    MetricSpec,
    Nature,
    Role,
    StateJudging,
    add_metric,
    metric_in_role,
    metrics_of,
)

__all__ = [
    "ACTIONS",
    "ACTION_STATES",
    "COMMANDED",
    "FAULTS",
    "FINISHED",
    "METRICS",
    "RUNNING",
    "UNDOABLE_IN",
    "WAITING",
    "ActionSpec",
    "ActionStateSpec",
    "FaultSpec",
    "Harm",
    "Judging",
    "MetricSpec",
    "Nature",
    "Role",
    "Signature",
    "StateJudging",
    "SymptomPlace",
    "SymptomSpec",
    "TakesDown",
    "actions_that",
    "add_action",
    "add_fault",
    "add_metric",
    "faults_that",
    "looks_like",
    "may_become",
    "metric_in_role",
    "metrics_of",
]
