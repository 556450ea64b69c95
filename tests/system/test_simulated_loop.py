"""The loop as a whole, in memory: it heals, says the same twice, and needs each of its cores."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nms.simulate import WARM_UP, Loop, quiet, simulate
from shared.events import Event
from shared.kinds import FaultKind

FAULTS = 24


def _silence(*_: object) -> list[Event]:
    return []


def _no_campaign(loop: Loop) -> None:
    loop.campaign.advance = _silence  # type: ignore[method-assign, assignment]


def _no_detector(loop: Loop) -> None:
    for detector in loop.detectors:
        detector.observe = _silence  # type: ignore[method-assign, assignment]


def _no_correlator(loop: Loop) -> None:
    loop.correlator.absorb = _silence  # type: ignore[method-assign, assignment]


def _no_remediator(loop: Loop) -> None:
    loop.remediator.absorb = _silence  # type: ignore[method-assign, assignment]


def _repaired(maim: Callable[[Loop], None] | None = None) -> bool:
    loop = Loop(seed=3)
    if maim:
        maim(loop)
    loop.run(WARM_UP)
    loop.strike(FaultKind.HIGH_CPU, "server-3")
    loop.run(12)
    return loop.scorecard.report().repaired == 1


def test_it_heals() -> None:
    report = simulate(FAULTS, seed=11)
    assert report.faults == report.detected == FAULTS
    assert report.repaired >= FAULTS - 1
    assert report.right_kind >= FAULTS - 1
    assert report.needless_actions == 0


def test_the_same_seed_tells_the_same_story() -> None:
    def story() -> list[str]:
        told: list[str] = []
        simulate(4, seed=5, seen=lambda event, time: told.append(f"{time} {event.model_dump_json()}"))
        return told

    assert story() == story()


@pytest.mark.parametrize("maim", [_no_detector, _no_correlator, _no_remediator])
def test_it_needs_each_core(maim: Callable[[Loop], None]) -> None:
    assert _repaired()
    assert not _repaired(maim)


def test_it_needs_a_diagnosis(monkeypatch: pytest.MonkeyPatch) -> None:
    from shared.events import DiagnosisMade, Incident

    def nothing(incident: Incident, *_: object) -> DiagnosisMade:
        return DiagnosisMade(incident_id=incident.id, revision=incident.revision, at=incident.updated)

    monkeypatch.setattr("nms.simulate.diagnose", nothing)
    assert not _repaired()


def test_ten_minutes_of_quiet_are_quiet() -> None:
    report = quiet(600, seed=2)
    assert (report.actions, report.false_anomalies) == (0, 0)
