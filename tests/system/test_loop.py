"""The real processes with a real broker: faults are detected, diagnosed and repaired."""

from __future__ import annotations

import time
from typing import Any

import pytest

from benchmarks.running import Running

KINDS_AND_TARGETS = [
    ("high_cpu", "server-3"),
    ("high_memory", "core-router-1"),
    ("high_latency", "edge-switch-2"),
    ("packet_loss", "edge-switch-1--server-1"),
    ("node_down", "edge-switch-4"),
    ("link_down", "core-router-1--core-router-2"),
    ("link_flap", "core-router-2--edge-switch-2"),
    ("congestion", "edge-switch-3--server-3"),
]
LEARNING_SECONDS = 8.0


def fault(system: Running, fault_id: str) -> dict[str, Any]:
    faults: Any = system.get("/api/faults")["faults"]
    return next(f for f in faults if f["id"] == fault_id)


@pytest.fixture(scope="module")
def learnt(system: Running) -> Running:
    time.sleep(LEARNING_SECONDS)
    return system


@pytest.mark.parametrize(("kind", "target"), KINDS_AND_TARGETS)
def test_each_kind_of_fault_is_repaired(learnt: Running, kind: str, target: str) -> None:
    injected = learnt.post("/api/faults", {"kind": kind, "target": target, "duration": 120})
    learnt.wait(f"{kind} on {target} to end", lambda: fault(learnt, str(injected["id"]))["ended"] is not None, 60)
    assert fault(learnt, str(injected["id"]))["ended_by"] == "action"
    learnt.wait("all incidents to close", lambda: not learnt.unresolved(), 20)


def test_a_dead_node_is_shown_as_down_until_it_answers(learnt: Running) -> None:
    learnt.wait("all nodes to be healthy", lambda: _statuses(learnt) == {"healthy"}, 20)
    learnt.configure(mode="off")
    learnt.post("/api/faults", {"kind": "node_down", "target": "server-8", "duration": 120})
    learnt.wait("server-8 to be down", lambda: _status(learnt, "server-8") == "down", 10)
    learnt.configure(mode="auto")
    learnt.wait("all nodes to be healthy again", lambda: _statuses(learnt) == {"healthy"}, 30)


def test_the_scorecard_counts_the_repairs(learnt: Running) -> None:
    card: Any = learnt.get("/api/scorecard")
    assert card["detected"] == card["faults"] == len(KINDS_AND_TARGETS) + 1
    assert card["right_kind"] >= len(KINDS_AND_TARGETS)
    assert card["repaired"] == card["faults"]
    assert card["needless_actions"] == 0


def _nodes(system: Running) -> dict[str, str]:
    nodes: Any = system.get("/api/topology")["nodes"]
    return {node["id"]: node["status"] for node in nodes}


def _status(system: Running, node: str) -> str:
    return _nodes(system)[node]


def _statuses(system: Running) -> set[str]:
    return set(_nodes(system).values())
