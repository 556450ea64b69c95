from __future__ import annotations

import json
from typing import Any

from services.gateway.core import Feed, Frame, View
from services.gateway.core.feed import KEPT_FRAMES
from shared.events import IncidentOpened
from shared.kinds import NodeStatus
from tests.services.gateway.story import T0, TOPOLOGY, anomaly, incident, line, repaired, status, tick


def told() -> tuple[View, Feed]:
    view = View(TOPOLOGY)
    view.observe(tick(1))
    view.absorb(status(T0), T0)
    feed = Feed(view, "abc")
    feed.flush(1.0)
    return view, feed


def decoded(frame: Frame) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(frame.text)
    assert set(body) == {"event", "seq", "data"}
    return body


def by_event(frames: list[Frame]) -> dict[str, Any]:
    return {body["event"]: body["data"] for body in map(decoded, frames)}


def test_nothing_new_is_no_frame() -> None:
    _, feed = told()
    assert feed.flush(99.0) == []


def test_a_tick_that_changes_nothing_that_is_shown_is_no_frame() -> None:
    view, feed = told()
    view.observe(tick(2))
    assert feed.flush(1.0) == []


def test_only_the_changed_items_are_told_each_whole() -> None:
    view, feed = told()
    view.absorb(status(T0 + 1, server_3=NodeStatus.DEGRADED), T0 + 1)
    frames = by_event(feed.flush(1.0))
    (node,) = frames["metrics_update"]["nodes"]
    assert (node["id"], node["status"], node["cpu_usage"]) == ("server-3", "degraded", 30.0)
    assert frames["metrics_update"]["summary"]["degraded"] == 1
    assert frames["topology_update"]["links"] == []
    assert frames["status_update"]["health_percentage"] == 93.75


def test_what_happens_between_two_flushes_is_told_once_the_newest_only() -> None:
    view, feed = told()
    for number in range(2, 50):
        view.observe(tick(number, cpu=float(number)))
    frames = feed.flush(1.0)
    assert len(frames) == 2
    assert by_event(frames)["metrics_update"]["nodes"][0]["cpu_usage"] == 49.0


def test_new_lines_are_told_and_no_old_ones() -> None:
    view, feed = told()
    view.absorb(line(1), T0)
    feed.flush(1.0)
    view.absorb(line(2), T0)
    assert [each["message"] for each in by_event(feed.flush(1.0))["logs_update"]] == ["line 2"]


def test_an_incident_that_leaves_the_list_is_removed() -> None:
    view, feed = told()
    for number in range(11):
        view.absorb(IncidentOpened(incident=incident(anomaly(since=T0 + number))), T0)
        frames = by_event(feed.flush(1.0))
    update = frames["incidents_update"]
    assert len(update["recent_incidents"]) == 1
    assert update["removed"] == [incident(anomaly()).id.replace(str(int((T0 + 0.5) * 4)), str(int(T0 * 4)))]
    assert update["stats"]["total_incidents"] == 11


def test_snapshot_and_updates_lead_to_what_rest_says() -> None:
    view, feed = told()
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


def test_a_reader_goes_on_where_it_ended_or_is_told_that_it_cannot() -> None:
    view, feed = told()
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


def test_a_body_asked_for_is_whole() -> None:
    _, feed = told()
    answer = feed.answer("metrics")
    assert answer is not None
    body = decoded(answer)
    assert (body["event"], len(body["data"]["nodes"])) == ("metrics_update", 16)
    assert feed.answer("secrets") is None
