"""Reads GraphML: nodes and edges, and `data` whose names are given by `key` elements.

1. Straight from the parser's events: no tree is built, and each fault has its line.
2. A document type is refused where it begins, so no entity is ever declared, let alone fetched or multiplied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from shared.errors import TopologyError
from shared.topologies.draft import Draft

MAX_DEPTH = 32
NAMESPACE_END = " "


def read_graphml(data: bytes) -> Draft:
    """Return the map in a GraphML file. Raises TopologyError that begins with the line."""
    parser = expat.ParserCreate(namespace_separator=NAMESPACE_END)
    reader = _Reader(lambda: parser.CurrentLineNumber)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise TopologyError(f"line {error.lineno}: not XML ({reason}); mend it or export it anew") from None
    except (ValueError, LookupError):  # from the encoding that the first line names
        raise TopologyError("line 1: an encoding that is not known; save the file as UTF-8") from None
    if not reader.graphs:
        raise TopologyError(
            "line 1: there is no graph in it; it must hold <graphml><graph><node id=.../></graph></graphml>"
        )
    return reader.draft


class _Reader:
    """Follows the elements; what is no concern of a network is passed over."""

    def __init__(self, line: Callable[[], int]) -> None:
        self.draft = Draft()
        self.graphs = 0
        self._now = line
        self._path: list[str] = []
        self._names: dict[str, str] = {}
        self._defaults: dict[str, dict[str, str]] = {"node": {}, "edge": {}}
        self._key: tuple[str, str] = ("", "")
        self._open: list[tuple[dict[str, str], dict[str, str], int]] = []
        self._data = ""
        self._text: list[str] = []

    def refuse_doctype(self, *_: Any) -> None:
        """Take a document type."""
        raise TopologyError(f"line {self._now()}: a document type (<!DOCTYPE>); remove it, GraphML needs none")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        name = name.rpartition(NAMESPACE_END)[2]
        if len(self._path) == MAX_DEPTH:
            raise TopologyError(f"line {self._now()}: elements go {MAX_DEPTH} deep and more; a map needs four")
        self._path.append(name)
        if name in ("node", "edge"):
            self._open.append((attributes, dict(self._defaults[name]), self._now()))
        elif name == "graph":
            self._start_graph(attributes)
        elif name == "key":
            # An export may name a key only by its id.
            label = attributes.get("attr.name") or attributes.get("id", "")
            self._key = (attributes.get("for", "all"), label.lower())
            self._names[attributes.get("id", "")] = label.lower()
        elif name == "hyperedge":
            raise TopologyError(f"line {self._now()}: a hyperedge; draw a node in its place and link it to each end")
        elif name in ("data", "default"):
            self._data, self._text = attributes.get("key", ""), []

    def _start_graph(self, attributes: dict[str, str]) -> None:
        if self._open:  # the inside of a node that is a group
            return
        self.graphs += 1
        if self.graphs > 1:
            raise TopologyError(f"line {self._now()}: a second graph; keep one to a file")
        self.draft.directed = attributes.get("edgedefault") == "directed"

    def text(self, text: str) -> None:
        """Take text; only what stands in `data` or `default` itself counts."""
        if self._path[-1] in ("data", "default"):
            self._text.append(text)

    def end(self, _name: str) -> None:
        """Take the end of an element."""
        name = self._path.pop()
        parent = self._path[-1] if self._path else ""
        if name in ("node", "edge"):
            self._close(name)
        elif name == "data" and parent in ("node", "edge"):
            self._open[-1][1][self._names.get(self._data, self._data.lower())] = "".join(self._text)
        elif name == "default" and parent == "key":
            what, label = self._key
            for kind in ("node", "edge"):
                if what in (kind, "all"):
                    self._defaults[kind][label] = "".join(self._text)

    def _close(self, name: str) -> None:
        attributes, said, line = self._open.pop()
        if name == "node":
            self.draft.add_node(attributes.get("id"), said, line)
        else:
            self.draft.add_link(attributes.get("source"), attributes.get("target"), said, line)
