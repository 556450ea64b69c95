"""A recording as a network: each read brings what was sent at the next tick, at the network time that it had then.

Rules
1. Network time is the recording's: it begins with the first tick, and passes at the recording's own interval.
2. A tick that was not recorded is an interval without telemetry; so is the rest of time when the recording is over.
3. Nothing can be done to what is past: there are no actions and no faults.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from network.port import DriverReading, OtherNetwork
from network.replay.frames import Frame, Frames
from shared.domain.capabilities import Capabilities
from shared.domain.errors import MessageError
from shared.domain.events import Fault
from shared.domain.instant import iso
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import Tick
from shared.domain.topology import Topology, partitions_for
from shared.recordings.choices import Family
from shared.recordings.errors import Broken
from shared.recordings.reader import Recording

LONGEST_GAP = 3_600.0
"""Seconds of network time without telemetry after which a recording is played no further."""


class RecordingPlace(msgspec.Struct, frozen=True):
    """Where a recording was: its first tick and when that was say which recording."""

    first_tick: int
    first_at: str
    tick: int


class Replayed:
    """A recording as a network; implements `network.port.Driver`, its telemetry and its inventory."""

    name = "replay"
    actuator = None
    injector = None

    def __init__(self, recording: Recording, speed: float = 1.0) -> None:
        """Raise Broken where it has no telemetry that can be played."""
        self._recording, self._speed = recording, speed
        self._frames = self._from_the_start()
        first = self._frames.peek()
        if first is None:
            raise Broken(f"{recording.folder}: {self._why_nothing()}")
        self._first = first
        self.interval = first.batches[0].interval
        self.tick = first.tick - 1
        self._over = ""

    def _from_the_start(self) -> Frames:
        return Frames(self._recording.entries([Family.TELEMETRY]), self._recording.manifest.partitions)

    def _why_nothing(self) -> str:
        if not self._recording.has(Family.TELEMETRY):
            return "telemetry was not recorded, and a network cannot be played without: record it too"
        return "there is no telemetry in it; record for a longer time"

    # --- what it offers -------------------------------------------------------------------------------------------

    @property
    def telemetry(self) -> Replayed:
        """What samples it."""
        return self

    @property
    def inventory(self) -> Replayed:
        """What knows its elements."""
        return self

    @property
    def remarks(self) -> Sequence[str]:
        """What is missing of the recording."""
        return tuple(self._recording.notes)

    def capabilities(self) -> Capabilities:
        """Return what it offers: the metrics of its first tick."""
        metrics: dict[ElementKind, tuple[str, ...]] = {}
        for batch in self._first.batches:
            for kind, columns in batch.elements.items():
                metrics[kind] = tuple(dict.fromkeys((*metrics.get(kind, ()), *columns.metrics)))
        return Capabilities(driver=self.name, interval=self.interval, metrics=metrics)

    async def topology(self) -> Topology:
        """Return the nodes and links that were recorded."""
        return self._recording.topology

    # --- telemetry ------------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Network time of the last reading."""
        return self._first.at + (self.tick - self._first.tick) * self.interval

    async def read(self) -> DriverReading:
        """Return what was sent at the next tick."""
        frame = self._advance()
        batches = [msgspec.structs.replace(tick, speed=self._speed) for tick in frame.batches] if frame else []
        return self._reading(batches)

    async def skip(self, intervals: int) -> DriverReading:
        """Let ticks pass unseen."""
        for _ in range(intervals):
            if self._over:
                break
            self._advance()
        return self._reading([])

    def _reading(self, batches: Sequence[Tick]) -> DriverReading:
        return DriverReading(self.tick, self.now, batches, over=self._over)

    def _advance(self) -> Frame | None:
        """Go on to the next tick; return what was sent at it, None where nothing was recorded."""
        coming = self._frames.peek()
        if coming is None:
            self._over = self._frames.ended
            return None
        if coming.at - self.now > LONGEST_GAP:
            self._over = f"nothing was recorded for {coming.at - self.now:,.0f} s of network time"
            return None
        self.tick += 1
        while coming is not None and coming.tick < self.tick:
            self._frames.take()
            coming = self._frames.peek()
        return self._frames.take() if coming is not None and coming.tick == self.tick else None

    # --- memory ---------------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """Return where the recording is."""
        return msgspec.json.encode(RecordingPlace(self._first.tick, iso(self._first.at), self.tick))

    def restore(self, snapshot: bytes, live: Sequence[Fault]) -> None:
        """Go on from a snapshot. Raises MessageError, and OtherNetwork where it is of another recording."""
        try:
            state = msgspec.json.decode(snapshot, type=RecordingPlace)
        except msgspec.MsgspecError as error:
            raise MessageError(f"not the place in a recording: {error}; start with --fresh") from None
        if (state.first_tick, state.first_at) != (self._first.tick, iso(self._first.at)):
            raise OtherNetwork(f"what is stored is of another recording than {self._recording.folder}: use --fresh")
        self._frames, self.tick, self._over = self._from_the_start(), self._first.tick - 1, ""
        while self.tick < state.tick and not self._over:
            self._advance()


def open_recording(folder: Path, speed: float = 1.0) -> Replayed:
    """Return a folder that `nms record` made as a network. Raises Broken, saying the file and the remedy."""
    recording = Recording.open(folder)
    here, there = partitions_for(recording.topology), recording.manifest.partitions
    if here != there:
        raise Broken(
            f"{folder}: its telemetry is split into {there} parts, and this release splits such a network into {here}: "
            "play it with the release that recorded it"
        )
    return Replayed(recording, speed)
