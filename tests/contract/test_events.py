"""A client without credentials receives every event on its literal subject, complete and as documented.

Rules: the tests cause each event by means that a person has: REST, the desired state, `control.*` as `console`. A kind
of event without a test here fails the last test.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired
from shared.platform.access import FAMILIES
from tests.contract.conftest import SPEED
from tests.contract.listener import CHANNEL_OF, PUBLISHED, Body, Listener, listener_on, obey
from tests.contract.rest import Rest

LINK = "core-router-2--edge-switch-4"
NODE = "server-2"
MAX_RECEIVED = 4_000
PROVEN: set[str] = set()


def proves(*subjects: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Mark a test as the proof of some channels; it fails unless each was received as documented."""
    PROVEN.update(subjects)

    def proving(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def proven(*given: Any, listener: Listener, **fixtures: Any) -> None:
            test(*given, listener=listener, **fixtures)
            received = {CHANNEL_OF[message.subject] for message in listener.received}
            assert set(subjects) <= received, f"never received: {set(subjects) - received}"
            for message in listener.received[-MAX_RECEIVED:]:
                obey(message)

        return proven

    return proving


def of(incident_id: str) -> Callable[[Body], bool]:
    return lambda body: incident_id in (body.get("incident", {}).get("id"), body.get("action", {}).get("incident_id"))


def opened(listener: Listener, element: str) -> Body:
    """Wait for an incident whose first anomaly is at an element or at one next to it."""
    received = listener.wait(
        "incident.opened", lambda body: element in body["incident"]["members"][0]["anomaly"]["element"]
    )
    return received.body["incident"]  # type: ignore[no-any-return]


@proves(
    "metrics",
    "fault.started",
    "fault.ended",
    "anomaly.raised",
    "anomaly.cleared",
    "incident.opened",
    "incident.updated",
    "incident.resolved",
    "diagnosis.made",
    "remediation.proposed",
    "remediation.approved",
    "remediation.started",
    "remediation.execute",
    "remediation.executed",
    "remediation.applied",
    "remediation.verified",
    "stability.status",
    "stability.verdict",
    "log",
)
def test_a_repaired_fault_is_published_step_by_step_in_one_trace(rest: Rest, listener: Listener) -> None:
    fault = rest("inject_fault", send={"kind": "high_cpu", "target": NODE})
    began = listener.wait("fault.started", lambda body: body["fault"]["id"] == fault["id"])
    assert began.body["fault"]["target"] == NODE
    incident = opened(listener, NODE)
    # The end may be published before `verified`, and is published again after it.
    resolved = listener.wait(
        "incident.resolved",
        lambda body: of(incident["id"])(body) and body["incident"]["resolution"] == "auto_resolved",
    )
    ended = listener.wait("fault.ended", lambda body: body["fault"]["id"] == fault["id"])
    assert ended.body["fault"]["ended_by"] == "action"
    verified = listener.wait("remediation.verified", of(incident["id"]))
    verdict = listener.wait("stability.verdict", lambda body: body["incident_id"] == incident["id"])
    assert (verdict.body["action_id"], verdict.body["verdict"]) == (verified.body["action"]["id"], "stable")
    steps = ("anomaly.raised", "incident.opened", "diagnosis.made", "remediation.proposed", "remediation.approved")
    steps += ("remediation.started", "remediation.execute", "remediation.executed", "remediation.applied")
    story = [listener.since(0, step)[0] for step in steps] + [verified, resolved, verdict]
    assert len({received.trace for received in story}) == 1
    assert began.trace not in {received.trace for received in story}, "the truth is in a trace of its own"


@proves("anomaly.observed", "anomaly.passed")
def test_a_busy_link_that_harms_nobody_is_observed_until_it_is_usual_again(rest: Rest, listener: Listener) -> None:
    rest.make_a_link_busy()
    observation = listener.wait("anomaly.observed").body["observation"]
    assert observation["expected"] < observation["limit"] < observation["value"]
    listed = rest("list_observations", node=observation["element"])["observations"]
    assert observation["id"] in [one["id"] for one in listed]
    passed = listener.wait("anomaly.passed", lambda body: body["observation_id"] == observation["id"]).body
    assert (passed["element"], passed["since"]) == (observation["element"], observation["since"])
    rest.heal()


@proves("fault.cycle")
def test_each_cycle_of_the_campaign_is_published(rest: Rest, listener: Listener) -> None:
    rest("change_config", send={"chance": 0, "interval": 1})
    rest("start")
    first = listener.wait("fault.cycle").body["number"]
    assert listener.wait("fault.cycle", lambda body: body["number"] == first + 1).body["interval"] == 1
    rest("stop")


@proves("remediation.blocked")
def test_a_blocked_action_is_published_with_rule_and_figures(rest: Rest, listener: Listener) -> None:
    blocked: list[Body] = []
    for _ in range(3):  # a busy machine may take longer than the cooldown
        fault = rest("inject_fault", send={"kind": "high_cpu", "target": "server-5"})
        listener.wait("remediation.verified", lambda body: body["action"]["target"] == "server-5", since=listener.now)
        rest.wait("its end", lambda id_=fault["id"]: rest("get_fault", fault_id=id_)["ended"])
        published = (received.body for received in listener.since(0, "remediation.blocked"))
        blocked = [body for body in published if body["action"]["target"] == "server-5" and body["rule"] == "cooldown"]
        if blocked:
            break
    figures = blocked[0]["figures"]
    assert 0 < figures["seconds_ago"] < figures["limit"]
    rest.heal()


@proves("remediation.failed", "remediation.reverted", "remediation.escalated", "incident.escalated")
def test_an_action_that_does_not_help_is_reverted_and_then_escalated(rest: Rest, listener: Listener) -> None:
    """A person rejects the repair of a cut link and approves a reroute, which does not repair the link."""
    rest("change_config", send={"mode": "approve"})
    rest("inject_fault", send={"kind": "link_down", "target": LINK, "duration": 3_600})
    incident = rest.incident_of(rest("list_faults")["faults"][-1])
    received: set[str] = set()
    while not listener.since(0, "remediation.escalated"):
        action = _next_proposal(listener, incident["id"], received)
        if action is None:
            continue
        received.add(action["id"])
        led_around = action["kind"] == "optimize_routing" and action["target"] == LINK
        rest.http.post(f"/api/actions/{action['id']}/{'approve' if led_around else 'reject'}", json={"by": "anna"})
    led = next(iter(listener.since(0, "remediation.approved"))).body["action"]
    assert (led["kind"], led["target"], led["by"]) == ("optimize_routing", LINK, "anna")
    failed = listener.wait("remediation.failed", lambda body: body["action"]["id"] == led["id"]).body
    assert "still open" in failed["reason"]
    assert listener.wait("remediation.reverted", of(incident["id"])).body["action"]["id"] == led["id"]
    assert incident["id"] == listener.wait("remediation.escalated").body["incident_id"]
    assert listener.wait("incident.escalated", of(incident["id"])).body["incident"]["escalation"]
    rest.heal()


def _next_proposal(listener: Listener, incident_id: str, answered: set[str]) -> Body | None:
    def waits(body: Body) -> bool:
        return of(incident_id)(body) and body["action"]["id"] not in answered

    try:
        return listener.wait("remediation.proposed", waits, within=2).body["action"]  # type: ignore[no-any-return]
    except AssertionError:
        return None


@proves("deadletter")
def test_a_message_that_cannot_be_decoded_is_a_dead_letter(system: Running, listener: Listener) -> None:
    with Listener(system.nats_url, *system.credentials("console")) as console:
        assert console.ask("control.injector", b"nonsense")["refused"]
    letter = listener.wait("deadletter.injector").body
    assert (letter["subject"], letter["data"], letter["bytes"]) == ("control.injector", "nonsense", 8)
    assert letter["reason"]


@pytest.fixture
def unwatched() -> Iterator[tuple[Running, Listener]]:
    """Subscribe to a separate system whose detector is suspended, so that no incident is opened."""
    with (
        Running(seed=7, speed=SPEED, desired=Desired(running=False)) as system,
        listener_on(system.nats_url, FAMILIES) as listener,
    ):
        system.wait("a stable network", lambda: system.get("/api/status")["network_state"] == "stable", 60)
        detector = system.pid("detector")
        os.kill(detector, signal.SIGSTOP)
        yield system, listener
        os.kill(detector, signal.SIGCONT)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_overloaded_link_leads_to_advice(unwatched: tuple[Running, Listener]) -> None:
    system, listener = unwatched
    system.post("/api/faults", {"kind": "congestion", "target": LINK, "duration": 3_600})
    advised = listener.wait("stability.advised", within=60)
    assert (advised.body["action"], advised.body["target"]) == ("optimize_routing", LINK)
    assert "above 90 %" in advised.body["reason"]


PROVEN.add("stability.advised")


def test_every_event_has_a_proof() -> None:
    assert set(PUBLISHED) == PROVEN
