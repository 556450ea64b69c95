"""A scorecard that continues from settled totals reports the same as one that read every event."""

from __future__ import annotations

import math

import pytest

from nms.simulate import WARM_UP, Loop
from services.gateway.core import IncidentTracker
from services.gateway.scoring.fault_scores import FaultScore
from services.gateway.scoring.scorecard import Scorecard
from services.gateway.scoring.totals import ScoreTotals
from services.gateway.scoring.totals_store import Settled, settled
from shared.domain.config import Desired
from shared.domain.events import Event, FaultEnded, FaultStarted, IncidentEvent
from shared.domain.kinds import FaultKind
from shared.domain.topology import default_topology

TOPOLOGY = default_topology()
SECONDS = 400.0
LONGEST_STORY = 90.0
"""Seconds within which all events about an unsettled fault are published."""


@pytest.fixture(scope="module")
def events() -> list[tuple[Event, float]]:
    recorded: list[tuple[Event, float]] = []
    loop = Loop(seed=3, desired=Desired(running=True), seen=lambda event, now: recorded.append((event, now)))
    loop.run(WARM_UP)
    loop.run(SECONDS, campaign=True)
    return recorded


def reported(events: list[tuple[Event, float]], after: Settled | None = None) -> tuple[Scorecard, IncidentTracker]:
    """Return a scorecard and a tracker that continue from settled totals, after these events."""
    card, tracker = Scorecard(TOPOLOGY), IncidentTracker()
    if after is not None:
        left = Settled.model_validate_json(after.model_dump_json())
        card.begin(None, (left.scored, left.until))
        tracker.resume(left.incidents, left.until)
    for event, time in events:
        card.absorb(event, time)
        tracker.absorb(event)
    return card, tracker


@pytest.mark.parametrize("share", [0.5, 0.7, 0.95])
def test_a_scorecard_continued_from_totals_equals_one_that_read_every_event(
    events: list[tuple[Event, float]], share: float
) -> None:
    whole, counted = reported(events)
    first = events[: int(share * len(events))]
    left = settled(*reported(first))
    assert left is not None
    assert left.scored.faults > 5
    rest = [(event, time) for event, time in events if time > left.until - LONGEST_STORY]
    assert len(rest) < len(events)
    card, tracker = reported(rest, left)
    assert card.report() == whole.report()
    assert tracker.stats == counted.stats


def test_a_fault_whose_incident_was_dropped_is_not_scored(events: list[tuple[Event, float]]) -> None:
    begins = events[0][1] + SECONDS / 2
    kept = [(e, t) for e, t in events if t >= begins or isinstance(e, FaultStarted | FaultEnded)]
    assert any(isinstance(event, IncidentEvent) for event, _ in kept)
    careless, careful = Scorecard(TOPOLOGY), Scorecard(TOPOLOGY)
    careful.begin(begins)
    for event, time in kept:
        careless.absorb(event, time)
        careful.absorb(event, time)
    assert careless.report().detected < 0.8 * careless.report().faults, "else this shows nothing"
    report = careful.report()
    assert 0 < report.faults < careless.report().faults
    assert report.detected >= report.faults - report.pending
    assert report.needless_actions == 0


def test_the_totals_of_another_gateway_stay_if_they_reach_further_or_have_more_faults() -> None:
    def of(until: float, faults: int) -> Settled:
        totals = ScoreTotals()
        for number in range(faults):
            totals.add(FaultScore(fault_id=f"f{number}", kind=FaultKind.HIGH_CPU))
        return Settled(until=until, scored=totals, incidents=IncidentTracker().settled(-math.inf))

    assert of(20, 2).replaces(of(10, 1))
    assert not of(10, 2).replaces(of(20, 2))
    assert not of(20, 1).replaces(of(10, 2)), "who counted fewer has missed some"


def test_the_record_of_durations_stays_small_and_is_right_to_half_a_percent() -> None:
    totals = ScoreTotals()
    values = [0.001 * number for number in range(1, 20_001)]
    for value in values:
        totals.add(FaultScore(fault_id="f", kind=FaultKind.HIGH_CPU, detect=value))
    found = totals.counts().seconds.detect
    assert found.p50 == pytest.approx(values[9_999], rel=0.005)
    assert found.p95 == pytest.approx(values[18_999], rel=0.005)
    assert found.max == pytest.approx(values[-1], rel=0.005)
    assert len(totals.model_dump_json()) < 60_000


def test_there_are_no_totals_before_a_fault_has_settled() -> None:
    assert settled(Scorecard(TOPOLOGY), IncidentTracker()) is None
