"""The gate: applies its rules in order. The first rule that blocks an action gives the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from services.remediator.gate.caution import Breaker, ProvenHarm, Recurrence, Redundancy
from services.remediator.gate.rules import AtOnce, Cooldown, MinAvailable, NeverAgainstRunning, NotOffered, Rate
from services.remediator.gate.view import ALLOWED, GateLimits, GateRule, GateView, Verdict
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
    """Every action must pass the gate, whether the loop or a person wants the action."""

    def __init__(self, limits: GateLimits | None = None, rules: Sequence[GateRule] = RULES) -> None:
        self.limits = limits or GateLimits()
        self._rules = tuple(rules)

    def permit(self, action: Action, view: GateView) -> Verdict:
        for rule in self._rules:
            verdict = rule.judge(action, view, self.limits)
            if not verdict.allowed:
                return verdict
        return ALLOWED
