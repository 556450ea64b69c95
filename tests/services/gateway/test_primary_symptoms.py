"""Of several incidents near a fault, the one that shows it is the one by which it is judged."""

from __future__ import annotations

import math

import pytest

from services.gateway.core.belonging import Belonging
from services.gateway.scoring.fault_scores import FirstCause, Story, judge
from services.gateway.scoring.primary_symptoms import is_primary_symptom
from shared.domain.events import Anomaly, Fault
from shared.domain.kinds import ActionState, EndedBy, FaultKind
from tests.services.gateway.story import T0, TOPOLOGY, action, anomaly, cause, fault, incident

LEAK = fault(ended=T0 + 11).model_copy(update={"id": "leak", "kind": FaultKind.HIGH_MEMORY})
SLOW = fault(ended=T0 + 5, started=T0 + 3, target="edge-switch-1").model_copy(
    update={"id": "slow", "kind": FaultKind.HIGH_LATENCY}
)


def put_down_to(faulty: Fault, *anomalies: Anomaly, cleared: float) -> Story:
    """Return an incident of these anomalies, diagnosed as the fault, with an action that ended it."""
    assert faulty.ended is not None
    found, why = incident(*anomalies, cleared=cleared), cause(faulty.target, faulty.kind)
    act = action(found, ActionState.APPLIED, at=faulty.ended).model_copy(update={"cause": why, "diagnosis_revision": 1})
    return Story(found, [FirstCause(found.updated, 1, why)], [act], [faulty.ended + 1])


# The delay reaches the leaking server, too, and is repaired long before the leak shows.
OF_SLOW = put_down_to(
    SLOW,
    anomaly("edge-switch-1--server-1", "latency", T0 + 3.25),
    anomaly("server-1", "latency", T0 + 3.25),
    cleared=T0 + 20,
)
OF_LEAK = put_down_to(LEAK, anomaly("server-1", "memory_usage", T0 + 9), cleared=T0 + 12)


@pytest.mark.parametrize(("faulty", "other"), [(LEAK, SLOW), (SLOW, LEAK)], ids=lambda each: each.id)
def test_a_fault_is_judged_by_the_incident_that_shows_it(faulty: Fault, other: Fault) -> None:
    for others in ((), (other,)):
        score = judge(TOPOLOGY, faulty, [OF_SLOW, OF_LEAK], {}, math.inf, others)
        assert (score.detected, score.right_node, score.right_kind) == (True, True, True)


def test_anomalies_of_another_fault_do_not_spoil_a_repair() -> None:
    stories = [OF_SLOW, OF_LEAK]
    assert judge(TOPOLOGY, LEAK, stories, {}, math.inf, (SLOW,)).repaired
    assert not judge(TOPOLOGY, SLOW, stories, {}, math.inf, (LEAK,)).repaired, "its own members stay open too long"
    assert not judge(TOPOLOGY, LEAK, stories, {}, math.inf).repaired, "with no other fault to have made them"


def test_durations_are_those_of_the_own_incidents_of_a_fault() -> None:
    raised = {member.anomaly.id: member.anomaly.at for one in (OF_SLOW, OF_LEAK) for member in one.incident.members}
    score = judge(TOPOLOGY, LEAK, [OF_SLOW, OF_LEAK], raised, math.inf, (SLOW,))
    assert (score.detect, score.repair) == (9.5, 12.0)


def test_an_incident_of_another_fault_counts_if_there_is_no_other() -> None:
    score = judge(TOPOLOGY, LEAK, [OF_SLOW], {}, math.inf, (SLOW,))
    assert (score.detected, score.right_node) == (True, False)


def test_an_incident_belongs_to_the_cycle_of_the_fault_that_it_shows() -> None:
    belonging = Belonging(TOPOLOGY)
    assert belonging.owner(OF_LEAK.incident, [LEAK, SLOW]) == LEAK
    assert belonging.owner(OF_SLOW.incident, [LEAK, SLOW]) == SLOW
    younger = SLOW.model_copy(update={"kind": FaultKind.HIGH_CPU, "target": "server-1", "started": T0 + 8})
    assert belonging.owner(OF_LEAK.incident, [LEAK, younger]) == LEAK, "both are at that node, and one shows"


@pytest.mark.parametrize(
    ("kind", "target", "element", "metric", "expected"),
    [
        (FaultKind.HIGH_CPU, "server-1", "server-1", "cpu_usage", True),
        (FaultKind.HIGH_CPU, "server-1", "server-2", "cpu_usage", False),
        (FaultKind.HIGH_LATENCY, "edge-switch-1", "edge-switch-1", "latency", False),
        (FaultKind.HIGH_LATENCY, "edge-switch-1", "edge-switch-1--server-1", "latency", True),
        (FaultKind.PACKET_LOSS, "edge-switch-1--server-1", "server-1", "packet_loss", False),
        (FaultKind.PACKET_LOSS, "edge-switch-1--server-1", "edge-switch-1--server-1", "packet_loss", True),
        (FaultKind.NODE_DOWN, "edge-switch-1", "edge-switch-1", "reachable", True),
        (FaultKind.NODE_DOWN, "edge-switch-1", "edge-switch-1--server-1", "up", True),
        (FaultKind.LINK_DOWN, "edge-switch-1--server-1", "edge-switch-1--server-1", "up", True),
        (FaultKind.LINK_DOWN, "edge-switch-1--server-1", "server-1", "reachable", False),
        (FaultKind.CONGESTION, "edge-switch-1--server-1", "edge-switch-1--server-1", "utilization", True),
    ],
)
def test_primary_symptoms(kind: FaultKind, target: str, element: str, metric: str, expected: bool) -> None:
    faulty = LEAK.model_copy(update={"kind": kind, "target": target})
    assert is_primary_symptom(TOPOLOGY, anomaly(element, metric, T0 + 1), faulty) is expected


def test_an_anomaly_of_another_time_is_no_symptom_of_the_fault() -> None:
    later = put_down_to(SLOW, anomaly("server-1", "memory_usage", T0 + 11.5), cleared=T0 + 12)
    assert judge(TOPOLOGY, LEAK, [OF_LEAK, later], {}, math.inf).right_kind, "the one acted on first began too late"


# --- two faults at one element

BUSY = fault(ended=T0 + 3)
FULL = fault(ended=T0 + 12).model_copy(update={"id": "full", "kind": FaultKind.HIGH_MEMORY})


def test_an_action_against_another_fault_at_the_element_is_left_out() -> None:
    found = incident(
        anomaly("server-1", "cpu_usage", T0 + 0.5), anomaly("server-1", "memory_usage", T0 + 1), cleared=T0 + 14
    )
    causes = [cause("server-1", kind) for kind in (FaultKind.HIGH_CPU, FaultKind.HIGH_MEMORY)]
    applied = [
        action(found, ActionState.APPLIED, at=T0 + 3 + number, attempt=number + 1).model_copy(update={"cause": of})
        for number, of in enumerate(causes)
    ]
    story = Story(found, [FirstCause(found.updated, 1, causes[0])], applied, [T0 + 14])
    for faulty, other in ((BUSY, FULL), (FULL, BUSY)):
        assert judge(TOPOLOGY, faulty, [story], {}, math.inf, (other,)).right_kind
    assert not judge(TOPOLOGY, FULL, [story], {}, math.inf).right_kind, "alone, the first action counts"


def of_both(named: tuple[FaultKind, ...]) -> Story:
    """Return one incident of both, with one action that ended both, and a diagnosis that names these kinds."""
    found = incident(
        anomaly("server-1", "cpu_usage", T0 + 0.5), anomaly("server-1", "memory_usage", T0 + 1), cleared=T0 + 14
    )
    first, *also = (cause("server-1", kind) for kind in named)
    act = action(found, ActionState.APPLIED, at=T0 + 3).model_copy(update={"cause": first, "diagnosis_revision": 1})
    return Story(found, [FirstCause(found.updated, 1, first, tuple(also))], [act], [T0 + 14])


@pytest.mark.parametrize("both", [True, False])
def test_a_further_cause_of_the_diagnosis_that_was_acted_on_counts_for_a_fault_beside_another(both: bool) -> None:
    story = of_both((FaultKind.HIGH_CPU, FaultKind.HIGH_MEMORY) if both else (FaultKind.HIGH_CPU,))
    assert judge(TOPOLOGY, BUSY, [story], {}, math.inf, (FULL,)).right_kind
    assert judge(TOPOLOGY, FULL, [story], {}, math.inf, (BUSY,)).right_kind is both
    assert not judge(TOPOLOGY, FULL, [story], {}, math.inf).right_kind, "alone, only the first cause counts"


def test_a_repair_is_seen_once_the_other_fault_at_the_element_has_ended() -> None:
    story = of_both((FaultKind.HIGH_CPU, FaultKind.HIGH_MEMORY))
    by_action = BUSY.model_copy(update={"ended_by": EndedBy.ACTION})
    assert judge(TOPOLOGY, by_action, [story], {}, math.inf, (FULL,)).repaired
    assert not judge(TOPOLOGY, by_action, [story], {}, math.inf).repaired
