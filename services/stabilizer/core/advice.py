"""Advice for tuning: traffic is to move away from a link whose utilisation has been high for a while.

Rules: advice is given only in a stable network without an open incident or a running action, so that it never works
against a repair. Advice is rare: a limited number in ten minutes, and at most once in that time for each link. It is
given only if there is spare capacity: if links are busy everywhere, the detour would overload the next link.
"""

from __future__ import annotations

from collections import deque
from itertools import chain
from statistics import median

from shared.domain.catalogue import ACTIONS, Role, metric_in_role
from shared.domain.events import StabilityAdvised
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Column, Tick

LOAD = metric_in_role(ElementKind.LINK, Role.LOAD)
DETOUR = next(kind for kind, spec in ACTIONS.items() if spec.detours)
HOT = 90.0
COOL = 85.0
"""A hot link stays hot until its utilisation, in %, falls below this: hysteresis against noise at the limit."""
SPARE_BELOW = 60.0
"""% of utilisation. Half of the links must be below this; otherwise there is no spare capacity."""
HOT_FOR, HOT_SAMPLES = 10.0, 6
MIN_INTERVAL = 60.0
MAX_CHANGES = 3
CHANGES_WITHIN = 600.0


class Advisor:
    """Tracks which links are hot (highly utilised), and since when. Also remembers the advice of the last minutes."""

    def __init__(self) -> None:
        self._hot: dict[str, float] = {}
        self._loads: dict[int, Column] = {}
        self._last_seen, self._hot_for = 0.0, HOT_FOR
        self._given: deque[tuple[str, float]] = deque(maxlen=MAX_CHANGES)

    def observe(self, tick: Tick) -> None:
        links = tick.of(ElementKind.LINK)
        loads = self._loads[tick.partition] = links.column(LOAD)
        hot = [link for link, load in zip(links.ids, loads, strict=True) if load is not None and load > HOT]
        if not hot and not self._hot:
            return
        at, self._hot_for = tick.instant, max(HOT_FOR, HOT_SAMPLES * tick.interval)
        self._last_seen = max(self._last_seen, at)
        if self._hot:
            for link, load in zip(links.ids, loads, strict=True):
                if load is not None and load < COOL:
                    self._hot.pop(link, None)
        for link in hot:
            self._hot.setdefault(link, at)

    def forget(self) -> None:
        """Telemetry was lost, so the load of the links is unknown."""
        self._hot.clear()

    def given(self, link: str, at: float) -> None:
        if (link, at) not in self._given:
            self._given.append((link, at))

    def advise(self, calm_since: float, now: float) -> StabilityAdvised | None:
        """None if no advice is due."""
        lately = {link for link, at in self._given if 0 <= now - at < CHANGES_WITHIN}
        hot = [(since, link) for link, since in self._hot.items() if link not in lately]
        if not hot or not self._may(now) or not self._has_capacity():
            return None
        since, link = min(hot)
        if self._last_seen - max(since, calm_since) < self._hot_for:
            return None
        self.given(link, now)
        return StabilityAdvised(
            advice_id=f"advice-{link}-{int(now * 1000)}",
            at=now,
            action=DETOUR,
            target=link,
            reason=f"{link} above {HOT:.0f} % for {self._last_seen - since:.0f} s",
        )

    def _has_capacity(self) -> bool:
        known = [load for load in chain.from_iterable(self._loads.values()) if load is not None]
        return median(known) < SPARE_BELOW if known else False

    def _may(self, now: float) -> bool:
        ages = [now - at for _, at in self._given if at <= now]
        if any(age < MIN_INTERVAL for age in ages):
            return False
        return sum(age < CHANGES_WITHIN for age in ages) < MAX_CHANGES
