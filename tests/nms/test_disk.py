"""A broker whose disk was full is restarted once, when there is space again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from nms import disk
from nms.disk import DiskWatch
from tests.nms.test_process_supervisor import RecordingLog

FULL = "[1] 2026/11/22 12:00:00.0 [ERR] JetStream failed to store a msg: write 1.blk: no space left on device"


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether there is space: the last entry."""
    answers = [False]
    monkeypatch.setattr(disk, "has_room", lambda _: answers[-1])
    monkeypatch.setattr(disk, "POLL", 0.01)
    return answers


async def test_the_broker_is_restarted_once_when_there_is_space(tmp_path: Path, room: list[bool]) -> None:
    begun: list[bool] = []

    async def restart() -> None:
        begun.append(room[-1])

    log = RecordingLog()
    watch = DiskWatch(log, tmp_path, restart)
    for line in ("[1] all is well", FULL, FULL):
        watch.line("nats-server", line)
    await asyncio.sleep(0.05)
    assert begun == []
    assert [line for line in log.lines if f"the disk of {tmp_path} is full" in line] == log.lines[-1:]
    room.append(True)
    await asyncio.sleep(0.05)
    watch.line("nats-server", FULL)  # the last lines of the broker that is ending
    await asyncio.sleep(0.05)
    assert begun == [True]


async def test_stopping_ends_the_wait_for_space(tmp_path: Path, room: list[bool]) -> None:
    async def restart() -> None:
        raise AssertionError("it was to stop")

    watch = DiskWatch(RecordingLog(), tmp_path, restart)
    watch.line("nats-server", FULL)
    await asyncio.sleep(0.02)
    watch.stop()
    room.append(True)
    await asyncio.sleep(0.05)


def test_a_removed_folder_has_no_space(tmp_path: Path) -> None:
    assert not disk.has_room(tmp_path / "gone")
    assert disk.has_room(tmp_path)
