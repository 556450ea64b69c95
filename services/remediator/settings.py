"""The remediator's settings: the limits of its gate."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator

from services.remediator.gate import LONGEST_COOLDOWN, MOST_COUNTED, GateLimits, reach
from shared.platform.settings import ServiceSettings

DEFAULTS = GateLimits()


class RemediatorSettings(ServiceSettings):
    """The limits of the gate; seconds are network time."""

    gate_rate: int = Field(
        default=DEFAULTS.rate, ge=1, le=MOST_COUNTED, description="actions that start in a minute, at most"
    )
    gate_cooldown: float = Field(
        default=DEFAULTS.cooldown,
        ge=0,
        le=LONGEST_COOLDOWN,
        description=f"seconds before the same action starts again; at most {MOST_COUNTED} minutes divided by the rate",
    )
    gate_at_once: int = Field(default=DEFAULTS.at_once, ge=1, le=MOST_COUNTED, description="actions that run at once")
    gate_min_available: float = Field(
        default=DEFAULTS.min_available, ge=0, le=1, description="share of nodes in service"
    )
    gate_blocked_for: float = Field(
        default=DEFAULTS.blocked_for, ge=0, le=86_400, description="seconds blocked before a person is called"
    )
    gate_settle: float = Field(
        default=DEFAULTS.settle,
        ge=0,
        le=3_600,
        description="seconds between the reboots of two nodes that back each other up",
    )
    gate_repairs: int = Field(
        default=DEFAULTS.repairs, ge=1, le=MOST_COUNTED, description="repairs of one cause before a person is called"
    )
    gate_repairs_within: float = Field(
        default=DEFAULTS.repairs_within,
        ge=0,
        le=86_400,
        description=f"seconds in which these repairs count; at most {MOST_COUNTED} minutes divided by the rate",
    )
    gate_unproven: int = Field(
        default=DEFAULTS.unproven,
        ge=1,
        le=MOST_COUNTED,
        description="actions in a row that did not help (for a cause, on a target, of all) before no more start there",
    )
    gate_unproven_rest: float = Field(
        default=DEFAULTS.unproven_rest, ge=0, le=86_400, description="seconds without a new action there after that"
    )

    @field_validator("gate_cooldown", "gate_repairs_within")
    @classmethod
    def _is_within_history(cls, seconds: float, info: ValidationInfo) -> float:
        rate = info.data.get("gate_rate")  # `gate_rate` is missing if its own value is invalid
        if rate is not None and seconds > reach(rate):
            raise ValueError(
                f"with NMS_GATE_RATE={rate} the {MOST_COUNTED} actions that are known reach back {reach(rate):g} s"
            )
        return seconds

    def limits(self) -> GateLimits:
        return GateLimits(
            cooldown=self.gate_cooldown,
            rate=self.gate_rate,
            at_once=self.gate_at_once,
            min_available=self.gate_min_available,
            blocked_for=self.gate_blocked_for,
            settle=self.gate_settle,
            repairs=self.gate_repairs,
            repairs_within=self.gate_repairs_within,
            unproven=self.gate_unproven,
            unproven_rest=self.gate_unproven_rest,
        )
