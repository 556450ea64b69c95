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

from collections.abc import Iterable

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


class Published:
    def __init__(self) -> None:
        self._open: dict[Key, Anomaly] = {}
        self._cleared: dict[Key, AnomalyCleared] = {}
        self._observed: dict[Key, Observation] = {}
        self._passed: dict[Key, AnomalyPassed] = {}

    def note(self, event: AnomalyEvent) -> None:
        """Events must come in the order of the stream; a repeated event changes nothing."""
        if isinstance(event, AnomalyRaised):
            anomaly = event.anomaly
            key = (anomaly.element, anomaly.metric)
            known = self._open.get(key)
            if self.cleared_at(key) < anomaly.at and (known is None or known.at <= anomaly.at):
                self._open[key] = anomaly
            return
        key = (event.element, event.metric)
        self._cleared[key] = event
        if (anomaly_open := self._open.get(key)) and anomaly_open.at <= event.at:
            del self._open[key]

    def note_observation(self, event: ObservationEvent) -> None:
        """Events must come in the order of the stream; a repeated event changes nothing."""
        if isinstance(event, AnomalyObserved):
            observation = event.observation
            key = (observation.element, observation.metric)
            if self.passed_at(key) < observation.at:
                self._observed[key] = observation
            return
        key = (event.element, event.metric)
        self._passed[key] = event
        if (known := self._observed.get(key)) and known.at <= event.at:
            del self._observed[key]

    def note_incident(self, incident: Incident) -> None:
        """Call this before `note`: the stream is more exact. The incident ends only when its members are cleared, and
        the stream may no longer have the events that raised these members.
        """
        if incident.is_open:
            for member in incident.open_members:
                self.note(AnomalyRaised(anomaly=member.anomaly))

    def open(self) -> list[Anomaly]:
        return list(self._open.values())

    def cleared_at(self, key: Key) -> float:
        event = self._cleared.get(key)
        return event.at if event else float("-inf")

    def observed(self) -> list[Observation]:
        return list(self._observed.values())

    def passed_at(self, key: Key) -> float:
        event = self._passed.get(key)
        return event.at if event else float("-inf")


def reconcile(detector: Detector, replayed: Iterable[AnomalyEvent], published: Published) -> list[AnomalyEvent]:
    """Make a detector that has replayed the last ticks agree with the published anomalies.

    Return the events that are still to be published.
    """
    known = {(anomaly.element, anomaly.metric) for anomaly in published.open()}
    detector.adopt(anomaly for anomaly in published.open() if detector.knows((anomaly.element, anomaly.metric)))
    missed: list[AnomalyEvent] = []
    for raised, cleared in _closed(replayed):
        key = (raised.anomaly.element, raised.anomaly.metric)
        new = raised.anomaly.since > published.cleared_at(key) and key not in known
        if new and detector.at - raised.anomaly.at <= max(MISSED_SECONDS, MISSED_INTERVALS * detector.interval):
            missed += [raised, cleared]
    for anomaly in detector.open():
        key = (anomaly.element, anomaly.metric)
        if key in known:
            continue
        if anomaly.since > published.cleared_at(key):
            missed.append(AnomalyRaised(anomaly=anomaly))
        else:
            detector.forget(key)
    return missed


def reconcile_observations(observations: Observations, published: Published) -> list[ObservationEvent]:
    """Make the observations of a detector that has replayed the last ticks agree with the published ones.

    Return the events that are still to be published.
    """
    known = {(observation.element, observation.metric) for observation in published.observed()}
    observations.adopt(published.observed())
    missed: list[ObservationEvent] = []
    for observation in observations.opened():
        key = (observation.element, observation.metric)
        if key in known:
            continue
        if observation.since > published.passed_at(key):
            missed.append(AnomalyObserved(observation=observation))
        else:
            observations.forget(key)
    return missed


def _closed(events: Iterable[AnomalyEvent]) -> list[tuple[AnomalyRaised, AnomalyCleared]]:
    raised: dict[str, AnomalyRaised] = {}
    closed = []
    for event in events:
        if isinstance(event, AnomalyRaised):
            raised[event.id] = event
        elif (first := raised.get(event.anomaly_id)) is not None:
            closed.append((first, event))
    return closed
