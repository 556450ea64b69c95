"""Structured log lines on stderr: JSON for machines, columns for people, with tracebacks indented below their line.

Rules: a message stays one line, whatever it contains. A person sees network time, in UTC. In JSON `ts` is wall time and
`at` is network time. Messages of libraries, and the error that ends the process, have this format too, since raw text
between the log lines could be mistaken for a log line.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from types import TracebackType
from typing import Any, Literal

import structlog

from shared.domain.logins import without_logins
from shared.domain.moments import clock, iso
from shared.domain.printable import guttered, printable
from shared.platform import library_log

Line = Mapping[str, Any]
Now = Callable[[], float]


def configure(
    service: str, replica: str, form: Literal["json", "console"] = "console", colour: bool = True, now: Now = time.time
) -> None:
    """`now` returns network time."""

    def who(_logger: object, _method: str, line: Line) -> dict[str, Any]:
        return {"at": iso(now()), **line, "service": service, "replica": replica}

    def hide(_logger: object, _method: str, line: Line) -> dict[str, Any]:
        return {name: without_logins(value) if isinstance(value, str) else value for name, value in line.items()}

    columns = structlog.dev.ConsoleRenderer(colors=colour, pad_event_to=0, exception_formatter=_trace)
    ending: Sequence[Any] = (
        [hide, _one_line, columns]
        if form == "console"
        else [
            structlog.processors.format_exc_info,
            hide,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(),
        ]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            who,
            *ending,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    library_log.install()
    sys.excepthook = _last_words


def say(sentence: str) -> None:
    """Write a sentence to stderr that is no log line, such as the reason why a process ends."""
    sys.stderr.write(f"{printable(sentence)}\n")


def say_out(text: str) -> None:
    """Write to stdout. The caller has to escape control characters."""
    sys.stdout.write(f"{text}\n")


def _last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    structlog.get_logger("nms").critical("ended by a defect", exc_info=(kind, error, trace))


def _one_line(_logger: object, _method: str, line: Line) -> dict[str, Any]:
    own = {"ts", "at", "exc_info"}
    shown = {printable(key): _shown(value) for key, value in line.items() if key not in own}
    timed = {"timestamp": clock(line["at"]), **shown}
    return {**timed, "exc_info": line["exc_info"]} if "exc_info" in line else timed


def _shown(value: object) -> object:
    return value if isinstance(value, int | float) else printable(str(value))


def _trace(out: Any, error: Any) -> None:
    written = StringIO()
    structlog.dev.plain_traceback(written, error)
    out.write("\n" + guttered(written.getvalue().strip("\n")))
