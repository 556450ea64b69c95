"""Networks sampled every 0.25, 1, 5 and 30 s work with the loop and the gateway: no duration is counted in ticks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import pytest

from nms.simulate import Loop
from services.gateway.core.feed import Feed
from services.gateway.core.view import View
from shared.domain.events import Event, IncidentResolved, RemediationVerified, StabilityStatus
from shared.domain.kinds import EndedBy, FaultKind, NetworkState, NodeStatus, Resolution
from shared.domain.telemetry import LOST_AFTER, Tick
from tests.seldom import sample_seldom

LEARNT, OVER = 60, 48
"""Samples before a fault, and after it until its incident is over."""
OVER_SECONDS = 30.0
TARGET = "edge-switch-3"
EventKind = TypeVar("EventKind", bound=Event)


class SeldomLoop:
    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.happened: list[Event] = []
        self.frames: list[str] = []
        self.loop = Loop(seen=self._see)
        sample_seldom(self.loop, interval)
        self.view = View(self.loop.topology)
        self._feed = Feed(self.view, "test")
        self._sample = self.loop.network.sample
        self.loop.network.sample = self._show  # type: ignore[method-assign, assignment]

    def run(self, samples: int) -> None:
        self.loop.run(samples * self.interval)

    def events_of(self, kind: type[EventKind]) -> list[EventKind]:
        return [event for event in self.happened if isinstance(event, kind)]

    def _show(self) -> tuple[Sequence[Tick], Sequence[Event]]:
        ticks, happenings = self._sample()
        for tick in ticks:
            self.view.observe(tick)
        if ticks:
            self.frames += [json.loads(frame.text)["event"] for frame in self._feed.flush(0.0)]
        return ticks, happenings

    def _see(self, event: Event, time: float) -> None:
        self.happened.append(event)
        self.view.absorb(event, time)


@pytest.fixture(scope="module", params=[0.25, 1.0, 5.0, 30.0])
def watched(request: pytest.FixtureRequest) -> SeldomLoop:
    watched = SeldomLoop(request.param)
    watched.run(LEARNT)
    return watched


def test_shown_history_has_one_value_per_interval(watched: SeldomLoop) -> None:
    interval, now = watched.interval, watched.view.now
    points = watched.view.history_body("server-1", "cpu_usage", now - 20 * interval, now).points
    apart = [round((later.at - earlier.at) / interval, 3) for earlier, later in pairwise(points)]
    assert len(apart) >= 15
    assert set(apart) <= {1, 2, 3}, "a sample in a hundred is missing"
    assert apart.count(1) > len(apart) / 2
    assert len(watched.view.averages_body(now - 20 * interval, now).points) in (20, 21)
    assert watched.frames.count("metrics_update") >= LEARNT - 1
    assert watched.view.status_body(0.0).stale_after == max(LOST_AFTER, 3 * interval)


def test_a_fault_is_found_repaired_and_shown(watched: SeldomLoop) -> None:
    interval = watched.interval
    fault = watched.loop.inject(FaultKind.NODE_DOWN, TARGET, ttl=1000 * interval)
    watched.run(max(OVER, round(OVER_SECONDS / interval)))

    (over,) = watched.view.faults_body().faults
    assert (over.id, over.ended_by) == (fault.id, EndedBy.ACTION)
    (resolved,) = watched.events_of(IncidentResolved)
    assert resolved.incident.resolution is Resolution.AUTO_RESOLVED
    (verified,) = watched.events_of(RemediationVerified)
    assert (verified.action.target, verified.action.attempt) == (TARGET, 1)
    states = [(status.state, status.nodes[TARGET]) for status in watched.events_of(StabilityStatus)]
    assert (NetworkState.UNSTABLE, NodeStatus.DOWN) in states
    assert states[-1] == (NetworkState.STABLE, NodeStatus.HEALTHY)

    card = watched.loop.scorecard.report()
    assert (card.detected, card.right_node, card.right_kind, card.actions) == (1, 1, 1, 1)
    assert card.seconds.detect is not None
    assert card.seconds.detect.max <= 4 * interval
    assert (card.needless_actions, card.false_anomalies) == (0, 0)
