"""The ways in which a simulated network can differ from the default one; a YAML file can set any of them.

Only the simulator, the campaign of `nms simulate` and the first settings of `nms up` read a world. The loop learns
only what a driver declares: the interval.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from network.simulator.benign import Benign
from shared.domain.kinds import FaultKind
from shared.domain.telemetry import TICK_SECONDS

LONGEST_INTERVAL, LONGEST_FAULT = 300.0, 86_400.0
LONGEST_CORRELATION = 3600.0
MOST_TOGETHER = 4
HOURS_24 = 86_400.0
SWING = 0.15
NORMAL: Final = "normal"
STUDENT_T: Final = "student-t"

Share = Annotated[float, Field(ge=0, le=1)]
Points = Annotated[float, Field(ge=-100, le=100)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="after")
    @classmethod
    def _in_order(cls, value: object) -> object:
        if isinstance(value, tuple) and len(value) == 2 and not any(isinstance(end, str) for end in value):
            least, most = value
            if least > most:
                raise ValueError(f"[{least:g}, {most:g}] is not in order; give the smaller figure first")
        return value


class Sampling(_Part):
    interval: float = Field(
        default=TICK_SECONDS, ge=TICK_SECONDS, le=LONGEST_INTERVAL, description="seconds between two samples"
    )
    missing: Share = Field(default=0.01, description="share of samples that never arrive")
    late: Share = Field(default=0.01, description="share of samples that arrive late")

    @field_validator("interval")
    @classmethod
    def _whole_steps(cls, value: float) -> float:
        if value % TICK_SECONDS:
            raise ValueError(f"the simulator moves in steps of {TICK_SECONDS} s; give a multiple")
        return value

    @property
    def steps(self) -> int:
        """How many steps of the simulator lie between two samples."""
        return round(self.interval / TICK_SECONDS)


class NoiseShape(_Part):
    scale: NotNegative = Field(default=1.0, description="times the noise of the default network")
    distribution: Literal["normal", "student-t"] = NORMAL
    df: float = Field(default=3.0, gt=2, le=1000, description="degrees of freedom of student-t")
    correlation: float | None = Field(
        default=None,
        ge=0,
        le=LONGEST_CORRELATION,
        description="seconds of autocorrelation; 0: white; null: as by default",
    )

    @property
    def is_default(self) -> bool:
        return self.distribution == NORMAL and self.correlation is None


class Offsets(_Part):
    """By how much the usual level of each element moves: a draw from this range."""

    cpu_usage: tuple[Points, Points] = (0.0, 0.0)
    memory_usage: tuple[Points, Points] = (0.0, 0.0)
    latency: tuple[NotNegative, NotNegative] = Field(default=(0.0, 0.0), description="ms on each link")


class Season(_Part):
    day: float = Field(default=HOURS_24, ge=60, le=HOURS_24 * 7, description="seconds that a day lasts")
    amplitude: Share = Field(default=SWING, description="share by which load varies in a day")
    weekend: Share = Field(default=1.0, description="load on the last two days of seven, beside the other days")


class CpuFault(_Part):
    add: tuple[Points, Points] = Field(description="points of CPU usage at the least and at the full strength")


class MemoryFault(_Part):
    seconds: float = Field(gt=0, le=LONGEST_FAULT, description="seconds from the onset to the limit")


class LatencyFault(_Part):
    ms: tuple[NotNegative, NotNegative]


class LossFault(_Part):
    percent: tuple[NotNegative, Annotated[float, Field(ge=0, le=100)]]


class FlapFault(_Part):
    period: float = Field(ge=2 * TICK_SECONDS, le=3600, description="seconds from one fall to the next")


class CongestionFault(_Part):
    add: tuple[NotNegative, NotNegative] = Field(description="points of the link's capacity")


class Faults(_Part):
    """What is injected. A part that is left out is that of the default network."""

    kinds: tuple[FaultKind, ...] = Field(default=(), description="empty: all")
    strength: tuple[Share, Share] | None = Field(
        default=None, description="range that the strengths 0 to 1 are mapped to"
    )
    duration: float | None = Field(default=None, ge=1, le=LONGEST_FAULT, description="seconds after which a fault ends")
    together: int = Field(default=1, ge=1, le=MOST_TOGETHER, description="faults that are live at once on one element")
    high_cpu: CpuFault | None = None
    high_memory: MemoryFault | None = None
    high_latency: LatencyFault | None = None
    packet_loss: LossFault | None = None
    link_flap: FlapFault | None = None
    congestion: CongestionFault | None = None


class RateLimit(_Part):
    share: float = Field(gt=0, le=1, description="share of the capacity that a rate limit leaves")


class Actions(_Part):
    rate_limit: RateLimit | None = None


class World(_Part):
    sampling: Sampling = Sampling()
    noise: NoiseShape = NoiseShape()
    offsets: Offsets = Offsets()
    season: Season = Season()
    benign: Benign = Benign()
    faults: Faults = Faults()
    actions: Actions = Actions()


DEFAULT = World()
