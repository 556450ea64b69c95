"""Reads a recording; its files are checked against the manifest before any message is used.

Rules: a finished recording has every file in its manifest, byte for byte. A recording that was cut off is read up to
its last complete line, and missing messages are reported. Messages come in the order in which the broker stored them.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.domain.errors import MessageError
from shared.domain.topology import Topology
from shared.recordings import csv_files, journal, parquet_files
from shared.recordings.choices import Family, Format
from shared.recordings.entry import RecordedEntry
from shared.recordings.errors import Broken, CutOff
from shared.recordings.flat import FlatRow, event_of_row, ticks_of_rows
from shared.recordings.manifest import Manifest, facts_of, read_manifest, read_topology_of
from shared.recordings.tables import LINKS, NODES, TABLE_OF, RecordingTable, tables_of

SUFFIXES: Mapping[Format, str] = {Format.CSV: csv_files.SUFFIX, Format.PARQUET: parquet_files.SUFFIX}
MAX_NOTES = 100


@dataclass
class Recording:
    """A recording whose files were checked. `notes`: sentences about missing data; reading may add more of them."""

    folder: Path
    manifest: Manifest
    topology: Topology
    notes: list[str] = field(default_factory=list)

    @staticmethod
    def open(folder: Path) -> Recording:
        """Raises Broken."""
        if not folder.is_dir():
            raise Broken(f"{folder}: no such folder; name one that `nms record` made")
        found = Recording(folder, read_manifest(folder), read_topology_of(folder))
        found._check()
        return found

    def has(self, family: Family) -> bool:
        return family in self.manifest.families and all(path.exists() for path in self._paths(family).values())

    def entries(self, families: Collection[Family]) -> Iterator[RecordedEntry]:
        """Yield the messages of the given families in the order in which the broker stored them. Raises Broken."""
        present = [family for family in Family if family in families and self.has(family)]
        return heapq.merge(*map(self._entries, present), key=lambda entry: entry.stored)

    def _check(self) -> None:
        manifest = self.manifest
        if not manifest.finished:
            self._note(f"{self.folder}: the recording was cut off: its totals are not known")
            return
        expected = {path.name for family in manifest.families for path in self._paths(family).values()}
        if unlisted := expected - manifest.files.keys():
            raise Broken(f"{self.folder}: the manifest does not list {min(unlisted)}")
        for name in sorted(expected):
            self._check_file(self.folder / name)
        for family, read in manifest.reads.items():
            if read.missing:
                self._note(f"{family}: {read.missing} messages were dropped by the broker before they could be read")

    def _check_file(self, path: Path) -> None:
        recorded = self.manifest.files[path.name]
        try:
            found = facts_of(path, recorded.rows)
        except OSError as error:
            raise Broken(f"{path}: {error.strerror}; the manifest lists it") from None
        if found.size != recorded.size:
            raise Broken(
                f"{path}: {found.size} bytes where the manifest has {recorded.size}: it was changed or cut off"
            )
        if found.sha256 != recorded.sha256:
            raise Broken(f"{path}: its SHA-256 is not that of the manifest: it was changed after the recording")

    def _paths(self, family: Family) -> dict[str, Path]:
        form = self.manifest.format
        if form is Format.JSONL:
            name = TABLE_OF[family].name
            return {name: self.folder / f"{name}{journal.SUFFIX}"}
        return {table.name: self.folder / f"{table.name}{SUFFIXES[form]}" for table in tables_of(family)}

    def _entries(self, family: Family) -> Iterator[RecordedEntry]:
        try:
            if self.manifest.format is Format.JSONL:
                yield from self._journal(family)
            elif family is Family.TELEMETRY:
                yield from self._ticks()
            else:
                yield from self._events(TABLE_OF[family])
        except MessageError as error:
            raise Broken(f"{self.folder}, {family}: {error}") from None

    def _journal(self, family: Family) -> Iterator[RecordedEntry]:
        (path,) = self._paths(family).values()
        try:
            yield from journal.read_journal(path)
        except CutOff as error:
            if self.manifest.finished:
                raise
            self._note(str(error))

    def _ticks(self) -> Iterator[RecordedEntry]:
        both = (self._rows(NODES), self._rows(LINKS))
        return ticks_of_rows(heapq.merge(*both, key=lambda row: row["sequence"] if row["sequence"] is not None else -1))

    def _events(self, table: RecordingTable) -> Iterator[RecordedEntry]:
        for number, row in enumerate(self._rows(table), start=1):
            try:
                yield event_of_row(row)
            except MessageError as error:
                raise Broken(f"{self._paths(table.family)[table.name]}, row {number}: {error}") from None

    def _rows(self, table: RecordingTable) -> Iterator[FlatRow]:
        path = self._paths(table.family)[table.name]
        if self.manifest.format is Format.PARQUET:
            return parquet_files.read_parquet(path, table)
        return csv_files.read_csv(path, table)

    def _note(self, note: str) -> None:
        if len(self.notes) < MAX_NOTES and note not in self.notes:
            self.notes.append(note)
