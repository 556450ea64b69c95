"""The gate: pure rules that every action passes before it may run; a blocked action names its rule and figures."""

from services.remediator.gate.gate import RULES, Gate
from services.remediator.gate.rules import (
    AtOnce,
    Cooldown,
    MinAvailable,
    NeverAgainstRunning,
    Rate,
    conflict,
    takes_down,
)
from services.remediator.gate.world import LONGEST_COOLDOWN, MINUTE, MOST_COUNTED, Limits, Rule, Verdict, World, reach

__all__ = [
    "LONGEST_COOLDOWN",
    "MINUTE",
    "MOST_COUNTED",
    "RULES",
    "AtOnce",
    "Cooldown",
    "Gate",
    "Limits",
    "MinAvailable",
    "NeverAgainstRunning",
    "Rate",
    "Rule",
    "Verdict",
    "World",
    "conflict",
    "reach",
    "takes_down",
]
