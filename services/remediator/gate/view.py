"""The types of the gate: the view of the network that a rule judges by, the limits of the rules, and the verdict."""

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
"""Number of past actions that the gate always knows, also after a restart. No limit may need more of them."""


def reach(rate: int) -> float:
    """Return how many seconds back the gate knows all actions, if up to `rate` actions may begin in a minute."""
    return MOST_COUNTED / rate * MINUTE


LONGEST_COOLDOWN = reach(rate=1)


class GateLimits(BaseModel):
    """The limits that the rules apply; all are finite. Seconds are network time."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cooldown: float = Field(
        default=10.0, ge=0, le=LONGEST_COOLDOWN, description="seconds before the same action starts again on a target"
    )
    rate: int = Field(default=30, ge=1, le=MOST_COUNTED, description="actions that start in any minute")
    at_once: int = Field(default=4, ge=1, le=MOST_COUNTED, description="actions that run at one time")
    min_available: float = Field(default=0.5, ge=0, le=1, description="share of the nodes that must be in service")
    blocked_for: float = Field(default=30.0, ge=0, le=86_400, description="seconds blocked before a person is called")
    settle: float = Field(
        default=5.0, ge=0, le=3_600, description="seconds between actions on two elements that back each other up"
    )
    repairs: int = Field(default=3, ge=1, le=MOST_COUNTED, description="repairs of one cause before a person is called")
    repairs_within: float = Field(default=60.0, ge=0, le=86_400, description="seconds in which they are counted")
    unproven: int = Field(
        default=3, ge=1, le=MOST_COUNTED, description="actions in a row that did not help before no more start"
    )
    unproven_rest: float = Field(default=600.0, ge=0, le=86_400, description="seconds without a new action after that")


class Proof(StrEnum):
    PROVED = "proved"
    HARMLESS = "harmless"
    NOT_SEEN = "not_seen"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    proof: Proof
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def proved(self) -> bool:
        return self.proof is Proof.PROVED


NOT_OBSERVED = Finding(Proof.UNKNOWN, "no telemetry was examined")


class Calls(StrEnum):
    """When a person is called because a rule blocks an action.

    LATER: after the action was blocked for a while; then the action ends, and the person takes over the cause. NOW: at
    once; the action keeps waiting. INSTEAD: at once; the action ends, and the person takes over the cause. NEVER: no
    person is called.
    """

    LATER = "later"
    NOW = "now"
    INSTEAD = "instead"
    NEVER = "never"


@dataclass(frozen=True)
class GateView:
    """`running`: other actions that may be changing the network. `history`: other actions that have started.
    `oscillations`: the times at which the stabilizer judged a repair of the same cause as oscillating. `finding`: what
    the remediator's own telemetry shows. `offered`: the capabilities of the network; unknown until the network reports
    them.
    """

    now: float
    topology: Topology
    statuses: Mapping[str, NodeStatus] = field(default_factory=dict)
    running: tuple[Action, ...] = ()
    history: tuple[Action, ...] = ()
    oscillations: tuple[float, ...] = ()
    finding: Finding = NOT_OBSERVED
    offered: Capabilities = UNKNOWN


@dataclass(frozen=True)
class Verdict:
    """`again`: the time to judge the action again, if known."""

    allowed: bool
    rule: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    again: float | None = None
    calls: Calls = Calls.LATER


ALLOWED = Verdict(allowed=True)


class GateRule(Protocol):
    """`judge` is a pure function of its arguments."""

    @property
    def name(self) -> str:
        """The name of the rule, as it appears in `remediation.blocked`."""

    def judge(self, action: Action, view: GateView, limits: GateLimits) -> Verdict: ...
