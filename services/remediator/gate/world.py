"""What a rule of the gate is given, what it is bound by, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.capabilities import UNKNOWN, Capabilities
from shared.domain.events import Action
from shared.domain.kinds import NodeStatus
from shared.domain.topology import Topology

MINUTE = 60.0
MOST_COUNTED = 500
"""Actions of the past that the gate is sure to know, after a restart too: no limit may ask for more."""


def reach(rate: int) -> float:
    """Return the seconds that the known actions reach back at least, where so many may begin in a minute."""
    return MOST_COUNTED / rate * MINUTE


LONGEST_COOLDOWN = reach(rate=1)


class GateLimits(BaseModel):
    """The figures that the rules hold actions to; every one is finite. Seconds are network time."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cooldown: float = Field(
        default=10.0, ge=0, le=LONGEST_COOLDOWN, description="seconds between the same action on a target"
    )
    rate: int = Field(default=30, ge=1, le=MOST_COUNTED, description="actions begun in any minute")
    at_once: int = Field(default=4, ge=1, le=MOST_COUNTED, description="actions running at one time")
    min_available: float = Field(default=0.5, ge=0, le=1, description="share of nodes that must not be down")
    blocked_for: float = Field(default=30.0, ge=0, le=86_400, description="seconds an action is judged again and again")
    settle: float = Field(
        default=5.0, ge=0, le=3_600, description="seconds between actions on two elements that back each other up"
    )
    repairs: int = Field(default=3, ge=1, le=MOST_COUNTED, description="repairs of one cause before a person is called")
    repairs_within: float = Field(default=60.0, ge=0, le=86_400, description="seconds in which they are counted")
    unproven: int = Field(
        default=3, ge=1, le=MOST_COUNTED, description="actions in a row that did not help before all rest"
    )
    unproven_rest: float = Field(default=600.0, ge=0, le=86_400, description="seconds for which they rest then")


class Proof(StrEnum):
    """What the remediator's own look at the telemetry says of the harm that a diagnosis claims."""

    PROVED = "proved"
    HARMLESS = "harmless"
    NOT_SEEN = "not_seen"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """What was seen, in words and figures."""

    proof: Proof
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def proved(self) -> bool:
        """Whether harm was seen."""
        return self.proof is Proof.PROVED


NOBODY_LOOKED = Finding(Proof.UNKNOWN, "no telemetry was looked at")


class Calls(StrEnum):
    """When a rule that says no calls a person.

    LATER: after the action was blocked for a while, to take the cause over. NOW: at once, and the action goes on
    waiting. INSTEAD: at once, to take the cause over instead of the action. NEVER: not at all.
    """

    LATER = "later"
    NOW = "now"
    INSTEAD = "instead"
    NEVER = "never"


@dataclass(frozen=True)
class GateView:
    """What stands around an action when it is judged. `history` and `running` never hold the action itself.

    `offered`: what the network can do; nothing where it has not said so. `oscillations`: when the stabilizer called the
    action's cause oscillating. `finding`: the remediator's own look.
    """

    now: float
    topology: Topology
    statuses: Mapping[str, NodeStatus] = field(default_factory=dict)
    running: tuple[Action, ...] = ()
    history: tuple[Action, ...] = ()
    oscillations: tuple[float, ...] = ()
    finding: Finding = NOBODY_LOOKED
    offered: Capabilities = UNKNOWN


@dataclass(frozen=True)
class Verdict:
    """Yes, or the rule that says no with its figures; `again` is when another look is worth it, where that is known."""

    allowed: bool
    rule: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    again: float | None = None
    calls: Calls = Calls.LATER


ALLOWED = Verdict(allowed=True)


class GateRule(Protocol):
    """One reason not to act; `judge` is a pure function of its arguments."""

    @property
    def name(self) -> str:
        """What a `remediation.blocked` event calls the rule."""

    def judge(self, action: Action, world: GateView, limits: GateLimits) -> Verdict:
        """Say whether the action may run now."""
