"""The calls that return the state, with the fields that the first version had."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.contract.rest import Body, Rest, proves

LINK = "core-router-1--core-router-2"
NODE = {"id", "type", "status", "cpu_usage", "memory_usage", "latency", "packet_loss", "connections"}
LINK_FIELDS = {"source", "target", "capacity", "utilization", "latency", "packet_loss", "status"}
SUMMARY = {"total_nodes", "healthy", "affected", "degraded", "down", "avg_cpu", "avg_memory", "avg_latency"}
INCIDENT = {"id", "timestamp", "type", "severity", "node_id", "status", "resolution_time"}
STATS = {"total_incidents", "auto_resolved", "manual_intervention", "avg_resolution_time"}
FAULT = {"id", "kind", "target", "strength", "started", "ends", "ended", "ended_by"}
SCORE = {"faults", "detected", "right_node", "right_kind", "repaired", "needless_actions", "false_anomalies"}
SERVICES = {"injector", "detector", "correlator", "rca", "remediator", "stabilizer", "gateway", "network"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def when(text: str) -> datetime:
    assert TIME.fullmatch(text), text
    return datetime.fromisoformat(text)


@proves("get_status")
def test_the_status_shows_the_campaign_and_the_processes(rest: Rest) -> None:
    # A gateway that has just started queries the services half a second after it begins to answer.
    rest.wait("all to be up", lambda: set(rest("get_status")["services"].values()) == {"up"})
    status = rest("get_status")
    assert isinstance(status["running"], bool)
    assert isinstance(status["cycle_count"], int)
    assert set(status["services"]) == SERVICES
    assert set(status["services"].values()) == {"up"}
    assert (status["mode"], status["uptime"] > 0) == ("auto", True)
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", status["version"])
    assert when(status["timestamp"])
    rest.wait("the clock to go on", lambda: rest("get_status")["timestamp"] > status["timestamp"])


@proves("get_topology")
def test_the_topology_has_consistent_nodes_and_links(rest: Rest) -> None:
    topology = rest("get_topology")
    nodes = {node["id"]: node for node in topology["nodes"]}
    assert len(nodes) == 16
    assert all(set(node) >= NODE for node in nodes.values())
    assert {node["type"] for node in nodes.values()} == {"router", "switch", "server"}
    assert all(set(link) >= LINK_FIELDS for link in topology["links"])
    ends = [{link["source"], link["target"]} for link in topology["links"]]
    for name, node in nodes.items():
        assert {other for pair in ends if name in pair for other in pair - {name}} == set(node["connections"])
    assert all(link["id"] == f"{link['source']}--{link['target']}" for link in topology["links"])
    assert all(0 <= link["utilization"] <= 200 and link["capacity"] > 0 for link in topology["links"])
    assert when(topology["timestamp"])


@proves("get_metrics")
def test_the_metrics_have_every_node_and_a_summary(rest: Rest) -> None:
    metrics = rest("get_metrics")
    assert len(metrics["nodes"]) == metrics["summary"]["total_nodes"] == 16
    summary = metrics["summary"]
    assert set(summary) >= SUMMARY | {"avg_packet_loss"}
    assert summary["healthy"] + summary["affected"] + summary["degraded"] + summary["down"] == 16
    answering = [node["cpu_usage"] for node in metrics["nodes"] if node["status"] != "down"]
    assert summary["avg_cpu"] == pytest.approx(sum(answering) / len(answering), abs=0.01)
    one = rest("get_metrics", node="server-3")
    assert [node["id"] for node in one["nodes"]] == ["server-3"]
    assert one["summary"]["total_nodes"] == 16
    rest.refused("get_metrics", 422, node="server-99", says="server-1")
    rest.refused("get_metrics", 422, node=LINK, says="core-router-1")
    rest.refused("get_metrics", 422, node="", says="node")


@proves("get_catalogue")
def test_the_catalogue_describes_all_names_of_other_calls(rest: Rest) -> None:
    catalogue = rest("get_catalogue")
    assert {row["kind"] for row in catalogue["faults"]} >= set(rest("get_config")["kinds"])
    known = {(row["element"], row["name"]) for row in catalogue["metrics"]}
    nodes = rest("get_metrics")["nodes"]
    assert {("node", name) for node in nodes for name in node["metrics"]} <= known
    actions = {row["name"]: row for row in catalogue["actions"]}
    for fault in catalogue["faults"]:
        assert fault["playbooks"] and all(set(actions[name]["targets"]) for name in fault["playbooks"])
    for row in catalogue["metrics"]:
        element = {"node": "server-3", "link": LINK}.get(row["element"])
        assert element is None or rest("get_history", node=element, metric=row["name"])["metric"] == row["name"]
    states = {row["state"]: row for row in catalogue["action_states"]}
    assert all(after in states for row in states.values() for after in row["after"])


@proves("get_history")
def test_history_has_samples_or_means_of_nodes_and_links(rest: Rest) -> None:
    def steps(body: Body) -> set[float]:
        at = [when(point["at"]).timestamp() for point in body["points"]]
        return {round(later - earlier, 3) for earlier, later in pairwise(at)}

    rest.wait("a past", lambda: len(rest("get_history", node="server-3", metric="cpu_usage")["points"]) > 80)
    full = rest("get_history", node="server-3", metric="cpu_usage")
    assert (full["node"], full["metric"], full["step"]) == ("server-3", "cpu_usage", None)
    assert min(steps(full)) == 0.25
    assert all(0 <= point["value"] <= 100 for point in full["points"])
    second = rest("get_history", node="server-3", metric="cpu_usage", step=1)
    assert second["step"] == 1.0
    assert min(steps(second)) == 1.0
    link = rest("get_history", node=LINK, metric="utilization", step=5)
    assert (link["step"], min(steps(link))) == (5.0, 5.0)
    assert all(point["value"] > 0 for point in link["points"])
    assert {point["value"] for point in rest("get_history", node=LINK, metric="up")["points"]} <= {0, 1}


@proves("get_history")
def test_history_can_be_limited_in_time_and_states_its_interval(rest: Rest) -> None:
    asked = {"node": "server-3", "metric": "latency"}
    rest.wait("a past", lambda: len(rest("get_history", **asked)["points"]) > 40)
    points = rest("get_history", **asked)["points"]
    start, end = points[-30]["at"], points[-20]["at"]  # the oldest samples are about to be reduced to means
    part = rest("get_history", **asked, from_=start, to=end)["points"]
    assert (part[0]["at"], part[-1]["at"], len(part)) == (start, end, 11)
    hour_ago = (when(end) - timedelta(hours=1)).isoformat()
    hour = rest("get_history", **asked, from_=hour_ago.replace("+00:00", "Z"))
    assert hour["step"] == 5.0, "an hour ago is kept in means only, whoever asks"
    rest.refused("get_history", 422, **asked, from_=end, to=start, says="after")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"node": "server-99", "metric": "latency"}, "server-1"),
        ({"node": "server-1", "metric": "colour"}, "cpu_usage"),
        ({"node": "server-1", "metric": "utilization"}, "throughput"),
        ({"node": LINK, "metric": "cpu_usage"}, "utilization"),
        ({"node": "core-router-2--core-router-1", "metric": "up"}, LINK),
        ({"node": "server-1"}, "metric"),
        ({"node": "server-1", "metric": "latency", "from_": "yesterday"}, "from"),
        ({"node": "server-1", "metric": "latency", "step": 0.1}, "step"),
        ({"node": "server-1", "metric": "latency", "step": 4000}, "step"),
        ({"node": "server-1", "metric": "latency", "step": "inf"}, "step"),
    ],
)
def test_history_of_an_unknown_name_lists_the_known_ones(rest: Rest, given: dict[str, Any], says: str) -> None:
    rest.refused("get_history", 422, says=says, **given)


@proves("get_averages")
def test_the_history_of_averages_matches_that_of_the_nodes(rest: Rest) -> None:
    rest.wait("a past", lambda: len(rest("get_averages")["points"]) > 40)
    points = rest("get_averages")["points"]
    start, end = points[-30]["at"], points[-20]["at"]  # the oldest samples are about to be reduced to means
    part = rest("get_averages", from_=start, to=end)
    assert (part["step"], len(part["points"])) == (None, 11)
    assert set(part["points"][0]) == {"at", "avg_cpu", "avg_memory", "avg_latency", "avg_packet_loss"}
    nodes = [node["id"] for node in rest("get_topology")["nodes"]]
    for figure, metric in (("avg_cpu", "cpu_usage"), ("avg_packet_loss", "packet_loss")):
        pasts = [rest("get_history", node=node, metric=metric, from_=start, to=start)["points"] for node in nodes]
        values = [point["value"] for past in pasts for point in past]
        assert part["points"][0][figure] == pytest.approx(sum(values) / len(values), abs=0.01)
    assert rest("get_averages", step=5)["step"] == 5.0
    rest.refused("get_averages", 422, from_=end, to=start, says="after")
    rest.refused("get_averages", 422, step=0.1, says="step")


@proves("list_logs")
def test_the_log_is_filtered_by_level_service_time_and_number(rest: Rest) -> None:
    sentence = "The loop was stopped"

    def times() -> int:
        lines = rest("list_logs", service="gateway", limit=1000)["logs"]
        return sum(line["message"] == sentence for line in lines)

    rest("stop")
    rest("start")
    before = times()
    rest("stop")
    rest.wait("the line", lambda: times() > before)
    lines = rest("list_logs")["logs"]
    assert set(lines[0]) >= {"timestamp", "level", "message", "service"}
    assert len(lines) <= 100
    assert {line["level"] for line in lines} <= {"info", "success", "warning", "error"}
    mine = [line for line in rest("list_logs", service="gateway", limit=1000)["logs"] if "loop" in line["message"]]
    assert {line["service"] for line in mine} == {"gateway"}
    assert {line["level"] for line in rest("list_logs", level="info")["logs"]} == {"info"}
    assert [line["message"] for line in rest("list_logs", service="gateway", limit=1)["logs"]] == [sentence]
    since = rest("list_logs", service="gateway", since=mine[-1]["timestamp"])["logs"]
    assert [line["message"] for line in since] == [sentence]
    assert rest("list_logs", since="2999-01-01T00:00:00Z")["logs"] == []
    for wrong in ({"level": "loud"}, {"limit": 0}, {"limit": 1001}, {"limit": "ten"}, {"since": "now"}):
        rest.refused("list_logs", 422, says=next(iter(wrong)), **wrong)


@proves("list_observations")
def test_the_observations_are_filtered_by_state_and_element_and_have_pages(rest: Rest) -> None:
    rest.make_a_link_busy()
    observed = rest.wait("a busy link", lambda: rest("list_observations")["observations"])
    rest.heal()
    rest.wait("its end", lambda: rest("list_observations", open=True)["open"] == 0, 60.0)
    one = next(found for found in rest("list_observations")["observations"] if found["id"] == observed[0]["id"])
    assert one["expected"] < one["limit"] < one["value"]
    assert one["since"] < one["at"] < one["passed"]
    assert one in rest("list_observations", node=one["node"], open=False)["observations"]
    assert rest("list_observations", open=True)["observations"] == []
    newest = rest("list_observations", limit=1)
    assert len(newest["observations"]) == 1
    if newest["next_cursor"] is not None:
        older = rest("list_observations", limit=1, cursor=newest["next_cursor"])["observations"]
        assert older[0]["at"] <= newest["observations"][0]["at"]
    for wrong in ({"open": "perhaps"}, {"limit": 0}, {"limit": 501}, {"cursor": "odd"}):
        rest.refused("list_observations", 422, says=next(iter(wrong)), **wrong)


@proves("list_services")
def test_the_services_are_eight_with_their_processes(rest: Rest) -> None:
    services = {service["name"]: service for service in rest("list_services")["services"]}
    assert set(services) >= SERVICES
    for name in SERVICES:
        assert services[name]["status"] == "up"
        for replica in services[name]["replicas"]:
            assert replica["id"].startswith(name)
            assert replica["pid"] > 0
            assert when(replica["started"])


@proves("get_config")
def test_the_desired_state_has_the_defaults(rest: Rest) -> None:
    config = rest("get_config")
    assert config["thresholds"] == {"cpu_usage": 80.0, "memory_usage": 80.0, "latency": 50.0, "packet_loss": 5.0}
    assert (config["interval"], config["mode"], config["running"]) == (3.0, "auto", False)
    assert len(config["kinds"]) == 8


@proves("get_scorecard")
def test_the_scorecard_counts_the_outcomes_of_the_faults(rest: Rest) -> None:
    card = rest("get_scorecard")
    assert set(card) >= SCORE | {"seconds", "by_kind"}
    assert set(card["seconds"]) == {"detect", "diagnose", "act", "repair"}
    assert all(set(step) == {"p50", "p95", "max"} for step in card["seconds"].values())
    assert card["faults"] == sum(kind["faults"] for kind in card["by_kind"].values())
    assert card["repaired"] <= card["detected"] <= card["faults"]


@proves("list_incidents", "get_incident", "list_faults", "inject_fault", "get_fault")
def test_a_fault_becomes_an_incident_with_a_complete_timeline(rest: Rest) -> None:
    before = rest("get_scorecard")["faults"]
    fault = rest("inject_fault", send={"kind": "high_cpu", "target": "server-3"})
    assert set(fault) >= FAULT
    incident_id = rest.incident_of(fault, over=True)["id"]
    rest.wait("its end", lambda: rest("get_incident", incident_id=incident_id)["resolution"] == "auto_resolved", 40)
    incident = rest("get_incident", incident_id=incident_id)
    assert set(incident) >= INCIDENT | {"causes", "members", "actions", "timeline"}
    assert (incident["type"], incident["node_id"], incident["severity"]) == ("high_cpu", "server-3", "critical")
    assert (incident["resolution"], incident["causes"][0]["node"]) == ("auto_resolved", "server-3")
    assert when(incident["resolution_time"]) > when(incident["timestamp"]) > when(fault["started"])
    assert set(incident["causes"][0]) >= {"node", "kind", "confidence", "evidence", "actions"}
    assert incident["actions"][-1]["state"] == "verified"
    assert any(member["metric"] == "cpu_usage" and member["cleared"] for member in incident["members"])
    assert set(incident["timeline"][0]) == {"at", "what", "by"}
    assert [when(entry["at"]) for entry in incident["timeline"]] == sorted(
        when(entry["at"]) for entry in incident["timeline"]
    )
    assert {"correlator", "detector", "rca", "remediator"} <= {entry["by"] for entry in incident["timeline"]}
    ended = rest.wait("its end", lambda: (f := rest("get_fault", fault_id=fault["id"]))["ended"] and f)
    assert ended["ended_by"] == "action"
    assert ended in rest("list_faults")["faults"]
    assert rest("get_scorecard")["faults"] == before + 1
    found = rest("list_incidents", node="server-3", state="resolved", limit=500)
    assert incident_id in {brief["id"] for brief in found["recent_incidents"]}
    assert set(found["recent_incidents"][0]) >= INCIDENT
    assert set(found["stats"]) >= STATS | {"self_cleared", "auto_resolution_rate"}


@proves("list_incidents")
def test_incidents_are_paged_oldest_first_without_a_gap(rest: Rest) -> None:
    for target in ("server-1", "server-4", "server-7"):
        fault = rest("inject_fault", send={"kind": "high_cpu", "target": target})
        rest.incident_of(fault, over=True)
    rest.heal()
    whole = [brief["id"] for brief in rest("list_incidents", limit=500)["recent_incidents"]]
    assert len(whole) >= 3
    pages: list[str] = []
    page = rest("list_incidents", limit=2)
    while True:
        ids = [brief["id"] for brief in page["recent_incidents"]]
        times = [when(brief["timestamp"]) for brief in page["recent_incidents"]]
        assert (0 < len(ids) <= 2, times) == (True, sorted(times))
        pages = ids + pages
        if page["next_cursor"] is None:
            break
        page = rest("list_incidents", limit=2, cursor=page["next_cursor"])
    assert pages == whole
    assert len(rest("list_incidents")["recent_incidents"]) <= 10
    assert rest("list_incidents", state="open")["recent_incidents"] == []


@pytest.mark.parametrize(
    "wrong", [{"state": "odd"}, {"node": "server-99"}, {"limit": 0}, {"limit": 501}, {"cursor": "odd"}]
)
def test_an_invalid_filter_of_incidents_is_refused(rest: Rest, wrong: dict[str, object]) -> None:
    rest.refused("list_incidents", 422, **wrong)


def test_an_unknown_incident_or_fault_is_refused(rest: Rest) -> None:
    rest.refused("get_incident", 404, incident_id="x", says="/api/incidents")
    rest.refused("get_fault", 404, fault_id="x", says="/api/faults")


@proves("get_health", "get_readiness", "get_prometheus")
def test_the_probes_answer(rest: Rest) -> None:
    assert rest("get_health") == rest("get_readiness") == {"status": "ok"}
    answer = rest.ask("get_prometheus")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'nms_nodes{status="healthy"}' in answer.text
