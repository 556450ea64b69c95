"""Node samples that one detector core judges in a CPU second, decoding included, with bare decoding beside it.

python -m benchmarks.detector_throughput [--ticks 400]

Ticks of 1,000 and of 100 nodes with the proportions of a tiered network, without faults: noise, and 1 % of missing
samples.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.rows import Row, finish
from services.detector.core import Detector
from shared.domain.catalogue import metrics_of
from shared.domain.config import Thresholds
from shared.domain.instant import iso
from shared.domain.kinds import ElementKind
from shared.domain.telemetry import TICK_SECONDS, Column, Columns, Tick, decode_tick, encode_tick

START = 1_767_225_600.0
MISSING = 0.01
UNIT = "/CPU s"
LINKS_A_NODE = 1.4
SIZES = ((1_000, 400_000), (100, 150_000))
NODE_METRICS = tuple(spec.name for spec in metrics_of(ElementKind.NODE))
LINK_METRICS = tuple(spec.name for spec in metrics_of(ElementKind.LINK))
QUIET = ((40.0, 2.0), (50.0, 1.0), (4.0, 0.3), (0.1, 0.03), (300.0, 10.0), (1.0, 0.0))
SETTLE = 100  # ticks before the measurement, so that the baseline is warm


@dataclass(frozen=True)
class Figure:
    """The result for one size of tick, in node samples per CPU second."""

    nodes: int
    decoded: float
    judged: float
    happenings: int


def ticks(nodes: int, count: int, seed: int = 1) -> list[bytes]:
    random = np.random.default_rng(seed)
    links = round(nodes * LINKS_A_NODE)
    names = [f"edge-switch-{i}" for i in range(nodes)]
    ids = [f"core-router-{i % 32}--edge-switch-{i}" for i in range(links)]

    def column(level: float, spread: float, size: int) -> Column:
        values: Column = np.round(np.abs(random.normal(level, spread, size)), 2).tolist()
        return values

    def tick(number: int) -> bytes:
        columns = [column(level, spread, nodes) for level, spread in QUIET]
        for row in np.flatnonzero(random.random(nodes) < MISSING):
            for values in columns:
                values[row] = None
        on: Column = [1.0] * links
        unchanged: Column = [0.0] * links
        own = [column(30, 3, links), column(2, 0.2, links), column(0.05, 0.01, links), on, on, unchanged]
        return encode_tick(
            Tick(
                tick=number,
                elements={
                    ElementKind.NODE: Columns(names, dict(zip(NODE_METRICS, columns, strict=True))),
                    ElementKind.LINK: Columns(ids, dict(zip(LINK_METRICS, own, strict=True))),
                },
                at=iso(START + number * TICK_SECONDS),
                interval=TICK_SECONDS,
                speed=1.0,
                partition=0,
            )
        )

    return [tick(number) for number in range(count)]


def rate(samples: int, work: Callable[[], None]) -> float:
    """Return samples per CPU second of a piece of work."""
    began = time.process_time()
    work()
    return samples / (time.process_time() - began)


def measure(nodes: int, count: int) -> Figure:
    data = ticks(nodes, SETTLE + count)
    detector, happenings = Detector(Thresholds()), 0
    for message in data[:SETTLE]:
        detector.observe(decode_tick(message))

    def decode(messages: Sequence[bytes]) -> None:
        for message in messages:
            decode_tick(message)

    def judge(messages: Sequence[bytes]) -> None:
        nonlocal happenings
        for message in messages:
            happenings += len(detector.observe(decode_tick(message)))

    decoded = rate(nodes * count, lambda: decode(data[SETTLE:]))
    judged = rate(nodes * count, lambda: judge(data[SETTLE:]))
    return Figure(nodes, decoded, judged, happenings)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--ticks", type=int, default=400)
    count = parser.parse_args().ticks
    rows = []
    for nodes, must in SIZES:
        figure = measure(nodes, count)
        rows += [
            Row(f"detector core, {nodes:,} nodes a tick: decode and judge", round(figure.judged), must, False, UNIT),
            Row(f"detector core, {nodes:,} nodes a tick: of it decoding alone", round(figure.decoded), unit=UNIT),
        ]
    return finish("Detector core, node samples a CPU second", "detector_throughput", rows)


if __name__ == "__main__":
    sys.exit(main())
