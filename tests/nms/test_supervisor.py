"""The system as one: what the supervisor itself meets, a full disk or a slow start, does not end what it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from nms.plan import Options, Place
from nms.store import SystemStore
from nms.supervisor import GaveUp, System, until
from shared.domain.errors import BrokerError, DiskFull
from tests.nms.test_process_supervisor import Heard


async def test_a_full_disk_keeps_nobody_from_keeping_the_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DiskFull("the state folder cannot be used: make room")

    with SystemStore(tmp_path) as store:
        log = Heard()
        system = System(Options(), store, log)
        system._place = Place("nats://127.0.0.1:1", (1,), None, 1)
        monkeypatch.setattr(store, "announce", full)
        system._announce()
    assert log.lines == ["the state folder cannot be used: make room"]


async def test_who_cannot_be_kept_alive_is_named_at_the_end(tmp_path: Path) -> None:
    system = System(Options(), SystemStore(tmp_path), Heard())
    system._give_up("rca", 3)
    system._give_up("gateway", 4)
    with pytest.raises(GaveUp, match=r"rca cannot be started \(exit code 3\)") as failure:
        await system.wait()
    assert failure.value.exit_code == 3


async def test_a_slow_start_is_waited_for_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nms.supervisor.SAY_EVERY", 0.2)
    said: list[str] = []

    async def never() -> bool:
        return False

    with pytest.raises(BrokerError, match="the gateway was not ready within 1 s"):
        await until(never, "the gateway", 1.0, said.append)
    assert 2 <= len(said) <= 4
    assert "waiting for the gateway to be ready" in said[0]
