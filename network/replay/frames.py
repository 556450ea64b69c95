"""The telemetry of a recording, one frame an interval: the messages of all partitions that were sent at one tick. Pure.

Rules: frames come in the order of their time. A message that would go back in time, or of a partition that there is
not, is left out. What cannot be read any further ends the frames, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.domain.errors import MessageError
from shared.domain.telemetry import Tick, decode_tick
from shared.recordings.entry import RecordedEntry
from shared.recordings.errors import Broken

END = "the recording is over"


@dataclass(frozen=True)
class Frame:
    """What was sent at one tick."""

    tick: int
    at: float
    batches: tuple[Tick, ...]


class Frames:
    """Frames read as they are asked for; `ended` says why there are no more, and is empty while there may be."""

    def __init__(self, entries: Iterable[RecordedEntry], partitions: int) -> None:
        self.ended = ""
        self._ticks = self._decoded(entries, partitions)
        self._held: Tick | None = None
        self._next: Frame | None = None

    def peek(self) -> Frame | None:
        """Return the next frame and leave it there; None where there is none."""
        if self._next is None and not self.ended:
            self._next = self._read()
        return self._next

    def take(self) -> Frame | None:
        """Return the next frame and go on to the one after it; None where there is none."""
        frame, self._next = self.peek(), None
        return frame

    def _read(self) -> Frame | None:
        first = self._held or self._following()
        self._held = None
        if first is None:
            return None
        batches = {first.partition: first}
        while (tick := self._following()) is not None:
            if tick.instant < first.instant:
                continue
            if tick.tick < first.tick:
                self.ended = f"the recorded network began anew with tick {tick.tick} at {tick.at}"
                break
            if tick.tick > first.tick:
                self._held = tick
                break
            batches.setdefault(tick.partition, tick)
        return Frame(first.tick, first.instant, tuple(batches[partition] for partition in sorted(batches)))

    def _following(self) -> Tick | None:
        try:
            tick = next(self._ticks, None)
        except Broken as error:
            self.ended = str(error)
            return None
        if tick is None:
            self.ended = self.ended or END
        return tick

    def _decoded(self, entries: Iterable[RecordedEntry], partitions: int) -> Iterator[Tick]:
        for entry in entries:
            try:
                tick = decode_tick(entry.data)
            except MessageError:
                continue
            if tick.partition < partitions:
                yield tick
