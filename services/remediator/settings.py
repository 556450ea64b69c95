"""What the environment can tell the remediator: the limits of its gate."""

from __future__ import annotations

from pydantic import Field

from services.remediator.gate import Limits
from shared.settings import ServiceSettings

DEFAULTS = Limits()


class RemediatorSettings(ServiceSettings):
    """The gate's figures; seconds are network time."""

    gate_cooldown: float = Field(
        default=DEFAULTS.cooldown, ge=0, le=86_400, description="between the same action twice"
    )
    gate_rate: int = Field(default=DEFAULTS.rate, ge=1, le=10_000, description="actions begun in a minute, at most")
    gate_at_once: int = Field(default=DEFAULTS.at_once, ge=1, le=1_000, description="actions running, at most")
    gate_min_available: float = Field(default=DEFAULTS.min_available, ge=0, le=1, description="share of nodes not down")
    gate_blocked_for: float = Field(
        default=DEFAULTS.blocked_for, ge=0, le=86_400, description="until a person is called"
    )

    def limits(self) -> Limits:
        """Return what the gate holds actions to."""
        return Limits(
            cooldown=self.gate_cooldown,
            rate=self.gate_rate,
            at_once=self.gate_at_once,
            min_available=self.gate_min_available,
            blocked_for=self.gate_blocked_for,
        )
