"""What one service adds to a node, and what the programs of all nodes need. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from network.lab.plan import CheckKind, LabCheck, LabDirectory, LabFile, LabNode, LabProgram, LabStep

FRR_MODULES = "/usr/lib/*/frr/modules"
"""The folder has the name of the machine's architecture in its path."""


@dataclass(frozen=True)
class NodePart:
    files: tuple[LabFile, ...] = ()
    directories: tuple[LabDirectory, ...] = ()
    programs: tuple[LabProgram, ...] = ()

    def __add__(self, other: NodePart) -> NodePart:
        return NodePart(self.files + other.files, self.directories + other.directories, self.programs + other.programs)


def process_checks(nodes: Iterable[LabNode]) -> Iterator[LabCheck]:
    """The programs of services run. That the daemons of routers run, the checks of routing show."""
    for node in nodes:
        programs = (each for each in node.programs if not each.once and not each.forks)
        yield from (LabCheck(CheckKind.RUNS, node.name, each.process) for each in programs)


def needs_of(nodes: Iterable[LabNode], steps: Iterable[LabStep], tools: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the programs that run, the modules of FRR, and the tools of the steps."""
    programs = [program for node in nodes for program in node.programs]
    modules = {
        f"{FRR_MODULES}/{program.name}_{module}.so"
        for program in programs
        for flag, module in zip(program.argv, program.argv[1:], strict=False)
        if flag == "-M"
    }
    executables = {program.argv[0] for program in programs} | {step.argv[0] for step in steps}
    return tuple(sorted(executables | modules | set(tools)))
