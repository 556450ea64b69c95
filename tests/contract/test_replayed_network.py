"""`nms up --network` on the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from benchmarks.running import ROOT
from nms.runtime import read_runtime
from shared.domain.config import Desired
from tests.nms.recording.build import simulated

STARTS_WITHIN = 120.0
SETTING = 2
COMMAND = "nms up --fresh --network replay:monday"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NMS_", "FORCE_COLOR"))}
    path = os.pathsep.join(filter(None, (str(ROOT), kept.get("PYTHONPATH"))))
    return {**kept, "NO_COLOR": "1", "PYTHONPATH": path, "XDG_STATE_HOME": str(home), **more}


def words(command: str) -> list[str]:
    return [sys.executable, "-m", *command.split()]


def test_a_recording_is_played_as_a_network(tmp_path: Path) -> None:
    simulated(tmp_path / "monday", 4.0, desired=Desired(running=False))
    env = environment(tmp_path / "state", NMS_PORT="0")
    with (tmp_path / "log").open("wb") as log:
        system = subprocess.Popen(words(COMMAND), cwd=tmp_path, env=env, stdout=log, stderr=log)
    try:
        shown = status(tmp_path, env)
        while "no more telemetry" not in log_of(tmp_path):
            assert system.poll() is None, log_of(tmp_path)
            time.sleep(0.1)
    finally:
        system.send_signal(signal.SIGTERM)
        assert system.wait(30) == 0
    assert "the network (replay) offers no actions and no faults" in shown
    again = subprocess.run(words("nms up"), cwd=tmp_path, env={**env, "NMS_NETWORK": "simulator"}, capture_output=True)
    assert again.returncode == SETTING and b"created with another --network" in again.stderr


def status(folder: Path, env: dict[str, str]) -> str:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        runtime = read_runtime(folder / "state" / "nms")
        try:
            if runtime and httpx.get(f"{runtime.url}/readyz", timeout=2).status_code == httpx.codes.OK:
                done = subprocess.run(words("nms status"), cwd=folder, env=env, capture_output=True, text=True)
                return done.stdout
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError(log_of(folder))


def log_of(folder: Path) -> str:
    return (folder / "log").read_text(errors="replace")


@pytest.mark.parametrize(
    ("network", "says"),
    [
        ("lab", "there is no driver 'lab'; there are simulator, replay:FOLDER"),
        ("replay:tuesday", "tuesday: no such folder; name one that `nms record` made"),
        ("replay:", "the argument is missing; write NMS_NETWORK=replay:FOLDER"),
    ],
)
def test_an_invalid_recording_is_refused_before_anything_starts(tmp_path: Path, network: str, says: str) -> None:
    done = subprocess.run(
        words(f"nms up --network {network}"), cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True
    )
    assert done.returncode == SETTING and says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "nms").exists()


def test_the_help_lists_the_drivers() -> None:
    done = subprocess.run(words("nms up --help"), cwd=ROOT, env=environment(ROOT), capture_output=True, text=True)
    assert "replay:FOLDER" in done.stdout and COMMAND in done.stdout
