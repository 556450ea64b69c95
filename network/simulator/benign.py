"""The load of a healthy network beside its traffic: bursts on links, jobs on nodes, memory that fills and is freed.

Rules: benign load is no fault, and not part of the ground truth. It depends only on the seed, the element, the time and
the spare capacity: it fills no link beyond `LINK_CAP` and no processor beyond `CPU_CAP`.
"""

from __future__ import annotations

from math import ceil
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from network.simulator.arrays import Floats, Keys
from network.simulator.noise import salted, uniform

LINK_CAP, CPU_CAP = 85.0, 78.0
"""The utilisation of a link and the CPU usage, in %, up to which benign load fills them."""
HOUR = 3600.0
MOST_AN_HOUR, LONGEST = 600.0, HOUR
_BURST_SALT, _JOB_SALT, _MEMORY_SALT = 41, 42, 43
_START, _LENGTH, _HEIGHT = 1, 2, 3

Range = tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]]


class _BenignPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LoadBursts(_BenignPart):
    """Load that comes and goes on each element: how often, how many points of %, for how long."""

    per_hour: float = Field(gt=0, le=MOST_AN_HOUR, description="bursts an hour on each element")
    add: Range = Field(description="points of %, from and to")
    seconds: Range = Field(description="duration of a burst, from and to")

    @model_validator(mode="after")
    def _in_order(self) -> LoadBursts:
        for name, (least, most) in (("add", self.add), ("seconds", self.seconds)):
            if least > most:
                raise ValueError(f"{name}: [{least:g}, {most:g}] is not in order; give the smaller figure first")
        if self.seconds[1] > LONGEST:
            raise ValueError(f"seconds: a burst lasts {LONGEST:g} s at most")
        return self

    def at(self, keys: Keys, now: float) -> Floats:
        """Return the percentage points that bursts add to each element. One burst begins every `3600 / per_hour` s."""
        span = HOUR / self.per_hour
        number, total = int(now // span), np.zeros(len(keys))
        for burst in range(number - ceil(self.seconds[1] / span), number + 1):
            own = salted(keys, burst)
            begins = (burst + uniform(salted(own, _START))) * span
            lasts = _between(self.seconds, uniform(salted(own, _LENGTH)))
            total += np.where((begins <= now) & (now < begins + lasts), _between(self.add, _height(own)), 0.0)
        return total


class Sawtooth(_BenignPart):
    """Memory that fills evenly and is freed at once, on each node at its own time."""

    period: float = Field(gt=0, description="seconds from one release to the next")
    height: float = Field(ge=0, le=100, description="points of % gained in a period")

    def at(self, keys: Keys, now: float) -> Floats:
        return self.height * ((now / self.period + uniform(keys)) % 1.0)


class Benign(_BenignPart):
    link_bursts: LoadBursts | None = None
    cpu_jobs: LoadBursts | None = None
    memory_sawtooth: Sawtooth | None = None

    def on_links(self, link_keys: Keys, now: float, carried: Floats) -> Floats:
        """Return percentage points of utilisation."""
        return _spare(self.link_bursts, salted(link_keys, _BURST_SALT), now, LINK_CAP - carried)

    def on_cpu(self, node_keys: Keys, now: float, used: Floats) -> Floats:
        """Return percentage points of CPU usage."""
        return _spare(self.cpu_jobs, salted(node_keys, _JOB_SALT), now, CPU_CAP - used)

    def on_memory(self, node_keys: Keys, now: float) -> Floats:
        """Return percentage points of memory usage."""
        saw = self.memory_sawtooth
        return np.zeros(len(node_keys)) if saw is None else saw.at(salted(node_keys, _MEMORY_SALT), now)


NOTHING = Benign()


def _spare(bursts: LoadBursts | None, keys: Keys, now: float, room: Floats) -> Floats:
    if bursts is None:
        return np.zeros(len(keys))
    return np.minimum(bursts.at(keys, now), np.maximum(0.0, room))


def _between(limits: Range, share: Floats) -> Floats:
    return limits[0] + (limits[1] - limits[0]) * share


def _height(keys: Keys) -> Floats:
    return uniform(salted(keys, _HEIGHT))
