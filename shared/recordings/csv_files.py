"""Flat tables as gzipped CSV: a header line, and an empty cell for a missing value."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

from shared.domain.events.base import MAX_EVENT_BYTES
from shared.recordings import journal
from shared.recordings.errors import Broken, CutOff
from shared.recordings.flat import FlatRow, Row, Value
from shared.recordings.tables import Column, Kind, RecordingTable

SUFFIX = ".csv.gz"
LEVEL = 6
MAX_ROW = 4 * MAX_EVENT_BYTES
"""The largest row in bytes: the body of an event with doubled quotation marks, and its columns. A limit is needed,
since a gzip file of half a megabyte may unpack to a thousand times as much."""
MAX_COLUMNS = 256


class CsvWriter:
    """Writes a table to a gzipped CSV file, row by row. Raises OSError if the disk is full."""

    def __init__(self, path: Path, table: RecordingTable) -> None:
        self.path, self.rows = path, 0
        self._file = path.open("wb")
        packed = gzip.GzipFile("", "wb", LEVEL, self._file, mtime=0)
        self._text = io.TextIOWrapper(packed, encoding="utf-8", newline="")
        self._csv = csv.writer(self._text, lineterminator="\n")
        self._csv.writerow([column.name for column in table.columns])

    def write(self, row: Row) -> None:
        self._csv.writerow(row)
        self.rows += 1

    def close(self) -> None:
        try:
            self._text.close()
        finally:
            self._file.close()


def read_csv(path: Path, table: RecordingTable) -> Iterator[FlatRow]:
    """Raises Broken."""
    csv.field_size_limit(2 * MAX_ROW)
    lines = _Lines(path)
    try:
        reader = csv.reader(lines, strict=True)
        columns = _columns(path, next(reader, []), table)
        for cells in reader:
            lines.row_ended()
            if len(cells) != len(columns):
                raise ValueError(f"{len(cells)} cells where the header has {len(columns)}")
            yield {column.name: _value(column, cell) for column, cell in zip(columns, cells, strict=True)}
    except CutOff:
        raise Broken(f"{path}, after line {lines.number}: the file ends in the middle") from None
    except (ValueError, csv.Error) as error:
        raise Broken(f"{path}, line {lines.number or 1}: {error}") from None


class _Lines:
    """Yields the lines of a gzip file as text. A row may have several lines; raises Broken if they are too long."""

    def __init__(self, path: Path) -> None:
        self._path, self._lines = path, journal.lines(path, MAX_ROW, is_cut_off=False)
        self.number = self._size = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            self._size += len(line) + 1
            if self._size > MAX_ROW:
                raise Broken(journal.too_long(self._path, self.number, MAX_ROW))
            yield f"{line.decode()}\n"

    def row_ended(self) -> None:
        self._size = 0


def _columns(path: Path, header: list[str], table: RecordingTable) -> list[Column]:
    known = {column.name: column for column in table.columns}
    missing = known.keys() - set(header)
    if missing:  # the error does not quote the header: the file may hold anything, even a secret
        raise Broken(f"{path}, line 1: column {min(missing)} is missing; check that it is a table of a recording")
    if len(header) > MAX_COLUMNS:
        raise Broken(f"{path}, line 1: {len(header)} columns, more than {MAX_COLUMNS}; remove the added ones")
    return [known.get(name) or Column(name, Kind.TEXT, "") for name in header]


def _value(column: Column, cell: str) -> Value:
    if cell == "":
        return None
    if column.kind is Kind.WHOLE:
        return int(cell)
    return float(cell) if column.kind is Kind.NUMBER else cell
