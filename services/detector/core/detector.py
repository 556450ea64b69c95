"""Takes in the ticks of one partition and returns its anomalies: each is raised once and cleared once.

Rules

1. Ticks are judged in the order of their times. A tick that is not newer than the last judged tick is ignored.
   So is one that leaps ahead or names other elements, until the next tick confirms it.
2. At most one anomaly is open for an element and metric.
3. A missing sample raises and clears nothing. After many absent ticks, counts of samples in a row start again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np

from services.detector.core import rules
from services.detector.core.common import NO_SHIFT, Common
from services.detector.core.gauges import GaugeChange, Gauges
from services.detector.core.growth import Beat, Growth
from services.detector.core.layout import Floats, Key, Layout, layout_of, origin, origin_among, time_of
from services.detector.core.observations import JudgedTick, ObservationEvent, Observations
from services.detector.core.state_checks import StateChange, StateChecks
from shared.domain.catalogue import Role, StateJudging
from shared.domain.config import Thresholds
from shared.domain.events import Anomaly, AnomalyCleared, AnomalyRaised
from shared.domain.kinds import Severity, Shape
from shared.domain.telemetry import Rows, Tick

AnomalyEvent: TypeAlias = AnomalyRaised | AnomalyCleared

ON, OFF, STATE_THRESHOLD = 1.0, 0.0, 0.5


class Detector:
    """Judges one partition. `interval`: seconds between two ticks. `late_rows`: late rows so far; a row is the samples
    of one element at one tick. `observed`: the observations that began or passed at the last tick.
    """

    def __init__(self, thresholds: Thresholds, common: Common | None = None) -> None:
        self._thresholds = thresholds
        self._common, self.shift = common or Common(), NO_SHIFT
        self._layout = Layout()
        self._gauge_places: dict[Key, int] = {}
        self._state_places: dict[Key, int] = {}
        peers = self._common.peers
        self._gauges, self._growth, self._states = Gauges(peers), Growth(peers), StateChecks()
        self.observations = Observations(peers)
        self.observed: list[ObservationEvent] = []
        self._open: dict[Key, Anomaly] = {}
        self._waiting: dict[Key, Anomaly] = {}
        self._tick, self._at, self._beats = -1, float("-inf"), -1
        self._disabled: frozenset[int] = frozenset()
        self.interval = 0.0
        self._suspect: Tick | None = None
        self.late_rows = 0

    @property
    def thresholds(self) -> Thresholds:
        return self._thresholds

    @thresholds.setter
    def thresholds(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        if self._layout.gauge_keys:
            self._gauges.apply(self._layout, thresholds)

    @property
    def at(self) -> float:
        return self._at

    def knows(self, key: Key) -> bool:
        return key in self._gauge_places or key in self._state_places

    def open(self) -> list[Anomaly]:
        """Oldest first."""
        return sorted(self._open.values(), key=lambda anomaly: (anomaly.at, anomaly.id))

    # --- a tick

    def observe(self, tick: Tick) -> list[AnomalyEvent]:
        """Return the anomalies, and set `observed`. Raises MessageError for an invalid time or name."""
        self.observed = []
        at = time_of(tick)
        fits = self._layout.fits(tick)
        if at <= self._at or self._is_suspect(tick, at, fits):
            return []
        events: list[AnomalyEvent] = []
        if not fits:
            events += self._rebuild(tick, at)
        self.interval = tick.interval
        self._advance(tick.tick, at)
        with np.errstate(over="ignore"):
            samples, states = self._layout.read(tick)
            gauges = self._gauges.without_load(samples)
            self._expect_common_rises(tick.partition, gauges)
            events += self._judge_states(tick, states)
            events += self._judge_gauges(tick.partition, gauges)
        return events

    def _is_suspect(self, tick: Tick, at: float, fits: bool) -> bool:
        """Return whether a tick may be forged.

        A tick that is far ahead or has other elements is suspect, unless the tick before it had the same elements at
        about the same time.
        """
        leap = max(rules.LEAP_SECONDS, rules.LEAP_INTERVALS * tick.interval)
        unusual = at - self._at > leap or not fits
        if self._tick < 0 or not unusual:
            self._suspect = None
            return False
        before, self._suspect = self._suspect, tick
        if before is None or not _same_elements(tick, before):
            return True
        return not 0 < at - before.instant <= leap

    def _advance(self, tick: int, at: float) -> None:
        passed = tick - self._tick if tick > self._tick else rules.GAP_SAMPLES
        if passed >= rules.GAP_SAMPLES and self._tick >= 0:
            self._gauges.forget_runs()
            self._growth.forget()
            self.observations.forget_runs()
        self._states.advance(passed if self._tick >= 0 else 1)
        beats = tick // max(1, round(rules.BEAT_SECONDS / self.interval))
        self._beat, self._beats = beats != self._beats, beats
        self._tick, self._at = tick, at

    def _expect_common_rises(self, partition: int, values: Floats) -> None:
        self._common.post(partition, self._gauges.post(values, self._at, self.interval))
        self.shift = self._common.shift(self._at, self.shift)
        self._gauges.expect(self.shift)

    def _judge_states(self, tick: Tick, values: Floats) -> list[AnomalyEvent]:
        self._states.put(values, 0)
        for rows in tick.late:
            self._put_late(rows)
        for place, changes in self._unusual_beside(tick, Role.CHANGES, usual=0.0):
            self._states.put_changes(place, int(changes))
        self._disabled = frozenset(place for place, _ in self._unusual_beside(tick, Role.ENABLED, usual=1.0))
        changes_ = self._states.judge(self._disabled, self.interval)
        return [event for change in changes_ for event in self._state_events(tick, change)]

    def _unusual_beside(self, tick: Tick, role: Role, usual: float) -> Iterator[tuple[int, float]]:
        """Yield the values of the metric with a role that are not usual, with the places of the states beside it."""
        for spec in rules.STATES:
            columns = tick.of(spec.element)
            column = columns.metrics.get(rules.BESIDE.get((spec.element, role), ""), ())
            if column and column.count(usual) < len(column):
                for name, value in zip(columns.ids, column, strict=True):
                    place = self._state_places.get((name, spec.name))
                    if place is not None and value is not None and value != usual:
                        yield place, value

    def _put_late(self, rows: Rows) -> None:
        ago = self._tick - rows.tick
        self.late_rows += sum(len(columns.ids) for columns in rows.elements.values())
        if not 0 < ago < rules.STATE_MEMORY:
            return
        known = [
            (place, value)
            for spec in rules.STATES
            if (late := rows.of(spec.element)).ids
            for name, value in zip(late.ids, late.column(spec.name), strict=True)
            if (place := self._state_places.get((name, spec.name))) is not None
        ]
        if known:
            places, values = zip(*known, strict=True)
            self._states.put(np.array(values, float), ago, np.array(places, np.int64))

    def _judge_gauges(self, partition: int, values: Floats) -> list[AnomalyEvent]:
        gauges, growing = self._gauges, self._layout.growing
        seconds = max(rules.BEAT_SECONDS, self.interval)
        judged = gauges.smoothed(values, self._beat, seconds)
        raised, cleared = gauges.judge(judged, self._tick, self._at, self.interval)
        events: list[AnomalyEvent] = [self._raised(change, judged) for change in raised]
        events += [self._gauge_cleared(change, judged) for change in cleared]
        for change in cleared:
            if (number := self._number_of_growing(change.place)) is not None:
                self._growth.restart(number, float(values[change.place]))
        self._growth.add(values[growing])
        if self._beat:
            healthy = ~gauges.open[growing] & (gauges.seen[growing] >= rules.WARM_UP)
            beat = Beat(partition, self._beats, seconds)
            grows = self._growth.beat(beat, gauges.usual[growing], gauges.limit[growing], healthy)
            events += [self._grown(int(number), values) for number in np.flatnonzero(grows)]
        now = JudgedTick(self._tick, self._at, common=bool(self.shift))
        self.observed += self.observations.judge(judged, gauges, now, self._open)
        if self._beat:
            self.observations.learn(self._beats, values, gauges)
        gauges.learn(partition, values, self._beats if self._beat else None)
        return events

    # --- events

    def _raised(self, change: GaugeChange, values: Floats) -> AnomalyRaised:
        place, value = change.place, float(values[change.place])
        shape = Shape.STEP
        if (number := self._number_of_growing(place)) is not None:
            expected = float(self._gauges.usual[place])
            self._growth.drop(number)
            shape = Shape.RAMP if self._growth.was_away(number, value, expected) else Shape.STEP
        score = self._gauges.score(place, value)
        return self._gauge_raised(place, value, change.tick, change.since, shape, score)

    def _gauge_cleared(self, change: GaugeChange, values: Floats) -> AnomalyCleared:
        place = change.place
        value = float(values[place] + self._gauges.by_load[place])
        return self._cleared(self._layout.gauge_keys[place], value, change.since, self._at)

    def _number_of_growing(self, place: int) -> int | None:
        growing = self._layout.growing
        number = int(np.searchsorted(growing, place))
        return number if number < len(growing) and growing[number] == place else None

    def _grown(self, number: int, values: Floats) -> AnomalyRaised:
        gauges, place = self._gauges, int(self._layout.growing[number])
        value = float(values[place]) if values[place] == values[place] else self._growth.last(number)
        change = gauges.raise_(place)
        gauges.grow(place, value)
        self._growth.drop(number)
        began = gauges.over[place] > 0
        tick, since = (change.tick, change.since) if began else (self._tick, self._at)
        return self._gauge_raised(place, value, tick, since, Shape.RAMP, self._growth.score(number))

    def _gauge_raised(
        self, place: int, value: float, tick: int, since: float, shape: Shape, score: float
    ) -> AnomalyRaised:
        gauges, spec = self._gauges, self._layout.spec(place)
        by_load = float(gauges.by_load[place])
        value += by_load
        expected, limit = float(gauges.usual[place]) + by_load, float(gauges.limit[place]) + by_load
        critical = value >= rules.critical_from(spec, self._thresholds)
        element, metric = self._layout.gauge_keys[place]
        return self._opened(
            Anomaly(
                id=f"{element}.{metric}.{tick}",
                element=element,
                metric=metric,
                value=value,
                expected=expected,
                threshold=limit,
                score=score,
                severity=Severity.CRITICAL if critical else Severity.WARNING,
                shape=shape,
                since=since,
                at=self._at,
            )
        )

    def _state_events(self, tick: Tick, change: StateChange) -> list[AnomalyEvent]:
        key = self._layout.state_keys[change.place]
        since = self._at - change.ago * self.interval
        if not change.raised:
            return [self._cleared(key, ON, since, self._at)]
        was_on = since - self.interval
        ended = [self._cleared(key, ON, was_on, was_on)] if key in self._open else []
        return [*ended, self._state_raised(key, change, since, self._enabled(tick, key, change.place))]

    def _enabled(self, tick: Tick, key: Key, place: int) -> bool | None:
        kind = self._layout.state_specs[place].element
        known = rules.BESIDE.get((kind, Role.ENABLED), "") in tick.of(kind).metrics
        return place not in self._disabled if known else None

    def _state_raised(self, key: Key, change: StateChange, since: float, enabled: bool | None) -> AnomalyRaised:
        element, metric = key
        return self._opened(
            Anomaly(
                id=f"{element}.{metric}.{self._tick - change.ago}",
                element=element,
                metric=metric,
                value=OFF,
                expected=ON,
                threshold=STATE_THRESHOLD,
                score=rules.MAX_SCORE,
                severity=Severity.CRITICAL,
                shape=Shape.FLAP if change.flaps else Shape.STEP,
                enabled=enabled,
                since=since,
                at=self._at,
            )
        )

    def _opened(self, anomaly: Anomaly) -> AnomalyRaised:
        self._open[anomaly.element, anomaly.metric] = anomaly
        return AnomalyRaised(anomaly=anomaly)

    def _cleared(self, key: Key, value: float, back: float, at: float) -> AnomalyCleared:
        anomaly = self._open.pop(key)
        return AnomalyCleared(
            anomaly_id=anomaly.id,
            element=anomaly.element,
            metric=anomaly.metric,
            value=float(value),
            since=anomaly.since,
            back=back,
            at=at,
        )

    # --- when the elements change, and when anomalies of another detector are taken over

    def _rebuild(self, tick: Tick, at: float) -> list[AnomalyEvent]:
        old, new = self._layout, layout_of(tick, self._layout)
        gauges = origin(old.gauge_keys, new.gauge_keys)
        self._gauges.rebuild(new, gauges, self._thresholds)
        self.observed += self.observations.rebuild(new, gauges, len(old.gauge_keys), at)
        self._growth.rebuild(origin_among(old.growing, gauges[new.growing], len(old.gauge_keys)))
        states = [spec.state or StateJudging() for spec in new.state_specs]
        self._states.rebuild(states, origin(old.state_keys, new.state_keys))
        self._layout = new
        self._gauge_places = {key: place for place, key in enumerate(new.gauge_keys)}
        self._state_places = {key: place for place, key in enumerate(new.state_keys)}
        gone = [key for key in self._open if not self.knows(key)]
        self._at = at
        events: list[AnomalyEvent] = [self._cleared(key, self._open[key].expected, at, at) for key in gone]
        self.adopt([anomaly for key, anomaly in self._waiting.items() if self.knows(key)])
        return events

    def adopt(self, anomalies: Iterable[Anomaly]) -> None:
        """Take over anomalies that another detector raised.

        The anomaly replaces an open anomaly of the same element and metric. If no tick has named the element yet, the
        anomaly is taken over at the first tick that names it.
        """
        for anomaly in anomalies:
            key = (anomaly.element, anomaly.metric)
            if not self.knows(key):
                self._waiting[key] = anomaly
                continue
            self._waiting.pop(key, None)
            if key not in self._open:
                self._reopen(key, anomaly)
            if key in self._state_places:
                self._states.flapping[self._state_places[key]] = anomaly.shape is Shape.FLAP
            self._open[key] = anomaly

    def _reopen(self, key: Key, anomaly: Anomaly) -> None:
        if key in self._state_places:
            self._states.open[self._state_places[key]] = True
            return
        place = self._gauge_places[key]
        self._gauges.adopt(place, anomaly.expected)
        if anomaly.shape is Shape.RAMP:
            self._gauges.grow(place, anomaly.value)

    def forget(self, key: Key) -> None:
        """Close an open anomaly without an event, since its clearing was already published."""
        del self._open[key]
        if key in self._state_places:
            self._states.open[self._state_places[key]] = False
        else:
            self._gauges.relearn(self._gauge_places[key])


def _same_elements(tick: Tick, before: Tick) -> bool:
    kinds = tick.elements.keys() | before.elements.keys()
    return all(
        tick.of(kind).ids == before.of(kind).ids and tick.of(kind).metrics.keys() == before.of(kind).metrics.keys()
        for kind in kinds
    )
