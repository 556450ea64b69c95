"""`nms up`: one system for each state folder; dead processes are restarted, and none is left after any end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.running import ROOT, Running
from shared.domain.config import Desired

GONE_WITHIN = 5.0
BACK_WITHIN = 30.0
BROKER = "nats-server"

pytestmark = pytest.mark.timeout(180)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def processes(system: Running) -> dict[str, int]:
    found = system.runtime["processes"]
    assert isinstance(found, dict)
    return {str(name): int(pid) for name, pid in found.items()}


def left(pids: dict[str, int]) -> dict[str, int]:
    end = time.monotonic() + GONE_WITHIN
    while time.monotonic() < end and any(map(alive, pids.values())):
        time.sleep(0.05)
    return {name: pid for name, pid in pids.items() if alive(pid)}


def test_the_supervisor_restarts_stops_and_leaves_no_process() -> None:
    with Running(desired=Desired(running=False)) as system:
        first = processes(system)
        assert len(first) == 9
        assert all(map(alive, first.values()))

        second = subprocess.run(
            [sys.executable, "-m", "nms", "up", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "XDG_STATE_HOME": str(system.folder)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert second.returncode == 1
        assert f"already at {system.url}: stop it first" in " ".join(second.stderr.split())

        os.kill(first[BROKER], signal.SIGKILL)
        system.wait("the broker to be back", lambda: processes(system)[BROKER] != first[BROKER], BACK_WITHIN)
        system.wait("the gateway to be ready again", system._ready, BACK_WITHIN)
        assert processes(system).keys() == first.keys()

        begun = system.get("/api/topology")["nodes"]
        last = processes(system)
        system.process.kill()
        system.process.wait()
        assert left(last) == {}, "the supervisor was killed and left these"

        system.start()
        assert isinstance(begun, list)
        again = system.get("/api/topology")["nodes"]
        assert isinstance(again, list)
        assert [node["id"] for node in again] == [node["id"] for node in begun]
        last = processes(system)
        assert system.stop() == 0
        assert left(last) == {}, "the supervisor was asked to stop and left these"
        assert not (system.folder / "nms" / "runtime.json").exists()


def test_ctrl_c_while_starting_leaves_nothing(tmp_path: Path) -> None:
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "nms", "up", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        end = time.monotonic() + 30
        while not (tmp_path / "nms" / "runtime.json").exists() and time.monotonic() < end:
            time.sleep(0.02)
        started = children(process.pid)
        assert started
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 0, out
    assert left({str(pid): pid for pid in started}) == {}


def children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_demo_repairs_every_fault() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nms", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=380, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    cycles = [line for line in done.stdout.splitlines() if line.startswith("Cycle ")]
    assert len(cycles) == 5
    assert len({line.split()[3] for line in cycles}) >= 4, "at least four kinds"
    assert all("Injected" in line for line in cycles)
    assert "All 5 faults were repaired" in done.stdout
