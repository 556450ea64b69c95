"""Acknowledged messages survive a power cut, proven on the image of the disk at that moment.

How: the broker writes to a file system on a loop device that commits its journal every five minutes. Unsynced data is
only in memory, so the file behind the device has what a disk would have after a power cut.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.gateway.controls import BusControls
from shared.domain.config import Desired
from shared.domain.events import RemediationStarted
from shared.domain.kinds import Mode, ServiceName
from shared.domain.subjects import Bucket
from shared.domain.topology import default_topology
from shared.platform import accounts
from shared.platform.bootstrap import bootstrap
from shared.testing import NOON, TestBroker, action, bus_for, incident, raised

IMAGE_BYTES = 1 << 30
MANY = 40
TOOLS = ("mkfs.ext4", "mount", "umount", "losetup")

pytestmark = pytest.mark.timeout(120)


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """A separate file system and the image behind it."""
    if os.geteuid() != 0 or not all(map(shutil.which, TOOLS)):
        pytest.skip(f"needs root and {', '.join(TOOLS)}: it mounts an image of a disk")
    image, mounted = tmp_path / "image", tmp_path / "disk"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
    try:
        run("mount", "-o", "loop,commit=300", image, mounted)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this machine mounts no images: {error.stderr.decode().strip()}")
    try:
        yield mounted, image
    finally:
        run("umount", mounted)


async def cut(disk: tuple[Path, Path], tmp_path: Path) -> tuple[int, int, Desired, int]:
    """Write, cut the power; return what a broker on the image has: events, ledger entries, settings, incidents."""
    mounted, image = disk
    broker = TestBroker(mounted)
    try:
        await bootstrap(broker.settings("setup"), default_topology(), Desired())
        run("sync", "-f", mounted)  # the start is not part of the test
        async with (
            bus_for(broker, ServiceName.DETECTOR) as detector,
            bus_for(broker, ServiceName.REMEDIATOR) as remediator,
            bus_for(broker, ServiceName.GATEWAY) as gateway,
            bus_for(broker, ServiceName.CORRELATOR) as correlator,
        ):
            ledger = remediator.bucket(Bucket.ACTIONS)
            for number in range(MANY):
                work = action(f"server-1.cpu_usage.{number}")
                await ledger.put(f"action.{number}", work.model_dump_json().encode())
                await remediator.publish(RemediationStarted(action=work, at=NOON + number))
                await detector.publish(raised(since=NOON + number))
            await correlator.bucket(Bucket.INCIDENTS).put("one", incident().model_dump_json().encode())
            await BusControls(gateway, _adopt).change(lambda desired: desired.model_copy(update={"mode": Mode.OFF}))
            run("cp", "--sparse=always", image, tmp_path / "as-of-the-cut")
    finally:
        broker.kill()
    after = tmp_path / "after"
    after.mkdir()
    run("mount", "-o", "loop", tmp_path / "as-of-the-cut", after)
    try:
        shutil.copytree(after / "store", tmp_path / "again" / "store")
    finally:
        run("umount", after)
    return await held(tmp_path / "again")


async def held(folder: Path) -> tuple[int, int, Desired, int]:
    broker = TestBroker(folder)
    try:
        await bootstrap(broker.settings("setup"), default_topology(), Desired())
        async with bus_for(broker, ServiceName.REMEDIATOR) as bus:
            actions = len(await bus.bucket(Bucket.ACTIONS).all())
            incidents = len(await bus.bucket(Bucket.INCIDENTS).all())
            desired = bus.desired
        events = len(await broker.stored("REMEDIATION")) + len(await broker.stored("ANOMALY"))
        return events, actions, desired, incidents
    finally:
        broker.kill()


async def _adopt() -> None: ...


async def test_no_acknowledged_message_is_lost(disk: tuple[Path, Path], tmp_path: Path) -> None:
    assert await cut(disk, tmp_path) == (2 * MANY, MANY, Desired(mode=Mode.OFF), 1)


async def test_unsynced_messages_are_missing_in_the_image(
    disk: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "SYNC", "2m")
    events, actions, desired, incidents = await cut(disk, tmp_path)
    assert (desired.mode, incidents) != (Mode.OFF, 1)
    assert events + actions < 3 * MANY, "the image has unsynced messages, so it proves nothing"
