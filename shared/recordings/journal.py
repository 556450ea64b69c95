"""A journal: the messages of one family as gzipped JSON Lines, appended as they arrive.

Rules: flushed lines can be read even if the process is killed. A file that was cut off yields all its whole lines.
The length of a line and of each unpacked chunk is limited, since the file may come from anyone.
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
"""The longest line in bytes: a tick of the largest size, in base64."""


class JournalWriter:
    """Writes a new journal, line by line. Raises OSError if the file exists or the disk is full."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.messages = 0
        self._file = path.open("xb")
        self._gzip = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)

    @property
    def size(self) -> int:
        """The size of the file in bytes, without lines that are not compressed yet."""
        return self._file.tell()

    def write(self, line: bytes) -> None:
        self._file.write(self._gzip.compress(line))
        self.messages += 1

    def flush(self) -> None:
        """Make all lines written so far readable by other processes."""
        self._file.write(self._gzip.flush(zlib.Z_SYNC_FLUSH))
        self._file.flush()

    def close(self) -> None:
        try:
            self._file.write(self._gzip.flush(zlib.Z_FINISH))
        finally:
            self._file.close()


def read_journal(path: Path) -> Iterator[RecordedEntry]:
    """Yield the messages of a journal. Raises Broken, and CutOff after the last whole line if the file was cut off."""
    for number, line in enumerate(lines(path), start=1):
        try:
            yield entry_of_line(line)
        except MessageError as error:
            raise Broken(f"{path}, line {number}: {error}") from None


def lines(path: Path, longest: int = 0, is_cut_off: bool = True) -> Iterator[bytes]:
    """Yield the lines of a gzipped file without their newlines. Raises Broken and CutOff.

    `longest`: the bytes beyond which an unfinished line is refused; 0: `MAX_LINE`. `is_cut_off`: whether a last line
    without a newline was cut off; otherwise it counts as a whole line.
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
    return f"{path}, line {number}: longer than the {longest} bytes that are read; check what wrote the file"


def unpacked(path: Path) -> Iterator[bytes]:
    """Raises Broken and CutOff."""
    gzip = zlib.decompressobj(GZIP)
    try:
        with path.open("rb") as file:
            while data := file.read(CHUNK):
                while data:
                    if gzip.eof:  # `cat` of several gzip files makes a file of several members
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
