"""The lines for the NATS command line tool in the documents, and the events that their comments name."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"^(?:\$ )?(nats .*)$")
NAMES = re.compile(r"[a-z]+(?:, [a-z]+)*")


@dataclass(frozen=True)
class Line:
    page: str
    subject: str
    comment: str

    @property
    def named(self) -> frozenset[str]:
        """The events that the comment names; none if it is prose."""
        words = self.comment.partition(":")[2].strip() or self.comment
        if " ... " in words or not NAMES.fullmatch(words):
            return frozenset()
        return frozenset(words.split(", "))


def parse(page: str, text: str) -> Line:
    """Parse a line. Raises ValueError if it is not a subscription, or needs credentials."""
    words = shlex.split(text, comments=True)
    if words[:2] != ["nats", "sub"] or len(words) != 3:
        raise ValueError(f"{page}: `{text}` is not `nats sub SUBJECT`: the tap user may do nothing else")
    return Line(page, words[2], text.partition("#")[2].strip())


def lines_of(page: Path) -> list[Line]:
    found = (LINE.match(line) for line in page.read_text().splitlines())
    return [parse(str(page.relative_to(ROOT)), match[1]) for match in found if match]


def every_line() -> list[Line]:
    pages = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    return [line for page in pages for line in lines_of(page)]


def covers(pattern: str, subject: str) -> bool:
    wanted, there = pattern.split("."), subject.split(".")
    for place, token in enumerate(wanted):
        if token == ">":
            return len(there) > place
        if place >= len(there) or token not in ("*", there[place]):
            return False
    return len(wanted) == len(there)
