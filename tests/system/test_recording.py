"""A recording of a run under faults, replayed with the same code, finds the same anomalies, incidents and causes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.running import ROOT, Running
from shared.domain.config import Desired
from shared.platform.leases import OWN_FOR
from shared.recordings.errors import CutOff
from shared.recordings.journal import read_journal

FAULTS = 8
SPEED = 4.0
TRIES = 4
"""Attempts: a detector without CPU time for a second loses its lease and misses anomalies that a replay finds."""
HEALED_WITHIN = 240.0
PATIENCE = 120.0
KILLS = 2

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def replay(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nms", "replay", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, check=False)


def record_a_run(folder: Path, form: str, seed: int) -> None:
    desired = Desired(chance=1.0, at_once=2, max_faults=FAULTS)
    with Running(seed=seed, speed=SPEED, desired=desired) as system:
        command = [sys.executable, "-m", "nms", "record", "-o", str(folder), "--since", "all", "--format", form]
        env = {**os.environ, "XDG_STATE_HOME": str(system.folder)}
        recorder = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        try:
            system.wait("the recorder to begin", (folder / "telemetry.jsonl.gz").exists, PATIENCE)
            system.wait("the faults to be over", lambda: all_over(system), HEALED_WITHIN)
        finally:
            recorder.send_signal(signal.SIGTERM)
            _, complained = recorder.communicate(timeout=PATIENCE)
        assert recorder.returncode == 0, complained


def all_over(system: Running) -> bool:
    faults = system.get("/api/faults")["faults"]
    assert isinstance(faults, list)
    ended = [fault for fault in faults if fault["ended"]]
    return len(ended) >= FAULTS and not system.unresolved()


@pytest.mark.parametrize("form", [pytest.param("jsonl", marks=pytest.mark.soak), "parquet"])
def test_a_replay_gives_the_results_of_the_running_system(form: str, tmp_path: Path) -> None:
    for seed in range(1, TRIES + 1):
        folder = tmp_path / str(seed)
        record_a_run(folder, form, seed)
        done = replay(folder, "--compare", "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)["comparison"]
        if found["latest"] <= OWN_FOR:
            break
    else:
        pytest.fail(f"in none of {TRIES} runs did the detector keep up: this machine is too busy")
    for name in ("anomalies", "incidents", "causes"):
        results = found[name]
        assert (results["missing"], results["new"], results["differ"]) == ([], [], []), name
    assert found["anomalies"]["equal"] >= FAULTS
    assert found["incidents"]["equal"] >= FAULTS // 2
    assert found["causes"]["equal"] >= FAULTS // 2
    assert found["recorded"] == found["now"]
    assert found["now"]["faults"] == FAULTS
    assert replay(folder, "--compare", "--strict").returncode == 0


def test_a_recording_is_complete_although_the_broker_is_killed(tmp_path: Path) -> None:
    """The recorder continues behind the last message: the numbers of each stream have no gap."""
    folder = tmp_path / "r"
    with Running(seed=3, speed=SPEED, desired=Desired(chance=1.0)) as system:
        command = [sys.executable, "-m", "nms", "record", "-o", str(folder), "--since", "all"]
        env = {**os.environ, "XDG_STATE_HOME": str(system.folder)}
        recorder = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        try:
            until_it_records(system, folder, 0.0)
            for _ in range(KILLS):
                kill_broker(system)
                until_it_records(system, folder, time.time())
        finally:
            recorder.send_signal(signal.SIGINT)
            _, complained = recorder.communicate(timeout=PATIENCE)
        assert recorder.returncode == 0, complained
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["reconnects"] >= KILLS
    assert all(read["missing"] == 0 for read in manifest["reads"].values())
    for family, read in manifest["reads"].items():
        # The log has a stream for each service, and so as many counts: missing messages are listed above.
        if family not in ("settings", "log") and read["messages"]:
            assert read["messages"] == read["last"] - read["first"] + 1, family
    assert replay(folder).returncode == 0


def newest(folder: Path) -> float:
    """Return the storage time of the newest recorded telemetry; 0 if there is none yet."""
    path, stored = folder / "telemetry.jsonl.gz", 0.0
    if path.exists():
        with suppress(CutOff):  # it is being written
            for entry in read_journal(path):
                stored = entry.stored
    return stored


def until_it_records(system: Running, folder: Path, since: float) -> None:
    """Wait for telemetry that was stored after `since`: earlier messages may reach the disk only after a kill."""
    system.wait("telemetry to be recorded", lambda: newest(folder) > since, PATIENCE)


def kill_broker(system: Running) -> None:
    killed = system.pid("nats-server")
    os.kill(killed, signal.SIGKILL)
    system.wait("another broker", lambda: system.pid("nats-server") != killed, PATIENCE)
