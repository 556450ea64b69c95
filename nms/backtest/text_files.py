"""Opens text that may be compressed by gzip, and writes results that have their names only once they are complete."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from shared.domain.errors import DiskFull

MAX_LINE = 1 << 20
"""Of characters: some ten thousand columns. A gzip file of a few kilobytes may hold one line of many megabytes."""


def open_text(path: Path) -> IO[str]:
    """Open text in UTF-8 that ends its lines in any way; a name in .gz means compressed. Raises OSError."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def bounded_lines(text: IO[str]) -> Iterator[str]:
    """Yield each line as it is. Raises csv.Error if one is longer than `MAX_LINE`."""
    while line := text.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise csv.Error(f"a line has more than {MAX_LINE:,} characters")
        yield line


@contextmanager
def written(target: Path) -> Iterator[IO[str]]:
    """A file that has its name only once it is complete. Raises DiskFull."""
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as output:
            yield output
        part.replace(target)
    except OSError as error:
        raise DiskFull(
            f"{target}: cannot be written ({error.strerror}): free space, or name another folder with --out"
        ) from None
    finally:
        with suppress(OSError):
            part.unlink()
