"""A replay gives the recorded results; it differs if thresholds or events were changed."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from pathlib import Path

import pytest

from nms.extras.recording.compare import Comparison, Difference
from nms.extras.recording.replay import STAGES
from nms.extras.recording.run import ReplayOutcome, replay
from nms.simulate import Loop
from services.correlator.core import Correlator
from shared.domain.config import Desired, Thresholds
from shared.domain.events import AnomalyRaised, DiagnosisMade, Event, FaultStarted, IncidentEvent, RemediationEscalated
from shared.domain.kinds import FaultKind, Mode, ServiceName
from shared.domain.subjects import METRICS
from shared.domain.topology import Topology
from shared.platform.bus import codec
from shared.recordings.choices import Family
from shared.recordings.entry import RecordedEntry
from shared.recordings.errors import Broken
from shared.recordings.families import SETTINGS_SUBJECT
from shared.recordings.manifest import WARM_UP, read_manifest
from shared.recordings.reader import Recording
from tests.nms.recording.build import ignore, no_pace, simulated


def replayed(folder: Path, stages: tuple[ServiceName, ...] = STAGES) -> tuple[ReplayOutcome, Comparison]:
    recording = Recording.open(folder)
    outcome = replay(recording, stages, ignore, no_pace)
    return outcome, outcome.compare(recording)


def nothing_differs(difference: Difference | None, at_least: int) -> None:
    assert difference is not None
    assert (difference.missing, difference.new, difference.differ) == ((), (), ())
    assert difference.equal >= at_least


def test_a_replay_gives_the_recorded_results(in_each_format: Path) -> None:
    outcome, found = replayed(in_each_format)
    nothing_differs(found.anomalies, at_least=10)
    nothing_differs(found.incidents, at_least=4)
    nothing_differs(found.causes, at_least=4)
    assert found.same
    assert found.recorded == found.now
    assert found.now is not None
    assert found.now.faults >= 4
    assert found.now.right_kind >= 3
    assert outcome.skipped == 0


@pytest.mark.parametrize("stages", [(stage,) for stage in STAGES] + [STAGES[1:], STAGES[:2]])
def test_the_output_of_a_stage_that_is_not_run_is_the_recorded_one(
    recorded: Path, stages: tuple[ServiceName, ...]
) -> None:
    outcome, found = replayed(recorded, stages)
    differences = {
        ServiceName.DETECTOR: found.anomalies,
        ServiceName.CORRELATOR: found.incidents,
        ServiceName.RCA: found.causes,
    }
    assert {stage for stage, difference in differences.items() if difference is not None} == set(stages)
    assert found.same
    assert found.now == found.recorded
    assert set(outcome.now.anomalies) == set(outcome.recorded.anomalies)


def test_only_events_of_the_stages_that_run_are_reported(recorded: Path) -> None:
    reported: list[Event] = []
    replay(Recording.open(recorded), (ServiceName.RCA,), lambda event, time: reported.append(event), no_pace)
    assert reported
    assert all(isinstance(event, DiagnosisMade) for event in reported)


def test_a_lower_threshold_gives_new_anomalies(recorded: Path) -> None:
    recording = Recording.open(recorded)
    original = Recording.entries

    def lower(families: object) -> object:
        for entry in original(recording, families):  # type: ignore[arg-type]
            if entry.subject != SETTINGS_SUBJECT:
                yield entry
                continue
            data = Desired(thresholds=Thresholds(cpu_usage=25.0)).model_dump_json().encode()
            yield RecordedEntry(entry.subject, data, entry.sequence, entry.stored, entry.attributes)

    recording.entries = lower  # type: ignore[method-assign, assignment]
    found = replay(recording, STAGES, ignore, no_pace).compare(recording)
    assert found.anomalies is not None
    assert found.anomalies.new
    assert any(".cpu_usage." in name for name in found.anomalies.new)
    assert not found.same


def test_a_changed_threshold_applies_from_the_time_of_the_change(tmp_path: Path) -> None:
    kept: list[Desired] = []

    def act(loop: Loop, since: float) -> None:
        if since >= 20 and not kept:
            kept.append(Desired(chance=0.0, thresholds=Thresholds(cpu_usage=20.0)))
            for detector in loop.detectors:
                detector.thresholds = kept[0].thresholds
            recorder = loop.seen.__self__  # type: ignore[attr-defined]
            recorder.settings(kept[0], loop.now)

    folder = simulated(tmp_path / "r", 30, desired=Desired(chance=0.0), act=act)
    outcome, found = replayed(folder)
    nothing_differs(found.anomalies, at_least=1)
    first = min(anomaly.at for anomaly in outcome.now.anomalies.values())
    assert outcome.telemetry.first is not None
    assert first - outcome.telemetry.first >= 20


def test_anomalies_of_the_time_before_the_recording_are_not_compared(tmp_path: Path) -> None:
    """Neither an unfinished baseline nor an anomaly that was already open counts as a difference."""

    def act(loop: Loop, since: float) -> None:
        if since == 9.0:
            loop.inject(FaultKind.HIGH_CPU, "server-3")

    folder = simulated(tmp_path / "r", 40, desired=Desired(chance=0.0), skip=10, act=act)
    _, found = replayed(folder)
    assert found.judged is None
    assert not found.same
    manifest = read_manifest(folder)
    assert not manifest.whole
    assert manifest.network is not None
    assert manifest.judge_from == pytest.approx(manifest.network.begin + WARM_UP)


def test_a_stage_without_input_is_refused(tmp_path: Path) -> None:
    folder = simulated(tmp_path / "r", 3, families=(Family.TRUTH, Family.ANOMALIES))
    recording = Recording.open(folder)
    with pytest.raises(Broken, match="detector reads telemetry, which was not recorded: leave detector out"):
        replay(recording, STAGES, ignore, no_pace)
    with pytest.raises(Broken, match="rca reads incidents, which was not recorded"):
        replay(recording, (ServiceName.RCA,), ignore, no_pace)
    outcome = replay(recording, (ServiceName.CORRELATOR, ServiceName.RCA), ignore, no_pace)
    assert outcome.messages > 0
    found = outcome.compare(recording)
    assert (found.anomalies, found.incidents, found.causes) == (None, None, None)
    assert not found.same


def test_telemetry_alone_is_enough_for_a_replay(tmp_path: Path) -> None:
    def act(loop: Loop, since: float) -> None:
        if since == 20.0:
            loop.inject(FaultKind.NODE_DOWN, "server-3")

    folder = simulated(tmp_path / "r", 30, desired=Desired(chance=0.0), families=(Family.TELEMETRY,), act=act)
    outcome, found = replayed(folder)
    assert any(anomaly.element == "server-3" for anomaly in outcome.now.anomalies.values())
    assert found.recorded is None
    assert not found.same


def test_a_message_that_cannot_be_decoded_is_skipped_and_counted(recorded: Path) -> None:
    recording = Recording.open(recorded)
    original = Recording.entries

    def with_nonsense(families: object) -> object:
        for number, entry in enumerate(original(recording, families)):  # type: ignore[arg-type]
            yield entry
            if number % 50 == 0:
                subject = f"{METRICS}.0" if number % 100 else "anomaly.raised"
                yield RecordedEntry(subject, b'{"nonsense": 1}', 1, entry.stored, {})

    recording.entries = with_nonsense  # type: ignore[method-assign, assignment]
    outcome = replay(recording, STAGES, ignore, no_pace)
    assert outcome.skipped > 3
    assert outcome.compare(recording).same


def test_events_are_reported_in_the_order_of_network_time(recorded: Path) -> None:
    times: list[float] = []
    kinds: set[type[Event]] = set()

    def seen(event: Event, time: float) -> None:
        times.append(time)
        kinds.add(type(event).__bases__[0] if isinstance(event, IncidentEvent) else type(event))

    replay(Recording.open(recorded), STAGES, seen, no_pace)
    assert kinds >= {AnomalyRaised, DiagnosisMade}
    assert all(later >= earlier - 0.5 for earlier, later in pairwise(times))


class LateCorrelator(Correlator):
    """Receives anomalies `LATENESS` seconds after their publication, and all other events at once."""

    LATENESS = 2.0

    def __init__(self, topology: Topology) -> None:
        super().__init__(topology)
        self.waiting: deque[tuple[float, Event]] = deque()

    def absorb(self, event: Event, now: float) -> list[IncidentEvent]:
        if isinstance(event, RemediationEscalated):
            return super().absorb(event, now)
        self.waiting.append((now + self.LATENESS, event))
        return []

    def advance(self, now: float) -> list[IncidentEvent]:
        events: list[IncidentEvent] = []
        while self.waiting and self.waiting[0][0] <= now:
            events += super().absorb(self.waiting.popleft()[1], now)
        return events + super().advance(now)


def test_an_escalation_is_received_before_anomalies_that_were_published_earlier(tmp_path: Path) -> None:
    published_before: list[str] = []

    def act(loop: Loop, since: float) -> None:
        if since == 0.0:
            loop.correlator = LateCorrelator(loop.topology)
        if since == 12.0:
            loop.inject(FaultKind.NODE_DOWN, "edge-switch-1")
        if not published_before and (cases := loop.correlator.open_cases()):
            assert isinstance(loop.correlator, LateCorrelator)
            published_before.extend(e.anomaly.id for _, e in loop.correlator.waiting if isinstance(e, AnomalyRaised))
            loop.queue.append(RemediationEscalated(incident_id=cases[0].id, at=loop.now, reason="a person is needed"))

    folder = simulated(tmp_path / "r", 30, desired=Desired(chance=0.0, mode=Mode.OFF), act=act)
    outcome, found = replayed(folder)
    nothing_differs(found.incidents, at_least=1)
    recorded = next(incident for incident in outcome.recorded.incidents.values() if incident.escalation)
    members = [member.anomaly.id for member in recorded.members]
    assert recorded.escalated_in is not None
    assert set(published_before) & set(members[recorded.escalated_in - 1 :])
    assert outcome.now.incidents[recorded.id].escalated_in == recorded.escalated_in
    assert [member.anomaly.id for member in outcome.now.incidents[recorded.id].members] == members


def test_only_faults_in_the_compared_time_are_scored(recorded: Path) -> None:
    outcome, found = replayed(recorded)
    assert found.judged is not None
    assert found.now is not None
    in_time = [fault for fault in outcome.faults.values() if fault.started <= found.judged.end]
    assert found.now.faults == len(in_time)
    assert {fault.id for fault in in_time} <= {
        event.fault.id for event in _faults(recorded) if isinstance(event, FaultStarted)
    }


def _faults(folder: Path) -> list[Event]:
    return [codec.decode(entry.subject, entry.data) for entry in Recording.open(folder).entries([Family.TRUTH])]
