"""Rows that a YAML file adds to the catalogue work in every process, the API and the command line."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired
from shared.domain.instant import instant
from tests.shared.test_catalogue_file import DISK

SPEED = 8.0
LEARNING = 30.0
"""Network seconds in which the detector learns its baselines."""
UP = "nms up --catalogue disk.yaml"
INJECT = "nms inject disk_full server-3"
TARGET = INJECT.rpartition(" ")[2]


def nms(system: Running, *words: str) -> Any:
    """Run a command against the system, without the file; return its JSON output."""
    command = [sys.executable, "-m", "nms", *words, "--server", system.url, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def now(system: Running) -> float:
    return instant(str(system.get("/api/metrics")["timestamp"]))


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_rows_of_a_catalogue_file_work_in_the_whole_system(tmp_path: Path) -> None:
    *_, option, name = shlex.split(UP)
    path = tmp_path / name
    path.write_text(DISK)
    with Running("--fresh", option, str(path), speed=SPEED, desired=Desired(running=False)) as system:
        assert [row["kind"] for row in nms(system, "catalogue", "faults")["faults"]][-1] == "disk_full"
        learnt = now(system) + LEARNING
        system.wait("the detector to have learnt", lambda: now(system) > learnt, 60)
        (node,) = (one for one in nms(system, "metrics")["nodes"] if one["id"] == TARGET)
        assert 30 < node["metrics"]["disk_usage"] < 50
        nms(system, *shlex.split(INJECT)[1:])
        system.wait("an incident to be resolved", lambda: resolved(system), 60)
        (incident,) = resolved(system)
        assert (incident["cause"]["node"], incident["cause"]["kind"]) == (TARGET, "disk_full")
        assert incident["resolution"] == "auto_resolved"
        detail: Any = system.get(f"/api/incidents/{incident['id']}")
        assert [(action["action"], action["state"]) for action in detail["actions"]] == [("purge_logs", "verified")]
        assert {member["metric"] for member in detail["members"]} == {"disk_usage"}
        past: Any = system.get(f"/api/metrics/history?node={TARGET}&metric=disk_usage")
        assert max(point["value"] for point in past["points"]) > 85


def resolved(system: Running) -> list[dict[str, Any]]:
    incidents: Any = system.get("/api/incidents")["recent_incidents"]
    return [incident for incident in incidents if incident["status"] == "resolved"]


def test_a_process_with_an_unreadable_catalogue_file_does_not_start() -> None:
    env = {**os.environ, "NMS_CATALOGUE": "/nowhere/disk.yaml"}
    for module in ("network", "services.detector", "services.gateway"):
        done = subprocess.run([sys.executable, "-m", module], env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert "NMS_CATALOGUE=/nowhere/disk.yaml: No such file or directory; name a readable file" in done.stderr
