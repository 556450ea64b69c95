"""Opens text that may be compressed by gzip, and writes results that have their names only once they are complete."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from shared.domain.errors import DiskFull


def open_text(path: Path) -> IO[str]:
    """Open text in UTF-8 that ends its lines in any way; a name in .gz means compressed. Raises OSError."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


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
