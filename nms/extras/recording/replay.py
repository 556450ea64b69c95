"""Feeds the cores of detector, correlator and rca from a recording. Pure: all times come from the recording.

Rules

1. If a stage is not run, its output is taken from the recording. If a stage is run, its recorded output is not fed to
   any core.
2. An anomaly that is in the recording too is published and received at its recorded times, because the order of events
   from several detectors is no decision. An anomaly that is not in the recording is published at its tick. A correlator
   that is late receives anomalies after actions that were published later: the order of receipt counts.
3. The timer of an incident that was resolved in the recording is checked at the recorded time. A diagnosis that is in
   the recording too is made at its recorded time.
4. Actions come from the recording, because nothing can act on a recorded network.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

from pydantic import ValidationError

from nms.extras.recording.moments import Moments, RecordedMoment, RecordedReceipt
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
"""The services that a replay can run; each reads the output of the service before it."""
MAX_DUE = 1_000
"""How many events may wait for their time of publication, and how many for their time of receipt."""
LATE = 10.0
"""How many seconds of network time a due timer waits for its recorded check at most."""

Due: TypeAlias = tuple[float, int, float, AnomalyEvent]
Receipt: TypeAlias = tuple[RecordedReceipt, int, Event]
OnEvent = Callable[[Event, float], None]
"""Called with each event of a stage that is run, and the event's network time."""


@dataclass
class Replay:
    """The cores of the stages that are run. `through`: these stages.

    `skipped`: the number of messages that a service would make dead letters.
    """

    topology: Topology
    partitions: int
    through: Collection[ServiceName]
    moments: Moments
    on_event: OnEvent
    thresholds: Thresholds = field(default_factory=Thresholds)
    ticks: int = 0
    skipped: int = 0
    _due: list[Due] = field(default_factory=list)
    _receipts: list[Receipt] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self._last_tick = 0.0
        common = Common(self.topology)
        self._detectors = [Detector(self.thresholds, common) for _ in range(self.partitions)]
        self._correlator = Correlator(self.topology)
        self._order = count()

    def take(self, entry: RecordedEntry) -> None:
        self._publish_due(entry.stored)
        try:
            if entry.is_telemetry:
                self._tick(entry)
            elif entry.is_settings:
                self._settings(entry)
            else:
                self._event(entry)
        except (MessageError, UnknownTarget):
            self.skipped += 1

    def finish(self) -> None:
        self._publish_due(math.inf)
        self._receive_due(math.inf)
        self._advance(self._last_tick)

    # --- input ------------------------------------------------------------------------------------------------------

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
            self._publish_next()
        self._publish_due(entry.stored)
        # Later messages of the recording can have the time of this tick, and be received before the events that wait.
        before = math.nextafter(tick.instant, -math.inf)
        self._receive_due(before)
        self._advance(before)
        self._last_tick = max(self._last_tick, tick.instant)

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

    # --- output -----------------------------------------------------------------------------------------------------

    def _publish_due(self, stored: float) -> None:
        while self._due and self._due[0][0] <= stored:
            self._publish_next()

    def _publish_next(self) -> None:
        _, _, time, happening = heapq.heappop(self._due)
        self.on_event(happening, time)
        self._absorb(happening, time)

    def _absorb(self, event: Event, time: float) -> None:
        if ServiceName.CORRELATOR not in self.through:
            return
        receipt = self.moments.received.get(event.id) or RecordedReceipt(time)
        heapq.heappush(self._receipts, (receipt, next(self._order), event))
        self._receive_due(time)
        while len(self._receipts) > MAX_DUE:
            self._receive_due(self._receipts[0][0].time)

    def _receive_due(self, time: float) -> None:
        while self._receipts and self._receipts[0][0].time <= time:
            receipt, _, event = heapq.heappop(self._receipts)
            self._advance(receipt.time)
            try:
                self._publish(self._correlator.absorb(event, self.now))
            except (MessageError, UnknownTarget):
                self.skipped += 1

    def _advance(self, time: float) -> None:
        if ServiceName.CORRELATOR not in self.through:
            return
        while (due := self._correlator.next_due()) is not None and (check := self._check_time(due)) <= time:
            self.now = max(self.now, check)
            self._publish(self._correlator.advance(self.now))
        self.now = max(self.now, time)

    def _check_time(self, due: float) -> float:
        for case in self._correlator.open_cases():
            clear, recorded = case.clear_since, self.moments.resolved.get(case.id)
            if recorded is not None and clear is not None and clear + RESOLVE_AFTER <= due:
                return min(max(due, recorded), due + LATE)
        return due

    def _publish(self, events: Iterable[IncidentEvent]) -> None:
        for event in events:
            self.on_event(event, self.now)
            self._diagnose(event, self.now)

    def _diagnose(self, event: IncidentEvent, time: float) -> None:
        wanted = isinstance(event, IncidentOpened | IncidentUpdated)
        if ServiceName.RCA not in self.through or not wanted or not event.incident.is_open:
            return
        name = DiagnosisMade(incident_id=event.incident.id, revision=event.incident.revision, at=time).id
        known = self.moments.published.get(name)
        made = diagnose(event.incident, self.topology, known.time if known else time, PRIOR)
        self.on_event(made, made.at)
