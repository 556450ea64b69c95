"""Reads JSON in the format of NMS, without changing names, or in the format of networkx (`node_link`).

Pydantic finds an error and its field; only then the line of that field is searched. An unknown key is an error, so that
links under another name are not ignored. If a file has no `nodes`, no part of it is quoted.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping, Sequence

from pydantic import ValidationError

from shared.domain.errors import TopologyError
from shared.domain.names import shown
from shared.domain.topology import NotANetwork, Topology
from shared.topologies.json_place import Place, line_of
from shared.topologies.node_link import is_node_link, read_node_link
from shared.topologies.reading import Reading, about

SHAPE = '{"nodes": [{"id", "type"}], "links": [{"source", "target", "capacity"}]}'
MAX_QUOTE = 200
NOT_JSON = re.compile(r"Invalid JSON: (?P<reason>.*) at line (?P<line>[0-9]+) column [0-9]+", re.DOTALL)
INFO = "info"
FILE_KEYS = ("nodes", "links", INFO)
ENTRY_KEYS = {"nodes": ("id", "type", INFO), "links": ("source", "target", "capacity", INFO)}
FOREIGN = ("elements", "adjacency", "children", "graphs", "graph", "vertices")
"""Keys of Cytoscape, of networkx's other formats and of JSON Graph: such files hold no list of links."""


class Twice(dict[str, object]):
    """A JSON object that has a key twice; `key` is that key."""

    key = ""


def read_json(data: bytes) -> Reading:
    """Raises TopologyError whose message starts with the line, if the line is known."""
    data = data.removeprefix(BOM_UTF8)
    document = _loaded(data)
    if isinstance(document, dict) and document:
        text = data.decode("utf-8", "replace")
        if not isinstance(document.get("nodes"), list) and "nodes" not in document:
            raise TopologyError(f"line 1: nodes: Field required; it must hold {SHAPE}{_hint(document)}")
        _check_twice(text, document)
        if is_node_link(document):
            return read_node_link(text, document).reading()
        _check_known(text, document)
    topology = _topology(data)
    return Reading(topology, about(topology))


def _loaded(data: bytes) -> object:
    """Parse a JSON text; return None if it is invalid. A stricter parser reports the reason later."""
    try:
        return json.loads(data, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = Twice(found)
    twice.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return twice


def _topology(data: bytes) -> Topology:
    try:
        return Topology.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _error(data, first["loc"], first["msg"]) from None
    except NotANetwork as error:
        raise _misplaced(data, error.place, str(error)) from None


def _error(data: bytes, place: Place, reason: str) -> TopologyError:
    if syntax := NOT_JSON.fullmatch(reason):
        return TopologyError(f"line {syntax['line']}: not JSON ({syntax['reason'][:MAX_QUOTE]}); fix it")
    named = ".".join(str(part) for part in place)
    return _misplaced(data, place, f"{named or 'the file'}: {reason[:MAX_QUOTE]}; it must hold {SHAPE}")


def _misplaced(data: bytes, place: Place, reason: str) -> TopologyError:
    return TopologyError(f"line {line_of(data.decode('utf-8', 'replace'), place)}: {reason}")


# --- unknown keys


def _check_twice(text: str, document: Mapping[str, object]) -> None:
    for place, entry in (((), document), *_entries(document)):
        if isinstance(entry, Twice):
            line = line_of(text, (*place, entry.key))
            raise TopologyError(f"line {line}: '{shown(entry.key)}' is there twice in one object; keep one of them")


def _check_known(text: str, document: Mapping[str, object]) -> None:
    _check_keys(text, (), document, FILE_KEYS, "the format of NMS", _hint(document))
    for place, entry in _entries(document):
        keys = ENTRY_KEYS[str(place[0])]
        what = "a node" if place[0] == "nodes" else "a link"
        _check_keys(text, place, entry, keys, what, f"; what else you note stands under '{INFO}'")


def _entries(document: Mapping[str, object]) -> Iterable[tuple[Place, Mapping[str, object]]]:
    for key in (*ENTRY_KEYS, "edges"):
        entries = document.get(key)
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict):
                yield (key, number), entry


def _check_keys(
    text: str, place: Place, entry: Mapping[str, object], keys: Sequence[str], what: str, hint: str
) -> None:
    for key in entry:
        if key not in keys:
            line = line_of(text, (*place, key))
            raise TopologyError(
                f"line {line}: '{shown(key)}' is not known in {what}; there are {', '.join(keys)}{hint}"
            )


def _hint(document: Mapping[str, object]) -> str:
    if any(key in document for key in FOREIGN):
        return "; a map of another program is read as GraphML, GML or networkx's node_link_data: export it so"
    return f"; what else you note stands under '{INFO}'"
