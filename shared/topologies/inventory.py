"""Reads a YAML inventory, as an engineer writes it by hand: nodes with a role, links, groups with defaults.

1. What is written is meant: a key, a role or a capacity that is not known is an error, never passed over.
   What is no concern of the network stands under `info`.
2. Names are global; a group is only a place for defaults, and for the nodes and links that they are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.domain.errors import TopologyError
from shared.domain.names import flaw, shown
from shared.domain.sizes import MAX_LINKS
from shared.topologies.draft import Draft
from shared.topologies.entries import (
    INFO,
    LinkEntry,
    NodeEntry,
    capacity_in,
    is_nothing,
    known,
    links_of,
    nodes_of,
    not_a_table,
    role_in,
)
from shared.topologies.marked import MAX_SAID, MarkedTable, read_marked
from shared.topologies.ranges import expand

MIB = 1024 * 1024
MAX_YAML_BYTES = 4 * MIB
FILE_KEYS = ("defaults", "groups", "sites", "nodes", "links", INFO)
DEFAULT_KEYS = ("role", "type", "capacity", INFO)
GROUP_KEYS = (*DEFAULT_KEYS[:-1], "nodes", "links", INFO)
MAX_SHOWN = 6
OURS = re.compile(r"\b(?:nodes|links|groups|sites|defaults)[\"']?\s*:|^\s*\?\s*nodes\b", re.MULTILINE)
"""A key of an inventory. Of a file without any nothing is quoted: it may be one that was named by mistake."""


@dataclass(frozen=True)
class Defaults:
    """What holds where a node says no role and a link no capacity; nothing: as in a map."""

    role: str = ""
    capacity: str = ""

    def under(self, table: MarkedTable) -> Defaults:
        """Return these defaults with what a table says of its own."""
        return Defaults(role_in(table) or self.role, capacity_in(table) or self.capacity)


def read_inventory(data: bytes) -> Draft:
    """Return the network that an inventory describes. Raises TopologyError that begins with the line."""
    if len(data) > MAX_YAML_BYTES:
        raise TopologyError(f"more than {MAX_YAML_BYTES // MIB} MiB of YAML; use JSON for a network of this size")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TopologyError(f"line {line}: a byte that is not UTF-8; save the file as UTF-8") from None
    if not OURS.search(text):
        raise not_a_table(1, FILE_KEYS, "an inventory")
    return _Inventory(known(read_marked(text), FILE_KEYS, "an inventory")).read()


@dataclass
class _Inventory:
    """Fills a draft, part by part; `_groups` are the groups' defaults by name."""

    file: MarkedTable
    draft: Draft = field(default_factory=Draft)
    _groups: dict[str, Defaults] = field(default_factory=dict)

    def read(self) -> Draft:
        top = Defaults()
        if defaults := self.file.entries.get("defaults"):
            top = top.under(known(defaults, DEFAULT_KEYS, "defaults"))
        parts = [(self.file, top)]
        for name, group in self._tables_of_groups():
            if name in self._groups:
                raise TopologyError(f"line {group.line}: group {name[:MAX_SAID]!r} is there twice; rename one of them")
            self._groups[name] = top.under(group)
            parts.append((group, self._groups[name]))
        for part, own in parts:
            for node in nodes_of(part):
                self._add_node(node, own)
        for part, own in parts:
            for link in links_of(part):
                self._add_link(link, own)
        return self.draft

    def _tables_of_groups(self) -> Iterator[tuple[str, MarkedTable]]:
        for key in ("groups", "sites"):
            groups = self.file.entries.get(key)
            if groups is None or is_nothing(groups):
                continue
            if not isinstance(groups, MarkedTable):
                raise TopologyError(f"line {groups.line}: '{key}' is no table; write 'name:' and what is in it below")
            for name, group in groups.entries.items():
                yield (
                    name,
                    known(MarkedTable(group.line, {}, {}) if is_nothing(group) else group, GROUP_KEYS, "a group"),
                )

    def _add_node(self, node: NodeEntry, defaults: Defaults) -> None:
        if node.group is not None:
            if node.group.value not in self._groups:
                names = ", ".join(list(self._groups)[:MAX_SHOWN]) or "none"
                said = node.group.value[:MAX_SAID]
                raise TopologyError(f"line {node.group.line}: there is no group {said!r}; there are: {names}")
            defaults = self._groups[node.group.value]
        role = node.role or defaults.role
        for name in expand(node.name.value, node.name.line):
            if why := flaw(name):
                raise TopologyError(f"line {node.name.line}: node '{shown(name)}': {why}")
            self.draft.add_node(name, {"role": role} if role else {}, node.name.line, exact=True)

    def _add_link(self, link: LinkEntry, defaults: Defaults) -> None:
        sources, targets = (expand(end.value, end.line) for end in (link.source, link.target))
        line = link.source.line
        if len(sources) * len(targets) > MAX_LINKS:
            raise TopologyError(f"line {line}: more than {MAX_LINKS} links; leave some out")
        said = {"capacity": capacity} if (capacity := link.capacity or defaults.capacity) else {}
        mesh = link.source.value == link.target.value
        if mesh and len(sources) == 1:
            raise TopologyError(f"line {line}: a link joins {sources[0][:MAX_SAID]!r} to itself; drop it")
        for i, source in enumerate(sources):
            for target in targets[i + 1 :] if mesh else targets:
                self.draft.add_link(source, target, said, line)
