"""What belongs together becomes one incident, what does not becomes two, and each ends when it is over."""

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
    node_death,
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
    sign = raised("server-1", "cpu_usage")
    (opened,) = feed(Correlator(NETWORK), sign)
    assert isinstance(opened, IncidentOpened)
    assert opened.incident.id == sign.anomaly.id
    assert opened.incident.onset == sign.anomaly.since
    assert opened.incident.severity is Severity.WARNING
    assert opened.incident.members[0].why


def test_a_second_sign_at_the_same_place_revises_it() -> None:
    link = raised(ACCESS_1, "latency")
    correlator = Correlator(NETWORK)
    feed(correlator, link)
    (updated,) = feed(correlator, raised(ACCESS_1, "packet_loss", 0.25))
    assert isinstance(updated, IncidentUpdated)
    assert (updated.incident.id, updated.incident.revision) == (link.anomaly.id, 2)
    assert "same place" in updated.incident.members[1].why


ONE_FAULT = {
    "a dead server": node_death("server-1"),
    "a dead core and the load that moved": [
        *node_death("core-router-1"),
        raised(CORE_23, "utilization", 0.25),
        raised(CORE_23, "latency", 0.25),
        raised(CORE_23, "packet_loss", 0.25),
        raised("core-router-3", "cpu_usage", 0.5),
        raised("server-4", "packet_loss"),
        raised("server-7", "latency", 0.5),
    ],
    "a dead edge and who is behind it": [
        *node_death("edge-switch-2"),
        raised("server-2", "packet_loss"),
        raised("server-7", "packet_loss"),
    ],
    "a node whose ports are all slow": [*ports("edge-switch-4", "latency"), raised("server-4", "latency")],
    "a cut uplink and its detour": [
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
def test_what_one_fault_shows_is_one_incident_in_whatever_order_it_comes(name: str) -> None:
    for seed in range(30):
        signs = list(ONE_FAULT[name])
        random.Random(seed).shuffle(signs)
        (incident,) = gathered(*signs)
        assert {m.anomaly.id for m in incident.members} == {sign.anomaly.id for sign in signs}, seed


TWO_FAULTS = {
    "two servers": ([raised("server-1", "cpu_usage")], [raised("server-5", "memory_usage")]),
    "a dead server and a full access link": (
        node_death("server-1"),
        [raised("edge-switch-3--server-3", "utilization"), raised("edge-switch-3--server-3", "packet_loss")],
    ),
    "a lossy edge and a dead server": (ports("edge-switch-2", "packet_loss"), node_death("server-4")),
    "two slow access links": ([raised(ACCESS_1, "latency")], [raised("edge-switch-5--server-5", "latency")]),
    "a dead edge and a busy server": (node_death("edge-switch-1"), [raised("server-3", "cpu_usage")]),
}


@pytest.mark.parametrize("name", TWO_FAULTS)
def test_two_far_faults_at_once_are_two_incidents(name: str) -> None:
    one, other = TWO_FAULTS[name]
    for seed in range(30):
        signs = [*one, *other]
        random.Random(seed).shuffle(signs)
        incidents = gathered(*signs)
        parts = sorted(sorted(m.anomaly.id for m in incident.members) for incident in incidents)
        assert parts == sorted(sorted(s.anomaly.id for s in part) for part in (one, other)), seed


def test_a_symptom_goes_to_the_nearer_of_two_incidents() -> None:
    near, far = raised(ACCESS_1, "packet_loss"), raised("edge-switch-5--server-5", "packet_loss")
    first, second = gathered(near, far, raised("server-1", "packet_loss"), raised("server-5", "packet_loss"))
    assert elements(first) == {ACCESS_1, "server-1"}
    assert elements(second) == {"edge-switch-5--server-5", "server-5"}


def test_an_incident_of_mere_symptoms_takes_in_what_explains_it() -> None:
    correlator = Correlator(NETWORK)
    (opened,) = feed(correlator, raised("server-6", "latency"))
    assert opened.incident.pattern == "carried symptoms"
    (updated,) = feed(correlator, raised(ACCESS_1, "latency", 0.25))
    assert updated.incident.id == opened.incident.id
    assert updated.incident.pattern != "carried symptoms"


def test_load_that_showed_first_is_merged_into_the_death_that_moved_it() -> None:
    correlator = Correlator(NETWORK)
    feed(correlator, raised("core-router-2--edge-switch-4", "utilization", 0.25))
    feed(correlator, raised("core-router-3--edge-switch-5", "utilization", 0.25))
    assert len(correlator.open_cases()) == 2
    said = feed(correlator, *node_death("core-router-1"))
    merged = [event for event in said if isinstance(event, IncidentResolved)]
    assert [event.incident.resolution for event in merged] == [Resolution.MERGED]
    (case,) = correlator.open_cases()
    assert {event.incident.merged_into for event in merged} == {case.id}
    assert len(case.members) == 2 + len(node_death("core-router-1"))


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


def test_saying_it_twice_changes_nothing_and_gives_the_same_id() -> None:
    correlator = Correlator(NETWORK)
    signs = node_death("core-router-1")
    last = feed(correlator, *signs)[-1]
    again = feed(correlator, *signs, now=3.0)
    assert {event.id for event in again} == {last.id}
    assert {event.incident for event in again} == {last.incident}


def test_resolved_when_all_members_have_been_clear_for_two_seconds() -> None:
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
    sign = raised("server-1", "cpu_usage")
    assert feed(correlator, cleared(sign, 2.0)) == []
    (opened,) = feed(correlator, sign, now=2.5)
    assert opened.incident.open_members == ()
    assert [type(event) for event in correlator.advance(T0 + 4.0)] == [IncidentResolved]


def test_what_cleared_it_is_told_apart() -> None:
    def resolution(*events: object) -> Resolution | None:
        correlator = Correlator(NETWORK)
        sign = raised("server-1", "cpu_usage")
        feed(correlator, sign, *events, cleared(sign, 3.0))  # type: ignore[arg-type]
        (over,) = correlator.advance(T0 + 10)
        return over.incident.resolution

    name = raised("server-1", "cpu_usage").anomaly.id
    verified = RemediationVerified(action=action_of(name), at=T0 + 2)
    given_up = RemediationEscalated(incident_id=name, at=T0 + 2, reason="nothing left to try")
    person = RemediationApplied(action=action_of(name, by="ada"), at=T0 + 2)
    applied = RemediationApplied(action=action_of(name), at=T0 + 2)
    assert resolution() is Resolution.SELF_CLEARED
    assert resolution(applied) is Resolution.SELF_CLEARED
    assert resolution(applied, verified) is Resolution.AUTO_RESOLVED
    assert resolution(verified, given_up) is Resolution.MANUAL_INTERVENTION
    assert resolution(person, verified) is Resolution.MANUAL_INTERVENTION


def test_a_verification_that_comes_late_corrects_the_resolution() -> None:
    correlator = Correlator(NETWORK)
    sign = raised("server-1", "cpu_usage")
    feed(correlator, sign, cleared(sign, 3.0))
    (over,) = correlator.advance(T0 + 6)
    (again,) = feed(correlator, RemediationVerified(action=action_of(over.incident.id), at=T0 + 6.5), now=6.5)
    assert isinstance(again, IncidentResolved)
    assert again.incident.resolution is Resolution.AUTO_RESOLVED
    assert again.incident.revision == over.incident.revision + 1


def test_what_the_loop_gives_up_is_escalated_and_still_resolves() -> None:
    correlator = Correlator(NETWORK)
    sign = raised("server-1", "cpu_usage")
    feed(correlator, sign)
    given_up = RemediationEscalated(incident_id=sign.anomaly.id, at=T0 + 9, reason="nothing left to try")
    (escalated,) = feed(correlator, given_up, now=9)
    assert isinstance(escalated, IncidentEscalated)
    assert escalated.incident.escalation == "nothing left to try"
    assert [event.id for event in feed(correlator, given_up, now=10)] == [escalated.id]
    feed(correlator, cleared(sign, 20.0), now=20)
    (over,) = correlator.advance(T0 + 22)
    assert over.incident.resolution is Resolution.MANUAL_INTERVENTION


def escalated_one() -> tuple[Correlator, RemediationEscalated, IncidentEscalated]:
    """An incident of server-1 that a person was called for."""
    correlator = Correlator(NETWORK)
    sign = raised("server-1", "cpu_usage")
    given_up = RemediationEscalated(incident_id=sign.anomaly.id, at=T0 + 9, reason="nothing left to try")
    _, escalated = feed(correlator, sign, given_up, now=9)
    assert isinstance(escalated, IncidentEscalated)
    return correlator, given_up, escalated


def restored(correlator: Correlator) -> Correlator:
    """What the next process makes of the records."""
    fresh = Correlator(NETWORK)
    fresh.restore(correlator.incidents())
    return fresh


def test_an_escalation_that_was_recorded_and_never_said_is_said_as_one_after_a_restart() -> None:
    correlator, given_up, escalated = escalated_one()
    revived = restored(correlator)
    assert [case.say_again() for case in revived.open_cases()] == [escalated]
    assert feed(revived, given_up, now=10) == [escalated], "told again, the person is called again by the same id"


def test_a_revision_of_an_escalated_incident_is_no_escalation() -> None:
    correlator, _, _ = escalated_one()
    (updated,) = feed(correlator, raised("server-1", "memory_usage", 0.25), now=10)
    assert isinstance(updated, IncidentUpdated)
    (again,) = [case.say_again() for case in restored(correlator).open_cases()]
    assert again == updated
    assert isinstance(again, IncidentUpdated)


def test_an_escalation_told_again_after_a_revision_is_said_by_its_old_id() -> None:
    correlator, given_up, escalated = escalated_one()
    (updated,) = feed(correlator, raised("server-1", "memory_usage", 0.25), now=10)
    for one in (correlator, restored(correlator)):
        said, again = feed(one, given_up, now=11)
        assert isinstance(said, IncidentEscalated)
        assert (said.id, said.incident) == (escalated.id, updated.incident)
        assert again == updated


def test_a_second_escalation_is_another_one() -> None:
    correlator, given_up, escalated = escalated_one()
    (second,) = feed(correlator, given_up.model_copy(update={"reason": "it is not taken back"}), now=12)
    assert isinstance(second, IncidentEscalated)
    assert second.id != escalated.id


def test_news_of_an_unknown_incident_is_no_news() -> None:
    correlator = Correlator(NETWORK)
    given_up = RemediationEscalated(incident_id="nobody", at=T0, reason="?")
    assert feed(correlator, given_up, RemediationVerified(action=action_of("nobody"), at=T0)) == []


def test_the_costs_of_a_repair_stay_in_the_incident_it_is_for() -> None:
    correlator = Correlator(NETWORK)
    busy = raised("core-router-1", "cpu_usage")
    feed(correlator, busy)
    reboot = action_of(busy.anomaly.id).model_copy(update={"kind": ActionKind.REBOOT_NODE, "target": "core-router-1"})
    feed(correlator, RemediationStarted(action=reboot, at=T0 + 19.6), now=19.6)
    feed(correlator, *node_death("core-router-1", 19.75), now=21)
    (case,) = correlator.open_cases()
    assert len(case.members) == 1 + len(node_death("core-router-1"))


def test_what_an_incident_has_no_room_for_is_in_one_of_its_own_and_keeps_it_open() -> None:
    wide = tiered_topology(cores=1, edges=1, servers=MAX_MEMBERS + 20)
    signs = node_death("edge-switch-1", topology=wide)[-1:]
    signs += [raised(f"server-{i}", "packet_loss") for i in range(1, MAX_MEMBERS + 11)]
    correlator = Correlator(wide)
    feed(correlator, *signs)
    assert [len(case.members) for case in correlator.open_cases()] == [MAX_MEMBERS, 11]
    feed(correlator, *(cleared(sign, 4.0) for sign in signs[:-1]), now=4)
    resolved = [event.incident.id for event in correlator.advance(T0 + 10)]
    (still_open,) = correlator.open_cases()
    assert resolved == [signs[0].anomaly.id]
    assert [member.anomaly for member in still_open.record.open_members] == [signs[-1].anomaly]
    feed(correlator, cleared(signs[-1], 11.0), now=11)
    assert [event.incident.id for event in correlator.advance(T0 + 20)] == [still_open.id]


def test_what_a_full_incident_has_no_room_for_is_kept_together(monkeypatch: pytest.MonkeyPatch) -> None:
    death = node_death("core-router-1")
    monkeypatch.setattr(case_module, "MAX_MEMBERS", len(death))
    moved = ["core-router-2--edge-switch-4", "core-router-3--edge-switch-5", ACCESS_1]
    full, beside = gathered(*death, *(raised(link, "utilization", 0.25) for link in moved))
    assert elements(beside) == set(moved)
    assert full.id in beside.members[0].why


@pytest.mark.parametrize("name", ONE_FAULT)
def test_no_merge_loses_a_member_for_want_of_room(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_module, "MAX_MEMBERS", 2)
    for seed in range(30):
        signs = list(ONE_FAULT[name])
        random.Random(seed).shuffle(signs)
        incidents = gathered(*signs)
        assert sorted(m.anomaly.id for i in incidents for m in i.members) == sorted(s.anomaly.id for s in signs), seed
        assert not any(incident.left_out for incident in incidents)


def test_a_person_may_not_merge_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_module, "MAX_MEMBERS", 2)
    correlator = Correlator(NETWORK)
    signs = [raised("server-1", "cpu_usage"), raised("server-1", "memory_usage"), raised("server-8", "memory_usage")]
    feed(correlator, *signs)
    into, gone = correlator.open_cases()
    whole = Move(incident_id=gone.id, members=(gone.id,), to=into.id)
    for request in (Merge(incident_id=gone.id, into=into.id), whole):
        with pytest.raises(Refused, match="more than"):
            correlator.ask(request, T0 + 2)
    assert [len(case.members) for case in correlator.open_cases()] == [2, 1]


def test_open_incidents_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlator_module, "MAX_OPEN", 50)
    correlator = Correlator(tiered_topology(cores=2, edges=60, servers=60))
    for i in range(1, 61):
        feed(correlator, raised(f"server-{i}", "memory_usage"))
    assert len(correlator.open_cases()) == 50
    assert sum(len(case.members) for case in correlator.open_cases()) == 60


def test_resolved_incidents_are_kept_in_bounds() -> None:
    correlator = Correlator(NETWORK)
    for i in range(230):
        sign = raised("server-1", "cpu_usage", i * 10.0)
        feed(correlator, sign, cleared(sign, i * 10.0 + 2), now=i * 10.0 + 2)
        correlator.advance(T0 + i * 10 + 5)
    assert len(correlator.incidents()) == 200
    assert len(correlator._case_of) == 200


def test_a_restored_correlator_goes_on_as_if_nothing_had_been() -> None:
    signs = [*node_death("core-router-1"), raised("server-8", "memory_usage", 0.25)]
    ends = [cleared(sign, 9.0) for sign in signs]
    whole, halved = Correlator(NETWORK), Correlator(NETWORK)
    for at in range(len(signs + ends)):
        event = (signs + ends)[at]
        expected = whole.absorb(event, T0 + at)
        fresh = Correlator(NETWORK)
        fresh.restore(halved.incidents())
        halved = fresh
        assert [e.incident for e in halved.absorb(event, T0 + at)] == [e.incident for e in expected]
    assert [e.incident for e in halved.advance(T0 + 99)] == [e.incident for e in whole.advance(T0 + 99)]


def test_a_merge_cut_short_by_a_kill_is_finished_after_the_restart() -> None:
    correlator = Correlator(NETWORK)
    load = raised("core-router-3--edge-switch-5", "utilization", 0.25)
    feed(correlator, load)
    before = correlator.incidents()
    feed(correlator, *node_death("core-router-1"))
    after = [case.record for case in correlator.open_cases()]
    revived = Correlator(NETWORK)
    late = {incident.id: incident for incident in (*after, *before)}
    revived.restore(late.values())
    open_ids = {case.id for case in revived.open_cases()}
    said = revived.advance(T0 + 2)
    assert len(open_ids) == 1
    assert all(e.incident.resolution is Resolution.MERGED for e in said)


def test_a_person_may_acknowledge_and_comment() -> None:
    correlator = Correlator(NETWORK)
    (opened,) = feed(correlator, raised("server-1", "cpu_usage"))
    name = opened.incident.id
    (seen,) = correlator.ask(Acknowledge(incident_id=name, by="ada"), T0 + 1)
    assert seen.incident.acknowledged_by == "ada"
    (said,) = correlator.ask(Comment(incident_id=name, text="I look", by="ada"), T0 + 2)
    assert said.incident.comments == ("ada: I look",)
    assert (seen.incident.revision, said.incident.revision) == (2, 3)
    with pytest.raises(UnknownTarget, match="unknown incident 'nothing'"):
        correlator.ask(Comment(incident_id="nothing", text="?"), T0)


def test_a_person_may_split_move_and_merge() -> None:
    correlator = Correlator(NETWORK)
    one, two = raised(ACCESS_1, "latency"), raised(UPLINK_1, "latency")
    feed(correlator, one, two)
    first, second = one.anomaly.id, two.anomaly.id
    opened, left = correlator.ask(Split(incident_id=first, members=(second,)), T0 + 2)
    assert (opened.incident.id, elements(opened.incident), elements(left.incident)) == (second, {UPLINK_1}, {ACCESS_1})
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


@pytest.mark.parametrize(("part", "news"), [((ACCESS_1, "latency"), "server-2"), (("server-1", "latency"), ACCESS_1)])
def test_what_a_person_split_is_not_merged_back_by_the_next_anomaly(part: tuple[str, str], news: str) -> None:
    correlator = Correlator(NETWORK)
    events = [raised(UPLINK_1, "latency"), raised(ACCESS_1, "latency"), raised("server-1", "latency")]
    first = feed(correlator, *events)[0].incident.id
    name = raised(*part).anomaly.id
    correlator.ask(Split(incident_id=first, members=(name,)), T0 + 2)
    feed(correlator, raised(news, "packet_loss", 0.5), now=2.25)
    assert {case.id for case in correlator.open_cases()} == {first, name}


def test_a_flap_is_at_home_with_the_symptoms_of_its_first_fall() -> None:
    flap = raised(ACCESS_1, "up", 1.0, at=1.25, shape=Shape.FLAP)
    (incident,) = gathered(raised("server-1", "packet_loss", 0.0), flap)
    assert elements(incident) == {ACCESS_1, "server-1"}


PLACES = sorted([*NETWORK.node_by_id, *NETWORK.link_by_id])


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[AnomalyRaised, float | None]]:
    picks = draw(st.lists(st.tuples(st.sampled_from(PLACES), st.integers(0, 3), st.integers(0, 40)), max_size=25))
    node, link = ("reachable", "cpu_usage", "latency", "memory_usage"), ("up", "latency", "utilization", "packet_loss")
    signs = [raised(e, (link if NETWORK.is_link(e) else node)[m], tick / 4) for e, m, tick in picks]
    return [(sign, sign.anomaly.since - T0 + 5 if draw(st.booleans()) else None) for sign in signs]


@settings(max_examples=80, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_no_history_loses_an_anomaly_or_leaves_an_incident_behind(
    history: list[tuple[AnomalyRaised, float | None]], chance: random.Random
) -> None:
    events = [sign for sign, _ in history] + [cleared(sign, end or 30.0) for sign, end in history]
    chance.shuffle(events)
    correlator, revisions = Correlator(NETWORK), {}
    for event in (*events, *events):
        for said in feed(correlator, event, now=20.0):
            assert said.incident.revision >= revisions.get(said.incident.id, 0)
            revisions[said.incident.id] = said.incident.revision
    kept = [i for i in correlator.incidents() if i.resolution is not Resolution.MERGED]
    members = [m.anomaly.id for i in kept for m in i.members]
    assert sorted(members) == sorted({sign.anomaly.id for sign, _ in history})
    assert not any(m.open for i in kept for m in i.members)
    correlator.advance(T0 + 60)
    assert correlator.open_cases() == []


WORDS = ("give up", "verify", "wait", "acknowledge", "merge", "split", "revive")


@settings(max_examples=80, deadline=None)
@given(histories(), st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 9)), max_size=20), st.randoms())
def test_every_published_step_of_an_incident_is_in_the_table(
    history: list[tuple[AnomalyRaised, float | None]], words: list[tuple[str, int]], chance: random.Random
) -> None:
    events = [sign for sign, _ in history] + [cleared(sign, end or 30.0) for sign, end in history]
    happenings: list[object] = [*events, *words]
    chance.shuffle(happenings)
    correlator, states, now = Correlator(NETWORK), dict[str, IncidentState](), 20.0
    for happening in happenings:
        now += 0.5
        if isinstance(happening, tuple):
            correlator, published = heard_or_asked(correlator, *happening, now)
        else:
            published = feed(correlator, happening, now=now)  # type: ignore[arg-type]
        for event in (*published, *correlator.advance(T0 + now)):
            incident = event.incident
            before = states.get(incident.id, IncidentState.OPEN)
            assert incident_may_become(before, incident.state), (before, event)
            assert incident.is_open == (incident.resolved is None)
            states[incident.id] = incident.state


def heard_or_asked(correlator: Correlator, word: str, which: int, now: float) -> tuple[Correlator, list[IncidentEvent]]:
    """Have something happen to one of the known incidents, whatever state it is in."""
    known = correlator.incidents()
    if word == "wait" or not known:
        return correlator, correlator.advance(T0 + now)
    one, other = known[which % len(known)].id, known[(which + 1) % len(known)].id
    if word == "revive":
        revived = Correlator(NETWORK)
        revived.restore(known)
        return revived, [case.say_again() for case in revived.open_cases()]
    if word == "give up":
        reason = f"nothing left to try {which % 2}"
        return correlator, feed(correlator, RemediationEscalated(incident_id=one, at=T0, reason=reason), now=now)
    if word == "verify":
        return correlator, feed(correlator, RemediationVerified(action=action_of(one), at=T0 + now), now=now)
    requests = {
        "acknowledge": Acknowledge(incident_id=one, by="ada"),
        "merge": Merge(incident_id=one, into=other),
        "split": Split(incident_id=one, members=(known[which % len(known)].members[0].anomaly.id,)),
    }
    try:
        return correlator, correlator.ask(requests[word], T0 + now)
    except Refused:
        return correlator, []
