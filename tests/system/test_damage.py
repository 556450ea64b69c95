"""A system starts on a store that was damaged while stopped, or says what to do, and repair stays switched off.

Rule: each kind of damage is done to a copy of one store, which real services wrote with the mode off.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from benchmarks.running import Running
from nms.store import Beginning, SystemStore
from services.correlator.service import CorrelatorService
from services.gateway.controls import BusControls
from services.gateway.scoring.totals_store import TotalsStore
from shared.domain.config import OFF, Desired
from shared.domain.events import AnomalyRaised, Event, FaultCycle, IncidentOpened, RemediationStarted
from shared.domain.kinds import Level, Mode, ServiceName
from shared.domain.subjects import CORRELATOR_ANOMALIES, DURABLES, RCA_INCIDENTS, Bucket
from shared.domain.topology import default_topology
from shared.platform.bootstrap import STREAM_NAMES, bootstrap
from shared.platform.broker import stream_folder
from shared.testing import NOON, TestBroker, action, bus_for, diagnosis, raised, tick

Damage = Callable[[Path], None]
WITHIN = 10.0
STOPPED_WITHIN = 20.0
FLIPPED = 50
WRITTEN = 6
"""Anomalies on independent servers, each with its own incident."""
HEAD = 20
"""Bytes before the subject's length in a stored message: its length, number and time."""

pytestmark = pytest.mark.timeout(180)


def block(store: Path, stream: str) -> Path:
    return next((stream_folder(store, stream) / "msgs").glob("*.blk"))


def flip(path: Path, start: int) -> None:
    data = bytearray(path.read_bytes())
    for place in range(start, start + FLIPPED):
        data[place] ^= 0xFF
    path.write_bytes(bytes(data))


def flipped(stream: str, at: float, index: bool = True) -> Damage:
    """Return a damage: invert bytes at a fraction of the length of a stream's block."""

    def damage(store: Path) -> None:
        path = block(store, stream)
        size = path.stat().st_size
        flip(path, min(int(size * at), size - FLIPPED))
        if not index:
            (stream_folder(store, stream) / "msgs" / "index.db").unlink()

    return damage


def message_flipped(stream: str, subject: str, number: int) -> Damage:
    """Return a damage: invert the head of one message, where the broker stops reading the block."""

    def damage(store: Path) -> None:
        path = block(store, stream)
        data = path.read_bytes()
        named = re.escape(struct.pack("<H", len(subject)) + subject.encode())
        flip(path, [found.start() for found in re.finditer(named, data)][number] - HEAD)

    return damage


def cut(stream: str, to: float) -> Damage:
    def damage(store: Path) -> None:
        path = block(store, stream)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * to)])

    return damage


def gone(stream: str, part: str = "") -> Damage:
    return lambda store: shutil.rmtree(stream_folder(store, stream) / part)


def no_block(store: Path) -> None:
    block(store, "KV_config").unlink()


def messages_are_a_file(store: Path) -> None:
    gone("KV_config", "msgs")(store)
    (stream_folder(store, "KV_config") / "msgs").write_text("none")


def everywhere(name: str, text: bytes | None) -> Damage:
    def damage(store: Path) -> None:
        for stream in STREAM_NAMES:
            path = stream_folder(store, stream) / name
            path.unlink() if text is None else path.write_bytes(text)

    return damage


def consumers(name: str, text: bytes) -> Damage:
    def damage(store: Path) -> None:
        for durable in DURABLES:
            (stream_folder(store, durable.stream) / "obs" / durable.name / name).write_bytes(text)

    return damage


def all_gone(store: Path) -> None:
    shutil.rmtree(store)


KINDS: dict[str, tuple[Damage, str]] = {
    "newest configuration flipped": (flipped("KV_config", 0.95), "configuration cannot be read"),
    "configuration flipped, no index": (flipped("KV_config", 0.95, index=False), "configuration cannot be read"),
    "configuration cut, an old one is left": (cut("KV_config", 0.7), "an old one came back"),
    "configuration empty": (cut("KV_config", 0.0), "the record is missing"),
    "configuration without its block": (no_block, "the record is missing"),
    "configuration without messages": (gone("KV_config", "msgs"), "the record is missing"),
    "configuration's messages are a file": (messages_are_a_file, "the record is missing"),
    "configuration gone": (gone("KV_config"), "the record is missing"),
    "metadata garbage": (everywhere("meta.inf", b"\x00" * 200), ""),
    "checksums garbage": (everywhere("meta.sum", b"0" * 16), ""),
    "indexes gone": (everywhere("msgs/index.db", None), ""),
    "consumers' state garbage": (consumers("o.dat", b"\xff" * 20), "cannot be read"),
    "consumers' state empty": (consumers("o.dat", b""), "is forgotten"),
    "consumers' metadata garbage": (consumers("meta.inf", b"{garbage"), "is lost"),
    "consumers gone": (gone("ANOMALY", "obs"), "is lost"),
    "an incident flipped": (message_flipped("INCIDENT", "incident.opened", 3), "stream INCIDENT has lost"),
    "anomalies cut": (cut("ANOMALY", 0.5), "stream ANOMALY has lost"),
    "incidents' stream empty": (cut("INCIDENT", 0.0), "stream INCIDENT has lost all"),
    "anomalies gone": (gone("ANOMALY"), "stream ANOMALY has lost its newest messages"),
    "ledger empty": (cut("KV_actions", 0.0), "bucket actions has lost its newest"),
    "topology garbage": (flipped("KV_topology", 0.1, index=False), "the stored topology"),
    "all gone": (all_gone, "the record is missing"),
}
PLACE_LOST = {name for name in KINDS if name.startswith("consumers")}


async def write(broker: TestBroker) -> None:
    """Let services write to a store; a person switches repair on and then off."""
    await bootstrap(broker.settings("setup"), default_topology(), Desired())
    async with (
        bus_for(broker, ServiceName.CORRELATOR) as correlator,
        bus_for(broker, ServiceName.DETECTOR) as detector,
        bus_for(broker, ServiceName.REMEDIATOR) as remediator,
        bus_for(broker, ServiceName.GATEWAY) as gateway,
        bus_for(broker, ServiceName.INJECTOR) as injector,
        bus_for(broker, ServiceName.RCA) as rca,
        bus_for(broker, ServiceName.NETWORK) as network,
    ):
        await network.publish_tick(tick())
        service = CorrelatorService()
        await service.start(correlator)
        events: list[Event] = []

        async def receive(event: Event, _time: float) -> None:
            events.append(event)

        followed = await gateway.follow(("incident.*", "anomaly.*"), receive, since="all")
        for number in range(1, WRITTEN + 1):
            await detector.publish(raised(f"server-{number}", since=NOON + number))
        await until(lambda: len({e.incident.id for e in events if isinstance(e, IncidentOpened)}) == WRITTEN)
        await injector.publish(FaultCycle(number=1, at=NOON, interval=3.0))
        await rca.consume(RCA_INCIDENTS, _receive)
        await rca.publish(diagnosis())
        await network.bucket(Bucket.NETWORK).put("state", b"{}")
        work = action()
        await remediator.bucket(Bucket.ACTIONS).put("action.a1", work.model_dump_json().encode())
        await remediator.publish(RemediationStarted(action=work, at=NOON + 2))
        await service.stop()
        controls = BusControls(gateway, _adopted)
        for change in ({"mode": Mode.SUGGEST}, {"mode": Mode.AUTO}, {"mode": Mode.OFF, "running": False}):
            _, wanted = await controls.change(lambda desired, change=change: desired.model_copy(update=change))  # type: ignore[misc]
        await TotalsStore(gateway).write_places(followed.places)
        assert wanted == OFF
        await gateway.log(Level.INFO, "written")


async def _adopted() -> None: ...


async def _receive(_event: Event) -> None:
    """It need not do anything to have been read."""


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not true():
            await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An undamaged store of a stopped system."""
    folder = tmp_path_factory.mktemp("written")
    broker = TestBroker(folder)
    try:
        asyncio.run(write(broker))
        broker.server.stop()
    finally:
        broker.kill()
    yield folder / "store"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_damaged_store_starts_reports_the_loss_and_starts_no_action(
    kind: str, written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.platform.durables.READ_AGAIN", 0.0)
    store = tmp_path / "store"
    shutil.copytree(written, store)
    damage, events = KINDS[kind]
    damage(store)
    broker = TestBroker(tmp_path)
    try:
        with capture_logs() as lines:
            await bootstrap(
                broker.settings("setup"), default_topology(), Desired(), used=kind == "all gone", store_dir=store
            )
        assert events in "\n".join(line["event"] for line in lines), lines
        assert events or not [line for line in lines if line["log_level"] == "error"], lines
        async with bus_for(broker, ServiceName.CORRELATOR) as bus, bus_for(broker, ServiceName.DETECTOR) as detector:
            assert (bus.desired.running, bus.desired.mode) == (False, Mode.OFF)
            assert bool(bus.desired_fault) == ("configuration" in kind or kind == "all gone")
            assert bus.topology == default_topology()
            got: list[Event] = []

            async def take(event: AnomalyRaised) -> None:
                got.append(event)

            await bus.consume(CORRELATOR_ANOMALIES, take)
            news = raised("server-8", since=NOON + 100)
            await detector.publish(news)
            await until(lambda: news in got)
            if kind in PLACE_LOST:
                assert got == [news], "days of anomalies would be judged again"
    finally:
        broker.kill()


def test_a_system_on_a_damaged_store_starts_switched_off_and_ends_when_its_folder_is_removed(written: Path) -> None:
    system = Running(env={"NMS_DESIRED": Desired().model_dump_json()})
    folder = system.folder / "nms"
    shutil.copytree(written, folder / "jetstream")
    with SystemStore(folder) as store:
        store.note_set_up(Beginning(default_topology(), 1, set_up=False))
    cut("KV_config", 0.7)(folder / "jetstream")
    consumers("o.dat", b"\xff" * 20)(folder / "jetstream")
    (folder / "credentials").mkdir()
    for name in ("credentials/setup.json", "nats.conf", "runtime.json"):
        (folder / name).write_bytes(b"\x00garbage")
    try:
        system.start()
        status = system.get("/api/status")
        system.wait("both in the log", lambda: _are_logged(system), STOPPED_WITHIN)
        status = system.get("/api/status")
        assert (status["running"], status["mode"]) == (False, "off")
        assert "an old one came back" in str(status["config_fault"])
        assert "reads again from" in system.log.read_text()
        shutil.rmtree(folder.rename(system.folder / "taken"), ignore_errors=True)  # the broker still writes there
        began = time.monotonic()
        assert system.process.wait(STOPPED_WITHIN) == 5
        assert "was removed or replaced while the system ran" in system.log.read_text()
        assert time.monotonic() - began < STOPPED_WITHIN
    finally:
        if system.process.poll() is None:
            system.process.send_signal(signal.SIGTERM)
            system.process.wait(STOPPED_WITHIN)
    shutil.rmtree(system.folder)


def _are_logged(system: Running) -> bool:
    enforced = system.get("/api/status")["enforced"]
    assert isinstance(enforced, dict)
    return None not in json.loads(json.dumps(enforced)).values()
