"""Reads GraphML: nodes and edges, and their `data`, whose names stand in `key` elements.

1. The module handles the events of the XML parser: no tree is built, and each error has its line.
2. A document type (`<!DOCTYPE`) is refused where it begins, so no entity is ever declared, fetched or expanded.
3. yEd and yFiles keep the text of a node or edge inside the drawing of its shape. A node that these programs call a
   group, or that contains a graph, is read as a frame around nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from shared.domain.errors import TopologyError
from shared.topologies.capacity import DRAWN_LABEL
from shared.topologies.draft import Draft

MAX_DEPTH = 32
NAMESPACE_END = " "
ROOT = "graphml"
IT_MUST_HOLD = "it must hold <graphml><graph><node id=.../></graph></graphml>"
LABELS = frozenset({"NodeLabel", "EdgeLabel", "Label.Text"})
"""Elements of yEd, and of yFiles for the browser, that hold the text of a node or an edge."""
FRAMES = frozenset({"GroupNode", "ProxyAutoBoundsNode"})
FOLDER = "yfiles.foldertype"


def read_graphml(data: bytes) -> Draft:
    """Raises TopologyError whose message starts with the line."""
    parser = expat.ParserCreate(namespace_separator=NAMESPACE_END)
    reader = _GraphmlReader(lambda: parser.CurrentLineNumber)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise TopologyError(f"line {error.lineno}: not XML ({reason}); fix it or export it again") from None
    except (ValueError, LookupError):  # raised if the first line names an unknown encoding
        raise TopologyError("line 1: an encoding that is not known; save the file as UTF-8") from None
    if not reader.graphs:
        raise TopologyError(f"line 1: there is no graph in it; {IT_MUST_HOLD}")
    return reader.draft


@dataclass
class _Open:
    """A node or an edge whose end tag has not been read yet."""

    kind: str
    attributes: dict[str, str]
    values: dict[str, str]
    line: int
    is_frame: bool = False

    def write(self, text: str) -> None:
        """Add a text of the drawing. A node keeps only its first text, its name; an edge keeps all its texts, since any
        of them may be a capacity.
        """
        before = self.values.get(DRAWN_LABEL)
        if before is None:
            self.values[DRAWN_LABEL] = text
        elif self.kind == "edge":
            self.values[DRAWN_LABEL] = f"{before}\n{text}"


class _GraphmlReader:
    def __init__(self, line: Callable[[], int]) -> None:
        self.draft = Draft()
        self.graphs = 0
        self._now = line
        self._path: list[str] = []
        self._names: dict[str, str] = {}
        self._defaults: dict[str, dict[str, str]] = {"node": {}, "edge": {}}
        self._key: tuple[str, str] = ("", "")
        self._open: list[_Open] = []
        self._data = ""
        self._text: list[str] = []

    def refuse_doctype(self, *_: Any) -> None:
        raise TopologyError(f"line {self._now()}: a document type (<!DOCTYPE>); remove it, GraphML needs none")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(NAMESPACE_END)[2]
        if not self._path and name != ROOT:
            raise TopologyError(f"line {self._now()}: the outermost element is not <{ROOT}>; {IT_MUST_HOLD}")
        if len(self._path) == MAX_DEPTH:
            raise TopologyError(f"line {self._now()}: elements go {MAX_DEPTH} deep and more; a map needs four")
        self._path.append(name)
        if name in ("node", "edge"):
            values = dict(self._defaults[name])
            self._open.append(_Open(name, attributes, values, self._now(), is_frame=FOLDER in attributes))
        elif name == "graph":
            self._start_graph(attributes)
        elif name == "key":
            # A `key` element without `attr.name` is named by its id.
            label = attributes.get("attr.name") or attributes.get("id", "")
            self._key = (attributes.get("for", "all"), label.lower())
            self._names[attributes.get("id", "")] = label.lower()
        elif name == "hyperedge":
            raise TopologyError(f"line {self._now()}: a hyperedge; draw a node in its place and link it to each end")
        elif name in ("data", "default"):
            self._data, self._text = attributes.get("key", ""), []
        elif self._open:
            self._start_drawing(name)

    def _start_graph(self, attributes: dict[str, str]) -> None:
        if self._open:
            self._open[-1].is_frame = True
            return
        self.graphs += 1
        if self.graphs > 1:
            raise TopologyError(f"line {self._now()}: a second graph; keep one to a file")
        self.draft.directed = attributes.get("edgedefault") == "directed"

    def _start_drawing(self, name: str) -> None:
        if name in LABELS:
            self._text = []
        elif name in FRAMES:
            self._open[-1].is_frame = True

    def text(self, text: str) -> None:
        if self._path[-1] in ("data", "default") or self._path[-1] in LABELS:
            self._text.append(text)

    def end(self, _name: str) -> None:
        name = self._path.pop()
        parent = self._path[-1] if self._path else ""
        if name in ("node", "edge"):
            self._close(name)
        elif name in LABELS and self._open and (text := "".join(self._text).strip()):
            self._open[-1].write(text)
        elif name == "data" and parent in ("node", "edge"):  # a file may use a key that it does not declare
            self._open[-1].values[self._names.get(self._data, self._data.lower())] = "".join(self._text)
        elif name == "default" and parent == "key":
            what, label = self._key
            for kind in ("node", "edge"):
                if what in (kind, "all"):
                    self._defaults[kind][label] = "".join(self._text)

    def _close(self, name: str) -> None:
        one = self._open.pop()
        if name == "edge":
            self.draft.add_link(one.attributes.get("source"), one.attributes.get("target"), one.values, one.line)
        elif one.is_frame:
            self.draft.add_frame(one.attributes.get("id"), one.values, one.line)
        else:
            self.draft.add_node(one.attributes.get("id"), one.values, one.line)
