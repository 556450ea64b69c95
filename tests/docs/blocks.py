"""Finds the code blocks of a document, and the notes that say how each is tested.

A block's info string is `KIND` or `KIND WHAT`: `bash`, `json Fault`, `text output`. A comment just before it is a note:
`<!-- not run: reason -->`, `<!-- run by: tests/file.py -->`, `<!-- second terminal -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
NOTE = re.compile(r"<!--\s*(not run|run by|second terminal)(?::\s*(.+?))?\s*-->")
COMMENT = "#"
PROMPT = "$ "


@dataclass(frozen=True)
class Note:
    what: str
    about: str


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    kind: str
    what: str
    text: str
    note: Note | None

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The command lines of a `bash` or `console` block, without prompts, comments and continuations."""
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.kind == "console":
            lines = [line.removeprefix(PROMPT) for line in lines if line.startswith(PROMPT)]
        stripped = (line.partition(f" {COMMENT} ")[0].strip() for line in lines)
        return [line for line in stripped if line and not line.startswith(COMMENT)]

    @property
    def for_nats(self) -> bool:
        return self.kind == "bash" and all(command.startswith("nats ") for command in self.commands)


def pages() -> list[str]:
    found = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    found += [*(ROOT / "services").glob("*/README.md"), ROOT / "network" / "README.md"]
    return sorted(str(path.relative_to(ROOT)) for path in found)


@cache
def blocks(page: str) -> tuple[Block, ...]:
    return tuple(_blocks(page, MarkdownIt().parse((ROOT / page).read_text())))


def every_block() -> list[Block]:
    return [block for page in pages() for block in blocks(page)]


def _blocks(page: str, tokens: list[Token]) -> Iterator[Block]:
    before = ""
    for token in tokens:
        if token.type in ("fence", "code_block"):
            kind, _, what = token.info.strip().partition(" ")
            assert token.map is not None
            found = NOTE.fullmatch(before.strip())
            note = Note(found[1], found[2] or "") if found else None
            yield Block(page, token.map[0] + 1, kind, what, token.content, note)
        before = token.content if token.type == "html_block" else ""
