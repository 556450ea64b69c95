"""Shows the output of many processes as one log: structured lines are aligned and coloured, others stay as they are.

Rules: a line has the network time of its event, like all output of NMS. A message takes one line, whatever it contains.
The lines of a traceback are indented behind a gutter, so that none of these lines looks like a log line.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Protocol

from rich.console import Console
from rich.text import Text

from shared.domain.moments import clock, instant
from shared.domain.printable import guttered, printable

COLOURS = {
    "injector": "red",
    "network": "bright_black",
    "detector": "yellow",
    "correlator": "magenta",
    "rca": "cyan",
    "remediator": "green",
    "stabilizer": "blue",
    "gateway": "white",
    "nats-server": "bright_black",
    "nms": "bold",
}
LEVELS = {
    "debug": "dim",
    "info": "",
    "success": "green",
    "warning": "yellow",
    "error": "bold red",
    "critical": "bold red",
}
LOUD = frozenset({"error", "critical"})
NAME_WIDTH = 13
PLUMBING = frozenset(
    {"service", "replica", "level", "outcome", "ts", "at", "timestamp", "event", "message", "logger", "exception"}
)
BROKER = "nats-server"
BROKER_LINE = re.compile(r"\[\d+\] \S+ \S+ \[(?P<mark>[A-Z]{3})\] ?(?P<message>.*)")
BROKER_LEVELS = {"WRN": "warning", "ERR": "error", "FTL": "error"}
OUR_CHOICE = "Plaintext passwords detected"
"""A warning of nats-server that is not shown. The passwords live as long as the broker's process, in files with mode
0600, so bcrypt would protect nothing.
"""


class LogView(Protocol):
    def line(self, process: str, text: str) -> None: ...

    def say(self, text: str, level: str = "info") -> None: ...


class TerminalLog:
    def __init__(
        self, console: Console, quiet: bool = False, speed: float = 1.0, wall: Callable[[], float] = time.time
    ) -> None:
        self._console = console
        self._quiet = quiet
        self._speed, self._wall = speed, wall
        self._last: tuple[float, float] | None = None

    def line(self, process: str, text: str) -> None:
        self._set(text)
        if shown := plain_line(text) if process == BROKER else read_line(text):
            self._show(process, *shown)

    def say(self, text: str, level: str = "info") -> None:
        self._show("nms", level, text)

    def _show(self, process: str, level: str, message: str) -> None:
        if self._quiet and level not in LOUD:
            return
        message, _, trace = message.partition("\n")
        trace = f"\n{guttered(trace)}" if trace else ""
        colour = COLOURS.get(process.partition("-")[0], COLOURS.get(process, ""))
        line = Text.assemble(
            (f"{clock(self._now())} ", "dim"),
            (f"{printable(process):<{NAME_WIDTH}}", colour),
            (f"{printable(level):<8}", LEVELS.get(level, "")),
            printable(message) + trace,
        )
        self._console.print(line, soft_wrap=True, highlight=False)

    def _set(self, text: str) -> None:
        """Set the clock to the time in a line. Until the next such line, it runs at the speed of network time."""
        try:
            self._last = instant(json.loads(text)["at"]), self._wall()
        except (ValueError, TypeError, KeyError, RecursionError):
            return

    def _now(self) -> float:
        at, wall = self._last or (self._wall(), self._wall())
        return at + max(0.0, self._wall() - wall) * self._speed


def read_line(text: str) -> tuple[str, str] | None:
    """Return the level and the message of a line; None if the line is not worth showing.

    A line without structure counts as an error, because it is usually the last output of a process. Of lines in the
    form of nats-server, only warnings and errors are worth showing.
    """
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return plain_line(text)
    if not isinstance(fields, dict) or not (message := fields.get("event") or fields.get("message")):
        return "error", text
    more = " ".join(f"{key}={value}" for key, value in fields.items() if key not in PLUMBING)
    trace = f"\n{fields['exception']}" if fields.get("exception") else ""
    level = fields.get("outcome") or fields.get("level") or "info"
    return str(level), printable(f"{message}{'  ' + more if more else ''}") + trace


def plain_line(text: str) -> tuple[str, str] | None:
    if not (found := BROKER_LINE.match(text)):
        return "error", text
    level, message = BROKER_LEVELS.get(found["mark"]), found["message"]
    return (level, message) if level and OUR_CHOICE not in message else None
