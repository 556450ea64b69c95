from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.gateway.core import Feed, FeedFrame, View
from services.gateway.core.approvals import MAX_APPROVALS
from services.gateway.core.feed import KEPT_FRAMES, LONGEST_PAUSE
from services.gateway.core.frames import KINDS, RECENT_CYCLES, SERVER_FRAMES, AnyServerFrame
from services.gateway.core.logs import KEPT_LINES
from shared.domain.config import MODE, Desired
from shared.domain.events import (
    Action,
    Event,
    FaultCycle,
    Incident,
    IncidentOpened,
    IncidentResolved,
    IncidentUpdated,
    RemediationApplied,
    RemediationBlocked,
    RemediationFailed,
    RemediationProposed,
    RemediationStarted,
    RemediationVerified,
    StabilityVerdict,
)
from shared.domain.instant import iso
from shared.domain.kinds import ActionKind, ActionState, ElementKind, Mode, NodeStatus, Resolution
from shared.testing import observed, passed
from tests.services.gateway.story import (
    T0,
    TOPOLOGY,
    action,
    anomaly,
    diagnosis,
    incident,
    line,
    repaired,
    status,
    tick,
)

frame_model: TypeAdapter[AnyServerFrame] = TypeAdapter(AnyServerFrame)


def flushed() -> tuple[View, Feed]:
    view = View(TOPOLOGY)
    view.observe(tick(1))
    view.absorb(status(T0), T0)
    feed = Feed(view, "abc")
    feed.flush(1.0)
    return view, feed


def decoded(frame: FeedFrame) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(frame.text)
    assert set(body) - {"whole"} == {"event", "seq", "data"}
    return body


def by_event(frames: list[FeedFrame]) -> dict[str, Any]:
    return {body["event"]: body["data"] for body in map(decoded, frames)}


def test_open_observations_are_sent_complete_when_one_begins_or_ends() -> None:
    view, feed = flushed()
    began = observed("server-1")
    view.absorb(began, T0)
    update = by_event(feed.flush(1.0))["observations_update"]
    assert [one["id"] for one in update["observations"]] == [began.id]
    assert decoded(feed.snapshot(1.0))["data"]["observations"] == update
    assert "observations_update" not in by_event(feed.flush(2.0)), "sent once"
    view.absorb(passed(began), T0 + 5)
    assert by_event(feed.flush(3.0))["observations_update"] == {"observations": [], "left_out": 0}


def test_without_changes_no_frame_is_sent() -> None:
    _, feed = flushed()
    assert feed.flush(99.0) == []


def test_a_tick_without_a_change_of_what_is_shown_sends_no_frame() -> None:
    view, feed = flushed()
    view.observe(tick(2))
    assert feed.flush(1.0) == []


def test_each_step_of_a_repair_each_verdict_and_each_comment_sends_the_incident() -> None:
    view, feed = flushed()
    first = incident()
    view.absorb(IncidentOpened(incident=first), T0 + 1)
    view.absorb(diagnosis(first), T0 + 1.2)
    revisions = [by_event(feed.flush(1.0))["incidents_update"]["recent_incidents"][0]["revision"]]
    steps = (
        RemediationProposed(action=action(first, ActionState.PROPOSED), at=T0 + 1.5),
        RemediationApplied(action=action(first, ActionState.APPLIED), at=T0 + 1.7),
        RemediationVerified(action=action(first, ActionState.VERIFIED), at=T0 + 2.5),
        StabilityVerdict(
            incident_id=first.id, action_id=f"{first.id}.a1", verdict="stable", reason="no sign came back", at=T0 + 12
        ),
        IncidentUpdated(incident=first.model_copy(update={"revision": 2, "comments": ("looked at",)})),
    )
    for step in steps:
        view.absorb(step, T0 + 2)
        (sent,) = by_event(feed.flush(1.0))["incidents_update"]["recent_incidents"]
        revisions.append(sent["revision"])
        view.absorb(step, T0 + 3)
        assert feed.flush(1.0) == [], "a repeated event changes nothing"
    assert revisions == sorted(set(revisions))


def test_a_snapshot_has_the_last_cycles() -> None:
    view, feed = flushed()
    for number in range(1, RECENT_CYCLES + 10):
        at = T0 + 3 * number
        view.absorb(FaultCycle(number=number, at=at, interval=3.0), at)
        view.absorb(status(at + 3), at + 3)
        view.observe(tick(int(12 * number + 13)))
        feed.flush(1.0)
    data = json.loads(feed.snapshot(1.0).text)["data"]
    numbers = [cycle["cycle"] for cycle in data["cycles"]]
    assert len(numbers) == RECENT_CYCLES
    assert numbers == sorted(numbers)
    assert data["cycles"][-1] == data["cycle"]


def test_only_changed_items_are_sent_and_each_is_complete() -> None:
    view, feed = flushed()
    view.absorb(status(T0 + 1, server_3=NodeStatus.DEGRADED), T0 + 1)
    frames = by_event(feed.flush(1.0))
    (node,) = frames["metrics_update"]["nodes"]
    assert (node["id"], node["status"], node["cpu_usage"]) == ("server-3", "degraded", 30.0)
    assert frames["metrics_update"]["summary"]["degraded"] == 1
    assert (frames["topology_update"]["nodes"], frames["topology_update"]["links"]) == ([node], [])
    assert frames["status_update"]["health_percentage"] == 93.75


def test_changes_between_two_flushes_are_sent_once_with_the_newest_value() -> None:
    view, feed = flushed()
    for number in range(2, 50):
        view.observe(tick(number, cpu=float(number)))
    frames = feed.flush(1.0)
    assert len(frames) == 1
    assert by_event(frames)["metrics_update"]["nodes"][0]["cpu_usage"] == 49.0


def test_a_change_of_a_metric_sends_no_topology_update() -> None:
    view, feed = flushed()
    view.observe(tick(2, cpu=44.0))
    assert list(by_event(feed.flush(1.0))) == ["metrics_update"]
    busy = tick(3, cpu=44.0)
    busy.of(ElementKind.LINK).metrics["utilization"][0] = 61.0
    view.observe(busy)
    frames = by_event(feed.flush(1.0))
    assert list(frames) == ["topology_update"]
    assert (frames["topology_update"]["nodes"], len(frames["topology_update"]["links"])) == ([], 1)


def test_only_new_lines_are_sent() -> None:
    view, feed = flushed()
    view.absorb(line(1), T0)
    feed.flush(1.0)
    view.absorb(line(2), T0)
    assert [each["message"] for each in by_event(feed.flush(1.0))["logs_update"]] == ["line 2"]


def test_an_incident_that_leaves_the_list_is_removed() -> None:
    view, feed = flushed()
    for number in range(11):
        view.absorb(IncidentOpened(incident=incident(anomaly(since=T0 + number))), T0)
        frames = by_event(feed.flush(1.0))
    update = frames["incidents_update"]
    assert len(update["recent_incidents"]) == 1
    assert update["removed"] == [incident(anomaly()).id.replace(str(int((T0 + 0.5) * 4)), str(int(T0 * 4)))]
    assert update["stats"]["total_incidents"] == 11


def test_snapshot_and_updates_together_equal_the_rest_answers() -> None:
    view, feed = flushed()
    page = decoded(feed.snapshot(1.0))["data"]
    nodes = {node["id"]: node for node in page["topology"]["nodes"]}
    incidents = {one["id"]: one for one in page["incidents"]["recent_incidents"]}
    for number, (time, event) in enumerate(repaired()):
        view.absorb(event, time)
        view.observe(tick(number + 2, cpu=float(number)))
        for frame in map(decoded, feed.flush(1.0)):
            if frame["event"] in ("metrics_update", "topology_update"):
                nodes |= {node["id"]: node for node in frame["data"]["nodes"]}
            if frame["event"] == "incidents_update":
                incidents |= {one["id"]: one for one in frame["data"]["recent_incidents"]}
    assert list(nodes.values()) == view.topology_body().model_dump(mode="json")["nodes"]
    assert list(incidents.values()) == view.incidents.page().model_dump(mode="json")["recent_incidents"]


def test_a_reader_resumes_after_its_last_frame_if_that_is_still_kept() -> None:
    view, feed = flushed()
    seq = decoded(feed.snapshot(1.0))["seq"]
    assert feed.since(seq) == []
    view.observe(tick(2, cpu=40.0))
    frames = feed.flush(1.0)
    assert feed.since(seq) == frames
    assert feed.since("other-1") is None
    assert feed.since(f"abc-{10**9}") is None
    assert feed.since("nonsense") is None
    for number in range(3, 3 + KEPT_FRAMES):
        view.observe(tick(number, cpu=float(number)))
        feed.flush(1.0)
    assert feed.since(seq) is None


def test_a_pause_in_which_a_cycle_may_be_missed_makes_earlier_numbers_unknown() -> None:
    view, feed = flushed()
    seq = decoded(feed.snapshot(1.0))["seq"]
    view.observe(tick(int(4 * LONGEST_PAUSE)))
    feed.flush(1.0)
    assert feed.since(seq) == []
    view.observe(tick(int(8 * LONGEST_PAUSE) + 8))
    feed.flush(1.0)
    assert feed.since(seq) is None
    assert feed.since(decoded(feed.snapshot(1.0))["seq"]) == []


def test_more_lines_than_are_kept_make_earlier_numbers_unknown() -> None:
    view, feed = flushed()
    seq = decoded(feed.snapshot(1.0))["seq"]
    for number in range(KEPT_LINES + 1):
        view.absorb(line(number), T0)
    feed.flush(1.0)
    assert feed.since(seq) is None


def test_changed_counts_are_sent_without_a_recent_incident() -> None:
    view, feed = flushed()
    incidents = [incident(anomaly(since=T0 + number)) for number in range(12)]
    for each in incidents:
        view.absorb(IncidentOpened(incident=each), T0)
    feed.flush(1.0)
    old = incident(anomaly(since=T0), revision=2, resolved=T0 + 60, resolution=Resolution.SELF_CLEARED)
    view.absorb(IncidentResolved(incident=old), T0)
    update = by_event(feed.flush(1.0))["incidents_update"]
    assert (update["recent_incidents"], update["removed"], update["stats"]["self_cleared"]) == ([], [], 1)


@pytest.mark.parametrize("seq", ["abc-", "abc--1", "abc-1.5", "abc-\u0663", "-1", "", "abc-" + "9" * 5_000])
def test_an_invalid_number_is_unknown(seq: str) -> None:
    _, feed = flushed()
    assert feed.since(seq) is None


def test_every_frame_fits_its_model() -> None:
    view, feed = flushed()
    frames = [feed.snapshot(1.0), *(feed.answer(kind) for kind in KINDS), feed.complaint("no")]
    view.desired = Desired(mode=Mode.APPROVE)
    for number, (time, event) in enumerate(repaired()):
        view.absorb(event, time)
        view.absorb(observed(f"server-{number}"), time)
        view.absorb(line(number), time)
        view.observe(tick(number + 2, cpu=float(number)))
        frames += feed.flush(1.0)
    seen = {type(frame_model.validate_json(frame.text, strict=False)) for frame in frames}
    assert seen == set(SERVER_FRAMES)


def test_a_body_asked_for_is_whole() -> None:
    _, feed = flushed()
    answer = feed.answer("metrics")
    body = decoded(answer)
    assert (body["event"], body["whole"], len(body["data"]["nodes"])) == ("metrics_update", True, 16)


# --- what waits for a person ------------------------------------------------------------------------------------


def with_approval() -> tuple[View, Feed, Incident]:
    view, feed = flushed()
    view.desired = Desired(mode=Mode.APPROVE)
    first = incident()
    view.absorb(IncidentOpened(incident=first), T0 + 1)
    reboot = waiting(first, ActionState.PROPOSED)
    view.absorb(RemediationProposed(action=reboot, at=T0 + 1.5, reason="node_down at edge-switch-1"), T0 + 1.5)
    return view, feed, first


def waiting(first: Incident, state: ActionState, **changes: object) -> Action:
    more = {"kind": ActionKind.REBOOT_NODE, "target": "edge-switch-1", "proposed": T0 + 1.5, "started": None}
    return action(first, state).model_copy(update={**more, "applied": None, "finished": None, **changes})


def test_a_waiting_action_is_sent_with_what_it_takes_down() -> None:
    _view, feed, first = with_approval()
    update = by_event(feed.flush(1.0))["approvals_update"]
    down = {"edge-switch-1", *(node for node in TOPOLOGY.graph["edge-switch-1"] if node.startswith("server"))}
    assert update == {
        "approvals": [
            {
                "id": f"{first.id}.a1",
                "incident": first.id,
                "action": "reboot_node",
                "target": "edge-switch-1",
                "state": "proposed",
                "since": iso(T0 + 1.5),
                "reason": "node_down at edge-switch-1",
                "takes_down": sorted(down),
            }
        ],
        "left_out": 0,
    }
    assert len(down) > 1
    assert decoded(feed.snapshot(1.0))["data"]["approvals"] == update
    assert "approvals_update" not in by_event(feed.flush(2.0)), "sent once"


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param(lambda one: RemediationStarted(action=waiting(one, ActionState.STARTED), at=T0 + 9), id="begun"),
        pytest.param(lambda one: RemediationFailed(action=waiting(one, ActionState.REJECTED), at=T0 + 9), id="refused"),
        pytest.param(
            lambda one: RemediationBlocked(action=waiting(one, ActionState.BLOCKED, by="kim"), at=T0 + 9, rule="rate"),
            id="approved and held back by the gate",
        ),
        pytest.param(
            lambda one: IncidentResolved(
                incident=incident(revision=9, resolved=T0 + 9, resolution=Resolution.SELF_CLEARED, cleared=T0 + 7)
            ),
            id="its incident is over",
        ),
    ],
)
def test_an_action_that_no_longer_waits_is_removed(ends: Callable[[Incident], Event]) -> None:
    view, feed, first = with_approval()
    feed.flush(1.0)
    view.absorb(ends(first), T0 + 9)
    assert by_event(feed.flush(1.0))["approvals_update"] == {"approvals": [], "left_out": 0}


def test_no_action_waits_unless_the_mode_is_approve() -> None:
    view, feed, _ = with_approval()
    feed.flush(1.0)
    view.desired = Desired(mode=Mode.SUGGEST)
    assert by_event(feed.flush(1.0))["approvals_update"]["approvals"] == []
    view.enforcement.note("remediator", "r1", {MODE: "approve"}, 2.0)
    assert len(by_event(feed.flush(2.0))["approvals_update"]["approvals"]) == 1, (
        "the mode that the remediator reports counts"
    )


def test_the_feed_has_the_longest_waiting_actions_and_the_number_of_the_others() -> None:
    view, feed, first = with_approval()
    for number in range(MAX_APPROVALS + 5):
        other = first.model_copy(update={"id": f"other.{number}"})
        view.absorb(IncidentOpened(incident=other), T0 + 2)
        late = waiting(other, ActionState.PROPOSED, proposed=T0 + 2 + number)
        view.absorb(RemediationProposed(action=late, at=T0 + 2), T0 + 2)
    update = by_event(feed.flush(1.0))["approvals_update"]
    assert len(update["approvals"]) == MAX_APPROVALS
    assert update["approvals"][0]["incident"] == first.id
    assert update["left_out"] == 6
