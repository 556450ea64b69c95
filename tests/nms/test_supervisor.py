"""Errors of the supervisor itself, such as a full disk or a slow start, do not stop the processes."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from nms.plan import Options, Place
from nms.ports import GATEWAY_PORT
from nms.store import SystemStore, read_runtime
from nms.supervisor import GaveUp, System, answers, until
from shared.domain.config import Desired
from shared.domain.errors import BrokerError, DiskFull, PortBusy
from shared.platform.ports import free_port
from tests.nms.test_process_supervisor import RecordingLog


async def test_a_full_disk_does_not_stop_the_supervision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise DiskFull("the state folder cannot be used: make room")

    with SystemStore(tmp_path) as store:
        log = RecordingLog()
        system = System(Options(), store, log)
        system._place = Place("nats://127.0.0.1:1", (1,), None, 1)
        monkeypatch.setattr(store, "announce", full)
        system._announce()
    assert log.lines == ["the state folder cannot be used: make room"]


async def test_a_process_that_cannot_be_kept_running_is_named_at_the_end(tmp_path: Path) -> None:
    system = System(Options(), SystemStore(tmp_path), RecordingLog())
    system._give_up("rca", 3)
    system._give_up("detector", 5)
    with pytest.raises(GaveUp, match=r"rca cannot be started \(exit code 3\)") as failure:
        await system.wait()
    assert failure.value.exit_code == 3


@pytest.mark.slow
async def test_a_gateway_moves_if_its_chosen_port_was_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, SystemStore(tmp_path) as store:
        taken = other.getsockname()[1]
        monkeypatch.setattr("nms.supervisor.choose", lambda usual, _: taken if usual == GATEWAY_PORT else free_port())
        log = RecordingLog()
        async with System(Options(desired=Desired(running=False)), store, log) as system:
            moved = system.place.gateway_ports[0]
            assert moved != taken
            assert f"port {taken} was taken meanwhile: gateway is on {moved}" in log.lines
            runtime = read_runtime(tmp_path)
            assert runtime is not None
            assert runtime.url == system.place.url
            assert await asyncio.to_thread(answers, f"{runtime.url}/readyz")


async def test_a_gateway_does_not_move_from_a_requested_port(tmp_path: Path) -> None:
    system = System(Options(port=5001), SystemStore(tmp_path), RecordingLog())
    system._place = Place("nats://127.0.0.1:1", (5001,), None, 1)
    system._give_up("gateway", PortBusy.exit_code)
    with pytest.raises(GaveUp, match=r"gateway cannot be started \(exit code 4\)"):
        await system.wait()


async def test_a_slow_start_is_awaited_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nms.supervisor.SAY_EVERY", 0.2)
    logged: list[str] = []

    async def never() -> bool:
        return False

    with pytest.raises(BrokerError, match="the gateway was not ready within 1 s"):
        await until(never, "the gateway", 1.0, logged.append)
    assert 2 <= len(logged) <= 4
    assert "waiting for the gateway to be ready" in logged[0]
