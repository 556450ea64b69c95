"""Anomalies that belong together become one incident, others become two, and each incident is resolved."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.correlator.core import Correlator
from services.correlator.core import case as case_module
from services.correlator.core import correlator as correlator_module
from shared.domain.catalogue import incident_may_become
from shared.domain.errors import Refused, UnknownTarget
from shared.domain.events import (
    MAX_MEMBERS,
    Action,
    AnomalyRaised,
    IncidentEscalated,
    IncidentEvent,
    IncidentOpened,
    IncidentResolved,
    IncidentUpdated,
    RemediationApplied,
    RemediationEscalated,
    RemediationStarted,
    RemediationVerified,
)
from shared.domain.kinds import ActionKind, ActionState, IncidentState, Resolution, Severity, Shape
from shared.domain.requests import Acknowledge, Comment, Merge, Move, Split
from shared.domain.topology import tiered_topology
from tests.services.correlator.builders import (
    NETWORK,
    T0,
    cleared,
    elements,
    feed,
    gathered,
    node_down,
    ports,
    raised,
)

ACCESS_1 = "edge-switch-1--server-1"
UPLINK_1 = "core-router-1--edge-switch-1"
CORE_23 = "core-router-2--core-router-3"


def action_of(incident_id: str, by: str = "loop") -> Action:
    return Action(
        id=f"{incident_id}.a1",
        incident_id=incident_id,
        attempt=1,
        kind=ActionKind.RESTART_PROCESS,
        target="server-1",
        state=ActionState.APPLIED,
        proposed=T0,
        applied=T0 + 1,
        by=by,
    )


def test_the_first_anomaly_opens_an_incident_named_after_it() -> None:
    symptom = raised("server-1", "cpu_usage")
    (opened,) = feed(Correlator(NETWORK), symptom)
    assert isinstance(opened, IncidentOpened)
    assert opened.incident.id == symptom.anomaly.id
    assert opened.incident.onset == symptom.anomaly.since
    assert opened.incident.severity is Severity.WARNING
    assert opened.incident.members[0].why


def test_a_second_symptom_at_the_same_place_revises_the_incident() -> None:
    link = raised(ACCESS_1, "latency")
    correlator = Correlator(NETWORK)
    feed(correlator, link)
    (updated,) = feed(correlator, raised(ACCESS_1, "packet_loss", 0.25))
    assert isinstance(updated, IncidentUpdated)
    assert (updated.incident.id, updated.incident.revision) == (link.anomaly.id, 2)
    assert "same place" in updated.incident.members[1].why


ONE_FAULT = {
    "a server that is down": node_down("server-1"),
    "a core that is down and the load that moved": [
        *node_down("core-router-1"),
        raised(CORE_23, "utilization", 0.25),
        raised(CORE_23, "latency", 0.25),
        raised(CORE_23, "packet_loss", 0.25),
        raised("core-router-3", "cpu_usage", 0.5),
        raised("server-4", "packet_loss"),
        raised("server-7", "latency", 0.5),
    ],
    "an edge that is down and its servers": [
        *node_down("edge-switch-2"),
        raised("server-2", "packet_loss"),
        raised("server-7", "packet_loss"),
    ],
    "a node whose ports are all slow": [*ports("edge-switch-4", "latency"), raised("server-4", "latency")],
    "an uplink that is down and its detour": [
        raised(UPLINK_1, "up", 0.0, at=0.75),
        raised("core-router-2--edge-switch-1", "utilization", 0.25),
        raised("core-router-2", "cpu_usage", 0.25),
    ],
    "congestion": [
        raised(ACCESS_1, "utilization"),
        raised(ACCESS_1, "latency"),
        raised(ACCESS_1, "packet_loss"),
        raised("server-1", "packet_loss"),
        raised("server-1", "cpu_usage", 0.5),
    ],
}


@pytest.mark.parametrize("name", ONE_FAULT)
def test_the_symptoms_of_one_fault_are_one_incident_in_any_order(name: str) -> None:
    for seed in range(30):
        symptoms = list(ONE_FAULT[name])
        random.Random(seed).shuffle(symptoms)
        (incident,) = gathered(*symptoms)
        assert {m.anomaly.id for m in incident.members} == {symptom.anomaly.id for symptom in symptoms}, seed


TWO_FAULTS = {
    "two servers": ([raised("server-1", "cpu_usage")], [raised("server-5", "memory_usage")]),
    "a server that is down and a full access link": (
        node_down("server-1"),
        [raised("edge-switch-3--server-3", "utilization"), raised("edge-switch-3--server-3", "packet_loss")],
    ),
    "a lossy edge and a server that is down": (ports("edge-switch-2", "packet_loss"), node_down("server-4")),
    "two slow access links": ([raised(ACCESS_1, "latency")], [raised("edge-switch-5--server-5", "latency")]),
    "an edge that is down and a busy server": (node_down("edge-switch-1"), [raised("server-3", "cpu_usage")]),
}


@pytest.mark.parametrize("name", TWO_FAULTS)
def test_two_far_faults_at_once_are_two_incidents(name: str) -> None:
    one, other = TWO_FAULTS[name]
    for seed in range(30):
        symptoms = [*one, *other]
        random.Random(seed).shuffle(symptoms)
        incidents = gathered(*symptoms)
        parts = sorted(sorted(m.anomaly.id for m in incident.members) for incident in incidents)
        assert parts == sorted(sorted(s.anomaly.id for s in part) for part in (one, other)), seed


def test_a_symptom_goes_to_the_nearer_of_two_incidents() -> None:
    near, far = raised(ACCESS_1, "packet_loss"), raised("edge-switch-5--server-5", "packet_loss")
    first, second = gathered(near, far, raised("server-1", "packet_loss"), raised("server-5", "packet_loss"))
    assert elements(first) == {ACCESS_1, "server-1"}
    assert elements(second) == {"edge-switch-5--server-5", "server-5"}


def test_a_local_symptom_joins_an_incident_of_carried_symptoms() -> None:
    correlator = Correlator(NETWORK)
    (opened,) = feed(correlator, raised("server-6", "latency"))
    assert opened.incident.pattern == "carried symptoms"
    (updated,) = feed(correlator, raised(ACCESS_1, "latency", 0.25))
    assert updated.incident.id == opened.incident.id
    assert updated.incident.pattern != "carried symptoms"


def test_load_that_was_raised_first_is_merged_into_the_outage_that_moved_it() -> None:
    correlator = Correlator(NETWORK)
    feed(correlator, raised("core-router-2--edge-switch-4", "utilization", 0.25))
    feed(correlator, raised("core-router-3--edge-switch-5", "utilization", 0.25))
    assert len(correlator.open_cases()) == 2
    events = feed(correlator, *node_down("core-router-1"))
    merged = [event for event in events if isinstance(event, IncidentResolved)]
    (case,) = correlator.open_cases()
    assert {event.incident.merged_into for event in merged} == {case.id}
    assert len(case.members) == 2 + len(node_down("core-router-1"))


def test_two_sick_links_of_a_node_are_two_incidents_and_all_of_them_are_one() -> None:
    first, second = gathered(raised(UPLINK_1, "latency"), raised(ACCESS_1, "latency"))
    assert (elements(first), elements(second)) == ({UPLINK_1}, {ACCESS_1})
    (whole,) = gathered(*ports("edge-switch-1", "latency"))
    assert elements(whole) == set(NETWORK.links_of["edge-switch-1"])


def test_a_new_local_symptom_takes_over_what_it_carries() -> None:
    cpu, far = raised("core-router-3", "cpu_usage"), raised("server-6", "packet_loss", 1.5)
    loss = raised("edge-switch-1--server-6", "packet_loss", 1.5)
    correlator = Correlator(NETWORK)
    feed(correlator, cpu, far)
    assert [elements(case.record) for case in correlator.open_cases()] == [{"core-router-3", "server-6"}]
    events = feed(correlator, loss, now=2)
    assert {event.incident.id for event in events} == {cpu.anomaly.id, loss.anomaly.id}
    owned = {case.id: elements(case.record) for case in correlator.open_cases()}
    assert owned == {cpu.anomaly.id: {"core-router-3"}, loss.anomaly.id: {"edge-switch-1--server-6", "server-6"}}


def test_load_that_outlasts_the_outage_gets_an_incident_of_its_own() -> None:
    outage = raised("core-router-1--edge-switch-4", "up")
    load = raised("core-router-2--edge-switch-4", "utilization", 0.5)
    correlator = Correlator(NETWORK)
    feed(correlator, outage, load)
    assert len(correlator.open_cases()) == 1
    feed(correlator, cleared(outage, 5.0), now=5)
    assert correlator.next_due() == T0 + 6
    opened, left = correlator.advance(T0 + 6)
    assert (opened.incident.id, elements(opened.incident)) == (load.anomaly.id, {"core-router-2--edge-switch-4"})
    assert elements(left.incident) == {"core-router-1--edge-switch-4"}
    assert [event.incident.id for event in correlator.advance(T0 + 7)] == [outage.anomaly.id]


def test_a_member_in_two_records_stays_in_the_newer_after_a_kill() -> None:
    cpu, far = raised("core-router-3", "cpu_usage"), raised("server-6", "packet_loss", 1.5)
    loss = raised("edge-switch-1--server-6", "packet_loss", 1.5)
    correlator = Correlator(NETWORK)
    before = feed(correlator, cpu, far)[-1]
    after = next(event for event in feed(correlator, loss, now=2) if event.incident.id == loss.anomaly.id)
    restored = Correlator(NETWORK)
    restored.restore([before.incident, after.incident])
    assert {case.id: set(case.members) for case in restored.open_cases()} == {
        cpu.anomaly.id: {cpu.anomaly.id},
        loss.anomaly.id: {loss.anomaly.id, far.anomaly.id},
    }


def test_load_that_an_action_may_be_against_stays_in_its_incident() -> None:
    outage = raised("core-router-1--edge-switch-4", "up")
    load = raised("core-router-2--edge-switch-4", "utilization", 0.5)
    correlator = Correlator(NETWORK)
    (first, _) = feed(correlator, outage, load)
    feed(correlator, cleared(outage, 5.0), now=5)
    against = action_of(first.incident.id)
    correlator.absorb(RemediationStarted(action=against, at=T0 + 5.5), T0 + 5.5)
    assert correlator.advance(T0 + 9) == []


def test_load_that_was_there_before_the_outage_is_not_moved_by_it() -> None:
    load = raised("core-router-2--edge-switch-4", "utilization")
    outage = raised("core-router-1--edge-switch-4", "up", 1.0)
    assert len(gathered(load, outage)) == 2


def test_a_later_fault_at_the_same_place_is_another_incident() -> None:
    correlator = Correlator(NETWORK)
    feed(correlator, raised("server-1", "memory_usage", 0.0))
    feed(correlator, raised(ACCESS_1, "up", 30.0), now=31)
    assert len(correlator.open_cases()) == 2


def test_a_relapse_within_an_open_incident_joins_it() -> None:
    correlator = Correlator(NETWORK)
    first = raised(ACCESS_1, "packet_loss", 0.0)
    feed(correlator, first, cleared(first, 20.0), raised(ACCESS_1, "packet_loss", 21.0), now=22)
    (case,) = correlator.open_cases()
    assert len(case.members) == 2


def test_a_repeated_event_changes_nothing_and_gives_the_same_id() -> None:
    correlator = Correlator(NETWORK)
    symptoms = node_down("core-router-1")
    before = {event.id: event.incident for event in feed(correlator, *symptoms)}
    again = feed(correlator, *symptoms, now=3.0)
    assert {event.id: event.incident for event in again}.items() <= before.items()


def test_an_incident_is_resolved_when_all_members_have_been_clear_for_two_seconds() -> None:
    correlator = Correlator(NETWORK)
    one, two = raised(ACCESS_1, "latency"), raised("server-1", "latency")
    feed(correlator, one, two, cleared(one, 5.0), now=5)
    assert correlator.advance(T0 + 60) == []
    feed(correlator, cleared(two, 61.0), now=61)
    assert correlator.advance(T0 + 62.75) == []
    (over,) = correlator.advance(T0 + 63.0)
    assert isinstance(over, IncidentResolved)
    assert over.incident.resolution is Resolution.SELF_CLEARED
    assert over.incident.resolved == T0 + 63.0
    assert correlator.advance(T0 + 90) == []
    (opened,) = feed(correlator, raised(ACCESS_1, "latency", 64.0), now=65)
    assert isinstance(opened, IncidentOpened)


def test_a_clearing_before_its_raising_is_remembered() -> None:
    correlator = Correlator(NETWORK)
    symptom = raised("server-1", "cpu_usage")
    assert feed(correlator, cleared(symptom, 2.0)) == []
    (opened,) = feed(correlator, symptom, now=2.5)
    assert opened.incident.open_members == ()
    assert [type(event) for event in correlator.advance(T0 + 4.0)] == [IncidentResolved]


def test_the_resolution_depends_on_who_acted() -> None:
    def resolution(*events: object) -> Resolution | None:
        correlator = Correlator(NETWORK)
        symptom = raised("server-1", "cpu_usage")
        feed(correlator, symptom, *events, cleared(symptom, 3.0))  # type: ignore[arg-type]
        (over,) = correlator.advance(T0 + 10)
        return over.incident.resolution

    name = raised("server-1", "cpu_usage").anomaly.id
    verified = RemediationVerified(action=action_of(name), at=T0 + 2)
    escalation = RemediationEscalated(incident_id=name, at=T0 + 2, reason="nothing left to try")
    person = RemediationApplied(action=action_of(name, by="ada"), at=T0 + 2)
    applied = RemediationApplied(action=action_of(name), at=T0 + 2)
    assert resolution() is Resolution.SELF_CLEARED
    assert resolution(applied) is Resolution.SELF_CLEARED
    assert resolution(applied, verified) is Resolution.AUTO_RESOLVED
    assert resolution(verified, escalation) is Resolution.MANUAL_INTERVENTION
    assert resolution(person, verified) is Resolution.MANUAL_INTERVENTION


def test_a_verification_that_comes_late_corrects_the_resolution() -> None:
    correlator = Correlator(NETWORK)
    symptom = raised("server-1", "cpu_usage")
    feed(correlator, symptom, cleared(symptom, 3.0))
    (over,) = correlator.advance(T0 + 6)
    (again,) = feed(correlator, RemediationVerified(action=action_of(over.incident.id), at=T0 + 6.5), now=6.5)
    assert isinstance(again, IncidentResolved)
    assert again.incident.resolution is Resolution.AUTO_RESOLVED
    assert again.incident.revision == over.incident.revision + 1


def test_an_escalated_incident_is_resolved_when_it_is_clear() -> None:
    correlator = Correlator(NETWORK)
    symptom = raised("server-1", "cpu_usage")
    feed(correlator, symptom)
    escalation = RemediationEscalated(incident_id=symptom.anomaly.id, at=T0 + 9, reason="nothing left to try")
    (escalated,) = feed(correlator, escalation, now=9)
    assert isinstance(escalated, IncidentEscalated)
    assert escalated.incident.escalation == "nothing left to try"
    assert [event.id for event in feed(correlator, escalation, now=10)] == [escalated.id]
    feed(correlator, cleared(symptom, 20.0), now=20)
    (over,) = correlator.advance(T0 + 22)
    assert over.incident.resolution is Resolution.MANUAL_INTERVENTION


def with_escalation() -> tuple[Correlator, RemediationEscalated, IncidentEscalated]:
    correlator = Correlator(NETWORK)
    symptom = raised("server-1", "cpu_usage")
    escalation = RemediationEscalated(incident_id=symptom.anomaly.id, at=T0 + 9, reason="nothing left to try")
    _, escalated = feed(correlator, symptom, escalation, now=9)
    assert isinstance(escalated, IncidentEscalated)
    return correlator, escalation, escalated


def restored(correlator: Correlator) -> Correlator:
    fresh = Correlator(NETWORK)
    fresh.restore(correlator.incidents())
    return fresh


def test_a_restored_escalation_is_repeated_as_an_escalation_with_its_id() -> None:
    correlator, escalation, escalated = with_escalation()
    restarted = restored(correlator)
    assert [case.repeat() for case in restarted.open_cases()] == [escalated]
    assert feed(restarted, escalation, now=10) == [escalated], "a repeated escalation has the same id"


def test_a_revision_of_an_escalated_incident_is_no_escalation() -> None:
    correlator, _, _ = with_escalation()
    (updated,) = feed(correlator, raised("server-1", "memory_usage", 0.25), now=10)
    assert isinstance(updated, IncidentUpdated)
    (again,) = [case.repeat() for case in restored(correlator).open_cases()]
    assert again == updated
    assert isinstance(again, IncidentUpdated)


def test_an_escalation_that_is_repeated_after_a_revision_has_its_old_id() -> None:
    correlator, escalation, escalated = with_escalation()
    (updated,) = feed(correlator, raised("server-1", "memory_usage", 0.25), now=10)
    for one in (correlator, restored(correlator)):
        repeated, again = feed(one, escalation, now=11)
        assert isinstance(repeated, IncidentEscalated)
        assert (repeated.id, repeated.incident) == (escalated.id, updated.incident)
        assert again == updated


def test_an_escalation_with_another_reason_is_a_new_event() -> None:
    correlator, escalation, escalated = with_escalation()
    (second,) = feed(correlator, escalation.model_copy(update={"reason": "it is not taken back"}), now=12)
    assert isinstance(second, IncidentEscalated)
    assert second.id != escalated.id


def test_events_of_an_unknown_incident_are_ignored() -> None:
    correlator = Correlator(NETWORK)
    escalation = RemediationEscalated(incident_id="nobody", at=T0, reason="?")
    assert feed(correlator, escalation, RemediationVerified(action=action_of("nobody"), at=T0)) == []


def test_the_symptoms_of_a_repair_join_the_incident_that_it_repairs() -> None:
    correlator = Correlator(NETWORK)
    busy = raised("core-router-1", "cpu_usage")
    feed(correlator, busy)
    reboot = action_of(busy.anomaly.id).model_copy(update={"kind": ActionKind.REBOOT_NODE, "target": "core-router-1"})
    feed(correlator, RemediationStarted(action=reboot, at=T0 + 19.6), now=19.6)
    feed(correlator, *node_down("core-router-1", 19.75), now=21)
    (case,) = correlator.open_cases()
    assert len(case.members) == 1 + len(node_down("core-router-1"))


def test_an_anomaly_that_a_full_incident_has_no_room_for_keeps_an_incident_of_its_own_open() -> None:
    wide = tiered_topology(cores=1, edges=1, servers=MAX_MEMBERS + 20)
    symptoms = node_down("edge-switch-1", topology=wide)[-1:]
    symptoms += [raised(f"server-{i}", "packet_loss") for i in range(1, MAX_MEMBERS + 11)]
    correlator = Correlator(wide)
    feed(correlator, *symptoms)
    assert [len(case.members) for case in correlator.open_cases()] == [MAX_MEMBERS, 11]
    feed(correlator, *(cleared(symptom, 4.0) for symptom in symptoms[:-1]), now=4)
    resolved = [event.incident.id for event in correlator.advance(T0 + 10)]
    (still_open,) = correlator.open_cases()
    assert resolved == [symptoms[0].anomaly.id]
    assert [member.anomaly for member in still_open.record.open_members] == [symptoms[-1].anomaly]
    feed(correlator, cleared(symptoms[-1], 11.0), now=11)
    assert [event.incident.id for event in correlator.advance(T0 + 20)] == [still_open.id]


def test_the_anomalies_that_a_full_incident_has_no_room_for_are_one_incident(monkeypatch: pytest.MonkeyPatch) -> None:
    outage = node_down("core-router-1")
    monkeypatch.setattr(case_module, "MAX_MEMBERS", len(outage))
    moved = ["core-router-2--edge-switch-4", "core-router-3--edge-switch-5", "core-router-3--edge-switch-3"]
    full, beside = gathered(*outage, *(raised(link, "utilization", 0.25) for link in moved))
    assert elements(beside) == set(moved)
    assert full.id in beside.members[0].why


@pytest.mark.parametrize("name", ONE_FAULT)
def test_no_merge_loses_a_member_when_incidents_are_full(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_module, "MAX_MEMBERS", 2)
    for seed in range(30):
        symptoms = list(ONE_FAULT[name])
        random.Random(seed).shuffle(symptoms)
        incidents = gathered(*symptoms)
        assert sorted(m.anomaly.id for i in incidents for m in i.members) == sorted(s.anomaly.id for s in symptoms), (
            seed
        )
        assert not any(incident.left_out for incident in incidents)


def test_a_merge_by_a_person_is_refused_without_room_for_all_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_module, "MAX_MEMBERS", 2)
    correlator = Correlator(NETWORK)
    symptoms = [raised("server-1", "cpu_usage"), raised("server-1", "memory_usage"), raised("server-8", "memory_usage")]
    feed(correlator, *symptoms)
    into, gone = correlator.open_cases()
    whole = Move(incident_id=gone.id, members=(gone.id,), to=into.id)
    for request in (Merge(incident_id=gone.id, into=into.id), whole):
        with pytest.raises(Refused, match="more than"):
            correlator.ask(request, T0 + 2)
    assert [len(case.members) for case in correlator.open_cases()] == [2, 1]


def test_the_number_of_open_incidents_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlator_module, "MAX_OPEN", 50)
    correlator = Correlator(tiered_topology(cores=2, edges=60, servers=60))
    for i in range(1, 61):
        feed(correlator, raised(f"server-{i}", "memory_usage"))
    assert len(correlator.open_cases()) == 50
    assert sum(len(case.members) for case in correlator.open_cases()) == 60


def test_the_number_of_stored_resolved_incidents_is_limited() -> None:
    correlator = Correlator(NETWORK)
    for i in range(230):
        symptom = raised("server-1", "cpu_usage", i * 10.0)
        feed(correlator, symptom, cleared(symptom, i * 10.0 + 2), now=i * 10.0 + 2)
        correlator.advance(T0 + i * 10 + 5)
    assert len(correlator.incidents()) == 200
    assert len(correlator._case_of) == 200


def test_a_correlator_that_is_restored_after_each_event_decides_the_same() -> None:
    symptoms = [*node_down("core-router-1"), raised("server-8", "memory_usage", 0.25)]
    ends = [cleared(symptom, 9.0) for symptom in symptoms]
    whole, halved = Correlator(NETWORK), Correlator(NETWORK)
    for at in range(len(symptoms + ends)):
        event = (symptoms + ends)[at]
        expected = whole.absorb(event, T0 + at)
        fresh = Correlator(NETWORK)
        fresh.restore(halved.incidents())
        halved = fresh
        assert [e.incident for e in halved.absorb(event, T0 + at)] == [e.incident for e in expected]
    assert [e.incident for e in halved.advance(T0 + 99)] == [e.incident for e in whole.advance(T0 + 99)]


def test_a_merge_that_a_kill_interrupted_is_finished_after_the_restart() -> None:
    correlator = Correlator(NETWORK)
    load = raised("core-router-3--edge-switch-5", "utilization", 0.25)
    feed(correlator, load)
    before = correlator.incidents()
    feed(correlator, *node_down("core-router-1"))
    after = [case.record for case in correlator.open_cases()]
    restarted = Correlator(NETWORK)
    late = {incident.id: incident for incident in (*after, *before)}
    restarted.restore(late.values())
    open_ids = {case.id for case in restarted.open_cases()}
    events = restarted.advance(T0 + 2)
    assert len(open_ids) == 1
    assert all(event.incident.resolution is Resolution.MERGED for event in events)


def test_a_person_may_acknowledge_and_comment() -> None:
    correlator = Correlator(NETWORK)
    (opened,) = feed(correlator, raised("server-1", "cpu_usage"))
    name = opened.incident.id
    (seen,) = correlator.ask(Acknowledge(incident_id=name, by="ada"), T0 + 1)
    assert seen.incident.acknowledged_by == "ada"
    (commented,) = correlator.ask(Comment(incident_id=name, text="I look", by="ada"), T0 + 2)
    assert commented.incident.comments == ("ada: I look",)
    assert (seen.incident.revision, commented.incident.revision) == (2, 3)
    with pytest.raises(UnknownTarget, match="unknown incident 'nothing'"):
        correlator.ask(Comment(incident_id="nothing", text="?"), T0)


def test_a_person_may_split_move_and_merge() -> None:
    correlator = Correlator(NETWORK)
    one, two = raised(ACCESS_1, "latency"), raised(ACCESS_1, "packet_loss")
    feed(correlator, one, two)
    first, second = one.anomaly.id, two.anomaly.id
    opened, left = correlator.ask(Split(incident_id=first, members=(second,)), T0 + 2)
    assert (opened.incident.id, elements(opened.incident), elements(left.incident)) == (second, {ACCESS_1}, {ACCESS_1})
    back, gone = correlator.ask(Move(incident_id=second, members=(second,), to=first), T0 + 3)
    assert len(back.incident.members) == 2
    assert (gone.incident.resolution, gone.incident.merged_into) == (Resolution.MERGED, first)
    feed(correlator, raised("server-8", "memory_usage"))
    into, gone = correlator.ask(Merge(incident_id="server-8.memory_usage.0", into=first), T0 + 4)
    assert len(into.incident.members) == 3
    with pytest.raises(Refused, match="resolved"):
        correlator.ask(Merge(incident_id=gone.incident.id, into=first), T0 + 5)
    with pytest.raises(UnknownTarget, match="no member"):
        correlator.ask(Split(incident_id=first, members=("nothing",)), T0 + 5)
    with pytest.raises(Refused, match="would keep no member"):
        correlator.ask(Split(incident_id=first, members=tuple(m.anomaly.id for m in into.incident.members)), T0 + 5)


@pytest.mark.parametrize(
    ("part", "news"), [((UPLINK_1, "utilization"), "server-2"), (("server-1", "latency"), UPLINK_1)]
)
def test_an_incident_that_a_person_split_is_not_merged_by_the_next_anomaly(part: tuple[str, str], news: str) -> None:
    correlator = Correlator(NETWORK)
    events = [raised(UPLINK_1, "latency"), raised(UPLINK_1, "utilization"), raised("server-1", "latency")]
    first = feed(correlator, *events)[0].incident.id
    name = raised(*part).anomaly.id
    correlator.ask(Split(incident_id=first, members=(name,)), T0 + 2)
    feed(correlator, raised(news, "packet_loss", 0.5), now=2.25)
    assert {case.id for case in correlator.open_cases()} == {first, name}


def test_a_flap_joins_the_symptoms_of_its_first_fall() -> None:
    flap = raised(ACCESS_1, "up", 1.0, at=1.25, shape=Shape.FLAP)
    (incident,) = gathered(raised("server-1", "packet_loss", 0.0), flap)
    assert elements(incident) == {ACCESS_1, "server-1"}


PLACES = sorted([*NETWORK.node_by_id, *NETWORK.link_by_id])


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[AnomalyRaised, float | None]]:
    picks = draw(st.lists(st.tuples(st.sampled_from(PLACES), st.integers(0, 3), st.integers(0, 40)), max_size=25))
    node, link = ("reachable", "cpu_usage", "latency", "memory_usage"), ("up", "latency", "utilization", "packet_loss")
    symptoms = [raised(e, (link if NETWORK.is_link(e) else node)[m], tick / 4) for e, m, tick in picks]
    return [(symptom, symptom.anomaly.since - T0 + 5 if draw(st.booleans()) else None) for symptom in symptoms]


@settings(max_examples=80, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_no_order_of_events_loses_an_anomaly_or_leaves_an_incident_open(
    history: list[tuple[AnomalyRaised, float | None]], chance: random.Random
) -> None:
    events = [symptom for symptom, _ in history] + [cleared(symptom, end or 30.0) for symptom, end in history]
    chance.shuffle(events)
    correlator, revisions = Correlator(NETWORK), {}
    for event in (*events, *events):
        for published in feed(correlator, event, now=20.0):
            assert published.incident.revision >= revisions.get(published.incident.id, 0)
            revisions[published.incident.id] = published.incident.revision
    kept = [i for i in correlator.incidents() if i.resolution is not Resolution.MERGED]
    members = [m.anomaly.id for i in kept for m in i.members]
    assert sorted(members) == sorted({symptom.anomaly.id for symptom, _ in history})
    assert not any(m.open for i in kept for m in i.members)
    correlator.advance(T0 + 60)
    assert correlator.open_cases() == []


STEPS = ("escalate", "verify", "wait", "acknowledge", "merge", "split", "restart")


@settings(max_examples=80, deadline=None)
@given(histories(), st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9)), max_size=20), st.randoms())
def test_every_published_change_of_an_incident_is_in_the_table_of_states(
    history: list[tuple[AnomalyRaised, float | None]], steps: list[tuple[str, int]], chance: random.Random
) -> None:
    events = [symptom for symptom, _ in history] + [cleared(symptom, end or 30.0) for symptom, end in history]
    inputs: list[object] = [*events, *steps]
    chance.shuffle(inputs)
    correlator, states, now = Correlator(NETWORK), dict[str, IncidentState](), 20.0
    for given_input in inputs:
        now += 0.5
        if isinstance(given_input, tuple):
            correlator, published = apply_step(correlator, *given_input, now)
        else:
            published = feed(correlator, given_input, now=now)  # type: ignore[arg-type]
        for event in (*published, *correlator.advance(T0 + now)):
            incident = event.incident
            before = states.get(incident.id, IncidentState.OPEN)
            assert incident_may_become(before, incident.state), (before, event)
            assert incident.is_open == (incident.resolved is None)
            states[incident.id] = incident.state


def apply_step(correlator: Correlator, step: str, which: int, now: float) -> tuple[Correlator, list[IncidentEvent]]:
    """Apply a step to one of the known incidents, whatever its state; return the correlator to go on with."""
    known = correlator.incidents()
    if step == "wait" or not known:
        return correlator, correlator.advance(T0 + now)
    one, other = known[which % len(known)].id, known[(which + 1) % len(known)].id
    if step == "restart":
        restarted = Correlator(NETWORK)
        restarted.restore(known)
        return restarted, [case.repeat() for case in restarted.open_cases()]
    if step == "escalate":
        reason = f"nothing left to try {which % 2}"
        return correlator, feed(correlator, RemediationEscalated(incident_id=one, at=T0, reason=reason), now=now)
    if step == "verify":
        return correlator, feed(correlator, RemediationVerified(action=action_of(one), at=T0 + now), now=now)
    requests = {
        "acknowledge": Acknowledge(incident_id=one, by="ada"),
        "merge": Merge(incident_id=one, into=other),
        "split": Split(incident_id=one, members=(known[which % len(known)].members[0].anomaly.id,)),
    }
    try:
        return correlator, correlator.ask(requests[step], T0 + now)
    except Refused:
        return correlator, []


# --- what began at another time, or cannot be related ---------------------------------------------------------------


def test_a_node_that_fails_is_no_part_of_an_old_incident_about_its_memory() -> None:
    old = raised("edge-switch-1", "memory_usage")
    correlator = Correlator(NETWORK)
    feed(correlator, old)
    feed(correlator, *node_down("edge-switch-1", since=600.0), now=601.0)
    memory, outage = (case.record for case in correlator.open_cases())
    assert elements(memory) == {"edge-switch-1"}
    assert elements(outage) == {"edge-switch-1", *NETWORK.links_of["edge-switch-1"]}
    assert len(memory.members) == 1


def test_symptoms_of_one_element_that_follow_each_other_are_one_incident() -> None:
    (found,) = gathered(raised("server-1", "memory_usage"), raised("server-1", "cpu_usage", since=30.0), now=31.0)
    assert len(found.members) == 2


def test_high_memory_never_joins_the_symptoms_of_a_neighbour() -> None:
    for first, second in (("memory_usage", "packet_loss"), ("packet_loss", "memory_usage")):
        of = {"memory_usage": "edge-switch-1", "packet_loss": UPLINK_1}
        assert len(gathered(raised(of[first], first), raised(of[second], second, since=0.5))) == 2


def test_an_incident_that_lasts_takes_in_nothing_that_breaks_beside_it_between_its_members() -> None:
    correlator = Correlator(NETWORK)
    feed(correlator, raised(UPLINK_1, "packet_loss"))
    feed(correlator, raised(UPLINK_1, "latency", since=50.0), now=51.0)  # the incident has members of 0 s and of 50 s
    feed(correlator, raised(ACCESS_1, "packet_loss", since=25.0), now=51.5)
    assert [elements(case.record) for case in correlator.open_cases()] == [{UPLINK_1}, {ACCESS_1}]
