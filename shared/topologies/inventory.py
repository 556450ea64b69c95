"""Reads a YAML inventory that an engineer wrote by hand: nodes with roles, links, groups with defaults.

1. An unknown key, role or capacity is an error. Only the content of `info` is ignored.
2. Names are global: a group only holds defaults, and the nodes and links to which the defaults apply.
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
from shared.topologies.marked import MAX_QUOTE, MarkedTable, read_marked
from shared.topologies.ranges import expand

MIB = 1024 * 1024
MAX_YAML_BYTES = 4 * MIB
FILE_KEYS = ("defaults", "groups", "sites", "nodes", "links", INFO)
DEFAULT_KEYS = ("role", "type", "capacity", INFO)
GROUP_KEYS = (*DEFAULT_KEYS[:-1], "nodes", "links", INFO)
MAX_SHOWN = 6
OURS = re.compile(r"\b(?:nodes|links|groups|sites|defaults)[\"']?\s*:|^\s*\?\s*nodes\b", re.MULTILINE)
"""Matches a key of an inventory. A file without such a key may have been named by mistake, so none of it is quoted."""


@dataclass(frozen=True)
class Defaults:
    role: str = ""
    capacity: str = ""

    def under(self, table: MarkedTable) -> Defaults:
        return Defaults(role_in(table) or self.role, capacity_in(table) or self.capacity)


def read_inventory(data: bytes) -> Draft:
    """Raises TopologyError whose message starts with the line, if the line is known."""
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
                raise TopologyError(f"line {group.line}: group {name[:MAX_QUOTE]!r} is there twice; rename one of them")
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
                group_name = node.group.value[:MAX_QUOTE]
                raise TopologyError(f"line {node.group.line}: there is no group {group_name!r}; there are: {names}")
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
        attributes = {"capacity": capacity} if (capacity := link.capacity or defaults.capacity) else {}
        mesh = link.source.value == link.target.value
        if mesh and len(sources) == 1:
            raise TopologyError(f"line {line}: a link joins {sources[0][:MAX_QUOTE]!r} to itself; drop it")
        for i, source in enumerate(sources):
            for target in targets[i + 1 :] if mesh else targets:
                self.draft.add_link(source, target, attributes, line)
