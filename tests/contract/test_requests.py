"""Each request on `control.<service>`: sent as a person's user, answered by its schema, and carried out.

Rules: a valid request is proven by the event that follows, an invalid one by its refusal. Every process answers the
NATS micro protocol.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.running import Running
from shared.domain.dead_letters import HEAD_BYTES
from shared.domain.kinds import ServiceName
from tests.contract.listener import ASKED, DOCUMENT, Body, Listener, schema
from tests.contract.rest import Rest

REPLY = "control.reply"
ANSWERING = sorted({name.rpartition(".")[0] for name in ASKED} - {"control"})
LINK = "edge-switch-5--server-5"
WARM = 15.0
OURS = "service-7"  # a name that does not exist
VERSION = re.compile(r"\d+\.\d+\.\d+\S*")
MICRO_NAME = re.compile(r"[A-Za-z0-9_-]+")
PROVEN: set[str] = set()
DONE: set[str] = set()


@pytest.fixture(scope="module")
def console(system: Running) -> Iterator[Listener]:
    with Listener(system.nats_url, *system.credentials("console")) as console:
        yield console


@pytest.fixture(scope="module")
def injector(system: Running) -> Iterator[Listener]:
    """Connect as `injector`, the only broker user that may send `apply_fault` requests."""
    with Listener(system.nats_url, *system.credentials("injector")) as injector:
        yield injector


def proves(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Mark a test as the proof of some requests; it fails unless each was accepted in it."""
    PROVEN.update(names)

    def proving(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def proven(*given: Any, **fixtures: Any) -> None:
            DONE.clear()
            test(*given, **fixtures)
            assert set(names) <= DONE, f"never asked: {set(names) - DONE}"

        return proven

    return proving


def ask(person: Listener, name: str, **fields: object) -> Body:
    answer = replied(person, name, {"do": name.rpartition(".")[2], **fields})
    assert answer.get("refused") is None, answer
    DONE.add(name)
    return answer


def replied(person: Listener, name: str, body: Body) -> Body:
    schema(name).validate(body)
    answer = person.ask(name.rpartition(".")[0], body)
    schema(REPLY).validate(answer)
    return answer


def with_comment(text: str) -> Callable[[Body], bool]:
    return lambda body: any(text in comment for comment in body["incident"]["comments"])


# --- faults ---------------------------------------------------------------------------------------------------------


@proves("control.injector.inject_fault", "control.injector.cancel_fault")
def test_a_fault_is_requested_and_ended(rest: Rest, listener: Listener, console: Listener) -> None:
    rest("change_config", send={"mode": "off"})
    order = {"request_id": f"asked-{rest('get_status')['uptime']}", "kind": "packet_loss", "target": "server-3"}
    fault = ask(console, "control.injector.inject_fault", **order, strength=0.5, duration=30)["fault"]
    started = listener.wait("fault.started", lambda body: body["fault"]["id"] == fault["id"]).body["fault"]
    assert (started["kind"], started["target"], started["strength"]) == ("packet_loss", "server-3", 0.5)
    again = ask(console, "control.injector.inject_fault", **order, strength=0.5, duration=30)["fault"]
    assert again["id"] == fault["id"]
    assert ask(console, "control.injector.cancel_fault", fault_id=fault["id"])["fault"]["ended_by"] == "cancelled"
    ended = listener.wait("fault.ended", lambda body: body["fault"]["id"] == fault["id"])
    assert ended.body["fault"]["ended_by"] == "cancelled"
    assert (
        len(
            [received for received in listener.since(0, "fault.started") if received.body["fault"]["id"] == fault["id"]]
        )
        == 1
    )
    rest.heal()


@proves("control.network.apply_fault", "control.network.clear_fault")
def test_only_the_injector_may_apply_a_fault(
    rest: Rest, listener: Listener, console: Listener, injector: Listener
) -> None:
    rest("change_config", send={"mode": "off"})
    order = {"fault_id": f"requested-{rest('get_status')['uptime']}", "kind": "high_cpu", "target": "server-4"}
    injected = {**order, "strength": 1.0, "duration": 30.0}
    console.say("control.network", b"{}", reply="_INBOX_console.x")
    assert console.was_refused("control.network")
    fault = ask(injector, "control.network.apply_fault", **injected)["fault"]
    listener.wait("fault.started", lambda body: body["fault"]["id"] == fault["id"])
    assert ask(injector, "control.network.clear_fault", fault_id=fault["id"])["fault"]["ended_by"] == "cancelled"
    listener.wait("fault.ended", lambda body: body["fault"]["id"] == fault["id"])
    rest.heal()


# --- incidents ------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(rest: Rest) -> Iterator[tuple[Body, Body]]:
    """Open two independent incidents that are not repaired, each with its own symptoms: the baselines are known."""
    rest.wait("known baselines", lambda: rest("get_status")["uptime"] > WARM)
    rest("change_config", send={"mode": "off"})
    ill = rest("inject_fault", send={"kind": "high_cpu", "target": "server-1", "duration": 600})
    lossy = rest("inject_fault", send={"kind": "packet_loss", "target": LINK, "duration": 600})
    one, other = rest.incident_of(ill), rest.incident_of(lossy)
    assert one["id"] != other["id"]
    rest.wait("a second member", lambda: len(rest("get_incident", incident_id=other["id"])["members"]) > 1)
    yield one, other
    rest.heal()


@proves("control.correlator.acknowledge", "control.correlator.comment")
def test_an_incident_is_acknowledged_and_commented(
    two: tuple[Body, Body], listener: Listener, console: Listener
) -> None:
    id_ = two[0]["id"]
    ask(console, "control.correlator.acknowledge", incident_id=id_, by="anna")
    seen = listener.wait("incident.updated", lambda body: body["incident"]["acknowledged_by"] == "anna")
    assert seen.body["incident"]["id"] == id_
    ask(console, "control.correlator.comment", incident_id=id_, text="a batch job", by="anna")
    assert listener.wait("incident.updated", with_comment("a batch job")).body["incident"]["id"] == id_


@proves("control.correlator.move", "control.correlator.split", "control.correlator.merge")
def test_incidents_are_merged_split_and_their_members_moved(
    two: tuple[Body, Body], listener: Listener, console: Listener
) -> None:
    one, other = two
    ask(console, "control.correlator.merge", incident_id=other["id"], into=one["id"])
    merged = listener.wait("incident.resolved", lambda body: body["incident"]["id"] == other["id"]).body["incident"]
    assert (merged["resolution"], merged["merged_into"]) == ("merged", one["id"])
    theirs = {member["id"] for member in other["members"]} | {other["id"]}
    both = listener.wait("incident.updated", lambda body: body["incident"]["id"] == one["id"] and theirs <= _of(body))
    strangers = sorted(_of(both.body) - {member["id"] for member in one["members"]} - {other["id"]})
    ask(console, "control.correlator.split", incident_id=one["id"], members=strangers)
    apart = listener.wait("incident.opened", lambda body: set(strangers) <= _of(body)).body["incident"]
    assert apart["id"] in strangers
    place = listener.now
    ask(console, "control.correlator.move", incident_id=one["id"], members=[other["id"]], to=apart["id"])
    listener.wait(
        "incident.updated", lambda body: body["incident"]["id"] == apart["id"] and other["id"] in _of(body), place
    )


def _of(body: Body) -> set[str]:
    return {member["anomaly"]["id"] for member in body["incident"]["members"]}


# --- actions --------------------------------------------------------------------------------------------------------


@proves("control.remediator.approve", "control.remediator.reject")
def test_an_action_is_rejected_and_the_next_one_approved(rest: Rest, listener: Listener, console: Listener) -> None:
    rest("change_config", send={"mode": "approve"})
    rest("inject_fault", send={"kind": "packet_loss", "target": LINK, "duration": 600})
    first = listener.wait("remediation.proposed").body["action"]
    ask(console, "control.remediator.reject", action_id=first["id"], by="anna", reason="in maintenance")
    rejected = listener.wait("remediation.failed", lambda body: body["action"]["id"] == first["id"]).body
    assert (rejected["action"]["state"], rejected["reason"]) == ("rejected", "rejected by anna: in maintenance")
    second = listener.wait("remediation.proposed", lambda body: body["action"]["id"] != first["id"]).body["action"]
    ask(console, "control.remediator.approve", action_id=second["id"], by="anna")
    approved = listener.wait("remediation.approved", lambda body: body["action"]["id"] == second["id"])
    assert approved.body["action"]["by"] == "anna"
    rest.heal()


# --- what cannot be done --------------------------------------------------------------------------------------------

UNKNOWN: tuple[tuple[str, Body, bool], ...] = (
    ("control.injector.inject_fault", {"request_id": "x", "kind": "high_cpu", "target": OURS}, True),
    ("control.injector.inject_fault", {"request_id": "y", "kind": "link_down", "target": "server-1"}, True),
    ("control.injector.cancel_fault", {"fault_id": OURS}, True),
    ("control.correlator.acknowledge", {"incident_id": OURS}, True),
    ("control.correlator.comment", {"incident_id": OURS, "text": "?"}, True),
    ("control.correlator.move", {"incident_id": OURS, "members": ["x"], "to": "y"}, True),
    ("control.correlator.split", {"incident_id": OURS, "members": ["x"]}, True),
    ("control.correlator.merge", {"incident_id": OURS, "into": "y"}, True),
    ("control.remediator.approve", {"action_id": OURS}, True),
    ("control.remediator.reject", {"action_id": OURS}, True),
)


@pytest.mark.parametrize(("name", "fields", "unknown"), UNKNOWN, ids=lambda value: str(value)[:40])
def test_an_unknown_name_is_refused(console: Listener, name: str, fields: Body, unknown: bool) -> None:
    answer = replied(console, name, {"do": name.rpartition(".")[2], **fields})
    assert answer["refused"], answer
    assert answer["unknown"] == unknown, answer


@pytest.mark.parametrize("subject", [subject for subject in ANSWERING if subject != "control.network"])
@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"do": "dance"}', b'{"do": "apply_fault"}', b"x" * 65_536])
def test_an_invalid_request_is_refused_and_a_dead_letter(
    console: Listener, listener: Listener, subject: str, body: bytes
) -> None:
    answer = console.ask(subject, body)
    schema(REPLY).validate(answer)
    assert answer["refused"], answer
    letter = listener.wait(f"deadletter.{subject.partition('.')[2]}", lambda about: about["bytes"] == len(body)).body
    assert (letter["subject"], letter["data"]) == (subject, body[:HEAD_BYTES].decode(errors="replace"))
    assert letter["reason"]


@pytest.mark.parametrize("name", [name for name in ASKED if name != REPLY and not name.startswith("control.network")])
def test_an_unknown_field_is_refused(console: Listener, name: str) -> None:
    (example,) = DOCUMENT["components"]["messages"][name]["examples"]
    answer = console.ask(name.rpartition(".")[0], {**example["payload"], "colour": "red"})
    schema(REPLY).validate(answer)
    assert "colour" in answer["refused"], answer


# --- who is there ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["PING", "INFO", "STATS"])
def test_every_process_answers_the_micro_protocol(console: Listener, system: Running, verb: str) -> None:
    answers = console.ask_all(f"$SRV.{verb}")
    assert sorted(answer["name"] for answer in answers) == sorted(f"nms-{name}" for name in ServiceName)
    for answer in answers:
        _obey_micro(answer, verb)
        assert int(answer["metadata"]["pid"]) == system.pid(answer["name"].removeprefix("nms-"))


def test_one_service_or_one_process_can_be_queried(console: Listener) -> None:
    (by_name,) = console.ask_all("$SRV.INFO.nms-detector")
    assert by_name["name"] == "nms-detector"
    (by_id,) = console.ask_all(f"$SRV.STATS.nms-detector.{by_name['id']}")
    assert by_id["id"] == by_name["id"]
    assert console.ask_all("$SRV.PING.nms-nobody", seconds=0.5) == []


def _obey_micro(answer: Body, verb: str) -> None:
    assert answer["type"] == f"io.nats.micro.v1.{verb.lower()}_response"
    assert MICRO_NAME.fullmatch(answer["name"])
    assert answer["id"]
    assert VERSION.fullmatch(answer["version"])
    assert {"replica", "pid", "started"} <= set(answer["metadata"])
    more: dict[str, Any] = {"PING": {}, "INFO": {"description": str, "endpoints": list}, "STATS": {"endpoints": list}}[
        verb
    ]
    for name, kind in more.items():
        assert isinstance(answer[name], kind), answer
    if verb == "STATS":
        assert answer["started"].endswith("Z"), answer


def test_every_request_has_a_proof() -> None:
    assert set(ASKED) - {REPLY} == PROVEN
