"""The scorecard counts by the design's words."""

from __future__ import annotations

import pytest

from services.gateway.scoring.fault_scores import needless, surroundings
from services.gateway.scoring.scorecard import Scorecard
from services.gateway.scoring.totals import quantiles
from shared.domain.events import (
    Action,
    Anomaly,
    AnomalyRaised,
    Cause,
    DiagnosisMade,
    Fault,
    FaultEnded,
    FaultStarted,
    Incident,
    IncidentOpened,
    IncidentResolved,
    Member,
    RemediationApplied,
    RemediationVerified,
)
from shared.domain.kinds import (
    ActionKind,
    ActionState,
    EndedBy,
    FaultKind,
    IncidentState,
    Resolution,
    Severity,
)
from shared.domain.topology import default_topology
from tests.services.gateway.story import line

T0 = 1_000.0
TOPOLOGY = default_topology()
LINK = "edge-switch-1--server-1"


def fault(**changes: object) -> Fault:
    base = Fault(id="f1", kind=FaultKind.HIGH_CPU, target="server-1", strength=1, started=T0, ends=T0 + 60)
    return base.model_copy(update=changes)


def anomaly(**changes: object) -> Anomaly:
    base = Anomaly(
        id="server-1.cpu_usage.7",
        element="server-1",
        metric="cpu_usage",
        value=95,
        expected=30,
        threshold=80,
        score=12,
        severity=Severity.WARNING,
        since=T0 + 0.2,
        at=T0 + 0.7,
    )
    return base.model_copy(update=changes)


def incident(*members: Member, **changes: object) -> Incident:
    held = members or (Member(anomaly=anomaly(), why="first"),)
    base = Incident(
        id=held[0].anomaly.id,
        revision=1,
        state=IncidentState.OPEN,
        severity=Severity.WARNING,
        pattern="one element",
        onset=held[0].anomaly.since,
        opened=T0 + 0.7,
        updated=T0 + 0.7,
        members=held,
    )
    return base.model_copy(update=changes)


def action(**changes: object) -> Action:
    base = Action(
        id="server-1.cpu_usage.7.a1",
        incident_id="server-1.cpu_usage.7",
        attempt=1,
        kind=ActionKind.RESTART_PROCESS,
        target="server-1",
        cause=Cause(element="server-1", kind=FaultKind.HIGH_CPU, confidence=0.9),
        diagnosis_revision=1,
        state=ActionState.APPLIED,
        proposed=T0 + 1.3,
        applied=T0 + 1.8,
    )
    return base.model_copy(update=changes)


def story(injected: Fault, done: Action | None = None, cleared: float | None = T0 + 2.5) -> Scorecard:
    card = Scorecard(TOPOLOGY)
    opened = incident()
    cause = (done or action()).cause
    assert cause is not None
    card.absorb(FaultStarted(fault=injected), T0)
    card.absorb(AnomalyRaised(anomaly=anomaly()), T0 + 0.75)
    card.absorb(IncidentOpened(incident=opened), T0 + 0.76)
    made = DiagnosisMade(incident_id=opened.id, revision=1, at=T0 + 0.8, causes=(cause,))
    card.absorb(made, T0 + 0.8)
    if done is not None:
        card.absorb(RemediationApplied(action=done, at=T0 + 1.8), T0 + 1.81)
        ended = injected.model_copy(update={"ended": T0 + 1.8, "ended_by": EndedBy.ACTION})
        card.absorb(FaultEnded(fault=ended), T0 + 1.8)
        card.absorb(RemediationVerified(action=done, at=T0 + 2.6), T0 + 2.6)
    member = Member(anomaly=anomaly(), why="first", cleared=cleared)
    resolved = incident(member, revision=2, state=IncidentState.RESOLVED, resolution=Resolution.AUTO_RESOLVED)
    card.absorb(IncidentResolved(incident=resolved), T0 + 4.6)
    return card


def test_a_repaired_fault_counts_everywhere() -> None:
    report = story(fault(), action()).report()
    counted = (report.faults, report.detected, report.right_node, report.right_kind, report.repaired)
    assert counted == (1, 1, 1, 1, 1)
    assert (report.actions, report.needless_actions, report.missed_actions, report.false_anomalies) == (1, 0, 0, 0)
    assert report.seconds.detect.p50 == pytest.approx(0.75)
    assert report.seconds.diagnose.p50 == pytest.approx(0.05)
    assert report.seconds.act.p50 == pytest.approx(1.0)
    assert report.seconds.repair.p50 == pytest.approx(2.6)


def test_settling_changes_no_figure() -> None:
    card = story(fault(), action())
    before = card.report()
    other = anomaly(id="x.cpu_usage.900", element="server-8", since=T0 + 900, at=T0 + 900)
    card.absorb(AnomalyRaised(anomaly=other), T0 + 900)
    after = card.report()
    assert after.false_anomalies == 1
    changed = {"false_anomalies", "pending", "by_kind"}
    assert after.model_dump(exclude=changed) == before.model_dump(exclude=changed)
    kinds = [{kind: each.model_dump(exclude=changed) for kind, each in one.by_kind.items()} for one in (before, after)]
    assert kinds[0] == kinds[1]


def test_a_pending_result_is_not_counted_as_missing() -> None:
    card = Scorecard(TOPOLOGY)
    card.absorb(FaultStarted(fault=fault()), T0)
    assert (card.report().repaired, card.report().pending) == (0, 1)
    ended = fault(ended=T0 + 2, ended_by=EndedBy.ACTION)
    card.absorb(FaultEnded(fault=ended), T0 + 2)
    card.absorb(line(1), T0 + 1_000_000)  # of a process that does not know the network's time yet
    assert card.report().pending == 1, "its members may clear within 5 s"
    card.absorb(AnomalyRaised(anomaly=anomaly(id="x", since=T0 + 8, at=T0 + 8)), T0 + 8)
    report = card.report()
    assert (report.repaired, report.pending, report.by_kind[FaultKind.HIGH_CPU].pending) == (0, 0, 0)


def test_an_end_that_is_repeated_long_after_counts_once() -> None:
    card = story(fault(), action())
    card.absorb(AnomalyRaised(anomaly=anomaly(id="x.cpu_usage.900", since=T0 + 900, at=T0 + 900)), T0 + 900)
    card.absorb(FaultEnded(fault=fault(ended=T0 + 1.8, ended_by=EndedBy.ACTION)), T0 + 901)
    assert card.report().faults == 1


def test_an_end_that_arrives_late_ends_the_fault() -> None:
    card = Scorecard(TOPOLOGY)
    card.absorb(FaultStarted(fault=fault()), T0)
    card.absorb(AnomalyRaised(anomaly=anomaly(id="x.cpu_usage.900", since=T0 + 900, at=T0 + 900)), T0 + 900)
    card.absorb(FaultEnded(fault=fault(ended=T0 + 60, ended_by=EndedBy.TTL)), T0 + 60)
    card.absorb(AnomalyRaised(anomaly=anomaly(id="x.cpu_usage.990", since=T0 + 990, at=T0 + 990)), T0 + 990)
    assert card.report().faults == 1
    assert not card._faults, "a fault that has ended is judged once and forgotten"


def test_a_wrong_kind_is_not_right() -> None:
    wrong = action(cause=Cause(element="server-1", kind=FaultKind.HIGH_MEMORY, confidence=0.9))
    report = story(fault(), wrong).report()
    assert (report.right_node, report.right_kind) == (1, 0)


def test_a_fault_whose_members_stay_open_is_not_repaired() -> None:
    assert story(fault(), action(), cleared=T0 + 9).report().repaired == 0
    assert story(fault(), action(), cleared=None).report().repaired == 0


def test_an_undetected_fault_counts_as_missed() -> None:
    card = Scorecard(TOPOLOGY)
    card.absorb(FaultStarted(fault=fault()), T0)
    report = card.report()
    assert (report.faults, report.detected, report.repaired) == (1, 0, 0)


def test_a_fault_ended_by_its_ttl_is_not_repaired() -> None:
    card = story(fault(), None)
    card.absorb(FaultEnded(fault=fault(ended=T0 + 2, ended_by=EndedBy.TTL)), T0 + 2)
    assert card.report().repaired == 0


def test_without_an_action_the_last_diagnosis_counts() -> None:
    assert story(fault(), None).report().right_kind == 1


@pytest.mark.parametrize(
    ("target", "applied", "expected"),
    [
        ("server-1", T0 + 1, False),
        (LINK, T0 + 1, False),
        ("server-2", T0 + 1, True),
        ("edge-switch-1", T0 + 1, True),
        ("server-1", T0 + 11.9, False),
        ("server-1", T0 + 12.5, True),
        ("server-1", T0 - 1, True),
    ],
)
def test_unnecessary_actions(target: str, applied: float, expected: bool) -> None:
    ended = fault(ended=T0 + 10, ended_by=EndedBy.TTL)
    assert needless(TOPOLOGY, action(target=target, applied=applied), [ended]) is expected


@pytest.mark.parametrize(
    ("element", "target", "expected"),
    [
        ("server-1", "server-1", True),
        ("edge-switch-1", "server-1", True),
        (LINK, "server-1", True),
        ("server-6", "edge-switch-1", True),
        ("server-3", "edge-switch-1", False),
        ("core-router-1", "server-1", False),
        ("server-1", LINK, True),
    ],
)
def test_the_surroundings_of_a_target(element: str, target: str, expected: bool) -> None:
    assert (element in surroundings(TOPOLOGY, target)) is expected


def test_quantiles_are_nearest_rank() -> None:
    assert quantiles({3.0: 1, 1.0: 1, 2.0: 1}).model_dump() == {"p50": 2.0, "p95": 3.0, "max": 3.0}
    assert quantiles({1.0: 19, 7.0: 1}).model_dump() == {"p50": 1.0, "p95": 1.0, "max": 7.0}
    assert quantiles({}).p50 is None
