"""Logs the same message of a library once a minute at most, so that a repeating error does not bury our lines.

Rule: a library's message is untrusted data. Its first line identifies it. Of an error of the operating system only
class and text are logged; of any other exception also the traceback.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import structlog

SAY_EVERY = 60.0
MAX_MESSAGES = 64
"""The number of different messages that are counted one by one; all further messages count as one."""
MAX_LENGTH = 300
OTHER = "other messages"
log = structlog.get_logger("nms.library")


class SparingHandler(logging.Handler):
    """Logs each message once a minute at most, with the number of its repetitions that were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(logging.WARNING)
        self._clock = clock
        self._logged_at: dict[str, float] = {}
        self._repeated: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        message = _message(record).partition("\n")[0].strip()[:MAX_LENGTH]
        key = f"{record.name}: {message}"
        if key not in self._logged_at and len(self._logged_at) >= MAX_MESSAGES:
            key = OTHER
        now = self._clock()
        if now - self._logged_at.get(key, -SAY_EVERY) < SAY_EVERY:
            self._repeated[key] = self._repeated.get(key, 0) + 1
            return
        self._logged_at[key] = now
        more = self._repeated.pop(key, 0)
        error = record.exc_info[1] if record.exc_info else None
        log.log(
            max(record.levelno, logging.WARNING),
            message,
            library=record.name,
            **({"same_before": more} if more else {}),
            **({"error": repr(error)} if error else {}),
            **({"exc_info": error} if error and not isinstance(error, OSError) else {}),
        )


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (
        TypeError,
        ValueError,
    ):  # a message that does not fit its own format is a defect of the library, and must not end the process
        return str(record.msg)


def install() -> None:
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, SparingHandler)]:
        root.removeHandler(handler)
    root.addHandler(SparingHandler())
