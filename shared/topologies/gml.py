"""Reads GML: keys and values, a value may be a block in brackets. `graph [ node [ id 0 ] edge [ source 0 target 0 ] ]`.

The Topology Zoo's files break rules that common readers insist on (labels twice, links twice without saying so), so
this reader asks only for what a network needs.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from shared.domain.errors import TopologyError
from shared.domain.names import shown
from shared.topologies.draft import Draft

MAX_DEPTH = 32
TOKEN = re.compile(r'(?P<space>\s+|#[^\n]*)|(?P<open>\[)|(?P<close>\])|"(?P<text>[^"]*)"|(?P<word>[^\s\[\]"#]+)')
DOUBLE = re.compile(r"(?P<whole>[+-]?[0-9]+)\.0*")
GROUP = "isgroup"
"""What yEd says of a frame around nodes."""
GRAPH, NODE, EDGE = ["graph"], ["graph", "node"], ["graph", "edge"]


def read_gml(data: bytes) -> Draft:
    """Return the map in a GML file. Raises TopologyError that begins with the line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _in_an_old_encoding(data)
    reader = _GmlReader()
    line = 1
    for kind, value, line in _tokens(text):
        reader.take(kind, value, line)
    reader.finish(line)
    return reader.draft


def _in_an_old_encoding(data: bytes) -> str:
    """Return a text in the format's own encoding, ISO 8859-1, or in the one that Windows puts in its place."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # every byte is a letter in it


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    place, line = 0, 1
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:  # all but a lone quotation mark is a token
            raise TopologyError(f"line {line}: a text has no end; close its quotation marks")
        kind = found.lastgroup or ""
        if kind != "space":
            yield kind, found[kind], line
        line += text.count("\n", place, found.end())
        place = found.end()


class _GmlReader:
    """Follows keys and blocks; what stands in blocks that are no concern of a network is passed over."""

    def __init__(self) -> None:
        self.draft = Draft()
        self._path: list[str] = []
        self._key: str | None = None
        self._said: dict[str, str] = {}
        self._line = 0
        self._graphs = 0

    def take(self, kind: str, value: str, line: int) -> None:
        """Take the next token."""
        if self._key is None:
            self._take_key(kind, value, line)
        elif kind == "open":
            self._open(self._key, line)
        elif kind == "close":
            raise TopologyError(f"line {line}: {self._quoted(self._key)} has no value; write one or drop it")
        else:
            self._take_value(self._key, html.unescape(value))

    def finish(self, line: int) -> None:
        """Take the end of the file."""
        if self._path or self._key is not None:
            raise TopologyError(f"line {line}: the file ends in the middle; close every '[' by a ']'")
        if not self._graphs:
            raise TopologyError(f"line {line}: there is no graph in it; write 'graph [ node [ id 0 ] ]'")

    def _take_key(self, kind: str, value: str, line: int) -> None:
        if kind == "word":
            self._key = value.lower()
        elif kind == "close" and self._path:
            self._close()
        else:
            raise TopologyError(f"line {line}: {self._quoted(value)} stands where a key should; write key and value")

    def _quoted(self, text: str) -> str:
        """Return a word of the file; before its graph begins it may be any file, and nothing of it is quoted."""
        return f"'{shown(text)}'" if self._graphs else "a word"

    def _open(self, key: str, line: int) -> None:
        if len(self._path) == MAX_DEPTH:
            raise TopologyError(f"line {line}: blocks go {MAX_DEPTH} deep and more; a map needs two")
        self._path.append(key)
        self._key = None
        if self._path in (NODE, EDGE):
            self._said, self._line = {}, line
        if self._path == GRAPH:
            self._graphs += 1
            if self._graphs > 1:
                raise TopologyError(f"line {line}: a second graph; keep one to a file")

    def _take_value(self, key: str, value: str) -> None:
        self._key = None
        if self._path in (NODE, EDGE):
            self._said[key] = value
        elif self._path == GRAPH and key == "directed":
            self.draft.directed = value.strip() == "1"

    def _close(self) -> None:
        said = self._said
        if self._path == NODE and said.get(GROUP, "").strip() == "1":
            self.draft.add_frame(_whole(said.get("id")), said, self._line)
        elif self._path == NODE:
            self.draft.add_node(_whole(said.get("id")), said, self._line)
        elif self._path == EDGE:
            self.draft.add_link(_whole(said.get("source")), _whole(said.get("target")), said, self._line)
        self._path.pop()


def _whole(number: str | None) -> str | None:
    """Return an id as the integer that it is, where a program wrote it as a double."""
    found = DOUBLE.fullmatch(number) if number else None
    return found["whole"] if found else number
