"""Faults of a whole node: it is down, its daemons do not run, a process runs away or leaks."""

from __future__ import annotations

import shutil
import time

from network.lab.faults.changes.cables import PortsMade
from network.lab.faults.changes.limits import NodeFrozen
from network.lab.faults.changes.programs import ProgramsStopped
from network.lab.faults.changes.routing import frr_programs_of
from network.lab.faults.changes.workers import FaultWorker
from network.lab.faults.observe import bgp_sessions, isis_neighbours, ospf_neighbours, pings
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.recipe import FaultCase, Made, Recipe, integer, number
from network.lab.faults.recipes.links import cables_at, pinged_pair
from network.lab.faults.target import cables_of
from network.lab.plan import LabRole
from shared.domain.kinds import ElementKind

_NODE = frozenset({ElementKind.NODE})
MIB = 1 << 20
PYTHON, CHECKSUM = "/usr/bin/python3", "sha256sum"
LEAK = (
    "import sys, time\n"
    "rate, most = float(sys.argv[1]), float(sys.argv[2])\n"
    "held = []\n"
    "while True:\n"
    "    if len(held) < most * 4:\n"
    "        held.append(bytearray(b'x') * 262144)\n"
    "    time.sleep(0.25 / rate)\n"
)
"""Takes a quarter of a MiB at a time. Arguments: MiB in a second, and how many MiB at most."""
BUSY = 0.8
"""A node is busy if it uses this part of the cores that it may use."""
THROTTLED = 0.5
"""It is busy, too, if it had to wait in this part of the periods."""
SAMPLE_SECONDS = 2.0


def node_down(case: FaultCase) -> Made:
    cables = [PortsMade(cable.name, ports, True) for cable, ports in cables_at(case)]
    return (*cables, NodeFrozen(case.node))


def node_silent(case: FaultCase) -> Landed | NotLanded:
    pair = pinged_pair(case)
    if pair is None:
        return Landed("no neighbour has an address to ping")
    node, address = pair
    if node == case.node:
        ends = next(cable.ends for cable in cables_of(case.plan, case.node) if len(cable.ends) > 1)
        node = next(end.node for end in ends if end.node != case.node)
    if pings(case.lab, node, address, count=2).times and node != case.node:
        return NotLanded(f"{node} still reaches {address}")
    return Landed(f"{node} does not reach {case.node}")


def frr_service_down(case: FaultCase) -> Made:
    programs = frr_programs_of(case.target.node)
    if not programs:
        return NotLanded(f"{case.node} runs no FRR: name a router")
    return (ProgramsStopped(case.node, programs),)


def neighbours_gone(case: FaultCase) -> Landed | NotLanded:
    """No neighbour has an adjacency with the node any more, or a session."""
    left = []
    for cable in cables_of(case.plan, case.node):
        for end in cable.ends:
            if end.node != case.node and case.plan.node(end.node).role is LabRole.ROUTER:
                found = (*ospf_neighbours(case.lab, end.node), *isis_neighbours(case.lab, end.node))
                left += [str(end)] if end.interface in found else []
    if left:
        return NotLanded(f"these still have an adjacency with {case.node}: {', '.join(left)}")
    if any(state == "Established" for state in bgp_sessions(case.lab, case.node).values()):
        return NotLanded(f"{case.node} still has a session of BGP")
    return Landed(f"no neighbour has an adjacency with {case.node}")


def high_cpu(case: FaultCase) -> Made:
    if shutil.which(CHECKSUM) is None:
        return NotLanded(f"{CHECKSUM} is not on the machine: install coreutils")
    words = (CHECKSUM, "/dev/zero")
    return tuple(
        FaultWorker(case.node, words, f"{case.id}.{each}", load="cpu" if each == 0 else "")
        for each in range(case.integer("processes"))
    )


def node_busy(case: FaultCase) -> Landed | NotLanded:
    """On a busy machine a node can be held back before it has used up its quota; then its throttling counts."""
    before, begun = case.lab.use(case.node), time.monotonic()
    time.sleep(SAMPLE_SECONDS)
    now, took = case.lab.use(case.node), time.monotonic() - begun
    share = (now.cpu - before.cpu) / took / (case.lab.cores(case.node) or 1.0)
    throttled = (now.throttled - before.throttled) / max(1, now.periods - before.periods)
    figures = (
        f"{case.node} uses {share:.0%} of the CPU that it may use, and is throttled in {throttled:.0%} of the time"
    )
    return Landed(figures) if share >= BUSY or throttled >= THROTTLED else NotLanded(figures)


def high_memory(case: FaultCase) -> Made:
    limit = case.target.node.limits.memory_mib
    used = case.lab.use(case.node).memory / MIB
    most = limit * case.number("most") / 100 - used
    if most <= 0:
        return NotLanded(f"{case.node} uses {used:.0f} of {limit} MiB already: there is nothing left to leak")
    words = (PYTHON, "-I", "-S", "-c", LEAK, f"{case.number('rate'):g}", f"{most:.1f}")
    return (FaultWorker(case.node, words, f"{case.id}.0", load="memory"),)


def memory_grows(case: FaultCase) -> Landed | NotLanded:
    before = case.lab.use(case.node).memory
    time.sleep(SAMPLE_SECONDS)
    now = case.lab.use(case.node).memory
    limit = case.target.node.limits.memory_mib * MIB
    if (
        now - before < 0.3 * case.number("rate") * MIB * SAMPLE_SECONDS
        and now < limit * case.number("most") / 100 * 0.9
    ):
        return NotLanded(f"the memory of {case.node} does not grow: {now / MIB:.0f} MiB")
    return Landed(
        f"the memory of {case.node} grew from {before / MIB:.0f} to {now / MIB:.0f} MiB in {SAMPLE_SECONDS:g} s"
    )


RECIPES = (
    Recipe("node_down", _NODE, node_down, symptom=node_silent),
    Recipe("frr_service_down", _NODE, frr_service_down, symptom=neighbours_gone, within=190),
    Recipe(
        "high_cpu",
        _NODE,
        high_cpu,
        (integer("processes", 2, "how many processes run away", 1, 64),),
        symptom=node_busy,
        within=30,
    ),
    Recipe(
        "high_memory",
        _NODE,
        high_memory,
        (
            number("rate", 2, "MiB that it takes in a second", 0.05, 1_000),
            number("most", 92, "percent of the memory of the node at which it stops", 1, 120),
        ),
        symptom=memory_grows,
    ),
)
