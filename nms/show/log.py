"""Formats lines of the operator's log as text."""

from __future__ import annotations

from rich.text import Text

from nms.client import Body
from nms.log_view import COLOURS, LEVELS, NAME_WIDTH
from nms.show.columns import mappings, when, word


def log_line(line: Body) -> Text:
    service, level = word(line.get("service")), word(line.get("level"))
    return Text.assemble(
        (f"{word(when(line.get('timestamp')))} ", "dim"),
        (f"{service:<{NAME_WIDTH}}", COLOURS.get(service, "")),
        (f"{level:<8}", LEVELS.get(level, "")),
        word(line.get("message")),
    )


def log_lines(body: Body) -> Text:
    return Text("\n").join(map(log_line, mappings(body.get("logs")))) or Text("There are no such lines.", "dim")
