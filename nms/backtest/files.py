"""Reads recordings of metrics from CSV files, plain or compressed by gzip, a row at a time.

The first column is `timestamp`, in ISO 8601 or epoch seconds; every other column is a metric. A missing sample is an
empty cell or one of `MISSING`.
"""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from nms.backtest.text_files import bounded_lines, open_text
from shared.domain.errors import SettingError

TIMESTAMP = "timestamp"
MISSING = frozenset({"", "-", "n/a", "na", "nan", "none", "null", "undefined"})
"""In lower case."""
LARGEST = 1e30
"""A larger value counts as this one; an infinite one is a missing sample."""


@dataclass(frozen=True)
class RecordedRow:
    """`values`: one for each metric, NaN where the sample is missing."""

    timestamp: str
    values: list[float]


def names_of(files: Sequence[Path], root: Path | None) -> Mapping[str, Path]:
    """Return the files by their names: the path below `root`, or below the file's own folder, without .csv and .gz.
    Raises SettingError if a file is outside of `root` or two have the same name.
    """
    named: dict[str, Path] = {}
    for file in files:
        name = _name(file, root)
        if name in named:
            raise SettingError(
                f"{named[name]} and {file}: both are called {name}; give the folder above both as --root"
                if named[name] != file
                else f"{file}: given twice; give each file once"
            )
        named[name] = file
    return named


def _name(file: Path, root: Path | None) -> str:
    base = file.parent if root is None else root
    try:
        below = file.absolute().relative_to(base.absolute())
    except ValueError:
        raise SettingError(f"{file}: it is not below --root {base}; give a folder that holds all files") from None
    if ".." in below.parts:
        raise SettingError(f"{file}: a path with .. has no name below --root {base}; write it without")
    return below.as_posix().removesuffix(".gz").removesuffix(".csv")


class MetricFile:
    """An open recording: its metrics are known, and its rows can be read once."""

    def __init__(self, file: Path, text: IO[str]) -> None:
        self._file = file
        self._lines = csv.reader(bounded_lines(text))
        head = next(self._lines, [])
        if not head or head[0].strip().lower() != TIMESTAMP:
            first = head[0] if head else ""
            raise SettingError(
                f"{file}: its first column is {first!r}: begin the file with a line of names, of which the first is "
                f"{TIMESTAMP}, separated by commas"
            )
        self.metrics = tuple(head[1:])
        if not self.metrics:
            raise SettingError(f"{file}: it has no column but {TIMESTAMP}: add one for each metric")

    def rows(self) -> Iterator[RecordedRow]:
        """Raises SettingError."""
        for number, cells in enumerate(self._cells()):
            if len(cells) != len(self.metrics) + 1:
                raise SettingError(
                    f"{self._where()}: {len(cells)} cells, but the first line names {len(self.metrics) + 1} columns: "
                    "leave a cell empty where a sample is missing"
                )
            if number == 0:
                self._check_time(cells[0])
            yield RecordedRow(cells[0], [self._number(at, cell) for at, cell in enumerate(cells[1:])])

    def _cells(self) -> Iterator[list[str]]:
        with _explained(self._file):
            yield from filter(None, self._lines)

    def _where(self) -> str:
        return f"{self._file}: line {self._lines.line_num}"

    def _check_time(self, text: str) -> None:
        for reads in (float, datetime.fromisoformat):
            with suppress(ValueError):
                reads(text.strip())
                return
        raise SettingError(f"{self._where()}: {text!r} is no time: write ISO 8601 or epoch seconds")

    def _number(self, at: int, cell: str) -> float:
        try:
            value = float(cell)
        except ValueError:
            if cell.strip().lower() in MISSING:
                return math.nan
            raise SettingError(
                f"{self._where()}: {cell!r} in column {self.metrics[at]!r} is no number: write it without a unit, or "
                "leave the cell empty"
            ) from None
        return min(max(value, -LARGEST), LARGEST) if math.isfinite(value) else math.nan


@contextmanager
def opened(file: Path) -> Iterator[MetricFile]:
    """Raises SettingError if it cannot be opened."""
    with _explained(file):
        text = open_text(file)
    with text:
        with _explained(file):
            recording = MetricFile(file, text)
        yield recording


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """Raise each error of reading as a SettingError."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SettingError(
            f"{file}: cannot be decompressed ({error}): fetch it again, or rename it if it is plain"
        ) from None
    except UnicodeDecodeError:
        raise SettingError(
            f"{file}: it is not text in UTF-8: convert it, or name it .csv.gz if it is compressed"
        ) from None
    except csv.Error as error:
        raise SettingError(f"{file}: cannot be read as CSV ({error}): write each row as one line") from None
    except OSError as error:
        raise SettingError(f"{file}: cannot be read ({error.strerror}): check the path and its permissions") from None
