"""The gate: pure rules that every action must pass before it may run. The rule that blocks an action reports its
figures.
"""

from services.remediator.gate.caution import Breaker, ProvenHarm, Recurrence, Redundancy, back_each_other_up
from services.remediator.gate.gate import RULES, Gate
from services.remediator.gate.rules import (
    AtOnce,
    Cooldown,
    MinAvailable,
    NeverAgainstRunning,
    Rate,
    takes_down,
)
from services.remediator.gate.view import (
    LONGEST_COOLDOWN,
    MINUTE,
    MOST_COUNTED,
    NOT_OBSERVED,
    Calls,
    Finding,
    GateLimits,
    GateRule,
    GateView,
    Proof,
    Verdict,
    reach,
)

__all__ = [
    "LONGEST_COOLDOWN",
    "MINUTE",
    "MOST_COUNTED",
    "NOT_OBSERVED",
    "RULES",
    "AtOnce",
    "Breaker",
    "Calls",
    "Cooldown",
    "Finding",
    "Gate",
    "GateLimits",
    "GateRule",
    "GateView",
    "MinAvailable",
    "NeverAgainstRunning",
    "Proof",
    "ProvenHarm",
    "Rate",
    "Recurrence",
    "Redundancy",
    "Verdict",
    "back_each_other_up",
    "reach",
    "takes_down",
]
