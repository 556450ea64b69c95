"""One replay of a recording from its first message to its last: what it found, and what it did beside the recording."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from nms.extras.recording.compare import Before, Comparison, compare, judged_span
from nms.extras.recording.findings import MAX_KEPT, Findings
from nms.extras.recording.moments import moments_of
from nms.extras.recording.replay import Replay, Seen
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
from shared.domain.telemetry import decode_pulse
from shared.platform.bus import codec
from shared.recordings.choices import Family
from shared.recordings.entry import RecordedEntry
from shared.recordings.errors import Broken
from shared.recordings.manifest import Span
from shared.recordings.reader import Recording

SAYS = {
    ServiceName.DETECTOR: Family.ANOMALIES,
    ServiceName.CORRELATOR: Family.INCIDENTS,
    ServiceName.RCA: Family.CAUSES,
}
READS = {
    ServiceName.DETECTOR: Family.TELEMETRY,
    ServiceName.CORRELATOR: Family.ANOMALIES,
    ServiceName.RCA: Family.INCIDENTS,
}
STAGE_OF: dict[type[Event], ServiceName] = {
    AnomalyRaised: ServiceName.DETECTOR,
    AnomalyCleared: ServiceName.DETECTOR,
    DiagnosisMade: ServiceName.RCA,
}
FED = (
    Family.TELEMETRY,
    Family.SETTINGS,
    Family.TRUTH,
    Family.ANOMALIES,
    Family.INCIDENTS,
    Family.CAUSES,
    Family.ACTIONS,
)
"""What a replay reads of a recording."""

Passed = Callable[[RecordedEntry], None]
"""Called with each message, before it happens: to keep pace, and to tell how far it is."""


@dataclass
class Course:
    """The network time that the telemetry of a recording spans."""

    first: float | None = None
    first_tick: int = 0
    last: float = 0.0
    speed: float = 1.0

    def take(self, entry: RecordedEntry) -> None:
        """Take note of a tick."""
        if self.first is None or entry.time > self.last:
            try:
                pulse = decode_pulse(entry.data)
            except MessageError:
                return
            if self.first is None:
                self.first, self.first_tick = entry.time, pulse.tick
            self.last, self.speed = entry.time, pulse.speed

    @property
    def span(self) -> Span | None:
        """From the first tick to the last."""
        return None if self.first is None else Span(begin=self.first, end=self.last)

    @property
    def judged(self) -> Span | None:
        """The part of it in which a replay is to say the same."""
        return None if self.first is None else judged_span(self.first, self.first_tick, self.last, self.speed)


@dataclass
class ReplayOutcome:
    """What a replay came to."""

    stages: tuple[ServiceName, ...]
    now: Findings
    recorded: Findings
    course: Course = field(default_factory=Course)
    messages: int = 0
    ticks: int = 0
    aside: int = 0
    latest: float = 0.0
    faults: dict[str, Fault] = field(default_factory=dict)
    ends: list[AnomalyCleared] = field(default_factory=list)

    def compare(self, recording: Recording) -> Comparison:
        """Return what differs, of the stages whose words were recorded."""
        stages = [stage for stage in self.stages if recording.has(SAYS[stage])]
        before = Before(self.ends, self.recorded.anomalies)
        return compare(self.recorded, self.now, self.faults, before, self.course.judged, stages, self.latest)


def check_stages(recording: Recording, stages: Collection[ServiceName]) -> None:
    """Raise Broken where a stage has nothing to read."""
    for stage in stages:
        before = next((other for other, says in SAYS.items() if says is READS[stage]), None)
        if before not in stages and not recording.has(READS[stage]):
            raise Broken(
                f"{recording.folder}: {READS[stage]} was not recorded, which {stage} reads: "
                f"leave {stage} out of --through, or record it too"
            )


def replay(recording: Recording, stages: Collection[ServiceName], seen: Seen, passed: Passed) -> ReplayOutcome:
    """Run stages on a recording; `seen` is called with what they say. Raises Broken."""
    check_stages(recording, stages)
    topology = recording.topology
    outcome = ReplayOutcome(
        tuple(stages), Findings(topology, actions_cite=False), Findings(topology, actions_cite=True)
    )

    def found(event: Event, time: float) -> None:
        outcome.now.absorb(event, time)
        seen(event, time)

    said = recording.entries([Family.ANOMALIES, Family.CAUSES])
    moments = moments_of(said, recording.entries([Family.INCIDENTS]))
    cores = Replay(topology, recording.manifest.partitions, stages, moments, found)
    for entry in recording.entries(FED):
        passed(entry)
        outcome.messages += 1
        if entry.is_telemetry:
            outcome.course.take(entry)
        elif not entry.is_settings:
            _note(outcome, entry)
        cores.take(entry)
    cores.finish()
    outcome.ticks, outcome.aside = cores.ticks, cores.aside
    return outcome


def _note(outcome: ReplayOutcome, entry: RecordedEntry) -> None:
    """Take note of a recorded event: of what was recorded, and where its stage is not run of what is found now."""
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
        outcome.latest = max(outcome.latest, (entry.time - event.anomaly.at) / outcome.course.speed)
    if isinstance(event, AnomalyCleared) and len(outcome.ends) < MAX_KEPT:
        outcome.ends.append(event)
