"""Devices with names as people use them: each fault is repaired and shown under the name, by real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from benchmarks.running import Running
from shared.domain.config import Desired
from shared.domain.instant import instant
from shared.topologies import read_topology

WORLD = Path(__file__).parents[1] / "shared" / "topologies" / "world.yaml"
TARGETS = (
    ("node_down", "acc-1/1"),
    ("node_down", "SW2~"),
    ("node_down", "核心#1:é"),
    ("link_down", "🔥 rack--edge a"),
    ("node_down", "e\u0301té"),
)
"""The link is written with its ends exchanged."""
SPEED = 8.0
LEARNING = 30.0
"""Network seconds in which the detector learns its baselines."""
COMMENT = "/api/incidents/{}/comment"


def nms(system: Running, *words: str) -> str:
    command = [sys.executable, "-m", "nms", *words, "--server", system.url]
    env = {**os.environ, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def at(system: Running, element: str) -> list[dict[str, Any]]:
    return list(system.get(f"/api/incidents?node={quote(element, safe='')}")["recent_incidents"])  # type: ignore[call-overload]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_fault_is_repaired_and_shown_for_any_device_name() -> None:
    with Running("--fresh", "--topology", str(WORLD), speed=SPEED, desired=Desired(running=False)) as system:
        shown: Any = system.get("/api/topology")
        network = read_topology(WORLD)
        assert [node["id"] for node in shown["nodes"]] == list(network.node_by_id)
        assert [link["id"] for link in shown["links"]] == list(network.link_by_id)
        learnt = _now(system) + LEARNING
        system.wait("the detector to have learnt", lambda: _now(system) > learnt, 60)
        for kind, written in TARGETS:
            target = network.spelled(written)
            if written == "acc-1/1":
                assert target in nms(system, "inject", kind, written)
            else:
                system.post("/api/faults", {"kind": kind, "target": written, "duration": 600})
            system.wait(f"{kind} at {target} to end", lambda t=target: _ended(system, t) is not None, 60)  # type: ignore[misc]
            assert _ended(system, target) == "action", (kind, target)
            incident = next(one for one in at(system, target) if one["cause"]["node"] == target)
            path = quote(incident["id"], safe="")
            detail = system.get(f"/api/incidents/{path}")
            assert detail["id"] == incident["id"]
            answer = httpx.post(system.url + COMMENT.format(path), json={"text": "seen", "by": "Анна"}, timeout=10)
            assert answer.status_code == httpx.codes.ACCEPTED
            system.wait("all incidents to close", lambda: not system.unresolved(), 30)
        assert [fault["target"] for fault in _faults(system)] == [network.spelled(target) for _, target in TARGETS]
        for bystander in ("SW2", "acc-1-1", "été"):
            causes = [one["cause"]["node"] for one in at(system, bystander)]
            assert bystander not in causes, f"{bystander} was taken for another"
        printed = nms(system, "topology")
        assert all(name in printed for name in network.node_by_id)
        assert "dead letter" not in system.log.read_text()


def _now(system: Running) -> float:
    return instant(str(system.get("/api/status")["timestamp"]))


def _faults(system: Running) -> list[dict[str, Any]]:
    return list(system.get("/api/faults")["faults"])  # type: ignore[call-overload]


def _ended(system: Running, target: str) -> str | None:
    return next(fault["ended_by"] for fault in reversed(_faults(system)) if fault["target"] == target)
