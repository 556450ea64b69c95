from __future__ import annotations

import random
from itertools import permutations

import pytest

from services.gateway.core import CursorError, IncidentTracker
from services.gateway.core.incidents import KEPT_INCIDENTS
from shared.domain.events import (
    Event,
    IncidentEvent,
    IncidentOpened,
    IncidentResolved,
    IncidentUpdated,
    RemediationApproved,
    RemediationBlocked,
    RemediationEscalated,
    RemediationProposed,
    RemediationStarted,
    RemediationVerified,
    StabilityVerdict,
)
from shared.domain.kinds import ActionState, FaultKind, IncidentState, Resolution
from tests.services.gateway.story import T0, action, anomaly, cause, diagnosis, incident, repaired


def tracked(*events: object) -> IncidentTracker:
    tracker = IncidentTracker()
    for event in events:
        tracker.absorb(event)  # type: ignore[arg-type]
    return tracker


def test_an_incident_has_the_kind_and_place_of_its_member_then_of_its_cause() -> None:
    tracker = tracked(IncidentOpened(incident=incident(anomaly(metric="latency"))))
    body = tracker.page().recent_incidents[0]
    assert (body.type, body.node_id, body.cause, body.resolution_time) == (
        FaultKind.HIGH_LATENCY,
        "server-1",
        None,
        None,
    )
    tracker.absorb(diagnosis(incident(anomaly(metric="latency")), cause("edge-switch-1", FaultKind.PACKET_LOSS)))
    body = tracker.page().recent_incidents[0]
    assert (body.type, body.node_id) == (FaultKind.PACKET_LOSS, "edge-switch-1")


def test_a_repaired_incident_is_counted_and_timed_and_its_timeline_is_in_order() -> None:
    tracker = tracked(*(event for _, event in repaired()))
    stats = tracker.stats
    assert (stats.total_incidents, stats.auto_resolved, stats.auto_resolution_rate) == (1, 1, 1.0)
    assert stats.avg_resolution_time == pytest.approx(4.0)
    detail = tracker.detail(incident().id)
    assert detail is not None
    assert (detail.status, detail.resolution_seconds) == (IncidentState.RESOLVED, 4.0)
    assert [each.state for each in detail.actions] == [ActionState.VERIFIED]
    assert detail.causes[0].evidence == ("cpu rose alone",)
    times = [entry.at for entry in detail.timeline]
    assert times == sorted(times)
    timeline = " | ".join(entry.what for entry in detail.timeline)
    for part in (
        "opened",
        "cpu_usage 93",
        "cause: high_cpu",
        "proposed",
        "applied",
        "is back",
        "verified",
        "auto resolved",
    ):
        assert part in timeline


def test_order_and_repetition_do_not_matter() -> None:
    events = [event for _, event in repaired()]
    straight = tracked(*events)
    for seed in range(20):
        shuffled = events * 2
        random.Random(seed).shuffle(shuffled)
        tracker = tracked(*shuffled)
        assert tracker.stats == straight.stats
        known, expected = tracker.detail(incident().id), straight.detail(incident().id)
        assert known is not None and expected is not None
        assert known.model_copy(update={"timeline": ()}) == expected.model_copy(update={"timeline": ()})


def test_each_resolution_is_counted_and_a_merged_incident_is_not() -> None:
    events = []
    for number, resolution in enumerate(Resolution):
        member = anomaly(since=T0 + number)
        events.append(IncidentOpened(incident=incident(member)))
        closed = incident(member, revision=2, resolved=T0 + 10, resolution=resolution)
        events.append(IncidentResolved(incident=closed))
    stats = tracked(*events, IncidentOpened(incident=incident(anomaly(since=T0 + 9)))).stats
    assert (stats.auto_resolved, stats.manual_intervention, stats.self_cleared) == (1, 1, 1)
    assert (stats.total_incidents, stats.auto_resolution_rate) == (4, pytest.approx(1 / 3, abs=1e-4))


def test_the_list_is_limited_but_not_the_counts_and_open_incidents_stay() -> None:
    tracker = tracked(IncidentOpened(incident=incident(anomaly("server-8"))))
    for number in range(KEPT_INCIDENTS + 100):
        member = anomaly(since=T0 + 10 + number)
        closed = incident(member, resolved=T0 + 5000, resolution=Resolution.SELF_CLEARED)
        tracker.absorb(IncidentResolved(incident=closed))
    assert len(tracker.page(limit=10_000).recent_incidents) == KEPT_INCIDENTS
    assert tracker.stats.total_incidents == KEPT_INCIDENTS + 101
    assert len(tracker.page(state=IncidentState.OPEN).recent_incidents) == 1


def test_pages_lead_from_the_newest_to_the_oldest_without_a_gap() -> None:
    tracker = tracked(*(IncidentOpened(incident=incident(anomaly(since=T0 + number))) for number in range(25)))
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = tracker.page(cursor=cursor)
        seen = [one.id for one in page.recent_incidents] + seen
        cursor = page.next_cursor
    assert seen == [incident(anomaly(since=T0 + number)).id for number in range(25)]
    assert cursor is None
    with pytest.raises(CursorError, match="next_cursor"):
        tracker.page(cursor="nonsense")


def test_incidents_are_found_by_the_node_of_a_member_or_of_the_cause() -> None:
    first, second = incident(anomaly("server-1")), incident(anomaly("server-2", since=T0 + 3))
    events = [
        IncidentOpened(incident=first),
        IncidentOpened(incident=second),
        diagnosis(second, cause("edge-switch-2")),
    ]
    tracker = tracked(*events)
    assert [one.id for one in tracker.page(node="edge-switch-2").recent_incidents] == [second.id]
    assert [one.id for one in tracker.page(node="server-1").recent_incidents] == [first.id]


def test_the_timeline_has_persons_blocked_actions_and_escalations() -> None:
    first = incident()
    spoken = first.model_copy(
        update={"revision": 2, "acknowledged_by": "ada", "comments": ("looking",), "escalation": "no action is left"}
    )
    blocked = RemediationBlocked(
        action=action(first, ActionState.BLOCKED), at=T0 + 1.3, reason="3 of 3 in 60 s", rule="rate"
    )
    escalated = RemediationEscalated(incident_id=first.id, at=T0 + 2, reason="all tried")
    detail = tracked(IncidentOpened(incident=first), IncidentUpdated(incident=spoken), blocked, escalated).detail(
        first.id
    )
    assert detail is not None
    timeline = {(entry.by, entry.what) for entry in detail.timeline}
    assert ("ada", "acknowledged") in timeline
    assert ("operator", "looking") in timeline
    assert any("escalated: no action is left" in what for _, what in timeline)
    assert any("blocked: rate: 3 of 3 in 60 s" in what for _, what in timeline)
    assert any("all tried" in what for _, what in timeline)


def test_the_timeline_and_actions_of_one_incident_are_limited() -> None:
    first = incident()
    tracker = tracked(IncidentOpened(incident=first))
    for attempt in range(1, 1000):
        proposed = action(first, ActionState.PROPOSED, attempt=attempt)
        tracker.absorb(RemediationProposed(action=proposed, at=T0 + attempt))
    detail = tracker.detail(first.id)
    assert detail is not None
    assert (len(detail.timeline), len(detail.actions)) == (300, 50)
    assert [entry.what for entry in detail.timeline if entry.by == "gateway"] == [
        "702 lines are left out, since 300 are kept; those of single anomalies go first"
    ]


def big_story() -> list[Event]:
    members = [anomaly(f"server-{number}", since=T0 + number / 100) for number in range(400)]
    first = incident(*members[:1])
    events: list[Event] = [IncidentOpened(incident=first), diagnosis(first, cause())]
    for revision, count in enumerate(range(50, 401, 50), 2):
        events.append(IncidentUpdated(incident=incident(*members[:count], revision=revision)))
    applied = action(first, ActionState.VERIFIED)
    events.append(RemediationVerified(action=applied, at=T0 + 9, reason="all members cleared after it"))
    over = incident(*members, revision=20, resolved=T0 + 12, resolution=Resolution.AUTO_RESOLVED, cleared=T0 + 8.5)
    events.append(IncidentResolved(incident=over))
    events.append(
        StabilityVerdict(
            incident_id=first.id, action_id=applied.id, at=T0 + 19, verdict="stable", reason="nothing came back"
        )
    )
    return events


def test_the_end_of_a_big_incident_is_in_its_timeline() -> None:
    detail = tracked(*big_story()).detail(incident(anomaly("server-0", since=T0)).id)
    assert detail is not None
    assert len(detail.timeline) == 300
    timeline = [entry.what for entry in detail.timeline]
    for part in ("opened", "cause: ", "verified: all members", "auto resolved", "stable: nothing came back"):
        assert any(part in what for what in timeline), part
    of_members = sum(entry.by == "detector" for entry in detail.timeline)
    assert f"{800 - of_members} lines are left out" in " ".join(timeline)
    assert [entry.at for entry in detail.timeline] == sorted(entry.at for entry in detail.timeline)


def test_a_big_incident_does_not_depend_on_the_order_of_its_events() -> None:
    events = big_story()
    straight = tracked(*events).page().recent_incidents[0]
    others = [event for event in events if not isinstance(event, IncidentEvent)]
    tracker = tracked(*others[::-1], *(event for event in events if isinstance(event, IncidentEvent)), *others)
    assert tracker.page().recent_incidents[0] == straight
    assert tracker.detail(straight.id) == tracked(*events).detail(straight.id)


def test_each_event_of_a_big_incident_increases_its_revision() -> None:
    tracker, seen = IncidentTracker(), [0]
    for event in big_story():
        tracker.absorb(event)
        seen += [one.revision for one in tracker.page().recent_incidents]
    assert seen == sorted(set(seen))


def test_the_incidents_of_a_node_include_those_of_its_links_its_causes_and_its_actions() -> None:
    link = incident(anomaly("br-1--hq", "packet_loss"))
    treated = incident(anomaly("hq"))
    repair = action(treated, ActionState.PROPOSED).model_copy(update={"target": "br-1"})
    caused, other = incident(anomaly("br-2")), incident(anomaly("br-10--hq"))
    tracker = tracked(
        *(IncidentOpened(incident=one) for one in (link, treated, caused, other)),
        RemediationProposed(action=repair, at=T0),
        diagnosis(caused, cause("br-1", FaultKind.NODE_DOWN)),
    )
    of_it = {one.id for one in tracker.page(node="br-1").recent_incidents}
    assert of_it == {link.id, treated.id, caused.id}
    assert {one.id for one in tracker.page(node="br-1--hq").recent_incidents} == {link.id}


def test_an_action_whose_start_was_put_off_is_blocked_in_any_order_of_its_events() -> None:
    """The start is taken back, since after a takeover another process holds the target."""
    first = incident()
    put_off = action(first, ActionState.BLOCKED).model_copy(update={"put_off": 1})
    steps = [
        RemediationProposed(action=action(first, ActionState.PROPOSED), at=T0 + 1),
        RemediationApproved(action=action(first, ActionState.APPROVED), at=T0 + 2),
        RemediationStarted(action=action(first, ActionState.STARTED), at=T0 + 2),
        RemediationBlocked(action=put_off, at=T0 + 4, rule="never_against_running", reason="it is held"),
    ]
    assert len({step.id for step in steps}) == len(steps)
    for order in permutations(steps):
        tracker = tracked(IncidentOpened(incident=first), *order)
        detail = tracker.detail(first.id)
        assert detail is not None
        assert [(one.state, one.reason) for one in detail.actions] == [
            (ActionState.BLOCKED, "never_against_running: it is held")
        ]
