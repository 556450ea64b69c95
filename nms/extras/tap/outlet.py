"""Writes lines to a reader that may be slow or stuck. Lines wait in a bounded queue, and lines beyond it are dropped.

Rules: the program never waits for the reader. A line is written completely or not at all. A separate thread writes
straight to the file, so that a stuck reader blocks neither the event loop nor the end of the process.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque

from nms.terminal import ReaderGone

QUEUED_LINES = 10_000
QUEUED_BYTES = 8 * 1024 * 1024
RETRY_SECONDS = 0.02


class Outlet:
    """`dropped`: the number of lines that were dropped because the queue was full. Raises ReaderGone if the reader is
    gone, or OSError if writing fails.
    """

    def __init__(self, file: int, lines: int = QUEUED_LINES, size: int = QUEUED_BYTES) -> None:
        self.dropped = 0
        self._file, self._most_lines, self._most_bytes = file, lines, size
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._ending = False
        self._error: OSError | None = None
        self._writer = threading.Thread(target=self._write, name="outlet", daemon=True)
        self._writer.start()

    def put(self, line: str) -> bool:
        """Return whether the queue had space for the line. Raises as `check` does."""
        data = f"{line}\n".encode(errors="backslashreplace")
        with self._changed:
            self.check()
            if len(self._waiting) >= self._most_lines or self._bytes + len(data) > self._most_bytes:
                self.dropped += 1
                return False
            self._waiting.append(data)
            self._bytes += len(data)
            self._changed.notify()
            return True

    def check(self) -> None:
        """Raise ReaderGone if the reader is gone, or OSError if writing has failed."""
        if isinstance(self._error, BrokenPipeError):
            raise ReaderGone
        if self._error is not None:
            raise self._error

    def end(self, patience: float) -> None:
        """Write the lines that are still queued, for at most `patience` seconds."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._writer.join(patience)

    def _write(self) -> None:
        while (data := self._next()) is not None:
            try:
                self._write_whole(data)
            except OSError as error:
                with self._changed:
                    self._error = error
                return

    def _write_whole(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._file, data) :]
            except BlockingIOError:  # the terminal is in non-blocking mode, which another program has set
                time.sleep(RETRY_SECONDS)

    def _next(self) -> bytes | None:
        with self._changed:
            while not self._waiting and not self._ending:
                self._changed.wait()
            if not self._waiting:
                return None
            data = self._waiting.popleft()
            self._bytes -= len(data)
            return data
