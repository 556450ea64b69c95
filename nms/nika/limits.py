"""The bounds of a case in time, in seconds. They suit a laboratory of a hundred nodes; a small one ends long before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from nms.nika.course import CoursePhase

P = CoursePhase
WARM_UP = 120.0
"""How long the product watches the healthy network in a warm case."""
HEALTHY_WATCH = 300.0
"""How long the product may find an anomaly where there is none."""
STAYS = 10.0
"""How long a repair has to last until it is proved."""
POLL = 1.0
"""Between two questions to the product."""
LAB_POLL = 2.0
"""Between two looks at the laboratory; a look costs its nodes some work."""
GRACE = 30.0
"""What a phase that ends by its own clock may need beyond its limit."""

LIMITS: Mapping[CoursePhase, float] = MappingProxyType(
    {
        P.BUILD: 300.0,
        P.BASELINE: 300.0,
        P.REMEMBER: 120.0,
        P.WATCH: 60.0,  # to start; the warm-up comes on top
        P.INJECT: 120.0,
        P.LAND: 240.0,  # a BGP session holds 180 s
        P.SYMPTOM: 300.0,
        P.START: 60.0,
        P.VERDICT: 600.0,
        P.REPAIR: 300.0,
        P.PROOF: 60.0,
        P.REGRESSION: 240.0,
        P.STOP: 60.0,
        P.UNDO: 120.0,
        P.LEFT_OVER: 300.0,
        P.TEAR_DOWN: 120.0,
    }
)


@dataclass(frozen=True)
class CaseLimits:
    """`phases`: of each phase. The others are described at the constants of this module."""

    phases: Mapping[CoursePhase, float] = field(default_factory=lambda: LIMITS)
    warm_up: float = WARM_UP
    healthy_watch: float = HEALTHY_WATCH
    stays: float = STAYS
    poll: float = POLL
    lab_poll: float = LAB_POLL
    grace: float = GRACE

    def of(self, phase: CoursePhase) -> float:
        """Return after how many seconds a phase is cut off."""
        more = {P.WATCH: self.warm_up, P.VERDICT: self.grace, P.REPAIR: self.grace, P.PROOF: self.stays}
        return self.phases[phase] + more.get(phase, 0.0)
