"""What the modules that normalise share: facts under way, and the error of an answer that has another form."""

from __future__ import annotations

from collections.abc import Iterable

Facts = dict[str, str]
ALSO = " ; "
"""Between values that share one path."""


class UnreadableAnswer(ValueError):
    """Raised when a section has not the expected form. The part of the snapshot is missing then."""


def add(facts: Facts, path: str, value: str) -> None:
    """Add a value; a second one at the same path is joined, in a stable sequence."""
    there = facts.get(path)
    facts[path] = value if there is None else ALSO.join(sorted((*there.split(ALSO), value)))


def without_comments(lines: Iterable[str], *starts: str) -> list[str]:
    """Return the lines that are neither empty nor a comment, without spaces at their ends."""
    return [text for line in lines if (text := line.strip()) and not text.startswith(starts)]
