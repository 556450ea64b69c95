"""The desired state of the loop: what a person may change while it runs, kept in KV `config`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from shared.kinds import FaultKind, Mode

CONFIG_KEY = "desired"


class Thresholds(BaseModel):
    """The plain limits that the detector's rules use: %, %, ms, %."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpu_usage: float = Field(default=80.0, gt=0, le=100)
    memory_usage: float = Field(default=80.0, gt=0, le=100)
    latency: float = Field(default=50.0, gt=0, le=10_000)
    packet_loss: float = Field(default=5.0, gt=0, le=100)


class Desired(BaseModel):
    """What is wanted: `running` and the campaign govern the injector alone, `mode` governs repair."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    running: bool = True
    interval: float = Field(default=3.0, ge=0.25, le=3600, description="seconds of network time between cycles")
    chance: float = Field(default=0.7, ge=0, le=1, description="chance of a fault in a cycle")
    kinds: tuple[FaultKind, ...] = Field(default=tuple(FaultKind), min_length=1)
    targets: tuple[str, ...] = Field(default=(), max_length=1000, description="elements to choose from; empty: all")
    at_once: int = Field(default=3, ge=1, le=100, description="faults live at once, at most")
    ttl: float = Field(default=60.0, ge=1, le=86_400, description="seconds after which a fault ends by itself")
    max_faults: int | None = Field(default=None, ge=0, description="strike this many, then only turn cycles")
    thresholds: Thresholds = Thresholds()
    mode: Mode = Mode.AUTO
