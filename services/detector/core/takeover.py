"""How a successor goes on where another detector stopped: nothing is raised twice, nothing stays open for ever.

Rules: the successor replays the last ticks in silence, and knows what was published: from the stream, and from the open
incidents what was said before the stream begins. What both know keeps the stream's identity. What only the stream knows
is adopted, and cleared by the next ticks where it is over. What only the replay knows is published, if it is still open
or so young that the other one may have died over it.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.detector.core.detector import Detector, Happening
from services.detector.core.layout import Key
from shared.domain.events import Anomaly, AnomalyCleared, AnomalyRaised, Incident

MISSED_SECONDS, MISSED_INTERVALS = 15.0, 3
"""So young, in seconds or in intervals where these are longer, an anomaly may have been lost with its detector."""


class Published:
    """What was published about each element and metric: the open anomalies, and when the last one was cleared."""

    def __init__(self) -> None:
        self._open: dict[Key, Anomaly] = {}
        self._cleared: dict[Key, AnomalyCleared] = {}

    def note(self, happening: Happening) -> None:
        """Write down one event of the stream, in its order; a repetition changes nothing."""
        if isinstance(happening, AnomalyRaised):
            anomaly = happening.anomaly
            key = (anomaly.element, anomaly.metric)
            known = self._open.get(key)
            if self.cleared_at(key) < anomaly.at and (known is None or known.at <= anomaly.at):
                self._open[key] = anomaly
            return
        key = (happening.element, happening.metric)
        self._cleared[key] = happening
        if (anomaly_open := self._open.get(key)) and anomaly_open.at <= happening.at:
            del self._open[key]

    def hold(self, incident: Incident) -> None:
        """Write down what an open incident holds open; call it before the stream is noted, which knows better.

        Without a clearing such an incident never ends, and the stream may have dropped the raising long ago.
        """
        if incident.is_open:
            for member in incident.open_members:
                self.note(AnomalyRaised(anomaly=member.anomaly))

    def open(self) -> list[Anomaly]:
        """Return the anomalies that were raised and not cleared."""
        return list(self._open.values())

    def cleared_at(self, key: Key) -> float:
        """Return when the last one there was cleared, by sample time."""
        event = self._cleared.get(key)
        return event.at if event else float("-inf")


def reconcile(detector: Detector, replayed: Iterable[Happening], published: Published) -> list[Happening]:
    """Bring a detector that replayed in silence in line with the stream; return what is to be published now."""
    known = {(anomaly.element, anomaly.metric) for anomaly in published.open()}
    detector.adopt(anomaly for anomaly in published.open() if detector.knows((anomaly.element, anomaly.metric)))
    said: list[Happening] = []
    for raised, cleared in _closed(replayed):
        key = (raised.anomaly.element, raised.anomaly.metric)
        new = raised.anomaly.since > published.cleared_at(key) and key not in known
        if new and detector.at - raised.anomaly.at <= max(MISSED_SECONDS, MISSED_INTERVALS * detector.interval):
            said += [raised, cleared]
    for anomaly in detector.open():
        key = (anomaly.element, anomaly.metric)
        if key in known:
            continue
        if anomaly.since > published.cleared_at(key):
            said.append(AnomalyRaised(anomaly=anomaly))
        else:
            detector.forget(key)
    return said


def _closed(happenings: Iterable[Happening]) -> list[tuple[AnomalyRaised, AnomalyCleared]]:
    """Return the anomalies that were both raised and cleared."""
    raised: dict[str, AnomalyRaised] = {}
    closed = []
    for happening in happenings:
        if isinstance(happening, AnomalyRaised):
            raised[happening.id] = happening
        elif (first := raised.get(happening.anomaly_id)) is not None:
            closed.append((first, happening))
    return closed
