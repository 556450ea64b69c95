"""Prints what the simulator costs at 10,000 nodes: a tick with its encoding, and a reroute after a core link fails.

A bare encoding of the same ticks stands beside it.
"""

from __future__ import annotations

import argparse
import sys
import time

from benchmarks.rows import Row, finish
from network.simulated import SimulatedNetwork
from shared.domain.events import Fault
from shared.domain.kinds import FaultKind
from shared.domain.telemetry import TICK_SECONDS, encode_tick
from shared.domain.topology import sized_topology

NODES = 10_000
TICKS = 40
SHARE_LIMIT = 25.0
DOWN_LIMIT, UP_LIMIT = 100.0, 250.0


def measure(nodes: int) -> list[Row]:
    network = SimulatedNetwork(sized_topology(nodes), seed=1, origin=0.0)
    network.sample()
    steady, encoding = [], []
    for _ in range(TICKS):
        begin = time.process_time()
        ticks, _happenings = network.sample()
        middle = time.process_time()
        for tick in ticks:
            encode_tick(tick)
        end = time.process_time()
        steady.append(end - begin)
        encoding.append(end - middle)
    usual = sorted(steady)[len(steady) // 2]
    down, up = _reroute(network, usual)
    return [
        Row(f"simulator, {nodes:,} nodes: a tick with encoding", 1000 * usual, unit="ms CPU"),
        Row(f"simulator, {nodes:,} nodes: of it encoding alone", 1000 * sorted(encoding)[TICKS // 2], unit="ms CPU"),
        Row(f"simulator, {nodes:,} nodes at 4 Hz", 100 * usual / TICK_SECONDS, SHARE_LIMIT, True, "% core"),
        Row(f"simulator, {nodes:,} nodes: reroute, core link down", 1000 * down, DOWN_LIMIT, True, "ms CPU"),
        Row(f"simulator, {nodes:,} nodes: reroute, core link up", 1000 * up, UP_LIMIT, True, "ms CPU"),
    ]


def _reroute(network: SimulatedNetwork, usual: float) -> tuple[float, float]:
    """Return the extra cost of the slowest ticks over a usual one when a core link fails, and when it returns."""
    core = next(link.id for link in network.topology.links if link.id.count("core-router") == 2)
    network.inject(
        Fault(id="cut", kind=FaultKind.LINK_DOWN, target=core, strength=1, started=network.now, ends=network.now + 3600)
    )
    down = _dearest(network, usual)
    network.cancel("cut")
    return down, _dearest(network, usual)


def _dearest(network: SimulatedNetwork, usual: float) -> float:
    costs = []
    for _ in range(8):
        begin = time.process_time()
        ticks, _happenings = network.sample()
        for tick in ticks:
            encode_tick(tick)
        costs.append(time.process_time() - begin)
    return max(0.0, max(costs) - usual)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=NODES)
    return finish("Simulator", "simulator", measure(parser.parse_args().nodes))


if __name__ == "__main__":
    sys.exit(main())
