"""The calls with which a person handles incidents and actions, each proven by the event that follows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.rest import Body, Rest, proves

pytestmark = pytest.mark.slow

SWITCH = "edge-switch-2"
FAR = "server-8"  # three hops from the switch: a fault there is another incident


@pytest.fixture
def fault(rest: Rest) -> Iterator[Body]:
    rest("change_config", send={"mode": "approve"})
    yield rest("inject_fault", send={"kind": "high_cpu", "target": "server-4", "duration": 600})
    rest.heal()


@pytest.fixture
def incident(rest: Rest, fault: Body) -> Body:
    return rest.incident_of(fault)


@pytest.fixture
def crowd(rest: Rest) -> Iterator[Body]:
    """Yield an incident with several members: a faulty switch and its servers."""
    rest("change_config", send={"mode": "off"})
    injected = rest("inject_fault", send={"kind": "high_latency", "target": SWITCH, "duration": 600})

    def whole() -> Body | None:
        for brief in rest("list_incidents", node=SWITCH, state="open")["recent_incidents"]:
            incident = of(rest, brief["id"])
            if brief["timestamp"] >= injected["started"] and len(incident["members"]) >= 3:
                return incident
        return None

    found: Body = rest.wait("three members", whole)
    yield found
    rest.heal()


def of(rest: Rest, incident_id: str) -> Body:
    return rest("get_incident", incident_id=incident_id)


def is_incident(rest: Rest, name: str) -> bool:
    """Whether an incident with this id exists; a member may have started one that was merged."""
    return rest.http.get(f"/api/incidents/{name}").is_success


def wait_entry(rest: Rest, incident_id: str, what: str, by: str) -> None:
    def is_listed() -> bool:
        timeline = of(rest, incident_id)["timeline"]
        return any(what in entry["what"] and entry["by"] == by for entry in timeline)

    rest.wait(f"{what!r} by {by} in the timeline", is_listed)


def wait_action(rest: Rest, incident_id: str, state: str) -> Body:
    def look() -> Body | None:
        return next((action for action in of(rest, incident_id)["actions"] if action["state"] == state), None)

    found: Body = rest.wait(f"an action {state}", look)
    return found


@proves("acknowledge_incident", "comment_incident")
def test_acknowledgement_and_comment_are_stored(rest: Rest, incident: Body) -> None:
    name = incident["id"]
    assert rest("acknowledge_incident", incident_id=name, send={"by": "anna"}) == {"status": "accepted"}
    wait_entry(rest, name, "acknowledged", "anna")
    rest.wait("the name", lambda: of(rest, name)["acknowledged_by"] == "anna")
    assert rest("comment_incident", incident_id=name, send={"text": "again? é", "by": "ben"})
    rest.wait("the comment", lambda: of(rest, name)["comments"] == ["ben: again? é"])
    forged = {"text": "again?\u2028", "by": "ben"}
    rest.refused("comment_incident", 422, incident_id=name, send=forged, says="U+2028 (LINE SEPARATOR) as character 7")
    rest("acknowledge_incident", incident_id=name)
    rest.wait("the default name", lambda: of(rest, name)["acknowledged_by"] == "operator")


@proves("approve_action")
def test_an_approved_action_runs_and_is_verified(rest: Rest, fault: Body, incident: Body) -> None:
    waiting = wait_action(rest, incident["id"], "proposed")
    assert rest("get_fault", fault_id=fault["id"])["ended"] is None
    rest("approve_action", action_id=waiting["id"], send={"by": "anna"})
    done = wait_action(rest, incident["id"], "verified")
    assert (done["id"], done["by"]) == (waiting["id"], "anna")
    rest.wait("the end", lambda: rest("get_fault", fault_id=fault["id"])["ended_by"] == "action")
    rest.wait("the end", lambda: of(rest, incident["id"])["resolution"] == "manual_intervention")
    rest.refused("approve_action", 409, action_id=waiting["id"], says="verified")
    rest.refused("reject_action", 409, action_id=waiting["id"], says="verified")


@proves("reject_action")
def test_a_rejected_action_does_not_run(rest: Rest, fault: Body, incident: Body) -> None:
    waiting = wait_action(rest, incident["id"], "proposed")
    rest("reject_action", action_id=waiting["id"], send={"by": "ben", "reason": "not now"})
    over = wait_action(rest, incident["id"], "rejected")
    assert (over["id"], over["applied"]) == (waiting["id"], None)
    wait_entry(rest, incident["id"], "rejected by ben: not now", "remediator")
    assert rest("get_fault", fault_id=fault["id"])["ended"] is None


@proves("split_incident", "merge_incident")
def test_members_are_split_off_and_merged_back(rest: Rest, crowd: Body) -> None:
    name = crowd["id"]
    member = next(each["id"] for each in reversed(crowd["members"]) if not is_incident(rest, each["id"]))
    rest("split_incident", incident_id=name, send={"members": [member]})
    rest.wait("the part", lambda: is_incident(rest, member))
    part = {each["id"] for each in of(rest, member)["members"]}
    assert part & {each["id"] for each in crowd["members"]} == {member}
    rest.wait("the rest", lambda: member not in {each["id"] for each in of(rest, name)["members"]})
    rest("merge_incident", incident_id=member, send={"into": name})
    rest.wait("the merger", lambda: of(rest, member)["merged_into"] == name)
    assert (of(rest, member)["status"], of(rest, member)["resolution"]) == ("resolved", "merged")
    rest.wait("the whole", lambda: member in {each["id"] for each in of(rest, name)["members"]})
    rest.refused("merge_incident", 409, incident_id=member, send={"into": name}, says="resolved")


@proves("move_members")
def test_members_are_moved_to_another_incident(rest: Rest, crowd: Body) -> None:
    other = rest("inject_fault", send={"kind": "high_cpu", "target": FAR, "duration": 600})
    into = rest.incident_of(other)["id"]
    member = crowd["members"][-1]["id"]
    rest("move_members", incident_id=crowd["id"], send={"members": [member], "to": into})
    rest.wait("the move", lambda: member in {each["id"] for each in of(rest, into)["members"]})
    rest.wait("the move", lambda: member not in {each["id"] for each in of(rest, crowd["id"])["members"]})


def test_an_impossible_change_of_an_incident_is_refused_with_the_reason(rest: Rest, incident: Body) -> None:
    name = incident["id"]
    rest.refused("merge_incident", 409, incident_id=name, send={"into": name}, says="itself")
    rest.refused("merge_incident", 422, incident_id=name, send={"into": "x"}, says="unknown incident")
    rest.refused("move_members", 409, incident_id=name, send={"members": [name], "to": name}, says="itself")
    rest.refused("split_incident", 422, incident_id=name, send={"members": ["x"]}, says="no member")
    rest.refused("split_incident", 409, incident_id=name, send={"members": [name]}, says=name)
    rest.refused("split_incident", 422, incident_id=name, send={"members": []}, says="members")
    rest.refused("comment_incident", 422, incident_id=name, send={"text": ""}, says="text")
    rest.refused("comment_incident", 422, incident_id=name, send={"text": "x" * 2001}, says="text")
    rest.refused("acknowledge_incident", 422, incident_id=name, send={"by": ""}, says="by")
    assert of(rest, name)["comments"] == []


@pytest.mark.parametrize(
    ("call", "order"),
    [
        ("acknowledge_incident", None),
        ("comment_incident", {"text": "x"}),
        ("move_members", {"members": ["a"], "to": "b"}),
        ("split_incident", {"members": ["a"]}),
        ("merge_incident", {"into": "b"}),
    ],
)
def test_an_unknown_incident_is_404(rest: Rest, call: str, order: object) -> None:
    rest.refused(call, 404, incident_id="x", send=order, says="/api/incidents")
    rest.refused(call, 404, incident_id="x" * 2000, send=order)


@pytest.mark.parametrize("call", ["approve_action", "reject_action"])
def test_an_unknown_action_is_404(rest: Rest, call: str) -> None:
    rest.refused(call, 404, action_id="x", says="unknown action")
