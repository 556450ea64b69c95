"""Makes recordings without a broker: runs the loop in one process and records its messages."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nms.corpus.recorder import LoopRecorder
from nms.extras.recording.export import into_tables
from nms.extras.recording.ledger import RecordingLedger, make_folder
from nms.extras.recording.recorder import ON_REQUEST
from nms.simulate import Loop
from shared.domain.config import Desired
from shared.domain.events import Event
from shared.domain.telemetry import TICK_SECONDS
from shared.domain.topology import default_topology
from shared.recordings.choices import Family, Format
from shared.recordings.entry import RecordedEntry
from shared.recordings.families import SOURCES
from shared.recordings.journal import SUFFIX
from shared.recordings.manifest import read_manifest
from shared.recordings.tables import TABLE_OF
from tests.seldom import sample_seldom


@dataclass
class PartRecorder(LoopRecorder):
    """Leaves out families that are not wanted, and what is older than `keep_from`, in network time."""

    keep_from: float = 0.0

    def put(self, family: Family, entry: RecordedEntry) -> None:
        if family is Family.SETTINGS or (family in self.ledger.families and entry.time >= self.keep_from):
            super().put(family, entry)


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
    recorder = PartRecorder(RecordingLedger(folder, families, loop.topology, seed), keep_from=loop.now + skip)
    loop.seen = recorder.event
    loop.sampled = recorder.tick
    sample_seldom(loop, interval)
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
