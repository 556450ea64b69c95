"""The log of the processes as it is shown on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from nms.log_view import TerminalLog, read_line


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ('{"level": "warning", "event": "late", "service": "x", "ts": 1}', "warning", "late"),
        ('{"level": "info", "event": "Injected", "outcome": "success"}', "success", "Injected"),
        ('{"level": "info", "event": "moved", "owned": [1, 2]}', "info", "moved  owned=[1, 2]"),
        ('{"level": "error", "event": "no", "exception": "Traceback"}', "error", "no\nTraceback"),
        ("Traceback (most recent call last):", "error", "Traceback (most recent call last):"),
        ("[7] 2026/01/01 00:00:00.0 [WRN] disk is slow", "warning", "disk is slow"),
        ("[1, 2]", "error", "[1, 2]"),
    ],
)
def test_lines_are_parsed(line: str, level: str, message: str) -> None:
    assert read_line(line) == (level, message)


@pytest.mark.parametrize(
    "line", ["[7] 2026/01/01 00:00:00.0 [INF] Server is ready", "[7] 2026/01/01 00:00:00.0 [INF] "]
)
def test_unimportant_lines_of_the_broker_are_left_out(line: str) -> None:
    assert read_line(line) is None


def shown(quiet: bool) -> str:
    out = io.StringIO()
    log = TerminalLog(Console(file=out, width=60), quiet)
    log.line("detector", '{"level": "info", "event": "ready [bold]"}')
    log.line("network", '{"level": "error", "event": "lost"}')
    return out.getvalue()


def test_names_are_aligned_and_markup_in_a_message_is_text() -> None:
    ready, lost = shown(quiet=False).splitlines()
    assert ready.endswith("ready [bold]")
    assert ready.index("info") == lost.index("error")


def test_quiet_shows_only_warnings_and_errors() -> None:
    assert "lost" in shown(quiet=True)
    assert "ready" not in shown(quiet=True)
