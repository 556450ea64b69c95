"""Formats tables of text, without a frame or trailing blanks. No text is cut, so that lines can be searched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.text import Text

from nms.client import Body, Json
from shared.domain.moments import clock
from shared.domain.printable import printable
from shared.domain.units import figure

GAP = "  "
NOTHING = "-"
WORDS = {
    "healthy": "green",
    "up": "green",
    "verified": "green",
    "resolved": "green",
    "success": "green",
    "affected": "magenta",
    "degraded": "yellow",
    "warning": "yellow",
    "open": "yellow",
    "proposed": "yellow",
    "blocked": "yellow",
    "down": "red",
    "critical": "red",
    "escalated": "red",
    "failed": "red",
    "error": "red",
}
"""The colours of cells with exactly this text."""


def columns(head: Sequence[str], rows: Iterable[Sequence[Json]], none: str) -> Text:
    """Numbers are aligned to the right. `none`: the text if there are no rows."""
    cells = [[word(value) for value in row] for row in rows]
    if not cells:
        return Text(none, "dim")
    right = [all(isinstance(value, int | float | None) for value in column) for column in zip(*rows, strict=True)]
    widths = [max(map(cell_len, column)) for column in zip(head, *cells, strict=True)]
    lines = [_line(head, widths, right, "bold")]
    lines += [_line(row, widths, right) for row in cells]
    return Text("\n").join(lines)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool], style: str = "") -> Text:
    line = Text(style=style)
    for number, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        blanks = " " * (width - cell_len(cell))
        line.append(GAP if number else "")
        line.append(blanks if right[number] else "")
        line.append(cell, WORDS.get(cell, ""))
        line.append("" if right[number] else blanks)
    line.rstrip()
    return line


def word(value: Json) -> str:
    match value:
        case None | "":
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case float():
            return figure(value, 1 if abs(value) < 1000 else 0)
        case str() | int():
            return printable(str(value))
        case list():
            return ", ".join(map(word, value)) or NOTHING
        case _:
            return NOTHING


def when(value: Json) -> Json:
    return clock(value) if isinstance(value, str) else None


def mapping(value: Json) -> Body:
    return value if isinstance(value, dict) else {}


def mappings(value: Json) -> list[Body]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def picked(body: Body, names: Iterable[str]) -> list[Json]:
    return [body.get(name) for name in names]
