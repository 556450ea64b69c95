"""Finds loads that are far beyond what their past explains and yet harm nobody: observations, which start nothing.

Rules

1. The load of a node or link is observed once it is beyond its learnt limit for as long as an anomaly needs and is not
   raised. It has passed when it is back in line for as long as an anomaly needs to clear, or when it is raised. A limit
   that rises meanwhile does not end it; an expected value that has learnt the load does.
2. At most one observation is open for an element and metric, and at most `MOST_OPEN` for a partition. At most
   `MOST_A_MINUTE` begin in a minute. What finds no room begins later, if the load is still beyond its limit.
3. During a common rise of the network none begins: the rise explains the load.
4. The limit of loads is learnt from the deviations of peers that are not observed: a busy time must not widen the limit
   that has to find it. Until there are enough of these, the limit of anomalies counts.
5. What is observed changes nothing that the detector raises, nor what it learns for that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from services.detector.core import rules
from services.detector.core.gauges import Gauges
from services.detector.core.layout import Bools, Floats, Ints, Key, Layout, carried, origin_among
from services.detector.core.peers import Peers
from services.detector.core.tails import HELD, HeldDeviations
from shared.domain.events import Anomaly, AnomalyObserved, AnomalyPassed, Observation

ObservationEvent: TypeAlias = AnomalyObserved | AnomalyPassed

MOST_OPEN = 50
MOST_A_MINUTE = 30
MINUTE = 60.0
LEARN_EVERY = 4
"""Beats from one deviation of a load that is recorded to the next: neighbouring ones say the same."""


@dataclass(frozen=True)
class JudgedTick:
    """The number and the network time of a tick. `common`: whether the network has a common rise."""

    tick: int
    at: float
    common: bool = False


class Observations:
    """The observations of one partition. The arrays have one value for each gauge of load."""

    _STATE = (("open", False), ("over", 0.0), ("back", 0.0), ("since_tick", 0.0), ("since", 0.0), ("width", 0.0))
    open: Bools
    over: Floats
    back: Floats
    since_tick: Floats
    since: Floats
    width: Floats
    """How far the limit was above the expected value when the observation began."""

    def __init__(self, peers: Peers) -> None:
        self._record, self._held = peers.busy, HeldDeviations(HELD // LEARN_EVERY)
        self._rows: Ints = np.zeros(0, np.int64)
        self._places: Ints = np.zeros(0, np.int64)
        self._keys: tuple[Key, ...] = ()
        self._numbers: dict[Key, int] = {}
        self._open: dict[Key, Observation] = {}
        self._begun: deque[float] = deque(maxlen=MOST_A_MINUTE)
        self._active = False
        for name, fresh in self._STATE:
            setattr(self, name, np.full(0, fresh))

    def rebuild(self, layout: Layout, source: Ints, before: int, at: float) -> list[ObservationEvent]:
        """Follow a change of the elements. `source`: see `carried`; `before`: how many gauges there were.

        Return the observations that end since their element is gone.
        """
        places = np.concatenate([np.zeros(0, np.int64), *(_places(layout.rows[row]) for row in rules.BUSY_ROWS)])
        own = origin_among(self._places, source[places], before)
        for name, fresh in self._STATE:
            setattr(self, name, carried(getattr(self, name), own, fresh))
        self._held.rebuild(own)
        self._rows = np.repeat(rules.BUSY_ROWS, [layout.sizes[row] for row in rules.BUSY_ROWS])
        self._places, self._keys = places, tuple(layout.gauge_keys[place] for place in places)
        self._numbers = {key: number for number, key in enumerate(self._keys)}
        gone = [key for key in self._open if key not in self._numbers]
        return [self._end(key, self._open[key].expected, at) for key in gone]

    def forget_runs(self) -> None:
        self.over[:], self.back[:] = 0, 0

    def judge(
        self, values: Floats, gauges: Gauges, now: JudgedTick, anomalies: Mapping[Key, Anomaly]
    ) -> list[ObservationEvent]:
        """`anomalies`: those that are open."""
        beyond = values > gauges.unusual
        if not (self._active or beyond.any()):  # nearly every tick returns here
            return []
        x, raised = values[self._places], gauges.open[self._places]
        over = beyond[self._places] & (gauges.seen[self._places] >= rules.WARM_UP) & ~raised
        self._count(x, over, gauges, now)
        ended = self.open & (raised | (self.back >= rules.CLEAR_SAMPLES))
        events: list[ObservationEvent] = [
            self._passed(int(number), float(x[number]), now.at, anomalies) for number in np.flatnonzero(ended)
        ]
        begins = np.flatnonzero(over & ~self.open & (self.over >= rules.RAISE_SAMPLES))
        if begins.size and not now.common:
            chosen = begins[: self._room(now.at)]
            events += [self._began(int(number), float(x[number]), gauges, now) for number in chosen]
        self._active = bool(self.open.any() or self.over.any())
        return events

    def learn(self, beat: int, values: Floats, gauges: Gauges) -> None:
        """Call it before `gauges` learn from the same values."""
        if beat % LEARN_EVERY:
            return
        if not gauges.known.records:
            self._held.clear()
            return
        at = self._places
        healthy = ~gauges.open[at] & ~self.open & (gauges.seen[at] >= rules.WARM_UP)
        deviations = (values[at] - gauges.usual[at]) / gauges.reckoned[at]
        self._held.add(beat, self._record, gauges.known.busy, self._rows, deviations, healthy)

    def _count(self, x: Floats, over: Bools, gauges: Gauges, now: JudgedTick) -> None:
        missing = np.isnan(x)
        first = over & (self.over == 0)
        self.since_tick[first], self.since[first] = now.tick, now.at
        self.over = np.where(over, self.over + 1, np.where(missing, self.over, 0))
        back = self.open & (x < gauges.usual[self._places] + rules.RELEASE * self.width)
        self.back = np.where(back, self.back + 1, np.where(missing, self.back, 0))

    def _room(self, at: float) -> int:
        while self._begun and at - self._begun[0] >= MINUTE:
            self._begun.popleft()
        return max(0, min(MOST_OPEN - len(self._open), MOST_A_MINUTE - len(self._begun)))

    def _began(self, number: int, value: float, gauges: Gauges, now: JudgedTick) -> AnomalyObserved:
        place, (element, metric) = int(self._places[number]), self._keys[number]
        observation = Observation(
            id=f"{element}.{metric}.{int(self.since_tick[number])}.observed",
            element=element,
            metric=metric,
            value=value,
            expected=float(gauges.usual[place]),
            limit=float(gauges.unusual[place]),
            score=gauges.score(place, value, gauges.known.of_load(int(self._rows[number]))),
            since=float(self.since[number]),
            at=now.at,
        )
        self._begun.append(now.at)
        self._hold(number, observation)
        return AnomalyObserved(observation=observation)

    def _passed(self, number: int, value: float, at: float, anomalies: Mapping[Key, Anomaly]) -> AnomalyPassed:
        key = self._keys[number]
        known = self._open[key].value if value != value else value
        became = anomalies.get(key)
        return self._end(key, known, at, became.id if became else None)

    def _end(self, key: Key, value: float, at: float, became: str | None = None) -> AnomalyPassed:
        observation = self._open[key]
        self.forget(key)
        return AnomalyPassed(
            observation_id=observation.id,
            element=observation.element,
            metric=observation.metric,
            value=value,
            became=became,
            since=observation.since,
            at=at,
        )

    # --- when observations of another detector are taken over

    def opened(self) -> list[Observation]:
        return list(self._open.values())

    def adopt(self, observations: Iterable[Observation]) -> None:
        """Take over observations that another detector published. An element that this detector lacks is left out."""
        for observation in observations:
            number = self._numbers.get((observation.element, observation.metric))
            if number is not None:
                self._hold(number, observation)

    def forget(self, key: Key) -> None:
        """Close an open observation without an event."""
        del self._open[key]
        if (number := self._numbers.get(key)) is not None:
            self.open[number], self.over[number], self.back[number] = False, 0, 0

    def _hold(self, number: int, observation: Observation) -> None:
        self._open[self._keys[number]] = observation
        self.open[number], self.back[number], self._active = True, 0, True
        self._held.drop(number)
        self.width[number] = observation.limit - observation.expected


def _places(row: slice) -> Ints:
    return np.arange(row.start, row.stop)
