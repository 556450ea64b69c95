"""A recorder at a real broker: reads the past first, in order, without a gap or repetition, also after an outage."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from nms.extras.recording.ledger import RecordingLedger, make_folder
from nms.extras.recording.recorder import ON_REQUEST, TIME_OVER, connect, read_clock, read_topology, record
from nms.extras.recording.take import RecordingRequest, finish, settings_for, take, write_journals
from shared.domain.errors import BrokerError, DiskFull, SettingError
from shared.domain.events import LogLine
from shared.domain.kinds import Level, ServiceName
from shared.domain.topology import default_topology
from shared.platform.access import new_passwords
from shared.platform.accounts import broker_config
from shared.platform.bus import Bus
from shared.platform.settings import ServiceSettings
from shared.recordings.choices import Family, Format
from shared.recordings.families import SETTINGS_SUBJECT
from shared.recordings.manifest import Gap, Manifest, read_manifest
from shared.recordings.reader import Recording
from shared.testing import NOON, TestBroker, bus_for, raised, tick
from tests.shared.helpers import proxy_to, until

ROOT = Path(__file__).parents[3]
EVENTS = [f"server-1.latency.{number}" for number in range(40)]


def log_line(number: int) -> LogLine:
    return LogLine(service="rca", replica="rca-1", number=number, at=NOON, level=Level.INFO, message=f"line {number}")


class Running:
    def __init__(self, ledger: RecordingLedger, task: asyncio.Task[str], stop: asyncio.Event) -> None:
        self.ledger, self._task, self._stop = ledger, task, stop

    async def has(self, messages: int) -> None:
        await until(lambda: self.ledger.messages >= messages, within=30)

    async def end(self) -> Manifest:
        self._stop.set()
        assert await self._task == ON_REQUEST
        return self.ledger.finish(ON_REQUEST)


@asynccontextmanager
async def recording(
    broker: TestBroker,
    folder: Path,
    families: tuple[Family, ...] = tuple(Family),
    settings: ServiceSettings | None = None,
) -> AsyncIterator[Running]:
    make_folder(folder)
    link = await connect(settings or broker.settings("record"))
    stop = asyncio.Event()
    try:
        ledger = RecordingLedger(folder, families, await read_topology(link), seed=7)
        task = asyncio.create_task(record(link, ledger, "all", None, stop, lambda ledger: None))
        yield Running(ledger, task, stop)
    finally:
        stop.set()
        with suppress(asyncio.CancelledError, OSError):
            await task
        await link.close()


def ids(folder: Path, family: Family) -> list[str]:
    return [entry.id for entry in Recording.open(folder).entries([family])]


async def publish(bus: Bus, names: list[str]) -> None:
    for name in names:
        await bus.publish(raised(id=name, element="server-1", metric="latency"))


async def test_past_and_new_messages_are_recorded_as_published(broker: TestBroker, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    async with bus_for(broker, ServiceName.DETECTOR) as detector, bus_for(broker, ServiceName.NETWORK) as network:
        await publish(detector, EVENTS[:10])
        await network.publish_tick(tick(number=1))
        async with recording(broker, folder) as running:
            await running.has(12)
            await publish(detector, EVENTS[10:20])
            await network.publish_tick(tick(number=2))
            await running.has(23)
            manifest = await running.end()
    assert ids(folder, Family.ANOMALIES) == EVENTS[:20]
    assert len(ids(folder, Family.TELEMETRY)) == 2
    (settings,) = Recording.open(folder).entries([Family.SETTINGS])
    assert settings.subject == SETTINGS_SUBJECT
    stored = [msg.data for msg in await broker.stored("ANOMALY")]
    assert [entry.data for entry in Recording.open(folder).entries([Family.ANOMALIES])] == stored
    (first, *_) = Recording.open(folder).entries([Family.ANOMALIES])
    assert first.attributes["source"].startswith("/nms/detector-")
    assert first.attributes["type"] == "nms.anomaly.raised.v1"
    assert first.attributes["subject"] == "server-1"
    assert first.attributes["traceparent"].startswith("00-")
    assert manifest.reads[Family.ANOMALIES].messages == 20
    assert (manifest.seed, manifest.missing, manifest.finished) == (7, 0, True)
    assert Recording.open(folder).topology == default_topology()


async def test_restarts_of_the_broker_cause_no_gap_and_no_repetition(broker: TestBroker, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    async with bus_for(broker, ServiceName.DETECTOR) as detector, recording(broker, folder) as running:
        for part in range(4):
            await publish(detector, EVENTS[10 * part : 10 * part + 10])
            if part < 3:
                await asyncio.to_thread(broker.restart)
        await running.has(41)
        manifest = await running.end()
    assert ids(folder, Family.ANOMALIES) == EVENTS
    assert manifest.missing == 0


async def test_messages_that_a_stream_dropped_are_counted(broker: TestBroker, tmp_path: Path) -> None:
    """The stream drops messages while the recorder is disconnected: it continues behind the gap and reports it."""
    folder = tmp_path / "r"
    setup = await broker.client("setup")
    async with bus_for(broker, ServiceName.DETECTOR) as detector, proxy_to(broker.port) as proxy:
        settings = broker.settings("record").model_copy(update={"nats_url": proxy.url})
        async with recording(broker, folder, (Family.ANOMALIES,), settings=settings) as running:
            await publish(detector, EVENTS[:5])
            await running.has(6)
            proxy.open.clear()
            await proxy.close()
            await publish(detector, EVENTS[5:10])
            await setup.jetstream().purge_stream("ANOMALY", seq=9)
            proxy.open.set()
            await running.has(8)
            manifest = await running.end()
    await setup.close()
    assert ids(folder, Family.ANOMALIES) == EVENTS[:5] + EVENTS[8:10]
    assert manifest.reads[Family.ANOMALIES].missing == manifest.missing == 3
    assert manifest.reads[Family.ANOMALIES].gaps == (Gap(first=6, last=8),)
    assert "anomalies: 3 messages were dropped by the broker before they could be read" in Recording.open(folder).notes


async def test_a_body_that_is_not_json_is_recorded_and_counted(broker: TestBroker, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    hostile = await broker.client()
    bodies = [b"\xff\x00garbage", b"{", b'{"a":\n1}', b"", b'{"fine": true}']
    for body in bodies:
        await hostile.jetstream().publish("anomaly.raised", body)
    await hostile.jetstream().publish("metrics.0", b"not a tick")
    await hostile.close()
    async with recording(broker, folder) as running:
        await running.has(7)
        manifest = await running.end()
    assert [entry.data for entry in Recording.open(folder).entries([Family.ANOMALIES])] == bodies
    assert manifest.reads[Family.ANOMALIES].not_understood == 4
    assert manifest.reads[Family.TELEMETRY].not_understood == 1


async def test_only_the_requested_families_are_recorded(broker: TestBroker, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    async with bus_for(broker, ServiceName.RCA) as rca, bus_for(broker, ServiceName.DETECTOR) as detector:
        await rca.publish(*(log_line(number) for number in range(5)))
        await publish(detector, EVENTS[:5])
        async with recording(broker, folder, (Family.LOG,)) as running:
            await running.has(6)
            manifest = await running.end()
    assert manifest.families == (Family.SETTINGS, Family.LOG)
    assert len(ids(folder, Family.LOG)) == 5
    assert sorted(path.name for path in folder.iterdir()) == [
        "log.jsonl.gz",
        "manifest.json",
        "settings.jsonl.gz",
        "topology.json",
    ]


async def test_a_recording_under_way_can_be_read(broker: TestBroker, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    async with bus_for(broker, ServiceName.DETECTOR) as detector, recording(broker, folder) as running:
        await publish(detector, EVENTS)
        await running.has(41)
        await until(lambda: ids(folder, Family.ANOMALIES) == EVENTS, within=30)
        under_way = Recording.open(folder)
        assert not under_way.manifest.finished
        assert list(under_way.entries([Family.ANOMALIES]))
        assert any("cut off" in note for note in under_way.notes)
        await running.end()
    assert Recording.open(folder).notes == []


async def test_the_clock_is_set_by_the_next_tick(broker: TestBroker) -> None:
    link = await connect(broker.settings("record"))
    try:
        assert (await read_clock(link)).speed == 1.0
        async with bus_for(broker, ServiceName.NETWORK) as network:
            reading = asyncio.create_task(read_clock(link))
            while not reading.done():
                await network.publish_tick(tick(number=1, speed=8.0))
                await asyncio.sleep(0.05)
            assert (await reading).speed == 8.0
    finally:
        await link.close()


async def test_a_refused_user_learns_the_user_and_credentials_to_use(broker: TestBroker) -> None:
    link = await connect(ServiceSettings.load(nats_url=broker.url))
    try:
        with pytest.raises(BrokerError, match="connect as its user `record`; NMS_CREDENTIALS names the file"):
            await read_topology(link)
    finally:
        await link.close()


async def test_a_missing_broker_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nms.extras.recording.recorder.CONNECT_WITHIN", 0.5)
    with pytest.raises(BrokerError, match="no broker answers at nats:"):
        await connect(ServiceSettings.load(nats_url="nats://127.0.0.1:1"))


@pytest.mark.slow
async def test_a_recording_ends_after_the_requested_time(broker: TestBroker, tmp_path: Path) -> None:
    async with bus_for(broker, ServiceName.NETWORK) as network, bus_for(broker, ServiceName.DETECTOR) as detector:
        await network.publish_tick(tick(number=1))
        await publish(detector, EVENTS[:3])
        for form in Format:
            request = RecordingRequest(tmp_path / form, tuple(Family), form, "all", lasting=0.3)
            notes: list[str] = []
            make_folder(request.folder)
            settings = broker.settings("record")
            written = await write_journals(request, settings, 7, notes.append, lambda ledger: None, asyncio.Event())
            manifest = finish(request, written, notes.append)
            assert manifest.ended_by == TIME_OVER
            assert ids(tmp_path / form, Family.ANOMALIES) == EVENTS[:3]
            assert read_manifest(tmp_path / form).format is form
            assert notes[0].startswith(f"recording to {tmp_path / form}")


@pytest.mark.slow
async def test_a_system_that_starts_with_new_passwords_ends_the_recording(broker: TestBroker, tmp_path: Path) -> None:
    """The broker refuses the recorder's old password: the recording is finished and the reason printed."""
    folder = tmp_path / "r"
    command = [sys.executable, "-m", "nms", "record", "-o", str(folder), "--since", "all"]
    env = {**os.environ, **broker.environment("record")}
    process = await asyncio.create_subprocess_exec(*command, env=env, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
    settings = folder / "settings.jsonl.gz"
    await until(lambda: settings.exists() and settings.stat().st_size > 100, within=60)
    broker.kill()
    (broker.folder / "nats.conf").write_text(broker_config(broker.port, broker.folder / "store", new_passwords()))
    broker.start()
    _, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == BrokerError.exit_code
    assert f"refuses our user since it restarted; the recording up to then is in {folder}" in errors.decode()
    found = Recording.open(folder)
    assert found.manifest.finished
    assert list(found.entries([Family.SETTINGS]))


async def test_parquet_without_its_extra_is_refused_before_the_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    request = RecordingRequest(tmp_path / "r", tuple(Family), Format.PARQUET)
    with pytest.raises(SettingError, match=r"pip install 'nms\[parquet\]'"):
        take(request, ServiceSettings.load(), None, lambda note: None, lambda ledger: None)
    assert not request.folder.exists()


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(SettingError, match="is not empty: name a new folder with --output"):
        make_folder(tmp_path)
    assert (tmp_path / "letter").read_text() == "dear"


def test_a_folder_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DiskFull, match="free some space, or name another folder with --output"):
        make_folder(tmp_path / "file" / "folder")


def test_credentials_come_from_the_environment_or_the_system_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "credentials" / "record.json"
    mine.parent.mkdir()
    mine.write_text('{"user": "record", "password": "secret"}')
    assert settings_for("nats://127.0.0.1:1", tmp_path).login() is None
    (tmp_path / "runtime.json").write_text(
        '{"url": "http://127.0.0.1:5000", "nats_url": "nats://127.0.0.1:1", "pid": 1, "processes": {}}'
    )
    login = settings_for("nats://127.0.0.1:1", tmp_path).login()
    assert login is not None
    assert login.user == "record"
    assert settings_for("nats://127.0.0.1:2", tmp_path).login() is None
    monkeypatch.setenv("NMS_NATS_USER", "somebody")
    monkeypatch.setenv("NMS_NATS_PASSWORD", "secret")
    login = settings_for("nats://127.0.0.1:1", tmp_path).login()
    assert login is not None
    assert login.user == "somebody"
