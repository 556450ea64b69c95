"""When elements were in trouble: what was seen of them then does not tell what is usual there. Bounded."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_CONCERNS = 5_000
"""Concerns whose trouble is remembered; those that were in trouble longest ago are forgotten first."""
MAX_SPANS = 32
"""Past troubles of one concern that are remembered."""

Concern = tuple[str, str]
"""An element, and which of its metrics are concerned."""


@dataclass
class _Trouble:
    incidents: set[str] = field(default_factory=set)
    since: float = math.inf
    past: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MAX_SPANS))


class Troubles:
    """The times at which there were open incidents of something; all times are network time."""

    def __init__(self) -> None:
        self._of: dict[Concern, _Trouble] = {}

    def begin(self, incident_id: str, concerns: Iterable[Concern], since: float) -> list[Concern]:
        """Note that an incident has been about these since then; return those that no other one is about."""
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
        """Note that an incident is over; return what no other one is about."""
        well = []
        for concern, trouble in self._of.items():
            if incident_id in trouble.incidents:
                trouble.incidents.discard(incident_id)
                if not trouble.incidents:
                    trouble.past.append((trouble.since, until))
                    well.append(concern)
        return well

    def covers(self, concern: Concern, at: float) -> bool:
        """Say whether there was trouble at a time."""
        trouble = self._of.get(concern)
        if trouble is None:
            return False
        now = bool(trouble.incidents) and at >= trouble.since
        return now or any(since <= at <= until for since, until in trouble.past)
