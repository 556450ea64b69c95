"""Flat tables as gzipped CSV: a header line, an empty cell where there is no value."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from nms.recording.errors import Broken
from nms.recording.flat import FlatRow, Row, Value
from nms.recording.journal import MAX_LINE
from nms.recording.tables import Column, Kind, Table

SUFFIX = ".csv.gz"
LEVEL = 6


class CsvWriter:
    """A table that grows. Raises OSError where the disk takes no more."""

    def __init__(self, path: Path, table: Table) -> None:
        self.path, self.rows = path, 0
        self._file = path.open("wb")
        packed = gzip.GzipFile("", "wb", LEVEL, self._file, mtime=0)
        self._text = io.TextIOWrapper(packed, encoding="utf-8", newline="")
        self._csv = csv.writer(self._text, lineterminator="\n")
        self._csv.writerow([column.name for column in table.columns])

    def write(self, row: Row) -> None:
        """Add one row."""
        self._csv.writerow(row)
        self.rows += 1

    def close(self) -> None:
        """End the file."""
        try:
            self._text.close()
        finally:
            self._file.close()


def read_csv(path: Path, table: Table) -> Iterator[FlatRow]:
    """Yield the rows of a table. Raises Broken."""
    csv.field_size_limit(MAX_LINE)
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            reader = csv.reader(file, strict=True)
            columns = _columns(path, next(reader, []), table)
            for cells in reader:
                number = reader.line_num
                if len(cells) != len(columns):
                    raise ValueError(f"{len(cells)} cells where the header has {len(columns)}")
                yield {column.name: _value(column, cell) for column, cell in zip(columns, cells, strict=True)}
    except EOFError:
        raise Broken(f"{path}, after line {number}: the file ends in the middle") from None
    except (OSError, zlib.error) as error:
        raise Broken(f"{path}: not a gzip file, or a damaged one ({error})") from None
    except (ValueError, csv.Error) as error:
        raise Broken(f"{path}, line {number or 1}: {error}") from None


def _columns(path: Path, header: list[str], table: Table) -> list[Column]:
    known = {column.name: column for column in table.columns}
    missing = known.keys() - set(header)
    if missing:
        raise Broken(f"{path}, line 1: column {min(missing)} is missing; the header names {', '.join(header)[:200]}")
    return [known.get(name) or Column(name, Kind.TEXT, "") for name in header]


def _value(column: Column, cell: str) -> Value:
    if cell == "":
        return None
    if column.kind is Kind.WHOLE:
        return int(cell)
    return float(cell) if column.kind is Kind.NUMBER else cell
