"""Structured lines on stderr: JSON for machines, columns for people."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

from shared.logins import without_logins

CLOCK = "%H:%M:%S"
Line = MutableMapping[str, Any]


def configure(service: str, replica: str, form: Literal["json", "console"] = "console", colour: bool = True) -> None:
    """Let every line of this process carry its time, level, service and replica."""

    def who(_logger: object, _method: str, line: Line) -> Line:
        return {**line, "service": service, "replica": replica}

    def hide(_logger: object, _method: str, line: Line) -> Line:
        return {name: without_logins(value) if isinstance(value, str) else value for name, value in line.items()}

    last: Any = structlog.processors.JSONRenderer()
    if form == "console":
        last = structlog.dev.ConsoleRenderer(
            colors=colour, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )
    errors = [] if form == "console" else [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if form == "json" else CLOCK, utc=form == "json", key="ts"),
            who,
            *errors,
            hide,
            structlog.processors.EventRenamer("message") if form == "json" else _as_is,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _as_is(_logger: object, _method: str, line: Line) -> Line:
    line["timestamp"] = line.pop("ts")
    return line
