"""Makes recordings without a broker: runs the loop in one process and records its messages."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nms.extras.recording.export import into_tables
from nms.extras.recording.ledger import RecordingLedger, make_folder
from nms.extras.recording.published import entry_of_event
from nms.extras.recording.recorder import ON_REQUEST
from nms.simulate import Loop
from shared.domain import subjects
from shared.domain.config import Desired
from shared.domain.events import Event
from shared.domain.telemetry import TICK_SECONDS, Tick, encode_tick
from shared.domain.topology import default_topology
from shared.platform.bus import codec
from shared.recordings.choices import Family, Format
from shared.recordings.entry import RecordedEntry, entry_of_message
from shared.recordings.families import SETTINGS_SUBJECT, SOURCES
from shared.recordings.journal import SUFFIX
from shared.recordings.manifest import read_manifest
from shared.recordings.tables import TABLE_OF
from tests.seldom import sample_seldom

LAG = 0.01
"""Seconds from the publication of a message to its storage."""
BETWEEN = 0.0001
"""Seconds between two messages that are published at the same time."""


@dataclass
class LoopRecorder:
    ledger: RecordingLedger
    keep_from: float = 0.0
    numbers: dict[Family, int] = field(default_factory=dict)
    stored: float = 0.0

    def place(self, family: Family, now: float) -> tuple[int, float]:
        self.numbers[family] = self.numbers.get(family, 0) + 1
        self.stored = max(now + LAG, self.stored + BETWEEN)
        return self.numbers[family], self.stored

    def event(self, event: Event, now: float) -> None:
        family = family_of(codec.subject_of(event))
        number, stored = self.place(family, now)
        self.put(family, entry_of_event(event, now, "loop", number, stored))

    def tick(self, tick: Tick) -> None:
        number, stored = self.place(Family.TELEMETRY, tick.instant)
        name = {"Nats-Msg-Id": f"{tick.partition}.{tick.tick}.{tick.at}"}
        subject = subjects.metrics(tick.partition)
        self.put(Family.TELEMETRY, entry_of_message(subject, encode_tick(tick), name, number, stored))

    def settings(self, desired: Desired, now: float) -> None:
        number, stored = self.place(Family.SETTINGS, now)
        data = desired.model_dump_json().encode()
        self.put(Family.SETTINGS, entry_of_message(SETTINGS_SUBJECT, data, {}, number, stored))

    def put(self, family: Family, entry: RecordedEntry) -> None:
        if family is Family.SETTINGS or (family in self.ledger.families and entry.time >= self.keep_from):
            self.ledger.take(family, entry)


def family_of(subject: str) -> Family:
    return next(f for f, source in SOURCES.items() if subject.partition(".")[0] in source.words)


def simulated(
    folder: Path,
    seconds: float = 60.0,
    *,
    seed: int = 3,
    desired: Desired | None = None,
    families: tuple[Family, ...] = tuple(Family),
    skip: float = 0.0,
    interval: float = TICK_SECONDS,
    act: Callable[[Loop, float], None] | None = None,
) -> Path:
    """Record a loop that samples every `interval` seconds, from `skip` seconds of network time on.

    `act` is called before each tick, with the loop and the seconds since its start.
    """
    make_folder(folder)
    wanted = desired or Desired(chance=1.0, at_once=2)
    loop = Loop(default_topology(), seed, wanted)
    recorder = LoopRecorder(RecordingLedger(folder, families, loop.topology, seed), keep_from=loop.now + skip)
    loop.seen = recorder.event
    sample_seldom(loop, interval)
    sample = loop.network.sample

    def recorded_sample() -> tuple[list[Tick], list[Event]]:
        ticks, events = sample()
        for tick in ticks:
            recorder.tick(tick)
        return ticks, events  # type: ignore[return-value]

    loop.network.sample = recorded_sample  # type: ignore[method-assign, assignment]
    recorder.settings(wanted, loop.now)
    began = loop.now
    while loop.now - began < seconds:
        if act is not None:
            act(loop, loop.now - began)
        loop.step(campaign=True)
    recorder.ledger.finish(ON_REQUEST)
    return folder


def no_pace(_entry: RecordedEntry) -> None:
    pass


def ignore(_event: Event, _time: float) -> None:
    pass


def reformatted(recorded: Path, folder: Path, form: Format) -> Path:
    shutil.copytree(recorded, folder)
    if form is Format.JSONL:
        return folder
    manifest = read_manifest(folder)
    journals = {family: folder / f"{TABLE_OF[family].name}{SUFFIX}" for family in manifest.families}
    into_tables(folder, journals, manifest, form, lambda done: None)
    return folder
