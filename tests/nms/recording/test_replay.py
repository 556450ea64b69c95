"""The same telemetry, thresholds and code find the same; what differs is what was changed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from nms.extras.recording.compare import Comparison, Difference
from nms.extras.recording.replay import STAGES
from nms.extras.recording.run import ReplayOutcome, replay
from nms.simulate import Loop
from shared.domain.config import Desired, Thresholds
from shared.domain.events import AnomalyRaised, DiagnosisMade, Event, FaultStarted, IncidentEvent
from shared.domain.kinds import FaultKind, ServiceName
from shared.domain.subjects import METRICS
from shared.platform.bus import codec
from shared.recordings.choices import Family
from shared.recordings.entry import RecordedEntry
from shared.recordings.errors import Broken
from shared.recordings.families import SETTINGS_SUBJECT
from shared.recordings.manifest import WARM_UP, read_manifest
from shared.recordings.reader import Recording
from tests.nms.recording.build import silently, simulated, unseen


def replayed(folder: Path, stages: tuple[ServiceName, ...] = STAGES) -> tuple[ReplayOutcome, Comparison]:
    recording = Recording.open(folder)
    outcome = replay(recording, stages, unseen, silently)
    return outcome, outcome.compare(recording)


def nothing_differs(difference: Difference | None, at_least: int) -> None:
    assert difference is not None
    assert (difference.missing, difference.new, difference.differ) == ((), (), ())
    assert difference.equal >= at_least


def test_a_replay_finds_what_was_recorded(in_each_format: Path) -> None:
    outcome, found = replayed(in_each_format)
    nothing_differs(found.anomalies, at_least=10)
    nothing_differs(found.incidents, at_least=4)
    nothing_differs(found.causes, at_least=4)
    assert found.same
    assert found.recorded == found.now
    assert found.now is not None
    assert found.now.faults >= 4
    assert found.now.right_kind >= 3
    assert outcome.aside == 0


@pytest.mark.parametrize("stages", [(stage,) for stage in STAGES] + [STAGES[1:], STAGES[:2]])
def test_what_is_not_run_is_taken_from_the_recording(recorded: Path, stages: tuple[ServiceName, ...]) -> None:
    outcome, found = replayed(recorded, stages)
    told = {
        ServiceName.DETECTOR: found.anomalies,
        ServiceName.CORRELATOR: found.incidents,
        ServiceName.RCA: found.causes,
    }
    assert {stage for stage, difference in told.items() if difference is not None} == set(stages)
    assert found.same
    assert found.now == found.recorded
    assert set(outcome.now.anomalies) == set(outcome.recorded.anomalies)


def test_only_what_is_run_is_said(recorded: Path) -> None:
    said: list[Event] = []
    replay(Recording.open(recorded), (ServiceName.RCA,), lambda event, time: said.append(event), silently)
    assert said
    assert all(isinstance(event, DiagnosisMade) for event in said)


def test_another_threshold_is_another_finding(recorded: Path) -> None:
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
    found = replay(recording, STAGES, unseen, silently).compare(recording)
    assert found.anomalies is not None
    assert found.anomalies.new
    assert any(".cpu_usage." in name for name in found.anomalies.new)
    assert not found.same


def test_thresholds_change_when_they_were_changed(tmp_path: Path) -> None:
    """A recording in which a person lowered a limit on the way is replayed with both limits, each in its time."""
    kept: list[Desired] = []

    def act(loop: Loop, since: float) -> None:
        if since >= 20 and not kept:
            kept.append(Desired(chance=0.0, thresholds=Thresholds(cpu_usage=20.0)))
            for detector in loop.detectors:
                detector.thresholds = kept[0].thresholds
            scribe = loop.seen.__self__  # type: ignore[attr-defined]
            scribe.settings(kept[0], loop.now)

    folder = simulated(tmp_path / "r", 30, desired=Desired(chance=0.0), act=act)
    outcome, found = replayed(folder)
    nothing_differs(found.anomalies, at_least=1)
    first = min(anomaly.at for anomaly in outcome.now.anomalies.values())
    assert outcome.course.first is not None
    assert first - outcome.course.first >= 20


def test_what_began_before_the_recording_is_not_judged(tmp_path: Path) -> None:
    """Neither a baseline that is not warm nor an anomaly that was open already is held against a replay."""

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


def test_a_stage_that_has_nothing_to_read_is_refused(tmp_path: Path) -> None:
    folder = simulated(tmp_path / "r", 3, families=(Family.TRUTH, Family.ANOMALIES))
    recording = Recording.open(folder)
    with pytest.raises(Broken, match="telemetry was not recorded, which detector reads: leave detector out"):
        replay(recording, STAGES, unseen, silently)
    with pytest.raises(Broken, match="incidents was not recorded, which rca reads"):
        replay(recording, (ServiceName.RCA,), unseen, silently)
    outcome = replay(recording, (ServiceName.CORRELATOR, ServiceName.RCA), unseen, silently)
    assert outcome.messages > 0
    found = outcome.compare(recording)
    assert (found.anomalies, found.incidents, found.causes) == (None, None, None)
    assert not found.same


def test_telemetry_alone_is_enough_to_find_with(tmp_path: Path) -> None:
    def act(loop: Loop, since: float) -> None:
        if since == 20.0:
            loop.inject(FaultKind.NODE_DOWN, "server-3")

    folder = simulated(tmp_path / "r", 30, desired=Desired(chance=0.0), families=(Family.TELEMETRY,), act=act)
    outcome, found = replayed(folder)
    assert any(anomaly.element == "server-3" for anomaly in outcome.now.anomalies.values())
    assert found.recorded is None
    assert not found.same


def test_a_message_that_is_not_understood_is_passed_over_and_counted(recorded: Path) -> None:
    recording = Recording.open(recorded)
    original = Recording.entries

    def spoilt(families: object) -> object:
        for number, entry in enumerate(original(recording, families)):  # type: ignore[arg-type]
            yield entry
            if number % 50 == 0:
                subject = f"{METRICS}.0" if number % 100 else "anomaly.raised"
                yield RecordedEntry(subject, b'{"nonsense": 1}', 1, entry.stored, {})

    recording.entries = spoilt  # type: ignore[method-assign, assignment]
    outcome = replay(recording, STAGES, unseen, silently)
    assert outcome.aside > 3
    assert outcome.compare(recording).same


def test_events_come_in_the_order_of_the_network(recorded: Path) -> None:
    times: list[float] = []
    kinds: set[type[Event]] = set()

    def seen(event: Event, time: float) -> None:
        times.append(time)
        kinds.add(type(event).__bases__[0] if isinstance(event, IncidentEvent) else type(event))

    replay(Recording.open(recorded), STAGES, seen, silently)
    assert kinds >= {AnomalyRaised, DiagnosisMade}
    assert all(later >= earlier - 0.5 for earlier, later in pairwise(times))


def test_the_truth_is_scored_only_where_it_is_judged(recorded: Path) -> None:
    outcome, found = replayed(recorded)
    assert found.judged is not None
    assert found.now is not None
    told = [fault for fault in outcome.faults.values() if fault.started <= found.judged.end]
    assert found.now.faults == len(told)
    assert {fault.id for fault in told} <= {
        event.fault.id for event in _faults(recorded) if isinstance(event, FaultStarted)
    }


def _faults(folder: Path) -> list[Event]:
    return [codec.decode(entry.subject, entry.data) for entry in Recording.open(folder).entries([Family.TRUTH])]
