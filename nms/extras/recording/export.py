"""Converts the journals of a finished recording to tables, one message at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Protocol

from shared.domain.errors import MessageError
from shared.recordings.choices import Family, Format
from shared.recordings.csv_files import CsvWriter
from shared.recordings.entry import RecordedEntry
from shared.recordings.flat import Row, rows_of
from shared.recordings.journal import read_journal
from shared.recordings.manifest import File, Manifest, facts_of, write_manifest
from shared.recordings.parquet_files import ParquetWriter, require_pyarrow
from shared.recordings.reader import SUFFIXES
from shared.recordings.tables import RecordingTable, tables_of

REPORT_EVERY = 10_000
OnExported = Callable[[int], None]
"""Called now and then with the number of messages of a family that have been converted."""


class TableWriter(Protocol):
    path: Path
    rows: int

    def write(self, row: Row) -> None: ...

    def close(self) -> None: ...


def check_format(form: Format) -> None:
    """Raise SettingError if this installation cannot write the format."""
    if form is Format.PARQUET:
        require_pyarrow()


def into_tables(
    folder: Path, journals: Mapping[Family, Path], manifest: Manifest, form: Format, on_exported: OnExported
) -> Manifest:
    """Write the tables, then the manifest that names the tables, then remove the journals. Raises OSError.

    In this order, the recording is complete as journals or as tables at any time.
    """
    files = export(folder, journals, form, on_exported)
    changed = manifest.model_copy(update={"format": form, "files": files})
    write_manifest(folder, changed)
    for path in journals.values():
        path.unlink(missing_ok=True)
    return changed


def export(folder: Path, journals: Mapping[Family, Path], form: Format, on_exported: OnExported) -> dict[str, File]:
    """Return facts about the files, by file name. Raises OSError.

    A message that cannot be decoded has no row. After an error the tables are removed, and the journals remain.
    """
    files: dict[str, File] = {}
    made: list[Path] = []
    try:
        for family, journal in journals.items():
            wanted = {table.name: folder / f"{table.name}{SUFFIXES[form]}" for table in tables_of(family)}
            made += wanted.values()
            for name, rows in _write(read_journal(journal), family, wanted, form, on_exported).items():
                files[wanted[name].name] = facts_of(wanted[name], rows)
    except BaseException:
        for path in made:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise
    return files


def _write(
    entries: Iterator[RecordedEntry], family: Family, paths: Mapping[str, Path], form: Format, on_exported: OnExported
) -> dict[str, int]:
    with ExitStack() as stack:
        writers: dict[str, TableWriter] = {}
        for table in tables_of(family):
            writer = writers[table.name] = _writer(paths[table.name], table, form)
            stack.callback(writer.close)
        for number, entry in enumerate(entries, start=1):
            for table, row in _rows(entry):
                writers[table.name].write(row)
            if number % REPORT_EVERY == 0:
                on_exported(number)
    return {name: writer.rows for name, writer in writers.items()}


def _rows(entry: RecordedEntry) -> list[tuple[RecordingTable, Row]]:
    try:
        return list(rows_of(entry))
    except MessageError:
        return []


def _writer(path: Path, table: RecordingTable, form: Format) -> TableWriter:
    return ParquetWriter(path, table) if form is Format.PARQUET else CsvWriter(path, table)
