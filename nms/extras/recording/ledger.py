"""Writes the folder of a recording: a journal for each family of messages, and the manifest with its counts."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from shared.domain.errors import DiskFull, MessageError, SettingError
from shared.domain.telemetry import Pulse, decode_pulse
from shared.domain.topology import Topology, partitions_for
from shared.recordings.choices import Family, Format
from shared.recordings.entry import RecordedEntry, is_json, line_of
from shared.recordings.journal import SUFFIX, JournalWriter
from shared.recordings.manifest import (
    MAX_GAPS,
    TOPOLOGY,
    WARM_UP,
    Gap,
    Manifest,
    Read,
    Span,
    facts_of,
    put,
    write_manifest,
)
from shared.recordings.tables import TABLE_OF

FIRST_TICK = 1


@dataclass
class FamilyCounts:
    messages: int = 0
    first: int | None = None
    last: int | None = None
    missing: int = 0
    not_understood: int = 0
    gaps: list[Gap] = field(default_factory=list)
    last_of: dict[str, int] = field(default_factory=dict)

    def take(self, sequence: int, understood: bool, every: bool, stream: str = "") -> None:
        """`every`: whether all messages of the stream are recorded, so that a missing sequence number means a lost
        message.
        """
        last = self.last_of.get(stream)
        if every and last is not None and sequence > last + 1:
            self.missing += sequence - last - 1
            if len(self.gaps) < MAX_GAPS:
                self.gaps.append(Gap(first=last + 1, last=sequence - 1))
        self.first = sequence if self.first is None else self.first
        self.last_of[stream] = self.last = sequence
        self.messages += 1
        self.not_understood += not understood

    def read(self) -> Read:
        return Read(
            messages=self.messages,
            first=self.first,
            last=self.last,
            missing=self.missing,
            gaps=tuple(self.gaps),
            not_understood=self.not_understood,
        )


class RecordingLedger:
    """Raises DiskFull when it is created."""

    def __init__(self, folder: Path, families: Collection[Family], topology: Topology, seed: int | None) -> None:
        self.folder = folder
        self.families = tuple(family for family in Family if family in families or family is Family.SETTINGS)
        self._topology, self._seed = topology, seed
        self._counts = {family: FamilyCounts() for family in self.families}
        self._journals: dict[Family, JournalWriter] = {}
        self._head: Pulse | None = None
        self._first: tuple[float, int] | None = None
        self._last = self._began = self._ended = 0.0
        try:
            put(folder / TOPOLOGY, topology.model_dump_json(indent=1) + "\n")
            write_manifest(folder, self.manifest())
            for family in self.families:
                self._journals[family] = JournalWriter(self.path(family))
        except OSError as error:
            raise full(folder, error) from None

    def path(self, family: Family) -> Path:
        return self.folder / f"{TABLE_OF[family].name}{SUFFIX}"

    @property
    def messages(self) -> int:
        return sum(counts.messages for counts in self._counts.values())

    @property
    def missing(self) -> int:
        return sum(counts.missing for counts in self._counts.values())

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(journal.size for journal in self._journals.values())

    @property
    def upto(self) -> float:
        return self._ended

    @property
    def seconds(self) -> float:
        """The span of the recorded telemetry, in seconds of network time."""
        return self._last - self._first[0] if self._first else 0.0

    def take(self, family: Family, entry: RecordedEntry, stream: str = "") -> None:
        """Raises OSError."""
        understood = is_json(entry.data)
        self._journals[family].write(line_of(entry, understood))
        self._began = self._began or entry.stored
        self._ended = max(self._ended, entry.stored)
        self._counts[family].take(entry.sequence, understood, every=family is not Family.SETTINGS, stream=stream)
        if family is Family.TELEMETRY:
            self._follow_time(entry)

    def _follow_time(self, entry: RecordedEntry) -> None:
        with contextlib.suppress(MessageError, ValueError, OverflowError):
            self._head = decode_pulse(entry.data)
            self._first = self._first or (entry.time, self._head.tick)
            self._last = max(self._last, entry.time)

    def flush(self) -> None:
        for journal in self._journals.values():
            journal.flush()

    def finish(self, ended_by: str, reconnects: int = 0) -> Manifest:
        """Raises OSError."""
        with contextlib.ExitStack() as stack:
            for journal in self._journals.values():
                stack.callback(journal.close)
        files = {j.path.name: facts_of(j.path, j.messages) for j in self._journals.values()}
        manifest = self.manifest(ended_by, reconnects).model_copy(update={"files": files})
        write_manifest(self.folder, manifest)
        return manifest

    def manifest(self, ended_by: str | None = None, reconnects: int = 0) -> Manifest:
        whole = self._first is not None and self._first[1] <= FIRST_TICK
        first = self._first[0] if self._first else None
        return Manifest(
            product=metadata.version("nms"),
            format=Format.JSONL,
            families=self.families,
            partitions=partitions_for(self._topology),
            seed=self._seed,
            speed=self._head.speed if self._head else None,
            finished=ended_by is not None,
            ended_by=ended_by,
            whole=whole,
            wall=Span(begin=self._began, end=self._ended) if self._began else None,
            network=None if first is None else Span(begin=first, end=self._last),
            judge_from=None if first is None else first + (0.0 if whole else WARM_UP),
            reconnects=reconnects,
            reads={family: counts.read() for family, counts in self._counts.items()},
        )


def full(folder: Path, error: OSError) -> DiskFull:
    return DiskFull(
        f"cannot write to {folder}: {error.strerror or error}; free some space, or name another folder with --output; "
        "the messages written so far can be replayed"
    )


def make_folder(folder: Path) -> None:
    """Raises SettingError if it is not empty, DiskFull if it cannot be created."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise full(folder, error) from None
    if taken:
        raise SettingError(f"{folder} is not empty: name a new folder with --output")
