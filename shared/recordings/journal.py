"""A journal: one family's messages as gzipped JSON Lines, written as they come and readable however the writing ended.

Rules: what was flushed can be read, whatever becomes of the process; a file that was cut off gives all its whole lines.
No line and no step of unpacking is larger than a bound, whoever wrote the file.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from shared.domain.errors import MessageError
from shared.recordings.entry import RecordedEntry, entry_of_line
from shared.recordings.errors import Broken, CutOff

SUFFIX = ".jsonl.gz"
GZIP = 31
LEVEL = 6
CHUNK = 256 * 1024
MAX_LINE = 16 * 1024 * 1024
"""A tick of the largest size, in base64."""


class JournalWriter:
    """A journal that grows. Raises OSError where the disk takes no more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.messages = 0
        self._file = path.open("xb")
        self._gzip = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)

    @property
    def size(self) -> int:
        """Bytes on disk so far."""
        return self._file.tell()

    def write(self, line: bytes) -> None:
        """Add the line of one message, as `line_of` makes it."""
        self._file.write(self._gzip.compress(line))
        self.messages += 1

    def flush(self) -> None:
        """Make all that was written readable by others."""
        self._file.write(self._gzip.flush(zlib.Z_SYNC_FLUSH))
        self._file.flush()

    def close(self) -> None:
        """End the file."""
        try:
            self._file.write(self._gzip.flush(zlib.Z_FINISH))
        finally:
            self._file.close()


def read_journal(path: Path) -> Iterator[RecordedEntry]:
    """Yield the messages of a journal. Raises Broken, and CutOff after the last whole line of one that has no end."""
    for number, line in enumerate(lines(path), start=1):
        try:
            yield entry_of_line(line)
        except MessageError as error:
            raise Broken(f"{path}, line {number}: {error}") from None


def lines(path: Path, longest: int = 0, is_cut_off: bool = True) -> Iterator[bytes]:
    """Yield the lines of a gzipped file without their newlines, none longer than `longest`. Raises Broken and CutOff.

    `is_cut_off`: a last line without a newline was cut off; else it is a line.
    """
    longest = longest or MAX_LINE
    rest, number = b"", 0
    for part in unpacked(path):
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            number += 1
            yield line
        if len(rest) > longest:
            raise Broken(too_long(path, number + 1, longest))
    if rest and is_cut_off:
        raise CutOff(f"{path}, line {number + 1}: the line has no end")
    if rest:
        yield rest


def too_long(path: Path, number: int, longest: int) -> str:
    """Return the sentence about a line that is longer than is read."""
    return f"{path}, line {number}: longer than the {longest} bytes that are read; see who wrote the file"


def unpacked(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a gzip file, unpacked, a little at a time. Raises Broken and CutOff."""
    gzip = zlib.decompressobj(GZIP)
    try:
        with path.open("rb") as file:
            while data := file.read(CHUNK):
                while data:
                    if gzip.eof:  # a file of several parts, as `cat` makes them
                        gzip = zlib.decompressobj(GZIP)
                    yield gzip.decompress(data, CHUNK)
                    data = gzip.unused_data if gzip.eof else gzip.unconsumed_tail
        if not gzip.eof:
            yield gzip.flush()
            raise CutOff(f"{path}: the file ends in the middle")
    except zlib.error as error:
        raise Broken(f"{path}: not a gzip file, or a damaged one ({error})") from None
    except OSError as error:
        raise Broken(f"{path} cannot be read: {error.strerror}") from None
