"""The gate itself: its rules in order; the first that says no is the answer."""

from __future__ import annotations

from collections.abc import Sequence

from services.remediator.gate.caution import Breaker, ProvenHarm, Recurrence, Redundancy
from services.remediator.gate.rules import AtOnce, Cooldown, MinAvailable, NeverAgainstRunning, Rate
from services.remediator.gate.world import ALLOWED, Limits, Rule, Verdict, World
from shared.domain.events import Action

RULES: tuple[Rule, ...] = (
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

    def __init__(self, limits: Limits | None = None, rules: Sequence[Rule] = RULES) -> None:
        self.limits = limits or Limits()
        self._rules = tuple(rules)

    def permit(self, action: Action, world: World) -> Verdict:
        """Say whether the action may run now, and if not, by which rule and figures."""
        for rule in self._rules:
            verdict = rule.judge(action, world, self.limits)
            if not verdict.allowed:
                return verdict
        return ALLOWED
