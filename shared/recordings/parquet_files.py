"""Writes and reads flat tables as Parquet, with pyarrow, an optional package that is imported on demand.

Rules: rows are written in groups, so that memory does not grow with the recording. Times are timestamps in UTC.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.domain.errors import SettingError
from shared.recordings.errors import Broken
from shared.recordings.flat import FlatRow, Row, Value
from shared.recordings.tables import Column, Kind, RecordingTable

SUFFIX = ".parquet"
ROW_GROUP = 50_000
MILLI = 1000


def require_pyarrow() -> Any:
    """Raises SettingError if it is not installed."""
    try:
        importlib.import_module("pyarrow.parquet")
        return importlib.import_module("pyarrow")
    except ImportError:
        raise SettingError(
            "Parquet needs pyarrow, which is not installed: `pip install 'nms[parquet]'`, or take --format csv"
        ) from None


class ParquetWriter:
    """Writes a table to a Parquet file, in groups of rows. Raises OSError if the disk is full.

    Raises SettingError if pyarrow is not installed.
    """

    def __init__(self, path: Path, table: RecordingTable) -> None:
        self.path, self.rows = path, 0
        self._arrow = require_pyarrow()
        self._table, self._schema = table, _schema(self._arrow, table)
        self._file = self._arrow.parquet.ParquetWriter(str(path), self._schema, compression="zstd")
        self._waiting: list[Row] = []

    def write(self, row: Row) -> None:
        self._waiting.append(row)
        self.rows += 1
        if len(self._waiting) >= ROW_GROUP:
            self._put()

    def close(self) -> None:
        try:
            if self._waiting:
                self._put()
        finally:
            self._file.close()

    def _put(self) -> None:
        rows, self._waiting = self._waiting, []
        columns = zip(self._table.columns, zip(*rows, strict=True), strict=True)
        arrays = [
            self._arrow.array([_moment(value) for value in values] if column.kind is Kind.TIME else values, field.type)
            for (column, values), field in zip(columns, self._schema, strict=True)
        ]
        self._file.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))


def read_parquet(path: Path, table: RecordingTable) -> Iterator[FlatRow]:
    """Raises Broken, or SettingError if pyarrow is not installed."""
    arrow = require_pyarrow()
    try:
        with arrow.parquet.ParquetFile(str(path)) as file:
            _check(arrow, path, file.schema_arrow, table)
            kinds = [(column.name, column) for column in table.columns]
            for batch in file.iter_batches(batch_size=ROW_GROUP):
                columns = [batch.column(name).to_pylist() for name, _ in kinds]
                for values in zip(*columns, strict=True):
                    yield {name: _value(kind, value) for (name, kind), value in zip(kinds, values, strict=True)}
    except (arrow.lib.ArrowException, OSError) as error:
        raise Broken(f"{path}: not a Parquet file, or a damaged one ({str(error).splitlines()[0]})") from None


def _check(arrow: Any, path: Path, found: Any, table: RecordingTable) -> None:
    for wanted in _schema(arrow, table):
        if wanted.name not in found.names:
            raise Broken(f"{path}: column {wanted.name} is missing")
        if found.field(wanted.name).type != wanted.type:
            raise Broken(f"{path}: column {wanted.name} is {found.field(wanted.name).type}, not {wanted.type}")


def _schema(arrow: Any, table: RecordingTable) -> Any:
    types = {
        Kind.TEXT: arrow.string(),
        Kind.WHOLE: arrow.int64(),
        Kind.NUMBER: arrow.float64(),
        Kind.TIME: arrow.timestamp("us", tz="UTC"),
    }
    fields = [arrow.field(c.name, types[c.kind], metadata={"description": c.says}) for c in table.columns]
    return arrow.schema(fields, metadata={"description": table.says})


def _moment(value: Value) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _value(column: Column, value: Any) -> Value:
    if column.kind is not Kind.TIME or not isinstance(value, datetime):
        found: Value = value
        return found
    finer = value.microsecond % MILLI != 0
    text = value.astimezone(UTC).isoformat(timespec="microseconds" if finer else "milliseconds")
    return text.replace("+00:00", "Z")
