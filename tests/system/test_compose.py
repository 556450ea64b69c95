"""The system in containers, from the published files: it starts, repairs, scales, and is isolated."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import nats
import pytest
from nats.aio.msg import Msg

from shared.domain.config import Desired
from shared.domain.kinds import FaultKind, ServiceName
from shared.platform.ports import free_port

ROOT = Path(__file__).parents[2]
PROJECT = "nms-test"
BASE_IMAGES_WITHIN = 900.0
BUILD_WITHIN = 900.0
UP_WITHIN = 180.0
HEALED_WITHIN = 120.0
LEARNING_SECONDS = 20.0
URL = "http://127.0.0.1"
METRICS_OF = """
import sys, urllib.request
for host in sys.argv[1:]:
    text = urllib.request.urlopen(f"http://{host}:8080/metrics", timeout=10).read()
    print(host, b"nms_connected" in text)
"""
KINDS = (FaultKind.HIGH_CPU, FaultKind.PACKET_LOSS, FaultKind.NODE_DOWN, FaultKind.LINK_DOWN, FaultKind.HIGH_LATENCY)
FAULTS = 5

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(2400)]


def run(*command: str, within: float = 120.0, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=within,
        check=False,
    )


def until(what: str, holds: Callable[[], object], seconds: float, seen: Callable[[], object] = lambda: "") -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if holds():
                return
        except (httpx.HTTPError, OSError, ValueError):
            pass
        time.sleep(0.5)
    pytest.fail(f"waited {seconds:g} s for {what}: {seen()}")


class Compose:
    def __init__(self, command: tuple[str, ...], env: Mapping[str, str]) -> None:
        self.command = command
        self.env = env

    def __call__(self, *arguments: str, within: float = 120.0) -> str:
        done = run(*self.command, "-p", PROJECT, *arguments, within=within, env=self.env)
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout

    def container(self, service: str, number: int = 1) -> dict[str, object]:
        names = run("docker", "ps", "-a", "--format", "{{.Names}}", "--filter", f"name={PROJECT}").stdout.split()
        name = next(name for name in names if name.replace("_", "-") == f"{PROJECT}-{service}-{number}")
        found: dict[str, object] = json.loads(run("docker", "inspect", name).stdout)[0]
        return found

    def port(self, service: str, number: int = 1) -> int:
        network = self.container(service, number)["NetworkSettings"]
        assert isinstance(network, dict)
        inside = "5000/tcp" if service == "gateway" else "4222/tcp"
        (binding,) = network["Ports"][inside]
        assert binding["HostIp"] == "127.0.0.1"
        return int(binding["HostPort"])

    def get(self, path: str, number: int = 1) -> dict[str, object]:
        answer = httpx.get(f"{URL}:{self.port('gateway', number)}{path}", timeout=10).raise_for_status()
        body: dict[str, object] = answer.json()
        return body


def compose_command() -> tuple[str, ...]:
    if run("docker", "compose", "version").returncode == 0:
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    pytest.skip("there is neither `docker compose` nor `docker-compose`")


@pytest.fixture(scope="module")
def compose() -> Iterator[Compose]:
    if script := os.environ.get("NMS_BASE_IMAGES"):
        done = run("bash", script, within=BASE_IMAGES_WITHIN)
        assert done.returncode == 0, done.stderr[-4000:]
    if shutil.which("docker") is None or run("docker", "info").returncode != 0:
        pytest.skip("there is no Docker engine")
    desired = Desired(running=False, chance=1, at_once=1, kinds=KINDS, ttl=600, max_faults=FAULTS)
    env = {"NMS_DESIRED": desired.model_dump_json(), "NMS_SPEED": "2", "NMS_NATS_PORT": str(free_port())}
    compose = Compose(compose_command(), env)
    print(f"\nwith {' '.join(compose.command)}")  # noqa: T201 - shows which of the two was used
    try:
        compose("build", within=BUILD_WITHIN)
        compose("up", "-d", within=UP_WITHIN)
        until("the gateway", lambda: compose.get("/api/status"), UP_WITHIN)
        yield compose
    finally:
        run(*compose.command, "-p", PROJECT, "down", "--volumes", "--timeout", "10", within=180)


def test_the_container_serves_the_page_of_the_checkout(compose: Compose) -> None:
    answer = httpx.get(f"{URL}:{compose.port('gateway')}/")
    assert answer.status_code == httpx.codes.OK
    assert answer.text == (ROOT / "dashboard" / "index.html").read_text()


def test_five_faults_are_repaired(compose: Compose) -> None:
    time.sleep(LEARNING_SECONDS)  # a fault before the baselines are learnt is repaired, but detected late
    httpx.post(f"{URL}:{compose.port('gateway')}/api/start").raise_for_status()

    def repaired() -> bool:
        faults = compose.get("/api/faults")["faults"]
        assert isinstance(faults, list)
        return len(faults) == FAULTS and all(fault["ended_by"] == "action" for fault in faults)

    until("five repairs", repaired, HEALED_WITHIN)
    until("the scorecard", lambda: compose.get("/api/scorecard")["repaired"] == FAULTS, HEALED_WITHIN, members(compose))


def members(compose: Compose) -> Callable[[], object]:
    """Return the faults and the clearing times of each incident's members, to explain a failure."""

    def cleared() -> object:
        names = [one["id"] for one in compose.get("/api/incidents")["recent_incidents"]]  # type: ignore[attr-defined]
        incidents = [compose.get(f"/api/incidents/{name}") for name in names]
        return compose.get("/api/faults")["faults"], [(one["id"], one["members"]) for one in incidents]

    return cleared


def test_every_container_is_healthy_with_minimal_rights(compose: Compose) -> None:
    for service in (*ServiceName, "nats"):

        def healthy(service: str = service) -> bool:
            state = compose.container(service)["State"]
            assert isinstance(state, dict)
            return bool(state["Health"]["Status"] == "healthy")

        until(f"{service} to be healthy", healthy, 120)
        found = compose.container(service)
        config, host = found["Config"], found["HostConfig"]
        assert isinstance(config, dict)
        assert isinstance(host, dict)
        assert config["User"].startswith("10001")
        assert host["ReadonlyRootfs"]
        assert host["Memory"] > 0
        assert host["NanoCpus"] > 0
        assert host["CapDrop"] == ["ALL"]
        assert host["RestartPolicy"]["Name"] == "unless-stopped"


def test_a_container_of_the_network_can_scrape_every_service_by_name(compose: Compose) -> None:
    scraped = compose("exec", "-T", "stabilizer", "python", "-c", METRICS_OF, *ServiceName)
    assert scraped.splitlines() == [f"{service} True" for service in ServiceName]


def test_a_killed_service_is_restarted(compose: Compose) -> None:
    before = compose.container("detector")["State"]
    assert isinstance(before, dict)
    os.kill(int(before["Pid"]), 9)

    def back() -> bool:
        state = compose.container("detector")["State"]
        assert isinstance(state, dict)
        return bool(state["Running"] and state["Pid"] != before["Pid"])

    until("the detector", back, 60)


def test_a_second_gateway_shows_the_same(compose: Compose) -> None:
    compose("up", "-d", "--scale", "gateway=2", within=UP_WITHIN)
    until("the second gateway", lambda: compose.get("/readyz", 2) is not None, 60)
    assert compose.port("gateway", 2) != compose.port("gateway", 1)
    topology = [compose.get("/api/topology", number)["nodes"] for number in (1, 2)]
    names = [[node["id"] for node in nodes] for nodes in topology if isinstance(nodes, list)]
    assert names[0] == names[1]
    assert len(names[0]) == len(set(names[0])) > 0


async def test_a_tap_without_credentials_can_read_and_cannot_publish(compose: Compose) -> None:
    received, refused = asyncio.Event(), asyncio.Event()

    async def on_message(message: Msg) -> None:
        received.set()

    async def on_error(error: Exception) -> None:
        if "permissions violation for publish" in str(error).lower():
            refused.set()

    client = await nats.connect(f"nats://127.0.0.1:{compose.port('nats')}", error_cb=on_error)
    try:
        await client.subscribe("metrics.*", cb=on_message)
        await client.publish("control.injector", b"{}")
        await asyncio.wait_for(received.wait(), 10)
        await asyncio.wait_for(refused.wait(), 10)
    finally:
        await client.close()
