"""Runs the documented commands that start a system, word for word, each with its own state folder.

The usual port may be taken: the system then reports that and uses another.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from nms.store import Runtime, read_runtime
from tests.docs.blocks import ROOT

STARTS_WITHIN, STOPS_WITHIN = 120.0, 20.0
POLL = 0.2
FOREIGN = ("NMS_", "XDG_", "ARGS", "MAKE", "MFLAGS")
"""Variables of the environment that would change the documented command."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Own:
    runtime: Runtime
    log: Path

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.runtime.url + path, timeout=10)

    def environment(self, process: str) -> str:
        return Path(f"/proc/{self.runtime.processes[process]}/environ").read_text().replace("\0", "\n")


@contextmanager
def started(command: str, folder: Path, where: Path = ROOT) -> Iterator[Own]:
    keep = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{keep.get('PATH', '')}"
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}" if command.startswith("nms") else command],
            cwd=where,
            env={**keep, "PATH": path, "HOME": str(folder), "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Own(_ready(process, folder / ".local" / "state" / "nms", log), log)
    finally:
        _stop(process, folder / ".local" / "state" / "nms")


def _ready(process: subprocess.Popen[bytes], state: Path, log: Path) -> Runtime:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        runtime = read_runtime(state)
        try:
            if runtime and httpx.get(f"{runtime.url}/readyz", timeout=2).status_code == httpx.codes.OK:
                return runtime
        except httpx.HTTPError:
            pass
        time.sleep(POLL)
    raise AssertionError(f"it did not start\n{log.read_text()}")


def _stop(process: subprocess.Popen[bytes], state: Path) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    process.wait(STOPS_WITHIN)
    until = time.monotonic() + STOPS_WITHIN
    while read_runtime(state) is not None and time.monotonic() < until:
        time.sleep(POLL)
    assert read_runtime(state) is None


def eventually(what: str, holds: object, seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if callable(holds) and holds():
            return
        time.sleep(POLL)
    pytest.fail(f"waited {seconds:g} s for {what}")


@pytest.mark.parametrize(
    ("command", "speed"),
    [
        ("make up", "1.0"),
        ('make up ARGS="--port 5001 --speed 4"', "4.0"),
    ],
)
def test_make_starts_a_system_and_passes_options_on(command: str, speed: str, tmp_path: Path) -> None:
    asked = re.search(r"--port (\d+)", command)
    # Everything that make would install is there, since this test runs. The port may be taken by another process.
    command = command.replace("make ", "make -o .venv/.product ", 1)
    if asked and _taken(int(asked[1])):
        command = command.replace(asked[0], "--port 0")
    with started(command, tmp_path) as own:
        assert own.get("/api/status").json()["running"] is True
        assert f"NMS_SPEED={speed}" in own.environment("network")
        assert own.get("/").headers["content-type"].startswith("text/html")
        # The gateway answers before the supervisor, which waits for all processes, reports it.
        eventually("the word that it runs", lambda: "NMS is running" in own.log.read_text())


def _taken(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/", timeout=2)
    except httpx.ConnectError:
        return False
    return True


def test_the_requested_number_of_replicas_is_started(tmp_path: Path) -> None:
    with started("nms up --scale detector=3 --scale rca=2", tmp_path) as own:

        def counted() -> bool:
            services = own.get("/api/services").json()["services"]
            count = {service["name"]: len(service["replicas"]) for service in services}
            return (count["detector"], count["rca"], count["network"]) == (3, 2, 1)

        eventually("three detectors and two rca", counted)


def test_a_second_gateway_gives_the_same_answers(tmp_path: Path) -> None:
    with started("nms up --scale gateway=2", tmp_path) as own:
        second = re.search(r"NMS_PORT=(\d+)", own.environment("gateway-2"))
        assert second is not None
        url = f"http://127.0.0.1:{second[1]}/api/topology"

        def same() -> bool:
            try:
                other = httpx.get(url, timeout=5)
            except httpx.HTTPError:
                return False
            ours = own.get("/api/topology").json()
            return other.is_success and [n["id"] for n in other.json()["nodes"]] == [n["id"] for n in ours["nodes"]]

        eventually("the second gateway", same)


def test_the_first_start_takes_the_desired_state(tmp_path: Path) -> None:
    command = """NMS_DESIRED='{"running": false, "thresholds": {"cpu_usage": 70}}' nms up --fresh"""
    with started(command, tmp_path) as own:
        config = own.get("/api/config").json()
        assert config["running"] is False
        assert config["thresholds"]["cpu_usage"] == 70


def test_a_given_topology_is_used(tmp_path: Path) -> None:
    (tmp_path / "my-network.gml").write_text((ROOT / "tests" / "shared" / "topologies" / "ring.gml").read_text())
    with started("nms up --fresh --topology my-network.gml", tmp_path, tmp_path) as own:
        nodes = own.get("/api/topology").json()["nodes"]
        assert nodes
        assert not any(node["id"].startswith("core-router-") for node in nodes)


def test_the_gate_is_set_where_the_remediator_starts(tmp_path: Path) -> None:
    with started("NMS_GATE_COOLDOWN=30 NMS_GATE_AT_ONCE=1 nms up", tmp_path) as own:
        environment = own.environment("remediator")
        assert "NMS_GATE_COOLDOWN=30" in environment
        assert "NMS_GATE_AT_ONCE=1" in environment


def test_behind_a_proxy_only_the_configured_name_is_answered(tmp_path: Path) -> None:
    """The headers are those of the proxies in docs/how-to/behind-a-proxy.md."""
    with started("NMS_ALLOWED_HOSTS=nms.example.org NMS_GET_CONTROL=false nms up", tmp_path) as own:
        ours = {"Host": "nms.example.org", "Origin": "https://nms.example.org"}
        elsewhere = {"Host": "nms.example.com"}
        foreign = {**ours, "Origin": "https://www.example.com"}
        stop = f"{own.runtime.url}/api/stop"
        assert httpx.get(f"{own.runtime.url}/", headers=ours).status_code == 200
        assert httpx.post(stop, headers=ours).status_code == 200
        assert httpx.get(stop, headers=ours).status_code == 405
        assert httpx.post(stop, headers=elsewhere).status_code == 421
        assert httpx.post(stop, headers=foreign).status_code == 403
        assert httpx.post(stop, headers={**ours, "Host": "nms.example.org:8443"}).status_code == 403
        _greets(own, ours)
        with pytest.raises(InvalidStatus):
            _greets(own, foreign)


def _greets(own: Own, headers: dict[str, str]) -> None:
    """Open the WebSocket with the proxy's host name, but connect to the address of the gateway."""
    address = httpx.URL(own.runtime.url)
    where = (address.host, address.port)
    with connect(f"ws://{headers['Host']}/ws", address=where, origin=headers["Origin"], proxy=None) as socket:
        assert '"snapshot"' in socket.recv(timeout=10)
