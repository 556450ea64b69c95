"""The cores of detector, correlator and rca, fed from a recording. Pure: time is the recording's.

Rules
1. What is not run is taken from the recording; what is run hears nothing that was recorded of its own words.
2. An anomaly that was recorded too is given on in the order of publishing, and heard when it was heard then: several
   detectors speak at once, and whose word comes first is no decision. One that is new is given on at its tick.
3. A timer of an incident that was resolved then is looked at when it was then; a diagnosis that was recorded too is
   made at the moment at which it was made then.
4. Actions are the recorded ones: the network of a recording cannot be acted upon.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

from pydantic import ValidationError

from nms.extras.recording.moments import Moments, RecordedMoment
from services.correlator.core import Correlator
from services.correlator.core.correlator import RESOLVE_AFTER
from services.detector.core import AnomalyEvent, Common, Detector
from services.rca.core import PRIOR, diagnose
from shared.domain.config import Desired, Thresholds
from shared.domain.errors import MessageError, UnknownTarget
from shared.domain.events import (
    AnomalyCleared,
    AnomalyRaised,
    DiagnosisMade,
    Event,
    IncidentEvent,
    IncidentOpened,
    IncidentUpdated,
    RemediationEscalated,
    RemediationEvent,
)
from shared.domain.kinds import ServiceName
from shared.domain.telemetry import decode_tick
from shared.domain.topology import Topology
from shared.platform.bus import codec
from shared.recordings.entry import RecordedEntry

STAGES = (ServiceName.DETECTOR, ServiceName.CORRELATOR, ServiceName.RCA)
"""What can be run on a recording, in the order in which one reads the other."""
MAX_DUE = 1_000
"""Anomalies that wait for the moment of their publishing."""
LATE = 10.0
"""Seconds of network time for which a timer that is due waits for the moment at which it was looked at then."""


Due: TypeAlias = tuple[float, int, float, AnomalyEvent]
Seen = Callable[[Event, float], None]
"""Called with each event of a stage that is run, and its network time."""


@dataclass
class Replay:
    """The cores that are run. `aside` counts messages that were not understood: a service would set them aside."""

    topology: Topology
    partitions: int
    through: Collection[ServiceName]
    moments: Moments
    seen: Seen
    thresholds: Thresholds = field(default_factory=Thresholds)
    ticks: int = 0
    aside: int = 0
    _due: list[Due] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = 0.0
        common = Common(self.topology)
        self._detectors = [Detector(self.thresholds, common) for _ in range(self.partitions)]
        self._correlator = Correlator(self.topology)
        self._order = count()

    def take(self, entry: RecordedEntry) -> None:
        """Let one recorded message happen."""
        self._release(entry.stored)
        try:
            if entry.is_telemetry:
                self._tick(entry)
            elif entry.is_settings:
                self._settings(entry)
            else:
                self._event(entry)
        except (MessageError, UnknownTarget):
            self.aside += 1

    def finish(self) -> None:
        """Let happen what is still due when the recording is over."""
        self._release(float("inf"))

    # --- what comes in ----------------------------------------------------------------------------------------------

    def _tick(self, entry: RecordedEntry) -> None:
        if ServiceName.DETECTOR not in self.through:
            return
        tick = decode_tick(entry.data)
        if not 0 <= tick.partition < self.partitions:
            raise MessageError(f"partition {tick.partition} where there are {self.partitions}")
        self.ticks += 1
        for happening in self._detectors[tick.partition].observe(tick):
            moment = self.moments.published.get(happening.id) or RecordedMoment(entry.stored, tick.instant)
            heapq.heappush(self._due, (moment.stored, next(self._order), moment.time, happening))
        while len(self._due) > MAX_DUE:
            self._say_due()
        self._release(entry.stored)
        self._advance(tick.instant)

    def _settings(self, entry: RecordedEntry) -> None:
        try:
            self.thresholds = Desired.model_validate_json(entry.data).thresholds
        except ValidationError as error:
            raise MessageError(f"no desired state: {error}") from None
        for detector in self._detectors:
            detector.thresholds = self.thresholds

    def _event(self, entry: RecordedEntry) -> None:
        event = codec.decode(entry.subject, entry.data)
        match event:
            case AnomalyRaised() | AnomalyCleared() if ServiceName.DETECTOR not in self.through:
                self._absorb(event, entry.time)
            case RemediationEvent() | RemediationEscalated():
                self._absorb(event, entry.time)
            case IncidentEvent() if ServiceName.CORRELATOR not in self.through:
                self._diagnose(event, entry.time)

    # --- what follows from it ---------------------------------------------------------------------------------------

    def _release(self, stored: float) -> None:
        """Give on what was found and is due by a moment of wall time."""
        while self._due and self._due[0][0] <= stored:
            self._say_due()

    def _say_due(self) -> None:
        _, _, time, happening = heapq.heappop(self._due)
        self.seen(happening, time)
        try:
            self._absorb(happening, time)
        except UnknownTarget:
            self.aside += 1

    def _absorb(self, event: Event, time: float) -> None:
        if ServiceName.CORRELATOR not in self.through:
            return
        self._advance(self.moments.heard.get(event.id, time))
        self._say(self._correlator.absorb(event, self.now))

    def _advance(self, time: float) -> None:
        """Let network time pass, timers first."""
        if ServiceName.CORRELATOR not in self.through:
            return
        while (due := self._correlator.next_due()) is not None and (look := self._looked_at(due)) <= time:
            self.now = max(self.now, look)
            self._say(self._correlator.advance(self.now))
        self.now = max(self.now, time)

    def _looked_at(self, due: float) -> float:
        """Return when the timer that is due at a moment is looked at."""
        for case in self._correlator.open_cases():
            clear, then = case.clear_since, self.moments.resolved.get(case.id)
            if then is not None and clear is not None and clear + RESOLVE_AFTER <= due:
                return min(max(due, then), due + LATE)
        return due

    def _say(self, events: Iterable[IncidentEvent]) -> None:
        for event in events:
            self.seen(event, self.now)
            self._diagnose(event, self.now)

    def _diagnose(self, event: IncidentEvent, time: float) -> None:
        wanted = isinstance(event, IncidentOpened | IncidentUpdated)
        if ServiceName.RCA not in self.through or not wanted or not event.incident.is_open:
            return
        name = DiagnosisMade(incident_id=event.incident.id, revision=event.incident.revision, at=time).id
        known = self.moments.published.get(name)
        made = diagnose(event.incident, self.topology, known.time if known else time, PRIOR)
        self.seen(made, made.at)
