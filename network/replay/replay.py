"""Plays a recording as a network. Each reading returns the telemetry of the next tick, with its recorded time.

Rules
1. Network time begins with the first tick of the recording, and advances by the interval of the recording.
2. A tick that was not recorded is an interval without telemetry. At the end of the recording, or before a gap longer
   than `LONGEST_GAP`, time stops, and `over` has the reason.
3. The past cannot be changed: there are no actions and no faults.
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
"""Seconds of network time without telemetry after which the replay ends."""


class RecordingPlace(msgspec.Struct, frozen=True):
    """The number and time of the first tick identify the recording."""

    first_tick: int
    first_at: str
    tick: int


class ReplayDriver:
    name = "replay"
    actuator = None
    injector = None

    def __init__(self, recording: Recording, speed: float = 1.0) -> None:
        """Raise Broken if the recording has no telemetry that can be played."""
        self._recording, self._speed = recording, speed
        self._frames = self._open_frames()
        first = self._frames.peek()
        if first is None:
            raise Broken(f"{recording.folder}: {self._reason_for_no_telemetry()}")
        self._first = first
        self.interval = first.batches[0].interval
        self.tick = first.tick - 1
        self._over = ""

    def _open_frames(self) -> Frames:
        return Frames(self._recording.entries([Family.TELEMETRY]), self._recording.manifest.partitions)

    def _reason_for_no_telemetry(self) -> str:
        if not self._recording.has(Family.TELEMETRY):
            return "telemetry was not recorded, and cannot be played: record it too"
        return "there is no telemetry in it; record for a longer time"

    # --- capabilities ---------------------------------------------------------------------------------------------

    @property
    def telemetry(self) -> ReplayDriver:
        return self

    @property
    def inventory(self) -> ReplayDriver:
        return self

    @property
    def remarks(self) -> Sequence[str]:
        return tuple(self._recording.notes)

    def capabilities(self) -> Capabilities:
        metrics: dict[ElementKind, tuple[str, ...]] = {}
        for batch in self._first.batches:
            for kind, columns in batch.elements.items():
                metrics[kind] = tuple(dict.fromkeys((*metrics.get(kind, ()), *columns.metrics)))
        return Capabilities(driver=self.name, interval=self.interval, metrics=metrics)

    async def topology(self) -> Topology:
        return self._recording.topology

    # --- telemetry ------------------------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        return self._first.at + (self.tick - self._first.tick) * self.interval

    async def read(self) -> DriverReading:
        frame = self._advance()
        batches = [msgspec.structs.replace(tick, speed=self._speed) for tick in frame.batches] if frame else []
        return self._reading(batches)

    async def skip(self, intervals: int) -> DriverReading:
        for _ in range(intervals):
            if self._over:
                break
            self._advance()
        return self._reading([])

    def _reading(self, batches: Sequence[Tick]) -> DriverReading:
        return DriverReading(self.tick, self.now, batches, over=self._over)

    def _advance(self) -> Frame | None:
        upcoming = self._frames.peek()
        if upcoming is None:
            self._over = self._frames.ended
            return None
        if upcoming.at - self.now > LONGEST_GAP:
            self._over = f"nothing was recorded for {upcoming.at - self.now:,.0f} s of network time"
            return None
        self.tick += 1
        while upcoming is not None and upcoming.tick < self.tick:
            self._frames.take()
            upcoming = self._frames.peek()
        return self._frames.take() if upcoming is not None and upcoming.tick == self.tick else None

    # --- snapshot -------------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        return msgspec.json.encode(RecordingPlace(self._first.tick, iso(self._first.at), self.tick))

    def restore(self, snapshot: bytes, live: Sequence[Fault]) -> None:
        """Raises MessageError, or OtherNetwork for the snapshot of another recording."""
        try:
            state = msgspec.json.decode(snapshot, type=RecordingPlace)
        except msgspec.MsgspecError as error:
            raise MessageError(f"not a position in a recording: {error}; start with --fresh") from None
        if (state.first_tick, state.first_at) != (self._first.tick, iso(self._first.at)):
            raise OtherNetwork(f"the stored state is of another recording than {self._recording.folder}: use --fresh")
        self._frames, self.tick, self._over = self._open_frames(), self._first.tick - 1, ""
        while self.tick < state.tick and not self._over:
            self._advance()


def open_recording(folder: Path, speed: float = 1.0) -> ReplayDriver:
    """Raises Broken if it cannot be played; the error names the remedy."""
    recording = Recording.open(folder)
    here, there = partitions_for(recording.topology), recording.manifest.partitions
    if here != there:
        raise Broken(
            f"{folder}: its telemetry is split into {there} parts, and this release splits such a network into {here}: "
            "play it with the release that recorded it"
        )
    return ReplayDriver(recording, speed)
