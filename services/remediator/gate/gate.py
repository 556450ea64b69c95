"""The gate itself: its rules in order; the first that says no is the answer."""

from __future__ import annotations

from collections.abc import Sequence

from services.remediator.gate.caution import Breaker, ProvenHarm, Recurrence, Redundancy
from services.remediator.gate.rules import AtOnce, Cooldown, MinAvailable, NeverAgainstRunning, NotOffered, Rate
from services.remediator.gate.world import ALLOWED, GateLimits, GateRule, GateView, Verdict
from shared.domain.events import Action

RULES: tuple[GateRule, ...] = (
    NotOffered(),
    ProvenHarm(),
    Recurrence(),
    Breaker(),
    NeverAgainstRunning(),
    Redundancy(),
    AtOnce(),
    Rate(),
    Cooldown(),
    MinAvailable(),
)


class Gate:
    """Every action passes here before it may run, whoever asked for it."""

    def __init__(self, limits: GateLimits | None = None, rules: Sequence[GateRule] = RULES) -> None:
        self.limits = limits or GateLimits()
        self._rules = tuple(rules)

    def permit(self, action: Action, world: GateView) -> Verdict:
        """Say whether the action may run now, and if not, by which rule and figures."""
        for rule in self._rules:
            verdict = rule.judge(action, world, self.limits)
            if not verdict.allowed:
                return verdict
        return ALLOWED
