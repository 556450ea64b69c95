"""Compares the output in a document with the real output: `...` stands for anything, a line of `...` for any lines."""

from __future__ import annotations

import re

ANYTHING = "..."
GAP = re.compile(r"\s+")


def fits(shown: str, output: str) -> bool:
    """Whether the output of a command is the documented one; the width of gaps is ignored."""
    return re.fullmatch(_pattern(shown), _plain(output)) is not None


def _pattern(shown: str) -> str:
    lines = _plain(shown).split("\n")
    parts = (r"(?:.*\n)*?" if line == ANYTHING else f"{_line(line)}\n" for line in lines if line)
    return "".join(parts)


def _line(line: str) -> str:
    return ".*?".join(re.escape(part) for part in line.split(ANYTHING))


def _plain(text: str) -> str:
    lines = (GAP.sub(" ", line).strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line)
