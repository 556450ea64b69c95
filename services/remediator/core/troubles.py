"""When elements were in trouble: what was seen of them then does not tell what is usual there. Bounded."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_ELEMENTS = 5_000
"""Elements whose trouble is remembered; those that were in trouble longest ago are forgotten first."""
MAX_SPANS = 32
"""Past troubles of one element that are remembered."""


@dataclass
class _Trouble:
    incidents: set[str] = field(default_factory=set)
    since: float = math.inf
    past: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MAX_SPANS))


class Troubles:
    """The times at which open incidents concerned an element; all times are network time."""

    def __init__(self) -> None:
        self._of: dict[str, _Trouble] = {}

    def begin(self, incident_id: str, elements: Iterable[str], since: float) -> list[str]:
        """Note that an incident concerns these elements since then; return those that no other one concerns."""
        new: list[str] = []
        for element in elements:
            trouble = self._of.pop(element, None) or _Trouble()
            self._of[element] = trouble
            if not trouble.incidents:
                new.append(element)
                trouble.since = since
            trouble.incidents.add(incident_id)
            trouble.since = min(trouble.since, since)
        while len(self._of) > MAX_ELEMENTS:
            del self._of[next(iter(self._of))]
        return new

    def end(self, incident_id: str, until: float) -> list[str]:
        """Note that an incident is over; return the elements that no other one concerns."""
        well = []
        for element, trouble in self._of.items():
            if incident_id in trouble.incidents:
                trouble.incidents.discard(incident_id)
                if not trouble.incidents:
                    trouble.past.append((trouble.since, until))
                    well.append(element)
        return well

    def covers(self, element: str, at: float) -> bool:
        """Say whether an element was in trouble at a time."""
        trouble = self._of.get(element)
        if trouble is None:
            return False
        now = bool(trouble.incidents) and at >= trouble.since
        return now or any(since <= at <= until for since, until in trouble.past)
