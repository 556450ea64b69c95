"""Lets a detector go on where another one stopped: no anomaly is raised twice, and none stays open for ever.

Rules

1. The successor replays the last ticks without publishing. The stream shows it which anomalies were published; the open
   incidents show it published anomalies that are older than the stream.
2. An anomaly that both the stream and the replay have keeps the identity that it has in the stream.
3. An anomaly that only the stream has is adopted; the next ticks clear it if it is over.
4. An anomaly that only the replay has is published if it is still open, or so recent that the predecessor may have
   stopped before it published the anomaly.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.detector.core.detector import AnomalyEvent, Detector
from services.detector.core.layout import Key
from shared.domain.events import Anomaly, AnomalyCleared, AnomalyRaised, Incident

MISSED_SECONDS, MISSED_INTERVALS = 15.0, 3
"""The age, in seconds or in intervals where these are longer, up to which an anomaly may have been lost."""


class Published:
    """What was published about each element and metric: the open anomalies, and when the last one was cleared."""

    def __init__(self) -> None:
        self._open: dict[Key, Anomaly] = {}
        self._cleared: dict[Key, AnomalyCleared] = {}

    def note(self, event: AnomalyEvent) -> None:
        """Take in one event of the stream, in its order; a repetition changes nothing."""
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

    def note_incident(self, incident: Incident) -> None:
        """Take in the open members of an open incident; call it before `note`, since the stream is more exact.

        Such an incident ends only when its members are cleared, and the stream may no longer have their raising.
        """
        if incident.is_open:
            for member in incident.open_members:
                self.note(AnomalyRaised(anomaly=member.anomaly))

    def open(self) -> list[Anomaly]:
        return list(self._open.values())

    def cleared_at(self, key: Key) -> float:
        """Return the sample time of the last clearing; minus infinity without one."""
        event = self._cleared.get(key)
        return event.at if event else float("-inf")


def reconcile(detector: Detector, replayed: Iterable[AnomalyEvent], published: Published) -> list[AnomalyEvent]:
    """Bring a detector that has replayed the last ticks in line with the stream; return the events to publish now."""
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


def _closed(events: Iterable[AnomalyEvent]) -> list[tuple[AnomalyRaised, AnomalyCleared]]:
    raised: dict[str, AnomalyRaised] = {}
    closed = []
    for event in events:
        if isinstance(event, AnomalyRaised):
            raised[event.id] = event
        elif (first := raised.get(event.anomaly_id)) is not None:
            closed.append((first, event))
    return closed
