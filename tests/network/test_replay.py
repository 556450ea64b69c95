"""A recording played as a network: at its own time, up to its end, and only if it is valid."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from network.drivers import open_driver
from network.port import DriverReading, OtherNetwork
from network.replay import ReplayDriver, open_recording
from network.replay.frames import END, Frames
from network.settings import NetworkSettings
from nms.simulate import ORIGIN
from shared.domain import subjects
from shared.domain.config import Desired
from shared.domain.errors import MessageError, SettingError
from shared.domain.instant import iso
from shared.domain.telemetry import Tick, decode_tick, encode_tick
from shared.domain.topology import default_topology, sized_topology
from shared.recordings.choices import Family, Format
from shared.recordings.entry import RecordedEntry, entry_of_message
from shared.recordings.errors import Broken
from shared.recordings.journal import read_journal
from shared.testing import NOON
from tests.nms.recording.build import reformatted, simulated

SECONDS = 12.0
TICKS = 48


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulated(tmp_path_factory.mktemp("replay") / "r", SECONDS, desired=Desired(running=False))


async def play(driver: ReplayDriver, most: int = 10 * TICKS) -> list[DriverReading]:
    readings = []
    for _ in range(most):
        readings.append(await driver.read())
        if readings[-1].over:
            break
    return readings


def sent(folder: Path) -> list[Tick]:
    return [decode_tick(entry.data) for entry in read_journal(folder / "telemetry.jsonl.gz")]


def entries(ticks: Sequence[Tick]) -> list[RecordedEntry]:
    return [
        entry_of_message(subjects.metrics(tick.partition), encode_tick(tick), {}, number, NOON + number)
        for number, tick in enumerate(ticks, start=1)
    ]


@pytest.mark.parametrize("form", [Format.JSONL, Format.CSV])
async def test_plays_every_message_at_its_recorded_time(recorded: Path, form: Format, tmp_path: Path) -> None:
    driver = open_recording(reformatted(recorded, tmp_path / "copy", form))
    assert (driver.tick, driver.interval) == (0, 0.25)
    assert driver.now == ORIGIN
    *played, last = await play(driver)
    assert [reading.tick for reading in played] == list(range(1, TICKS + 1))
    assert [batch for reading in played for batch in reading.batches] == sent(recorded)
    assert (last.over, last.batches, last.at) == (END, [], played[-1].at)
    assert (await driver.read()).over == END


async def test_speed_is_the_setting_and_time_is_the_recordings(recorded: Path) -> None:
    driver = open_recording(recorded, speed=8.0)
    batches = (await driver.read()).batches
    assert {batch.speed for batch in batches} == {8.0}
    assert {batch.at for batch in batches} == {iso(ORIGIN + 0.25)}


async def test_a_tick_that_was_not_recorded_is_an_interval_without_telemetry(recorded: Path) -> None:
    kept = [tick for tick in sent(recorded) if tick.tick not in (3, 4) and (tick.tick, tick.partition) != (5, 2)]
    frames = Frames(entries(kept), 4)
    found = {}
    while (frame := frames.take()) is not None:
        found[frame.tick] = [batch.partition for batch in frame.batches]
    assert set(range(1, TICKS + 1)) - set(found) == {3, 4}
    assert found[5] == [0, 1, 3] and found[6] == [0, 1, 2, 3]
    assert frames.ended == END


async def test_a_gap_lasts_as_long_as_it_was_recorded(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = open_recording(recorded)
    kept = [tick for tick in sent(recorded) if not 3 <= tick.tick <= 10]
    monkeypatch.setattr(driver, "_frames", Frames(entries(kept), 4))
    played = [await driver.read() for _ in range(12)]
    assert [bool(reading.batches) for reading in played] == [True] * 2 + [False] * 8 + [True] * 2
    assert [reading.at for reading in played] == [ORIGIN + 0.25 * tick for tick in range(1, 13)]


async def test_a_gap_of_hours_ends_the_replay(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = open_recording(recorded)
    *some, last = sent(recorded)[:9]
    far = msgspec.structs.replace(last, tick=40_000, at=iso(ORIGIN + 10_000))
    monkeypatch.setattr(driver, "_frames", Frames(entries([*some, far]), 4))
    *played, over = await play(driver)
    assert len(played) == 2 and "nothing was recorded for" in over.over


def test_messages_that_go_back_in_time_or_are_invalid_are_skipped(recorded: Path) -> None:
    ticks = sent(recorded)[:12]
    strange = entry_of_message("metrics.0", b"{}", {}, 1, NOON)
    outside = entries([msgspec.structs.replace(ticks[0], partition=9)])
    frames = Frames([*outside, strange, *entries([*ticks[4:8], *ticks[:4], *ticks[8:12]])], 4)
    assert [frame.tick for frame in iter(frames.take, None) if frame] == [2, 3]


def test_the_replay_ends_where_the_network_restarted(recorded: Path) -> None:
    ticks = sent(recorded)[:8]
    restart = msgspec.structs.replace(ticks[0], at=iso(ORIGIN + 60))
    frames = Frames(entries([*ticks, restart]), 4)
    assert [frame.tick for frame in iter(frames.take, None) if frame] == [1, 2]
    assert "restarted with tick 1" in frames.ended


async def test_a_recording_that_was_cut_off_is_played_up_to_the_cut(recorded: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    shutil.copytree(recorded, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "finished": False}))
    journal = folder / "telemetry.jsonl.gz"
    journal.write_bytes(journal.read_bytes()[: journal.stat().st_size // 2])
    driver = open_recording(folder)
    assert any("cut off" in remark for remark in driver.remarks)
    *played, last = await play(driver)
    assert 5 < len(played) < TICKS and last.over


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: shutil.rmtree(folder), "no such folder; name one that `nms record` made"),
        (lambda folder: (folder / "manifest.json").unlink(), "name the folder of a recording"),
        (lambda folder: (folder / "topology.json").write_text("{}"), "not a topology"),
        (lambda folder: (folder / "telemetry.jsonl.gz").write_bytes(b"x"), "it was changed or cut off"),
    ],
)
def test_a_damaged_folder_is_refused_by_name(recorded: Path, tmp_path: Path, damage, message: str) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(recorded, folder)
    damage(folder)
    with pytest.raises(Broken, match=message):
        open_recording(folder)


def test_a_recording_without_telemetry_is_refused(tmp_path: Path) -> None:
    folder = simulated(tmp_path / "r", 3.0, families=(Family.ANOMALIES,))
    with pytest.raises(Broken, match="telemetry was not recorded"):
        open_recording(folder)
    short = simulated(tmp_path / "short", 3.0, skip=100.0)
    with pytest.raises(Broken, match="there is no telemetry in it"):
        open_recording(short)


def test_a_recording_with_another_number_of_partitions_is_refused(recorded: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(recorded, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "partitions": 7}))
    with pytest.raises(Broken, match="split into 7 parts"):
        open_recording(folder)


async def test_a_position_of_another_recording_is_refused(recorded: Path, tmp_path: Path) -> None:
    other = open_recording(simulated(tmp_path / "later", 8.0, skip=4.0))
    await other.read()
    driver = open_recording(recorded)
    with pytest.raises(OtherNetwork, match="another recording"):
        driver.restore(other.snapshot(), [])
    with pytest.raises(MessageError, match="--fresh"):
        driver.restore(b"", [])


async def test_is_opened_by_name_only_for_the_recorded_topology(recorded: Path) -> None:
    settings = NetworkSettings.load(network=f"replay:{recorded}", speed=2.0)
    assert (await open_driver(settings, default_topology())).name == "replay"
    with pytest.raises(SettingError, match=rf"another network; .*--fresh.*NMS_TOPOLOGY={recorded}/topology.json"):
        await open_driver(settings, sized_topology(30))


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("lab", "no driver 'lab'; there are simulator, replay:FOLDER"),
        ("replay", "write NMS_NETWORK=replay:FOLDER"),
        ("replay:", "write NMS_NETWORK=replay:FOLDER"),
        ("simulator:x", "simulator takes no argument"),
        ("replay:/nowhere/at/all", "no such folder"),
    ],
)
async def test_an_invalid_driver_is_refused_with_the_valid_ones(network: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        await open_driver(NetworkSettings.load(network=network), default_topology())
