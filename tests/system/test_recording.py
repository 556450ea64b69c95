"""A recording of a run under faults, replayed with the same code, finds the same anomalies, incidents and causes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.running import ROOT, Running
from shared.config import Desired

FAULTS = 8
SPEED = 4.0
TRIES = 4
"""A detector that gets no processor for a second is silenced by its lease, which no replay can know: then once more."""
HEALED_WITHIN = 240.0
PATIENCE = 120.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def replay(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nms", "replay", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, check=False)


def record_a_run(folder: Path, form: str, seed: int) -> None:
    """Record a system from its first tick until it has healed its faults, restarting the broker's readers never."""
    desired = Desired(chance=1.0, at_once=2, max_faults=FAULTS)
    with Running(seed=seed, speed=SPEED, desired=desired) as system:
        command = [sys.executable, "-m", "nms", "record", "-o", str(folder), "--since", "all", "--format", form]
        env = {**os.environ, "XDG_STATE_HOME": str(system.folder)}
        recorder = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        try:
            system.wait("the faults to be over", lambda: all_over(system), HEALED_WITHIN)
        finally:
            recorder.send_signal(signal.SIGTERM)
            _, complained = recorder.communicate(timeout=PATIENCE)
        assert recorder.returncode == 0, complained


def all_over(system: Running) -> bool:
    faults = system.get("/api/faults")["faults"]
    assert isinstance(faults, list)
    ended = [fault for fault in faults if fault["ended"]]
    return len(ended) >= FAULTS and not system.get("/api/incidents?state=open")["recent_incidents"]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_replay_finds_what_the_running_system_found(form: str, tmp_path: Path) -> None:
    for seed in range(1, TRIES + 1):
        folder = tmp_path / str(seed)
        record_a_run(folder, form, seed)
        done = replay(folder, "--compare", "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)["comparison"]
        if found["latest"] <= 1.2:
            break
    else:
        pytest.fail(f"in none of {TRIES} runs did the detector keep up: this machine is too busy")
    for name in ("anomalies", "incidents", "causes"):
        told = found[name]
        assert (told["missing"], told["new"], told["differ"]) == ([], [], []), name
    assert found["anomalies"]["equal"] >= FAULTS
    assert found["incidents"]["equal"] >= FAULTS // 2
    assert found["causes"]["equal"] >= FAULTS // 2
    assert found["recorded"] == found["now"]
    assert found["now"]["faults"] == FAULTS
    assert replay(folder, "--compare", "--strict").returncode == 0


def test_a_broker_that_is_killed_meanwhile_leaves_a_whole_recording(tmp_path: Path) -> None:
    """The recorder goes on where it stood: each stream's numbers follow one another."""
    folder = tmp_path / "r"
    with Running(seed=3, speed=SPEED, desired=Desired(chance=1.0)) as system:
        command = [sys.executable, "-m", "nms", "record", "-o", str(folder), "--since", "all"]
        env = {**os.environ, "XDG_STATE_HOME": str(system.folder)}
        recorder = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        try:
            for _ in range(2):
                system.wait("telemetry to be written", lambda: grows(folder), PATIENCE)
                os.kill(system.pid("nats-server"), signal.SIGKILL)
                system.wait("the system to be ready again", lambda: ready(system), PATIENCE)
            system.wait("telemetry to be written", lambda: grows(folder), PATIENCE)
        finally:
            recorder.send_signal(signal.SIGINT)
            _, complained = recorder.communicate(timeout=PATIENCE)
        assert recorder.returncode == 0, complained
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["reconnects"] >= 1
    assert all(read["missing"] == 0 for read in manifest["reads"].values())
    for read in manifest["reads"].values():
        assert read["first"] is None or read["messages"] == read["last"] - read["first"] + 1 or read["first"] != 1
    assert replay(folder).returncode == 0


def grows(folder: Path) -> bool:
    path = folder / "telemetry.jsonl.gz"
    before = path.stat().st_size if path.exists() else 0
    seen = grows.__dict__.setdefault("seen", {})
    grew = before > seen.get(path, 0) + 2_000
    if grew:
        seen[path] = before
    return bool(grew)


def ready(system: Running) -> bool:
    try:
        return system.get("/readyz") is not None
    except Exception:  # whatever it answers while the broker is away
        return False
