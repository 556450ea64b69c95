from __future__ import annotations

import pytest

from services.gateway.core import View
from services.gateway.core.belonging import Belonging
from services.gateway.core.cycle_bodies import CycleBody
from services.gateway.scoring.fault_scores import belongs
from shared.domain.events import Event, FaultCycle, FaultEnded, FaultStarted, IncidentOpened
from shared.domain.kinds import NodeStatus
from tests.services.gateway.story import T0, TOPOLOGY, anomaly, fault, incident, repaired, status, tick


def live(*events: tuple[float, Event]) -> tuple[View, list[CycleBody]]:
    """Feed events as they come, and ask for news after each."""
    view, told = View(TOPOLOGY), []
    for time, event in events:
        view.absorb(event, time)
        told += view.cycles_due()
    return view, told


def test_a_cycle_is_told_when_its_faults_have_ended_and_again_when_more_is_known() -> None:
    _, told = live(*repaired())
    assert [body.cycle for body in told] == [1] * len(told)
    first, last = told[0].phases, told[-1].phases
    assert [one.failure_type for one in last.injects] == ["high_cpu"]
    assert last.inject == last.injects[0]
    assert (last.detect.count, last.analyze.count, last.remediate.count) == (1, 1, 1)
    assert last.analyze.root_causes[0].node_id == "server-1"
    assert (first.remediate.actions[0].result, last.remediate.actions[0].result) == ("pending", "success")
    assert (first.stabilize.health_percentage, last.stabilize.health_percentage) == (93.75, 100.0)


def test_a_cycle_is_not_told_before_its_fault_ends_unless_ten_seconds_pass() -> None:
    start = [(T0, status(T0)), (T0, FaultCycle(number=1, at=T0, interval=3.0)), (T0, FaultStarted(fault=fault()))]
    view, told = live(*start)  # type: ignore[arg-type]
    assert told == []
    view.observe(tick(39))
    assert view.cycles_due() == []
    view.observe(tick(41))
    assert [body.cycle for body in view.cycles_due()] == [1]
    assert view.cycles_due() == []


def test_a_cycle_that_struck_nothing_is_told_once_when_its_turn_is_over_and_has_no_inject() -> None:
    view, told = live((T0, status(T0)), (T0, FaultCycle(number=7, at=T0, interval=3.0)))
    assert told == []
    view.observe(tick(13))
    (body,) = view.cycles_due()
    assert "inject" not in body.model_dump(mode="json")["phases"]
    assert body.phases.injects == ()
    view.observe(tick(20))
    assert view.cycles_due() == []


def test_a_cascade_belongs_to_the_cycle_of_its_fault_however_late_it_opens() -> None:
    dead = fault(target="core-router-1", ended=T0 + 8)
    far = incident(
        anomaly("core-router-1", "reachable"), anomaly("edge-switch-1", "latency"), anomaly("server-1", "latency")
    )
    late = far.model_copy(update={"opened": T0 + 7.0})
    _, told = live(
        (T0, status(T0)),
        (T0, FaultCycle(number=1, at=T0, interval=3.0)),
        (T0 + 3, FaultCycle(number=2, at=T0 + 3, interval=3.0)),
        (T0 + 6, FaultCycle(number=3, at=T0 + 6, interval=3.0)),
        (T0 + 8, IncidentOpened(incident=late)),
        (T0 + 8, FaultEnded(fault=dead)),
    )
    by_cycle = {body.cycle: body for body in told}
    assert by_cycle[1].phases.correlate.count == 1
    assert by_cycle[1].phases.correlate.correlations[0].event_count == 3
    assert by_cycle[2].phases.detect.count == 0


def test_a_far_incident_is_the_cycles_in_whose_turn_it_opened() -> None:
    _, told = live(
        (T0, status(T0)),
        (T0, FaultCycle(number=1, at=T0, interval=3.0)),
        (T0 + 2, FaultEnded(fault=fault(ended=T0 + 2))),
        (T0 + 3, FaultCycle(number=2, at=T0 + 3, interval=3.0)),
        (T0 + 4, IncidentOpened(incident=incident(anomaly("server-8", since=T0 + 3.5)))),
        (T0 + 6, status(T0 + 6, server_8=NodeStatus.DEGRADED)),
    )
    last = {body.cycle: body for body in told}
    assert (last[1].phases.detect.count, last[2].phases.detect.count) == (0, 1)


def test_a_persons_fault_belongs_to_the_turn_in_which_it_landed() -> None:
    _, told = live(
        (T0, status(T0)),
        (T0, FaultCycle(number=1, at=T0, interval=3.0)),
        (T0 + 1, FaultStarted(fault=fault(cycle=None, started=T0 + 1))),
        (T0 + 2, FaultEnded(fault=fault(cycle=None, started=T0 + 1, ended=T0 + 2))),
    )
    assert [len(body.phases.injects) for body in told] == [1]


def test_a_later_trouble_does_not_change_what_was_told_of_a_cycle() -> None:
    view, told = live(*repaired())
    before = told[-1]
    view.absorb(status(T0 + 30, server_8=NodeStatus.DOWN), T0 + 30)
    assert view.cycles_due() == []
    assert view.cycles.latest() == before


@pytest.mark.parametrize("target", ["server-1", "edge-switch-1", "core-router-1--edge-switch-1", "no-such-node"])
@pytest.mark.parametrize("onset", [-1.0, 0.5, 14.0, 16.0, 900.0])
@pytest.mark.parametrize("ended", [None, T0 + 10])
def test_the_cycles_and_the_scorecard_mean_the_same_by_belonging(
    target: str, onset: float, ended: float | None
) -> None:
    struck, belonging = fault(ended=ended, target=target), Belonging(TOPOLOGY)
    for element in (*TOPOLOGY.node_by_id, *TOPOLOGY.link_by_id):
        seen = incident(anomaly(element, since=T0 + onset))
        assert (belonging.owner(seen, [struck]) is struck) is belongs(TOPOLOGY, seen, struck), element


def test_a_fault_that_outlives_its_time_still_owns_what_it_causes() -> None:
    struck = fault(target="edge-switch-1")
    late = incident(anomaly("edge-switch-1", since=struck.ends + 60))
    assert Belonging(TOPOLOGY).owner(late, [struck]) is struck


def test_the_count_is_that_of_the_injector_and_does_not_go_back() -> None:
    view, _ = live(
        (T0, FaultCycle(number=41, at=T0, interval=3.0)), (T0, FaultCycle(number=40, at=T0 - 3, interval=3.0))
    )
    assert view.status_body(1.0).cycle_count == 41
