"""Reads the telemetry of a recording as frames. A frame has the messages of all partitions at one tick.

Frames are in the order of their times. A message is skipped if its time goes back, its partition is unknown, or it
cannot be decoded. A file that cannot be read, or a tick number that goes back, ends the frames; `ended` has the reason.
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
    tick: int
    at: float
    batches: tuple[Tick, ...]


class Frames:
    """Reads frames one by one. `ended`: why there are no more frames; empty while there may be more."""

    def __init__(self, entries: Iterable[RecordedEntry], partitions: int) -> None:
        self.ended = ""
        self._ticks = self._decoded(entries, partitions)
        self._pending: Tick | None = None
        self._next: Frame | None = None

    def peek(self) -> Frame | None:
        if self._next is None and not self.ended:
            self._next = self._read()
        return self._next

    def take(self) -> Frame | None:
        frame, self._next = self.peek(), None
        return frame

    def _read(self) -> Frame | None:
        first = self._pending or self._following()
        self._pending = None
        if first is None:
            return None
        batches = {first.partition: first}
        while (tick := self._following()) is not None:
            if tick.instant < first.instant:
                continue
            if tick.tick < first.tick:
                self.ended = f"the recorded network restarted with tick {tick.tick} at {tick.at}"
                break
            if tick.tick > first.tick:
                self._pending = tick
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
