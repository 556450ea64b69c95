"""Reads JSON from networkx's `node_link_data`: nodes, and links under `links` or, in newer releases, `edges`.

Callers of networkx may choose other keys for a node's id (`name`, `key`) and a link's ends (`from`, `to`). Any other
key is refused, so that no link is lost. An id is a text or a whole number; 1 and "1" are different ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from shared.domain.errors import TopologyError
from shared.domain.names import shown
from shared.topologies.draft import LABEL_NAMES, Draft
from shared.topologies.json_place import line_of, lines_of_items
from shared.topologies.names import is_label

MARKS = ("directed", "multigraph", "graph", "edges")
"""The keys that identify the format; the format of NMS has none of these keys."""
LINK_LISTS = ("links", "edges")
KEYS = ("directed", "multigraph", "graph", "nodes", *LINK_LISTS, "info")
IDS = ("id", "name", "key")
ENDS = (("source", "target"), ("from", "to"))
Object: TypeAlias = Mapping[str, object]


def is_node_link(document: Object) -> bool:
    return any(mark in document for mark in MARKS)


def read_node_link(text: str, document: Object) -> Draft:
    """`text` is the JSON of the document. Raises TopologyError that starts with the line."""
    under = _list_of_links(text, document)
    draft = Draft(directed=document.get("directed") is True)
    nodes = list(_objects(text, document, "nodes"))
    id_word = next((word for word in IDS if all(word in node for node, _ in nodes)), IDS[0])
    known = {_known(node.get(id_word), line) for node, line in nodes}
    for node, line in nodes:
        values = _texts(node)
        labelled = any(is_label(values.get(word, "")) for word in LABEL_NAMES if word != id_word)
        draft.add_node(str(node[id_word]), values, line, exact=isinstance(node[id_word], str) and not labelled)
    for link, line in _objects(text, document, under):
        source, target = (_end(link, words, known, line) for words in zip(*ENDS, strict=True))
        draft.add_link(source, target, _texts(link), line)
    return draft


def _list_of_links(text: str, document: Object) -> str:
    for key in document:
        if key not in KEYS:
            raise TopologyError(
                f"line {line_of(text, (key,))}: '{shown(key)}' is not known in a map of networkx (node_link); "
                f"there are {', '.join(KEYS)}; if it holds the links, call it 'edges'"
            )
    given = [key for key in LINK_LISTS if key in document]
    if len(given) != 1:
        raise TopologyError(
            f"line {line_of(text, (given[-1],)) if given else 1}: links are under 'links' or under 'edges', "
            f"and here under {'both; keep one' if given else 'neither; write one'}"
        )
    return given[0]


def _objects(text: str, document: Object, key: str) -> Iterable[tuple[Object, int]]:
    entries = document[key]
    if not isinstance(entries, list):
        raise TopologyError(f"line {line_of(text, (key,))}: '{key}' is no list; write one")
    for entry, line in zip(entries, lines_of_items(text, key), strict=True):
        if not isinstance(entry, dict):
            raise TopologyError(f"line {line}: an entry of '{key}' is no object; write {{...}}")
        yield entry, line


def _known(value: object, line: int) -> tuple[type, object]:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TopologyError(f"line {line}: a node has no id that is a text or a whole number; give it one")
    return type(value), value


def _end(link: Object, words: Sequence[str], known: set[tuple[type, object]], line: int) -> str:
    value = next((link[word] for word in words if word in link), None)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TopologyError(f"line {line}: a link lacks an end; give it a source and a target")
    if (type(value), value) not in known:
        raise TopologyError(
            f"line {line}: a link ends at {shown(repr(value))}, which is no node's id; add the node or drop the link"
        )
    return str(value)


def _texts(entry: Object) -> dict[str, str]:
    scalars = ((key, value) for key, value in entry.items() if not isinstance(value, bool))
    return {key.lower(): str(value) for key, value in scalars if isinstance(value, str | int | float)}
