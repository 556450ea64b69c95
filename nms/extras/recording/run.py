"""Replays a recording from its first message to its last. Collects the new results and the recorded results."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from nms.extras.recording.compare import AlreadyOpen, Comparison, compare, compared_span
from nms.extras.recording.findings import MAX_KEPT, Findings
from nms.extras.recording.moments import moments_of
from nms.extras.recording.replay import OnEvent, Replay
from services.gateway.scoring.windows import ScoreWindows
from shared.domain.errors import MessageError
from shared.domain.events import (
    AnomalyCleared,
    AnomalyRaised,
    DiagnosisMade,
    Event,
    Fault,
    FaultEnded,
    FaultStarted,
    IncidentEvent,
)
from shared.domain.kinds import ServiceName
from shared.domain.telemetry import TICK_SECONDS, decode_pulse
from shared.platform.bus import codec
from shared.recordings.choices import Family
from shared.recordings.entry import RecordedEntry
from shared.recordings.errors import Broken
from shared.recordings.manifest import Span
from shared.recordings.reader import Recording

OUTPUT = {
    ServiceName.DETECTOR: Family.ANOMALIES,
    ServiceName.CORRELATOR: Family.INCIDENTS,
    ServiceName.RCA: Family.CAUSES,
}
INPUT = {
    ServiceName.DETECTOR: Family.TELEMETRY,
    ServiceName.CORRELATOR: Family.ANOMALIES,
    ServiceName.RCA: Family.INCIDENTS,
}
STAGE_OF: dict[type[Event], ServiceName] = {
    AnomalyRaised: ServiceName.DETECTOR,
    AnomalyCleared: ServiceName.DETECTOR,
    DiagnosisMade: ServiceName.RCA,
}
REPLAYED = (
    Family.TELEMETRY,
    Family.SETTINGS,
    Family.TRUTH,
    Family.ANOMALIES,
    Family.INCIDENTS,
    Family.CAUSES,
    Family.ACTIONS,
)
"""The families that a replay reads."""

BeforeEach = Callable[[RecordedEntry], None]
"""Called with each message before it is replayed, to keep a pace or to report progress."""


@dataclass
class TelemetrySpan:
    first: float | None = None
    first_tick: int = 0
    last: float = 0.0
    speed: float = 1.0
    interval: float = TICK_SECONDS

    def take(self, entry: RecordedEntry) -> None:
        if self.first is None or entry.time > self.last:
            try:
                pulse = decode_pulse(entry.data)
            except MessageError:
                return
            if self.first is None:
                self.first, self.first_tick = entry.time, pulse.tick
            self.last, self.speed, self.interval = entry.time, pulse.speed, pulse.interval

    @property
    def span(self) -> Span | None:
        return None if self.first is None else Span(begin=self.first, end=self.last)

    @property
    def compared(self) -> Span | None:
        return None if self.first is None else compared_span(self.first, self.first_tick, self.last, self.speed)


@dataclass
class ReplayOutcome:
    """`latest`: the longest delay, in wall seconds, with which a recorded anomaly was published. `ends`: the recorded
    clearings of anomalies.
    """

    stages: tuple[ServiceName, ...]
    now: Findings
    recorded: Findings
    telemetry: TelemetrySpan = field(default_factory=TelemetrySpan)
    messages: int = 0
    ticks: int = 0
    skipped: int = 0
    latest: float = 0.0
    faults: dict[str, Fault] = field(default_factory=dict)
    ends: list[AnomalyCleared] = field(default_factory=list)

    def take_tick(self, entry: RecordedEntry) -> None:
        before = self.telemetry.interval
        self.telemetry.take(entry)
        if self.telemetry.interval != before:
            for findings in (self.now, self.recorded):
                findings.scorecard.windows = ScoreWindows(self.telemetry.interval)

    def compare(self, recording: Recording) -> Comparison:
        stages = [stage for stage in self.stages if recording.has(OUTPUT[stage])]
        already_open = AlreadyOpen(self.ends, self.recorded.anomalies)
        return compare(self.recorded, self.now, self.faults, already_open, self.telemetry.compared, stages, self.latest)


def check_stages(recording: Recording, stages: Collection[ServiceName]) -> None:
    """Raise Broken if the input of a stage is not recorded, and no other stage that is run gives it."""
    for stage in stages:
        before = next((other for other, output in OUTPUT.items() if output is INPUT[stage]), None)
        if before not in stages and not recording.has(INPUT[stage]):
            raise Broken(
                f"{recording.folder}: {stage} reads {INPUT[stage]}, which was not recorded: "
                f"leave {stage} out of --through, or record {INPUT[stage]} too"
            )


def replay(
    recording: Recording, stages: Collection[ServiceName], on_event: OnEvent, before_each: BeforeEach
) -> ReplayOutcome:
    """`on_event` is called with each event of these stages. Raises Broken."""
    check_stages(recording, stages)
    topology = recording.topology
    outcome = ReplayOutcome(
        tuple(stages), Findings(topology, actions_cite=False), Findings(topology, actions_cite=True)
    )

    def take(event: Event, time: float) -> None:
        outcome.now.absorb(event, time)
        on_event(event, time)

    found = recording.entries([Family.ANOMALIES, Family.CAUSES])
    moments = moments_of(found, recording.entries([Family.INCIDENTS]))
    cores = Replay(topology, recording.manifest.partitions, stages, moments, take)
    for entry in recording.entries(REPLAYED):
        before_each(entry)
        outcome.messages += 1
        if entry.is_telemetry:
            outcome.take_tick(entry)
        elif not entry.is_settings:
            _note(outcome, entry)
        cores.take(entry)
    cores.finish()
    outcome.ticks, outcome.skipped = cores.ticks, cores.skipped
    return outcome


def _note(outcome: ReplayOutcome, entry: RecordedEntry) -> None:
    try:
        event = codec.decode(entry.subject, entry.data)
    except MessageError:
        return  # counted by the cores
    outcome.recorded.absorb(event, entry.time)
    stage = ServiceName.CORRELATOR if isinstance(event, IncidentEvent) else STAGE_OF.get(type(event))
    if stage not in outcome.stages:
        outcome.now.absorb(event, entry.time)
    if isinstance(event, FaultStarted | FaultEnded) and len(outcome.faults) < MAX_KEPT:
        outcome.faults[event.fault.id] = event.fault
    if isinstance(event, AnomalyRaised):
        outcome.latest = max(outcome.latest, (entry.time - event.anomaly.at) / outcome.telemetry.speed)
    if isinstance(event, AnomalyCleared) and len(outcome.ends) < MAX_KEPT:
        outcome.ends.append(event)
