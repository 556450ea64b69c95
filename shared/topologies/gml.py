"""Reads GML: keys and values, where a value may be a block in brackets, as in `graph [ node [ id 0 ] edge [ source 0
target 0 ] ]`.

The Topology Zoo's files break rules that common readers enforce (duplicate labels, parallel links without the attribute
for them), so this reader requires only what a topology needs.
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
"""yEd's attribute of a frame around nodes."""
GRAPH, NODE, EDGE = ["graph"], ["graph", "node"], ["graph", "edge"]


def read_gml(data: bytes) -> Draft:
    """Raises TopologyError whose message starts with the line."""
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
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # in this encoding every byte is a character


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    place, line = 0, 1
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:  # TOKEN matches all texts, except an unpaired quotation mark
            raise TopologyError(f"line {line}: a text has no end; close its quotation marks")
        kind = found.lastgroup or ""
        if kind != "space":
            yield kind, found[kind], line
        line += text.count("\n", place, found.end())
        place = found.end()


class _GmlReader:
    def __init__(self) -> None:
        self.draft = Draft()
        self._path: list[str] = []
        self._key: str | None = None
        self._values: dict[str, str] = {}
        self._line = 0
        self._graphs = 0

    def take(self, kind: str, value: str, line: int) -> None:
        if self._key is None:
            self._take_key(kind, value, line)
        elif kind == "open":
            self._open(self._key, line)
        elif kind == "close":
            raise TopologyError(f"line {line}: {self._quoted(self._key)} has no value; write one or drop it")
        else:
            self._take_value(self._key, html.unescape(value))

    def finish(self, line: int) -> None:
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
        """Quote a word of the file for an error. Before a graph begins, quote none: the file may hold a secret."""
        return f"'{shown(text)}'" if self._graphs else "a word"

    def _open(self, key: str, line: int) -> None:
        if len(self._path) == MAX_DEPTH:
            raise TopologyError(f"line {line}: blocks go {MAX_DEPTH} deep and more; a map needs two")
        self._path.append(key)
        self._key = None
        if self._path in (NODE, EDGE):
            self._values, self._line = {}, line
        if self._path == GRAPH:
            self._graphs += 1
            if self._graphs > 1:
                raise TopologyError(f"line {line}: a second graph; keep one to a file")

    def _take_value(self, key: str, value: str) -> None:
        self._key = None
        if self._path in (NODE, EDGE):
            self._values[key] = value
        elif self._path == GRAPH and key == "directed":
            self.draft.directed = value.strip() == "1"

    def _close(self) -> None:
        values = self._values
        if self._path == NODE and values.get(GROUP, "").strip() == "1":
            self.draft.add_frame(_whole(values.get("id")), values, self._line)
        elif self._path == NODE:
            self.draft.add_node(_whole(values.get("id")), values, self._line)
        elif self._path == EDGE:
            self.draft.add_link(_whole(values.get("source")), _whole(values.get("target")), values, self._line)
        self._path.pop()


def _whole(number: str | None) -> str | None:
    """Return an id without `.0`, since some programs write whole numbers so; return any other id unchanged."""
    found = DOUBLE.fullmatch(number) if number else None
    return found["whole"] if found else number
