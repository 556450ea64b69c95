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
    view, reported = View(TOPOLOGY), []
    for time, event in events:
        view.absorb(event, time)
        reported += view.cycles_due()
    return view, reported


def test_a_cycle_is_reported_when_its_faults_have_ended_and_again_when_more_is_known() -> None:
    _, reported = live(*repaired())
    assert [body.cycle for body in reported] == [1] * len(reported)
    first, last = reported[0].phases, reported[-1].phases
    assert [one.failure_type for one in last.injects] == ["high_cpu"]
    assert last.inject == last.injects[0]
    assert (last.detect.count, last.analyze.count, last.remediate.count) == (1, 1, 1)
    assert last.analyze.root_causes[0].node_id == "server-1"
    assert (first.remediate.actions[0].result, last.remediate.actions[0].result) == ("pending", "success")
    assert (first.stabilize.health_percentage, last.stabilize.health_percentage) == (93.75, 100.0)


def test_a_cycle_with_a_live_fault_is_reported_after_ten_seconds() -> None:
    start = [(T0, status(T0)), (T0, FaultCycle(number=1, at=T0, interval=3.0)), (T0, FaultStarted(fault=fault()))]
    view, reported = live(*start)  # type: ignore[arg-type]
    assert reported == []
    view.observe(tick(39))
    assert view.cycles_due() == []
    view.observe(tick(41))
    assert [body.cycle for body in view.cycles_due()] == [1]
    assert view.cycles_due() == []


def test_a_cycle_without_a_fault_is_reported_once_at_its_end_and_has_no_inject() -> None:
    view, reported = live((T0, status(T0)), (T0, FaultCycle(number=7, at=T0, interval=3.0)))
    assert reported == []
    view.observe(tick(13))
    (body,) = view.cycles_due()
    assert "inject" not in body.model_dump(mode="json")["phases"]
    assert body.phases.injects == ()
    view.observe(tick(20))
    assert view.cycles_due() == []


def test_an_incident_of_several_members_belongs_to_the_cycle_of_its_fault_however_late_it_opens() -> None:
    dead = fault(target="core-router-1", ended=T0 + 8)
    far = incident(
        anomaly("core-router-1", "reachable"), anomaly("edge-switch-1", "latency"), anomaly("server-1", "latency")
    )
    late = far.model_copy(update={"opened": T0 + 7.0})
    _, reported = live(
        (T0, status(T0)),
        (T0, FaultCycle(number=1, at=T0, interval=3.0)),
        (T0 + 3, FaultCycle(number=2, at=T0 + 3, interval=3.0)),
        (T0 + 6, FaultCycle(number=3, at=T0 + 6, interval=3.0)),
        (T0 + 8, IncidentOpened(incident=late)),
        (T0 + 8, FaultEnded(fault=dead)),
    )
    by_cycle = {body.cycle: body for body in reported}
    assert by_cycle[1].phases.correlate.count == 1
    assert by_cycle[1].phases.correlate.correlations[0].event_count == 3
    assert by_cycle[2].phases.detect.count == 0


def test_an_incident_without_a_fault_belongs_to_the_cycle_during_which_it_opened() -> None:
    _, reported = live(
        (T0, status(T0)),
        (T0, FaultCycle(number=1, at=T0, interval=3.0)),
        (T0 + 2, FaultEnded(fault=fault(ended=T0 + 2))),
        (T0 + 3, FaultCycle(number=2, at=T0 + 3, interval=3.0)),
        (T0 + 4, IncidentOpened(incident=incident(anomaly("server-8", since=T0 + 3.5)))),
        (T0 + 6, status(T0 + 6, server_8=NodeStatus.DEGRADED)),
    )
    last = {body.cycle: body for body in reported}
    assert (last[1].phases.detect.count, last[2].phases.detect.count) == (0, 1)


def test_a_persons_fault_belongs_to_the_cycle_during_which_it_started() -> None:
    _, reported = live(
        (T0, status(T0)),
        (T0, FaultCycle(number=1, at=T0, interval=3.0)),
        (T0 + 1, FaultStarted(fault=fault(cycle=None, started=T0 + 1))),
        (T0 + 2, FaultEnded(fault=fault(cycle=None, started=T0 + 1, ended=T0 + 2))),
    )
    assert [len(body.phases.injects) for body in reported] == [1]


def test_a_later_fault_does_not_change_a_reported_cycle() -> None:
    view, reported = live(*repaired())
    before = reported[-1]
    view.absorb(status(T0 + 30, server_8=NodeStatus.DOWN), T0 + 30)
    assert view.cycles_due() == []
    assert view.cycles.latest() == before


@pytest.mark.parametrize("target", ["server-1", "edge-switch-1", "core-router-1--edge-switch-1", "no-such-node"])
@pytest.mark.parametrize("onset", [-1.0, 0.5, 14.0, 16.0, 900.0])
@pytest.mark.parametrize("ended", [None, T0 + 10])
def test_cycles_and_scorecard_assign_incidents_to_the_same_faults(
    target: str, onset: float, ended: float | None
) -> None:
    injected, belonging = fault(ended=ended, target=target), Belonging(TOPOLOGY)
    for element in (*TOPOLOGY.node_by_id, *TOPOLOGY.link_by_id):
        seen = incident(anomaly(element, since=T0 + onset))
        assert (belonging.owner(seen, [injected]) is injected) is belongs(TOPOLOGY, seen, injected), element


def test_an_incident_after_the_ttl_of_a_live_fault_belongs_to_it() -> None:
    injected = fault(target="edge-switch-1")
    late = incident(anomaly("edge-switch-1", since=injected.ends + 60))
    assert Belonging(TOPOLOGY).owner(late, [injected]) is injected


def test_the_count_is_that_of_the_injector_and_never_decreases() -> None:
    view, _ = live(
        (T0, FaultCycle(number=41, at=T0, interval=3.0)), (T0, FaultCycle(number=40, at=T0 - 3, interval=3.0))
    )
    assert view.status_body(1.0).cycle_count == 41
