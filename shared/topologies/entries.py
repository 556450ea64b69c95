"""Reads the entries under `nodes` and `links` of a YAML inventory; an invalid entry raises TopologyError."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.domain.errors import TopologyError
from shared.domain.names import LINK_SEPARATOR
from shared.topologies.capacity import stated
from shared.topologies.draft import ROLES
from shared.topologies.marked import MAX_QUOTE, Items, MarkedTable, Text, Value

INFO = "info"
"""A key for notes, which NMS ignores."""
NODE_KEYS = ("id", "name", "role", "type", "group", "site", INFO)
NAMED_NODE_KEYS = ("role", "type", "group", "site", INFO)
LINK_KEYS = ("source", "target", "capacity", INFO)
NAMED_LINK_KEYS = ("capacity", INFO)
ENDS, ENDS_AND_CAPACITY = 2, 3


@dataclass(frozen=True)
class NodeEntry:
    """One entry under `nodes`: a name, possibly with ranges, and the role and group that the entry states."""

    name: Text
    role: str = ""
    group: Text | None = None


@dataclass(frozen=True)
class LinkEntry:
    """One entry under `links`. If both ends are the same names, the entry links each two of them."""

    source: Text
    target: Text
    capacity: str = ""


def nodes_of(part: MarkedTable) -> Iterator[NodeEntry]:
    """Raises TopologyError."""
    nodes = part.entries.get("nodes")
    if nodes is None or is_nothing(nodes):
        return
    if isinstance(nodes, MarkedTable):
        for name, value in nodes.entries.items():
            yield _named_node(Text(nodes.lines[name], name), value)
    elif isinstance(nodes, Items):
        yield from (_listed_node(value) for value in nodes.items)
    else:
        raise TopologyError(f"line {nodes.line}: 'nodes' is a single text; write a list of names, or names and roles")


def _named_node(name: Text, value: Value) -> NodeEntry:
    if isinstance(value, Text):
        return NodeEntry(name, "" if value.is_nothing else _checked_role(value))
    return _node_of(name, known(value, NAMED_NODE_KEYS, "a node that stands under its name"))


def _listed_node(value: Value) -> NodeEntry:
    if isinstance(value, Text) and not value.is_nothing:
        return NodeEntry(value)
    if not isinstance(value, MarkedTable):
        raise TopologyError(f"line {value.line}: a node has no name; write 'core-1' or '{{id: core-1, role: core}}'")
    table = known(value, NODE_KEYS, "a node")
    name = _one_of(table, "id", "name")
    if name is None:
        raise TopologyError(f"line {value.line}: a node has no id; give it one")
    return _node_of(name, table)


def _node_of(name: Text, table: MarkedTable) -> NodeEntry:
    return NodeEntry(name, role_in(table), _one_of(table, "group", "site"))


def links_of(part: MarkedTable) -> Iterator[LinkEntry]:
    """Raises TopologyError."""
    links = part.entries.get("links")
    if links is None or is_nothing(links):
        return
    if isinstance(links, MarkedTable):
        for name, value in links.entries.items():
            yield _named_link(Text(links.lines[name], name), value)
    elif isinstance(links, Items):
        yield from (_listed_link(value) for value in links.items)
    else:
        raise TopologyError(f"line {links.line}: 'links' is a single text; write a list, a line for each link")


def _named_link(name: Text, value: Value) -> LinkEntry:
    source, target = _split(name)
    if isinstance(value, Text):
        return LinkEntry(source, target, "" if value.is_nothing else _checked_capacity(value))
    return LinkEntry(source, target, capacity_in(known(value, NAMED_LINK_KEYS, "a link that stands under its name")))


def _listed_link(value: Value) -> LinkEntry:
    if isinstance(value, Text):
        return LinkEntry(*_split(value))
    if isinstance(value, Items):
        ends = [item for item in value.items if isinstance(item, Text)]
        if len(ends) != len(value.items) or not ENDS <= len(ends) <= ENDS_AND_CAPACITY:
            raise TopologyError(f"line {value.line}: a link is [a, b] or [a, b, 10G]; write two nodes and a capacity")
        return LinkEntry(ends[0], ends[1], _checked_capacity(ends[2]) if len(ends) == ENDS_AND_CAPACITY else "")
    table = known(value, LINK_KEYS, "a link")
    source, target = _one_of(table, "source"), _one_of(table, "target")
    if source is None or target is None:
        raise TopologyError(f"line {value.line}: a link lacks an end; give it a source and a target")
    return LinkEntry(source, target, capacity_in(table))


def _split(name: Text) -> tuple[Text, Text]:
    ends = [end.strip() for end in name.value.split(LINK_SEPARATOR)]
    if len(ends) != ENDS or not all(ends):
        raise TopologyError(f"line {name.line}: {name.value[:MAX_QUOTE]!r} is no link; write 'a{LINK_SEPARATOR}b'")
    return Text(name.line, ends[0]), Text(name.line, ends[1])


def not_a_table(line: int, keys: Sequence[str], what: str) -> TopologyError:
    return TopologyError(f"line {line}: {what} is a table; write 'key: value', keys are {', '.join(keys)}")


def known(value: Value, keys: Sequence[str], what: str) -> MarkedTable:
    """Return a value that is a table with no other keys than `keys`. Raises TopologyError for any other value."""
    if not isinstance(value, MarkedTable):
        raise not_a_table(value.line, keys, what)
    for key in value.entries:
        if key not in keys:
            raise TopologyError(
                f"line {value.lines[key]}: {key[:MAX_QUOTE]!r} is not known in {what}; "
                f"there are {', '.join(keys)}; what else you note stands under '{INFO}'"
            )
    return value


def _one_of(table: MarkedTable, *keys: str) -> Text | None:
    given = [key for key in keys if key in table.entries]
    if len(given) > 1:
        raise TopologyError(f"line {table.lines[given[1]]}: {' and '.join(map(repr, given))} say the same; keep one")
    for key in given:
        value = table.entries[key]
        if not isinstance(value, Text) or value.is_nothing:
            raise TopologyError(f"line {table.lines[key]}: '{key}' is empty or no single text; write one word")
        return value
    return None


def role_in(table: MarkedTable) -> str:
    """Empty if the table states none. Raises TopologyError."""
    role_text = _one_of(table, "role", "type")
    return _checked_role(role_text) if role_text else ""


def _checked_role(role_text: Text) -> str:
    role = role_text.value.strip().lower()
    if role not in ROLES:
        raise TopologyError(
            f"line {role_text.line}: there is no role {role_text.value[:MAX_QUOTE]!r}; write one of {', '.join(ROLES)}"
        )
    return role


def capacity_in(table: MarkedTable) -> str:
    """Empty if the table states none. Raises TopologyError."""
    capacity = _one_of(table, "capacity")
    return _checked_capacity(capacity) if capacity else ""


def _checked_capacity(capacity: Text) -> str:
    stated("capacity", capacity.value, capacity.line)
    return capacity.value


def is_nothing(value: Value) -> bool:
    return isinstance(value, Text) and value.is_nothing
