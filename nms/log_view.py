"""One log of many processes: their structured lines, aligned and coloured; what is no such line is shown as it is."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Protocol

from rich.console import Console
from rich.text import Text

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
    {"service", "replica", "level", "outcome", "ts", "timestamp", "event", "message", "logger", "exception"}
)
BROKER_LINE = re.compile(r"\[\d+\] \S+ \S+ \[(?P<mark>[A-Z]{3})\] ?(?P<message>.*)")
BROKER_LEVELS = {"WRN": "warning", "ERR": "error", "FTL": "error"}
OUR_CHOICE = "Plaintext passwords detected"
"""The passwords live as long as the broker's process, in files for its owner's eyes only: bcrypt would hide nothing."""


class LogView(Protocol):
    """Where the lines of the processes go."""

    def line(self, process: str, text: str) -> None:
        """Show a line that a process wrote."""

    def say(self, text: str, level: str = "info") -> None:
        """Show a line of the supervisor's own."""


class TerminalLog:
    """Shows every line on a terminal; with `quiet` only errors."""

    def __init__(self, console: Console, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet

    def line(self, process: str, text: str) -> None:
        """Show a line that a process wrote."""
        if said := read_line(text):
            self._show(process, *said)

    def say(self, text: str, level: str = "info") -> None:
        """Show a line of the supervisor's own."""
        self._show("nms", level, text)

    def _show(self, process: str, level: str, message: str) -> None:
        if self._quiet and level not in LOUD:
            return
        now = datetime.now().strftime("%H:%M:%S")
        colour = COLOURS.get(process.partition("-")[0], COLOURS.get(process, ""))
        line = Text.assemble(
            (f"{now} ", "dim"), (f"{process:<{NAME_WIDTH}}", colour), (f"{level:<8}", LEVELS.get(level, "")), message
        )
        self._console.print(line, soft_wrap=True, highlight=False)


def read_line(text: str) -> tuple[str, str] | None:
    """Return level and message of a line, None where it is not worth a person's time.

    What is no structured line is an error: a process's last words. nats-server's own are shown from warnings on.
    """
    try:
        fields = json.loads(text)
    except ValueError:
        return _plain(text)
    if not isinstance(fields, dict) or not (message := fields.get("event") or fields.get("message")):
        return "error", text
    more = " ".join(f"{key}={value}" for key, value in fields.items() if key not in PLUMBING)
    trace = f"\n{fields['exception']}" if fields.get("exception") else ""
    level = fields.get("outcome") or fields.get("level") or "info"
    return str(level), f"{message}{'  ' + more if more else ''}{trace}"


def _plain(text: str) -> tuple[str, str] | None:
    if not (found := BROKER_LINE.match(text)):
        return "error", text
    level, message = BROKER_LEVELS.get(found["mark"]), found["message"]
    return (level, message) if level and OUR_CHOICE not in message else None
