"""Status, state, verdicts and advice, as the core publishes them."""

from __future__ import annotations

import itertools

import pytest

from services.stabilizer.core import TRANSITIONS, Stabilizer, StateInput, StateMachine
from services.stabilizer.core.verdicts import _place
from shared.domain.events import (
    Anomaly,
    AnomalyRaised,
    Cause,
    DiagnosisMade,
    Event,
    IncidentOpened,
    IncidentResolved,
    Member,
    RemediationStarted,
    RemediationVerified,
    StabilityAdvised,
    StabilityStatus,
    StabilityVerdict,
)
from shared.domain.kinds import FaultKind, IncidentState, NetworkState, NodeStatus
from tests.services.stabilizer.builders import (
    LINK,
    LINKS,
    NODES,
    T0,
    TOPOLOGY,
    action,
    anomaly,
    cleared,
    incident,
    raised,
    tick,
)


class Run:
    def __init__(self) -> None:
        self.core = Stabilizer(TOPOLOGY)
        self.number = 0
        self.published: list[Event] = []

    @property
    def now(self) -> float:
        return T0 + self.number * 0.25

    def ticks(
        self,
        seconds: float,
        reachable: dict[str, float | None] | None = None,
        load: dict[str, float | None] | None = None,
    ) -> None:
        for _ in range(round(seconds / 0.25)):
            self.number += 1
            self.core.observe(tick(self.number, reachable, load))
            self.published += self.core.advance(self.now)

    def deliver(self, *events: Event) -> None:
        for event in events:
            self.published += self.core.absorb(event, self.now)

    def statuses(self) -> list[StabilityStatus]:
        return [event for event in self.published if isinstance(event, StabilityStatus)]

    def status(self) -> StabilityStatus:
        return self.statuses()[-1]

    def verdicts(self) -> list[StabilityVerdict]:
        return [event for event in self.published if isinstance(event, StabilityVerdict)]

    def advice(self) -> list[StabilityAdvised]:
        return [event for event in self.published if isinstance(event, StabilityAdvised)]


@pytest.fixture
def run() -> Run:
    return Run()


# --- node status ------------------------------------------------------------------------------------------------


def test_all_nodes_are_listed_and_healthy_when_nothing_is_open(run: Run) -> None:
    run.ticks(1)
    status = run.status()
    assert list(status.nodes) == NODES
    assert (status.healthy, status.degraded, status.down, status.health_percentage) == (16, 0, 0, 100.0)


def test_an_open_anomaly_degrades_its_node_until_it_clears(run: Run) -> None:
    run.ticks(1)
    event = raised("server-3")
    run.deliver(event)
    run.ticks(0.25)
    assert run.status().nodes["server-3"] is NodeStatus.DEGRADED
    assert (run.status().healthy, run.status().degraded, run.status().health_percentage) == (15, 1, 93.75)
    run.deliver(cleared(event, run.now))
    run.ticks(0.25)
    assert run.status().nodes["server-3"] is NodeStatus.HEALTHY


def test_an_anomaly_of_a_link_does_not_degrade_its_ends(run: Run) -> None:
    run.deliver(raised(LINK, "latency"))
    run.ticks(1)
    assert run.status().healthy == 16


def test_a_second_open_anomaly_keeps_a_node_degraded(run: Run) -> None:
    one, two = raised("server-3"), raised("server-3", "memory_usage")
    run.deliver(one, two, cleared(one, T0))
    run.ticks(0.5)
    assert run.status().degraded == 1


def diagnosis(*causes: Cause, incident_id: str = "i1", revision: int = 1, at: float = T0) -> DiagnosisMade:
    return DiagnosisMade(incident_id=incident_id, revision=revision, at=at, causes=causes)


def cause(element: str, kind: FaultKind, *members: Anomaly) -> Cause:
    return Cause(element=element, kind=kind, confidence=0.9, members=tuple(one.id for one in members))


def gathered(*anomalies: Anomaly, id: str = "i1", revision: int = 1, cleared: bool = False) -> IncidentOpened:
    members = tuple(Member(anomaly=one, why="together", cleared=T0 + 1 if cleared else None) for one in anomalies)
    return IncidentOpened(incident=incident(id=id, revision=revision).model_copy(update={"members": members}))


def test_a_node_with_carried_symptoms_is_affected_and_does_not_lower_the_health(run: Run) -> None:
    run.deliver(raised("server-1", "latency"), raised("server-2", "packet_loss"))
    run.ticks(0.5)
    status = run.status()
    assert {status.nodes[name] for name in ("server-1", "server-2")} == {NodeStatus.AFFECTED}
    assert (status.healthy, status.affected, status.degraded, status.health_percentage) == (14, 2, 0, 100.0)
    assert (status.state, status.trouble) == ("unstable", "2 affected of 16 nodes")
    run.deliver(raised("server-1", "cpu_usage"))
    run.ticks(0.5)
    assert run.status().nodes["server-1"] is NodeStatus.DEGRADED


def test_a_node_with_nearly_all_ports_slow_is_degraded_before_a_diagnosis(run: Run) -> None:
    ports = TOPOLOGY.links_of["edge-switch-2"]
    run.deliver(*(raised(port, "latency") for port in ports[1:]))
    run.ticks(0.5)
    assert [name for name, status in run.status().nodes.items() if status != "healthy"] == ["edge-switch-2"]
    run.deliver(*(raised(port, "utilization") for port in ports))
    run.ticks(0.5)
    assert run.status().healthy == 16, "a congested link is out of line by its load, not by its port"


def test_the_status_follows_the_newest_diagnosis_of_an_open_incident(run: Run) -> None:
    slow, late = anomaly(LINK, "latency"), anomaly("server-1", "latency")
    run.deliver(diagnosis(cause("edge-switch-1", FaultKind.HIGH_LATENCY, slow)))
    run.deliver(AnomalyRaised(anomaly=slow), AnomalyRaised(anomaly=late), gathered(slow, late))
    run.ticks(0.5)
    assert run.status().nodes["edge-switch-1"] is NodeStatus.DEGRADED
    assert run.status().nodes["server-1"] is NodeStatus.AFFECTED
    run.deliver(diagnosis(cause(LINK, FaultKind.HIGH_LATENCY, slow), revision=2))
    run.deliver(diagnosis(cause("server-1", FaultKind.HIGH_CPU, slow), revision=1))
    run.ticks(0.5)
    assert run.status().degraded == 0, "an older diagnosis does not come back"
    run.deliver(diagnosis(cause("edge-switch-1", FaultKind.HIGH_LATENCY, slow), revision=3))
    run.deliver(gathered(slow, late, revision=2, cleared=True))
    run.ticks(0.5)
    assert run.status().degraded == 0, "all of its members are cleared"


def test_a_cause_of_carried_symptoms_names_no_node_and_shifted_load_degrades_none(run: Run) -> None:
    late = anomaly("server-1", "latency")
    run.deliver(AnomalyRaised(anomaly=late), gathered(late))
    run.deliver(diagnosis(cause("server-1", FaultKind.HIGH_LATENCY, late)))
    run.ticks(0.5)
    assert (run.status().affected, run.status().degraded) == (1, 0)
    link = "edge-switch-2--server-7"
    full, busy = anomaly(link, "utilization"), anomaly("server-7", "cpu_usage")
    run.deliver(AnomalyRaised(anomaly=full), AnomalyRaised(anomaly=busy), gathered(full, busy, id="i2"))
    run.ticks(0.5)
    assert run.status().nodes["server-7"] is NodeStatus.DEGRADED
    run.deliver(diagnosis(cause(link, FaultKind.CONGESTION, full), incident_id="i2"))
    run.ticks(0.5)
    assert run.status().nodes["server-7"] is NodeStatus.AFFECTED


def test_cleared_before_raised_stays_cleared(run: Run) -> None:
    event = raised("server-3")
    run.deliver(cleared(event, T0), event)
    run.ticks(0.5)
    assert run.status().healthy == 16


def test_an_anomaly_of_reachability_makes_a_node_down_in_any_order_of_events(run: Run) -> None:
    for order in itertools.permutations(
        [raised("server-3"), raised("server-3", "reachable"), raised("server-3", "latency")]
    ):
        fresh = Run()
        fresh.deliver(*order)
        fresh.ticks(0.5)
        assert fresh.status().nodes["server-3"] is NodeStatus.DOWN
        assert fresh.status().down == 1


def test_a_node_is_down_after_two_samples_without_an_answer_and_up_after_one_with(run: Run) -> None:
    run.ticks(1)
    run.ticks(0.25, reachable={"server-3": 0.0})
    run.ticks(0.25)
    assert run.status().down == 0
    run.ticks(0.5, reachable={"server-3": 0.0})
    assert run.status().nodes["server-3"] is NodeStatus.DOWN
    run.ticks(0.5)
    assert run.status().nodes["server-3"] is NodeStatus.HEALTHY


def test_a_missing_sample_changes_no_status(run: Run) -> None:
    run.ticks(5, reachable={"server-3": None})
    assert run.status().healthy == 16


# --- how often ----------------------------------------------------------------------------------------------------


def test_the_status_is_published_on_change_and_else_every_five_seconds(run: Run) -> None:
    run.ticks(60)
    times = [status.at for status in run.statuses()]
    assert len(times) <= 15
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= 5.0
    run.deliver(raised("server-1"))
    run.ticks(0.25)
    assert run.status().at == run.now


def test_the_status_is_published_at_most_four_times_a_second_and_ends_up_correct(run: Run) -> None:
    run.ticks(1)
    before = len(run.statuses())
    for step in range(100):
        event = raised("server-1", number=step)
        run.deliver(event) if step % 2 else run.deliver(event, cleared(event, run.now))
        run.published += run.core.advance(run.now + step / 100)
    assert len(run.statuses()) - before <= 5
    run.ticks(2)
    assert run.status().degraded == 1


def test_a_new_leader_continues_the_numbers_of_the_last_one() -> None:
    first, second = Run(), Run()
    first.ticks(20)
    second.deliver(*first.published)
    second.number = first.number
    second.ticks(0.25)
    assert [status.number for status in first.statuses()] == list(range(1, len(first.statuses()) + 1))
    assert second.status().number == first.status().number + 1
    assert second.status().state == first.status().state == "stable"


# --- network state ----------------------------------------------------------------------------------------------


def test_every_state_of_the_table_can_be_entered_and_left() -> None:
    assert set(TRANSITIONS) == set(NetworkState)
    assert {state for row in TRANSITIONS.values() for state in row.values()} == set(NetworkState)


@pytest.mark.parametrize("state", NetworkState)
@pytest.mark.parametrize("given", StateInput)
def test_an_input_that_is_not_in_the_table_changes_nothing(state: NetworkState, given: StateInput) -> None:
    machine = StateMachine()
    machine.adopt(state, T0)
    since = machine.since
    changed = machine.apply(given, T0 + 1)
    expected = TRANSITIONS[state].get(given)
    assert changed == (expected is not None)
    assert machine.state == (expected or state)
    assert machine.since == (T0 + 1 if changed else since)


def test_the_network_is_unstable_with_an_open_incident_and_stable_ten_seconds_after_it(run: Run) -> None:
    run.ticks(11)
    assert run.status().state == "stable"
    run.deliver(IncidentOpened(incident=incident()))
    run.ticks(1)
    assert run.status().state == "unstable"
    run.deliver(IncidentResolved(incident=incident(IncidentState.RESOLVED, revision=2)))
    run.ticks(5)
    assert run.status().state == "recovering"
    run.deliver(raised("server-1"))
    run.ticks(1)
    assert run.status().state == "unstable"
    run.deliver(cleared(raised("server-1"), run.now))
    run.ticks(9)
    assert run.status().state == "recovering"
    run.ticks(2)
    assert run.status().state == "stable"


def test_an_incident_older_than_the_history_is_known_from_its_record(run: Run) -> None:
    run.core.restore([incident(), incident(IncidentState.RESOLVED, id="i2")])
    run.ticks(11)
    status = run.status()
    assert (status.state, status.degraded) == ("unstable", 1)
    run.deliver(cleared(raised("server-1"), run.now), IncidentResolved(incident=incident(IncidentState.RESOLVED)))
    run.ticks(11)
    assert run.status().state == "stable"


def test_lost_telemetry_makes_the_network_blind_and_no_node_down(run: Run) -> None:
    run.ticks(11, reachable={"server-8": 0.0})
    run.ticks(0.25, reachable=dict.fromkeys(NODES, 0.0))
    published = run.core.silence(run.now + 3)
    assert [event.state for event in published if isinstance(event, StabilityStatus)] == ["blind"]
    for seconds in range(1, 30):
        published += run.core.silence(run.now + 3 + seconds)
    statuses = [event for event in published if isinstance(event, StabilityStatus)]
    assert {(status.state, status.down, status.healthy) for status in statuses} == {("blind", 1, 15)}
    assert len(statuses) >= 6
    run.number += 200
    run.ticks(1)
    assert (run.status().state, run.status().down) == ("recovering", 0)


# --- verdicts -----------------------------------------------------------------------------------------------------


def verified(attempt: int = 1, at: float = T0 + 2, incident_id: str = "i1") -> RemediationVerified:
    return RemediationVerified(action=action(attempt, applied=at - 1, incident_id=incident_id), at=at)


def test_a_repair_without_relapse_is_judged_stable_once_after_ten_seconds(run: Run) -> None:
    run.ticks(2)
    run.deliver(verified())
    run.ticks(9.75)
    assert run.verdicts() == []
    run.ticks(30)
    (verdict,) = run.verdicts()
    assert (verdict.verdict, verdict.action_id, verdict.incident_id, verdict.at) == ("stable", "i1.a1", "i1", T0 + 12)


@pytest.mark.parametrize(
    ("element", "metric", "since", "verdict"),
    [
        ("server-1", "cpu_usage", T0 + 8, "relapsed"),
        ("server-1", "cpu_usage", T0 + 1.5, "relapsed"),
        ("server-1", "cpu_usage", T0 + 0.5, "stable"),
        ("server-1", "cpu_usage", T0 + 13, "stable"),
        ("server-1", "latency", T0 + 8, "stable"),
        ("server-2", "cpu_usage", T0 + 8, "stable"),
    ],
)
def test_a_repair_relapsed_if_the_same_metric_is_raised_there_again(
    run: Run, element: str, metric: str, since: float, verdict: str
) -> None:
    run.ticks(2)
    run.deliver(verified(), raised(element, metric, since, number=2))
    run.ticks(20)
    assert [v.verdict for v in run.verdicts()] == [verdict]


def test_a_relapse_that_arrives_before_the_verification_counts_while_it_is_open(run: Run) -> None:
    run.ticks(2)
    run.deliver(raised("server-1", since=T0 + 1.5, number=2), verified())
    run.ticks(20)
    assert [v.verdict for v in run.verdicts()] == ["relapsed"]


def test_the_third_repair_of_a_cause_in_two_minutes_is_judged_oscillating(run: Run) -> None:
    for n in range(4):
        run.deliver(verified(at=run.now + 0.5, incident_id=f"i{n}"))
        run.ticks(35)
    assert [v.verdict for v in run.verdicts()] == ["stable", "stable", "oscillating", "oscillating"]
    run.ticks(120)
    run.deliver(verified(at=run.now, incident_id="late"))
    run.ticks(11)
    assert run.verdicts()[-1].verdict == "stable"


def test_a_verdict_that_was_published_is_not_given_again_after_a_replay(run: Run) -> None:
    run.ticks(2)
    run.deliver(verified())
    run.ticks(11)
    successor = Run()
    successor.deliver(verified(), *run.verdicts(), verified())
    successor.number = run.number
    successor.ticks(20)
    assert successor.verdicts() == []


def test_a_verdict_that_was_due_without_a_leader_is_given_late(run: Run) -> None:
    run.deliver(verified(), raised("server-1", since=T0 + 5, number=2), raised("server-1", since=T0 + 50, number=3))
    run.number = 400
    run.ticks(0.25)
    assert [v.verdict for v in run.verdicts()] == ["relapsed"]


# --- advice -------------------------------------------------------------------------------------------------------

HOT: dict[str, float | None] = {LINK: 95.0}


def test_a_link_that_is_hot_for_ten_seconds_in_a_stable_network_gets_advice(run: Run) -> None:
    run.ticks(12)
    run.ticks(9.75, load=HOT)
    assert run.advice() == []
    run.ticks(1, load=HOT)
    (advice,) = run.advice()
    assert (advice.target, advice.action) == (LINK, "optimize_routing")


def test_no_advice_if_most_links_are_busy(run: Run) -> None:
    run.ticks(12)
    run.ticks(30, load=dict.fromkeys(LINKS, 95.0))
    assert run.advice() == []


def test_no_advice_for_a_short_peak(run: Run) -> None:
    run.ticks(12)
    for _ in range(10):
        run.ticks(8, load=HOT)
        run.ticks(0.25)
    assert run.advice() == []


def test_a_hot_link_gets_advice_despite_noise_and_missing_samples(run: Run) -> None:
    run.ticks(12)
    for step in range(44):
        run.ticks(0.25, load={LINK: (95.0, 88.0, None)[step % 3]})
    assert len(run.advice()) == 1


def test_no_advice_during_a_repair_or_an_open_incident(run: Run) -> None:
    run.ticks(12)
    run.deliver(RemediationStarted(action=action(), at=run.now))
    run.ticks(30, load=HOT)
    assert run.advice() == []
    run.deliver(verified(at=run.now), IncidentOpened(incident=incident()))
    run.ticks(30, load=HOT)
    assert run.advice() == []
    run.deliver(IncidentResolved(incident=incident(IncidentState.RESOLVED, revision=2)))
    run.ticks(19, load=HOT)
    assert run.advice() == []
    run.ticks(3, load=HOT)
    assert len(run.advice()) == 1


def test_advice_has_a_minimum_interval_a_maximum_number_and_each_link_once(run: Run) -> None:
    run.ticks(12)
    run.ticks(590, load=dict.fromkeys(LINKS[:5], 99.0))
    times = [advice.at for advice in run.advice()]
    assert len(times) == 3
    assert len({advice.target for advice in run.advice()}) == 3
    assert all(later - earlier >= 60 for earlier, later in itertools.pairwise(times))


def test_a_new_leader_counts_the_advice_of_the_last_one() -> None:
    first = Run()
    first.ticks(12)
    first.ticks(200, load=dict.fromkeys(LINKS[:5], 99.0))
    successor = Run()
    successor.deliver(*first.published)
    successor.number = first.number
    successor.ticks(300, load=dict.fromkeys(LINKS[:5], 99.0))
    assert len(first.advice()) == 3
    assert successor.advice() == []


def test_after_lost_telemetry_a_link_has_to_be_hot_for_ten_seconds_again(run: Run) -> None:
    run.ticks(12)
    run.ticks(9, load=HOT)
    run.core.silence(run.now)
    run.number += 40
    run.ticks(9, load=HOT)
    assert run.advice() == []


def test_the_place_of_an_anomaly_id_may_contain_dots() -> None:
    assert _place(anomaly("a.b.c", "cpu_usage").id) == ("a.b.c", "cpu_usage")
