"""When a verdict counts: the first moment at which it is final. Pure; times are seconds of any clock.

A verdict is final once its causes have not changed for `UNCHANGED` seconds, or an action for it has started. A verdict
without a cause is never final; at the end of the time it counts as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nms.nika.parts import LoopAction, LoopVerdict

UNCHANGED = 30.0


@dataclass(frozen=True)
class WatchedVerdict:
    """`detected`: when an anomaly was first reported. `since`: when the verdict got its present causes."""

    verdict: LoopVerdict = field(default_factory=LoopVerdict)
    detected: float | None = None
    since: float | None = None
    acted: bool = False

    def then(self, verdict: LoopVerdict, actions: Sequence[LoopAction], now: float) -> WatchedVerdict:
        """Take in what the product says now."""
        detected = now if self.detected is None and verdict.is_anomaly else self.detected
        changed = set(verdict.causes) != set(self.verdict.causes)
        since = (now if verdict.causes else None) if changed else self.since
        acted = any(action.started for action in actions)
        return replace(self, verdict=verdict, detected=detected, since=since, acted=acted)

    def is_final(self, now: float, unchanged: float = UNCHANGED) -> bool:
        return self.since is not None and (self.acted or now - self.since >= unchanged)
