"""The times at which elements had open incidents: samples from such times are not usual values. Their number is
bounded.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_CONCERNS = 5_000
"""Concerns that are remembered; concerns whose last incident was noted longest ago are forgotten first."""
MAX_SPANS = 32

Concern = tuple[str, str]
"""An element, and a group of its metrics."""


@dataclass
class _Trouble:
    incidents: set[str] = field(default_factory=set)
    since: float = math.inf
    past: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MAX_SPANS))


class Troubles:
    """For each pair of element and group of metrics, the spans of network time in which it had an open incident."""

    def __init__(self) -> None:
        self._of: dict[Concern, _Trouble] = {}

    def begin(self, incident_id: str, concerns: Iterable[Concern], since: float) -> list[Concern]:
        """Return those concerns that had no open incident before."""
        new: list[Concern] = []
        for concern in concerns:
            trouble = self._of.pop(concern, None) or _Trouble()
            self._of[concern] = trouble
            if not trouble.incidents:
                new.append(concern)
                trouble.since = since
            trouble.incidents.add(incident_id)
            trouble.since = min(trouble.since, since)
        while len(self._of) > MAX_CONCERNS:
            del self._of[next(iter(self._of))]
        return new

    def end(self, incident_id: str, until: float) -> list[Concern]:
        """Return those of its concerns that have no other open incident."""
        free = []
        for concern, trouble in self._of.items():
            if incident_id in trouble.incidents:
                trouble.incidents.discard(incident_id)
                if not trouble.incidents:
                    trouble.past.append((trouble.since, until))
                    free.append(concern)
        return free

    def covers(self, concern: Concern, at: float) -> bool:
        trouble = self._of.get(concern)
        if trouble is None:
            return False
        now = bool(trouble.incidents) and at >= trouble.since
        return now or any(since <= at <= until for since, until in trouble.past)
