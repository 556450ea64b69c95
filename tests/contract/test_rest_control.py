"""The calls that change something, each proven by its effect."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import pytest

from benchmarks.running import Running
from tests.contract.rest import Rest, proves

LINK = "core-router-1--core-router-2"
CLICKS = 50


@proves("start", "stop", "get_status")
def test_repeated_start_and_stop_switch_the_campaign_once(rest: Rest) -> None:
    rest("change_config", send={"chance": 0})
    assert rest("start") == {"status": "started", "message": "The loop is running"}
    rest.wait("it to run", lambda: rest("get_status")["running"] is True)
    before = rest("get_status")["cycle_count"]
    assert rest("start")["status"] == "already_running"
    rest.wait("the next cycle", lambda: rest("get_status")["cycle_count"] > before)
    assert rest("stop")["status"] == "stopped"
    rest.wait("it to be stopped", lambda: rest("get_status")["running"] is False)
    assert rest("stop") == {"status": "stopped", "message": "The loop was stopped already"}


@proves("start_by_get", "stop_by_get")
def test_start_and_stop_by_get_work_but_not_for_other_sites(rest: Rest) -> None:
    rest("change_config", send={"chance": 0})
    elsewhere = {"Origin": "http://elsewhere.example"}
    assert rest("start_by_get", want=403, headers=elsewhere)["status"] == 403
    rest.wait("it to be stopped", lambda: rest("get_status")["running"] is False)
    assert rest("start_by_get")["status"] == "started"
    assert rest("start")["status"] == "already_running"
    rest("stop_by_get", want=403, headers={"Sec-Fetch-Site": "cross-site"})
    rest.wait("it to run", lambda: rest("get_status")["running"] is True)
    assert rest("stop_by_get")["status"] == "stopped"


@proves("start")
def test_fifty_parallel_starts_are_one_start(rest: Rest, system: Running) -> None:
    rest("change_config", send={"chance": 0})
    with ThreadPoolExecutor(CLICKS) as clicks:
        answers = list(clicks.map(lambda _: httpx.post(f"{system.url}/api/start", timeout=30).json(), range(CLICKS)))
    assert sorted(answer["status"] for answer in answers) == ["already_running"] * (CLICKS - 1) + ["started"]
    rest("start")


@proves("change_config", "get_config")
def test_parts_of_the_desired_state_can_be_changed(rest: Rest) -> None:
    before = rest("get_config")
    order = {"interval": 7.5, "thresholds": {"latency": 66}, "kinds": ["high_cpu"], "targets": ["server-1", LINK]}
    changed = rest("change_config", send=order)
    assert changed == {
        **before,
        **order,
        "thresholds": {**before["thresholds"], "latency": 66},
    }
    assert rest("get_config") == changed
    assert rest("change_config", send={}) == changed
    as_patch = {"Content-Type": "application/merge-patch+json"}
    assert rest("change_config", send={"max_faults": 9}, headers=as_patch)["max_faults"] == 9
    assert rest("change_config", send={"max_faults": None})["max_faults"] is None


@proves("change_config")
def test_a_threshold_takes_effect_in_the_detector(rest: Rest) -> None:
    fullest = max(rest("get_metrics")["nodes"], key=lambda node: float(node["memory_usage"]))
    limit = round(fullest["memory_usage"] - 3)
    at = rest("get_status")["timestamp"]
    rest("change_config", send={"mode": "off", "thresholds": {"memory_usage": limit}})
    incident = rest.incident_of({"target": fullest["id"], "started": at})
    assert limit in {each["threshold"] for each in incident["members"] if each["metric"] == "memory_usage"}
    rest("change_config", send={"thresholds": {"memory_usage": 80}})
    rest.heal()


@proves("change_config")
def test_the_mode_takes_effect_in_the_remediator(rest: Rest) -> None:
    rest("change_config", send={"mode": "suggest"})
    fault = rest("inject_fault", send={"kind": "high_cpu", "target": "server-2", "duration": 600})
    incident_id = rest.incident_of(fault)["id"]
    suggested = rest.wait("a proposal", lambda: rest("get_incident", incident_id=incident_id)["actions"])
    assert {action["state"] for action in suggested} <= {"proposed", "blocked"}
    assert rest("get_fault", fault_id=fault["id"])["ended"] is None
    rest("change_config", send={"mode": "auto"})
    rest.wait("the repair", lambda: rest("get_fault", fault_id=fault["id"])["ended_by"] == "action", 40)
    rest.heal()


@proves("change_config", "list_faults")
def test_the_campaign_injects_the_selected_kinds_at_the_selected_targets(rest: Rest) -> None:
    known = {fault["id"] for fault in rest("list_faults")["faults"]}
    rest("change_config", send={"kinds": ["high_cpu"], "targets": ["server-8"], "chance": 1, "interval": 0.5})
    rest("start")

    def injected() -> list[Any]:
        return [fault for fault in rest("list_faults")["faults"] if fault["id"] not in known]

    first = rest.wait("a fault", injected)
    rest("stop")
    assert {(fault["kind"], fault["target"]) for fault in first} == {("high_cpu", "server-8")}
    assert all(fault["cycle"] is not None for fault in first)
    rest.heal()


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({"mode": "wild"}, "approve"),
        ({"interval": 0}, "interval"),
        ({"interval": "5"}, "interval"),
        ({"interval": None}, "interval"),
        ({"chance": 1.5}, "chance"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["fire"]}, "high_cpu"),
        ({"targets": ["server-99"]}, "server-1"),
        ({"at_once": 0}, "at_once"),
        ({"max_faults": 10**30}, "max_faults"),
        ({"thresholds": {"cpu_usage": 101}}, "cpu_usage"),
        ({"thresholds": {"colour": 1}}, "colour"),
        ({"thresholds": None}, "thresholds"),
        ({"running": "yes"}, "running"),
        ({"color": 1}, "color"),
        ([], "body"),
    ],
)
def test_an_invalid_setting_changes_nothing(rest: Rest, order: object, says: str) -> None:
    before = rest("get_config")
    rest.refused("change_config", 422, send=order, says=says)
    assert rest("get_config") == before


@proves("inject_fault", "get_fault", "list_faults", "end_fault")
def test_a_fault_is_injected_listed_and_ended(rest: Rest) -> None:
    rest("change_config", send={"mode": "off"})
    order = {"kind": "packet_loss", "target": LINK, "duration": 30, "strength": 0.5}
    answer = rest.ask("inject_fault", send=order)
    fault = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/faults/{fault['id']}"
    assert fault in rest("list_faults")["faults"]
    assert (fault["kind"], fault["target"], fault["strength"], fault["ended"]) == ("packet_loss", LINK, 0.5, None)
    seconds = datetime.fromisoformat(fault["ends"]) - datetime.fromisoformat(fault["started"])
    assert seconds.total_seconds() == pytest.approx(30, abs=0.5)
    assert rest.http.get(answer.headers["location"]).json() == fault
    ended = rest("end_fault", fault_id=fault["id"])
    assert (ended["ended_by"], ended["ended"] >= ended["started"]) == ("cancelled", True)
    assert rest("get_fault", fault_id=fault["id"]) == ended
    rest.refused("end_fault", 409, fault_id=fault["id"], says="cancelled")
    rest.heal()


@proves("inject_fault")
def test_a_fault_has_default_strength_and_duration(rest: Rest) -> None:
    fault = rest("inject_fault", send={"kind": "high_cpu", "target": "server-5"})
    seconds = datetime.fromisoformat(fault["ends"]) - datetime.fromisoformat(fault["started"])
    assert (fault["strength"], seconds.total_seconds()) == (1.0, pytest.approx(60, abs=0.5))
    rest.heal()


@proves("inject_fault", "list_faults")
def test_a_repeated_idempotency_key_injects_one_fault(rest: Rest) -> None:
    named = {"Idempotency-Key": f"once-{rest('get_status')['uptime']}"}
    order = {"kind": "high_cpu", "target": "server-7", "duration": 20}
    first = rest("inject_fault", send=order, headers=named)
    again = rest("inject_fault", send=order, headers=named)
    assert again["id"] == first["id"]
    assert [fault["id"] for fault in rest("list_faults")["faults"]].count(first["id"]) == 1
    other = {**order, "target": "server-8"}
    assert "own id" in rest("inject_fault", want=409, send=other, headers=named)["detail"]
    rest("inject_fault", want=422, send=order, headers={"Idempotency-Key": "a b/c"})
    rest.heal()


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({"kind": "fire", "target": "server-1"}, "high_cpu"),
        ({"kind": "high_cpu", "target": "server-99"}, "server-1"),
        ({"kind": "high_cpu", "target": LINK}, "core-router-1"),
        ({"kind": "link_down", "target": "server-1"}, LINK),
        ({"kind": "high_cpu", "target": "server-1", "strength": 1.1}, "strength"),
        ({"kind": "high_cpu", "target": "server-1", "strength": True}, "strength"),
        ({"kind": "high_cpu", "target": "server-1", "duration": 0}, "duration"),
        ({"kind": "high_cpu", "target": "server-1", "duration": 1e9}, "duration"),
        ({"kind": "high_cpu", "target": "server-1", "duration": "5"}, "duration"),
        ({"kind": "high_cpu", "target": "\x00"}, "U+0000"),
        ({"kind": "high_cpu", "target": ""}, "target"),
        ({"kind": "high_cpu"}, "target"),
        ({"kind": "high_cpu", "target": "server-1", "more": 1}, "more"),
        (None, "body"),
        ("high_cpu", "body"),
    ],
)
def test_an_invalid_fault_is_refused_with_the_valid_values(rest: Rest, order: object, says: str) -> None:
    live = [fault["id"] for fault in rest("list_faults")["faults"] if fault["ended"] is None]
    rest.refused("inject_fault", 422, send=order, says=says)
    assert [fault["id"] for fault in rest("list_faults")["faults"] if fault["ended"] is None] == live


def test_an_unknown_fault_cannot_be_ended(rest: Rest) -> None:
    rest.refused("end_fault", 404, fault_id="x", says="/api/faults")
