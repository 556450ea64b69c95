"""The result of reading a topology file: the topology, and warnings about how the file was understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.domain.topology import Topology

MAX_WARNINGS = 100
"""How many warnings are kept in full; further warnings are only counted."""


@dataclass(frozen=True)
class Reading:
    """A topology, and a sentence for each part of its file that was changed, left out or not understood."""

    topology: Topology
    warnings: Sequence[str] = ()


@dataclass
class Warnings:
    _kept: list[tuple[int, str]] = field(default_factory=list)
    _more: int = 0

    def add(self, line: int, sentence: str) -> None:
        """Line 0 means the whole file."""
        if len(self._kept) < MAX_WARNINGS:
            self._kept.append((line, sentence))
        else:
            self._more += 1

    def in_order(self) -> tuple[str, ...]:
        kept = sorted(self._kept, key=lambda each: each[0])
        lines = [f"line {line}: {sentence}" if line else sentence for line, sentence in kept]
        return (*lines, f"{self._more} more of the kind") if self._more else tuple(lines)


def about(topology: Topology) -> tuple[str, ...]:
    """Return the warnings that follow from the topology itself, whatever the format of its file."""
    count = len(topology.nodes)
    if count > 1 and not topology.links:
        return (f"there is no link between the {count} nodes; see whether the file's links were left out",)
    return ()
