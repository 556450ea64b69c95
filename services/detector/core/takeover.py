"""Lets a detector continue where another detector stopped. No anomaly is raised twice, and none stays open for ever.

Rules

1. The new detector replays the last ticks and publishes nothing. It reads the published anomalies from the stream, and
   anomalies that are older than the stream from the open incidents.
2. An anomaly that is in both the stream and the replay keeps the id that it has in the stream.
3. An anomaly that is only in the stream is taken over. If the anomaly has ended, the next ticks clear it.
4. An anomaly that is only in the replay is published if it is still open, or if it is so recent that the old detector
   may have stopped before it published the anomaly.
5. An anomaly that began before the last published clearing of its element and metric is not published again.
6. Observations follow rules 2, 3 and 5. One that is only in the replay is published if it is still open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from services.detector.core.detector import AnomalyEvent, Detector
from services.detector.core.layout import Key
from services.detector.core.observations import ObservationEvent, Observations
from shared.domain.events import (
    Anomaly,
    AnomalyCleared,
    AnomalyObserved,
    AnomalyPassed,
    AnomalyRaised,
    Incident,
    Observation,
)

MISSED_SECONDS, MISSED_INTERVALS = 15.0, 3
"""The age up to which the old detector may have left an ended anomaly unpublished: in seconds, or in intervals where
that is longer."""


_Item = TypeVar("_Item", Anomaly, Observation)


class OpenItems(Generic[_Item]):
    """The published items that are open, and when the last item of each key ended. Events must come in the order of the
    stream; a repeated event changes nothing.
    """

    def __init__(self) -> None:
        self._open: dict[Key, _Item] = {}
        self._ended: dict[Key, float] = {}

    def begin(self, item: _Item) -> None:
        key = (item.element, item.metric)
        known = self._open.get(key)
        if self.ended_at(key) < item.at and (known is None or known.at <= item.at):
            self._open[key] = item

    def end(self, key: Key, at: float) -> None:
        self._ended[key] = at
        if (known := self._open.get(key)) and known.at <= at:
            del self._open[key]

    def all(self) -> list[_Item]:
        return list(self._open.values())

    def __contains__(self, key: Key) -> bool:
        return key in self._open

    def ended_at(self, key: Key) -> float:
        return self._ended.get(key, float("-inf"))

    def missing(self, opened: Iterable[_Item], forget: Callable[[Key], None]) -> list[_Item]:
        """Return those of the items that a detector has open that are still to be published. `forget` is called for
        each that ended before the last published end.
        """
        found: list[_Item] = []
        for item in opened:
            key = (item.element, item.metric)
            if key in self:
                continue
            if item.since > self.ended_at(key):
                found.append(item)
            else:
                forget(key)
        return found


class Published:
    def __init__(self) -> None:
        self.anomalies: OpenItems[Anomaly] = OpenItems()
        self.observations: OpenItems[Observation] = OpenItems()

    def note(self, event: AnomalyEvent | ObservationEvent) -> None:
        match event:
            case AnomalyRaised():
                self.anomalies.begin(event.anomaly)
            case AnomalyCleared():
                self.anomalies.end((event.element, event.metric), event.at)
            case AnomalyObserved():
                self.observations.begin(event.observation)
            case AnomalyPassed():
                self.observations.end((event.element, event.metric), event.at)

    def note_incident(self, incident: Incident) -> None:
        """Call this before `note`: the stream is more exact. The incident ends only when its members are cleared, and
        the stream may no longer have the events that raised these members.
        """
        if incident.is_open:
            for member in incident.open_members:
                self.anomalies.begin(member.anomaly)

    def open(self) -> list[Anomaly]:
        return self.anomalies.all()


def reconcile(detector: Detector, replayed: Iterable[AnomalyEvent], published: Published) -> list[AnomalyEvent]:
    """Make a detector that has replayed the last ticks agree with the published anomalies.

    Return the events that are still to be published.
    """
    known = published.anomalies
    detector.adopt(anomaly for anomaly in known.all() if detector.knows((anomaly.element, anomaly.metric)))
    missed: list[AnomalyEvent] = []
    for raised, cleared in _closed(replayed):
        key = (raised.anomaly.element, raised.anomaly.metric)
        new = raised.anomaly.since > known.ended_at(key) and key not in known
        if new and detector.at - raised.anomaly.at <= max(MISSED_SECONDS, MISSED_INTERVALS * detector.interval):
            missed += [raised, cleared]
    return [*missed, *(AnomalyRaised(anomaly=one) for one in known.missing(detector.open(), detector.forget))]


def reconcile_observations(observations: Observations, published: Published) -> list[ObservationEvent]:
    """Make the observations of a detector that has replayed the last ticks agree with the published ones.

    Return the events that are still to be published.
    """
    known = published.observations
    observations.adopt(known.all())
    return [AnomalyObserved(observation=one) for one in known.missing(observations.opened(), observations.forget)]


def _closed(events: Iterable[AnomalyEvent]) -> list[tuple[AnomalyRaised, AnomalyCleared]]:
    raised: dict[str, AnomalyRaised] = {}
    closed = []
    for event in events:
        if isinstance(event, AnomalyRaised):
            raised[event.id] = event
        elif (first := raised.get(event.anomaly_id)) is not None:
            closed.append((first, event))
    return closed
