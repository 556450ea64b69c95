"""The detector on a real JetStream: samples per CPU second, and the time from a sample to its confirmed anomaly.

python -m benchmarks.detector_stream [--ticks 400] [--events 1000]

Beside each figure stands a bare one of the same run: receiving and decoding without judging; a message of a tick's
size and the events after it, stored and read by the client library alone, half-way between two ticks. A slow disk slows
both, so their ratio is held and no time. The hold time is excluded: the clock starts at the sample that completes the
evidence.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Self

import nats
import numpy as np
import structlog
from nats.aio.msg import Msg
from nats.js.api import StorageType

from benchmarks.detector_throughput import SETTLE, SIZES, START, UNIT, ticks
from benchmarks.rows import Row, finish
from services.detector.core import AnomalyEvent, Detector
from services.detector.service import DetectorService
from shared.domain.config import Thresholds
from shared.domain.events import AnomalyRaised
from shared.domain.kinds import ElementKind, ServiceName
from shared.domain.subjects import metrics
from shared.domain.telemetry import TICK_SECONDS, Tick, decode_tick
from shared.platform.accounts import SYNC
from shared.platform.broker import Broker, find_nats_server
from shared.platform.bus import Bus
from shared.platform.ports import free_port
from shared.testing import TestBroker, bus_for, running_broker

NODES = 1_000
AT_ONCE = 20  # nodes that go out of line together
PERIOD = 12  # ticks from one event to the next: raised after two, cleared, quiet again
HOT_TICKS = 4
HOT = 50.0
BARE_TICK, BARE_EVENT = "bare.tick", "bare.event"
BARE_PAYLOAD = bytes(500)  # an anomaly takes about as much
BARE_AT = 8  # of a period: all anomalies are cleared by then
SHARES = (50, 99)
MOST = 3.0
PATIENCE = 120.0


async def cpu_rate(bus: Bus, partition: int, samples: int, count: int, handler: Callable[[Tick], None]) -> float:
    """Return node samples per CPU second when a partition is read from its start."""
    seen = 0
    done = asyncio.Event()

    def take(tick: Tick) -> None:
        nonlocal seen
        handler(tick)
        seen += 1
        if seen == count:
            done.set()

    began = time.process_time()
    following = await bus.follow_ticks(partition, take, since=3600)
    async with asyncio.timeout(PATIENCE):
        await done.wait()
    used = time.process_time() - began
    await following.stop()
    return samples * count / used


async def throughput(broker: TestBroker, count: int) -> list[Row]:
    rows = []
    async with bus_for(broker, ServiceName.NETWORK) as network, bus_for(broker, ServiceName.DETECTOR, "rate") as bus:
        for partition, (nodes, must) in enumerate(SIZES, start=2):
            data = ticks(nodes, count)
            for message in data:
                await network.nc.jetstream().publish(metrics(partition), message)
            detector = Detector(Thresholds())

            def judge(tick: Tick, detector: Detector = detector) -> None:
                detector.observe(tick)

            bare = await cpu_rate(bus, partition, nodes, count, lambda tick: None)
            judged = await cpu_rate(bus, partition, nodes, count, judge)
            rows += [
                Row(f"from the stream, {nodes:,} nodes a tick: receive and judge", round(judged), must, False, UNIT),
                Row(f"from the stream, {nodes:,} nodes a tick: of it receiving alone", round(bare), unit=UNIT),
            ]
    return rows


async def latency(broker: TestBroker, events: int) -> list[Row]:
    """Measure the time from a sample to its confirmed anomaly, 1,000 nodes at 4 Hz."""
    rounds = -(-events // AT_ONCE)
    data = [decode_tick(message) for message in ticks(NODES, SETTLE + PERIOD * rounds + 1)]
    sent: dict[int, float] = {}
    took: list[float] = []

    async def receive(event: AnomalyEvent, _time: float) -> None:
        if isinstance(event, AnomalyRaised):
            confirming = round((event.anomaly.at - START) / TICK_SECONDS)
            took.append((time.perf_counter() - sent[confirming]) * 1000)

    async with (
        bus_for(broker, ServiceName.NETWORK) as network,
        bus_for(broker, ServiceName.DETECTOR) as bus,
        bus_for(broker, ServiceName.GATEWAY) as gateway,
        Bare(broker.folder) as bare,
    ):
        service = DetectorService()
        await service.start(bus)
        await gateway.follow(["anomaly.*"], receive)
        await asyncio.sleep(3)
        for tick in data[:SETTLE]:
            await network.publish_tick(tick)
        await at_pace(network, data[SETTLE:], sent, bare)
        await asyncio.sleep(1)
        await service.stop()
    return percentiles(took, bare.took)


async def at_pace(network: Bus, data: Sequence[Tick], sent: dict[int, float], bare: Bare) -> None:
    """Publish ticks at 4 Hz, with some nodes out of line for a few ticks in each period; note the time of each."""
    began = time.perf_counter()
    for number, tick in enumerate(data):
        place, first = number % PERIOD, AT_ONCE * (number // PERIOD)
        if place < HOT_TICKS:
            for node in range(first, first + AT_ONCE):
                tick.of(ElementKind.NODE).metrics["cpu_usage"][node % NODES] = 40 + HOT
        await asyncio.sleep(max(0.0, began + number * TICK_SECONDS - time.perf_counter()))
        sent[tick.tick] = time.perf_counter()
        await network.publish_tick(tick)
        if place == BARE_AT:
            await asyncio.sleep(TICK_SECONDS / 2)
            await bare.publish()


class Bare:
    """The same way without the product, on a broker of its own that writes as ours does: a message of a tick's size is
    stored and read, and as many events after it.
    """

    def __init__(self, folder: Path) -> None:
        self.took: list[float] = []
        self._payload, self._sent, self._port = ticks(NODES, 1)[0], 0.0, free_port()
        config = folder / "bare.conf"
        store = json.dumps(str(folder / "bare"))
        config.write_text(f"port: {self._port}\njetstream: {{ store_dir: {store}, sync_interval: {SYNC} }}\n")
        self._server = Broker(find_nats_server(), config, self._port, folder / "bare.log")

    async def __aenter__(self) -> Self:
        self._server.start()
        self._client = await nats.connect(self._server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
        self._stream = self._client.jetstream()
        await self._stream.add_stream(name="BARE", subjects=[BARE_TICK, BARE_EVENT], storage=StorageType.FILE)
        await self._stream.subscribe(BARE_TICK, cb=self._react, ordered_consumer=True)
        await self._stream.subscribe(BARE_EVENT, cb=self._receive, ordered_consumer=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
        self._server.kill()

    async def publish(self) -> None:
        self._sent = time.perf_counter()
        await self._stream.publish(BARE_TICK, self._payload)

    async def _react(self, _message: Msg) -> None:
        await asyncio.gather(*(self._stream.publish(BARE_EVENT, BARE_PAYLOAD) for _ in range(AT_ONCE)))

    async def _receive(self, _message: Msg) -> None:
        self.took.append((time.perf_counter() - self._sent) * 1000)


def percentiles(took: Sequence[float], bare: Sequence[float]) -> list[Row]:
    what = f"sample published to anomaly confirmed, {NODES:,} nodes at 4 Hz"
    plain = f"a tick and {AT_ONCE} events stored and read, bare"
    return [
        Row("anomalies confirmed", float(len(took)), 1.0, at_most=False),
        *(Row(f"{what}: p{share}", percentile(took, share), unit="ms") for share in SHARES),
        *(Row(f"{plain}: p{share}", percentile(bare, share), unit="ms") for share in SHARES),
        *(Row(f"{what}: p{share} to the bare one", ratio(took, bare, share), MOST, unit="x") for share in SHARES),
    ]


def ratio(took: Sequence[float], bare: Sequence[float], share: float) -> float | None:
    """Return how many times the bare time a percentile takes; None without values."""
    ours, theirs = percentile(took, share), percentile(bare, share)
    return None if ours is None or not theirs else round(ours / theirs, 2)


def percentile(values: Sequence[float], share: float) -> float | None:
    """`share` is from 0 to 100. None without values."""
    return round(float(np.percentile(values, share)), 2) if values else None


async def run(part: Callable[[TestBroker, int], Awaitable[list[Row]]], count: int) -> list[Row]:
    async with running_broker() as broker:
        return await part(broker, count)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--ticks", type=int, default=400)
    parser.add_argument("--events", type=int, default=1_000)
    asked = parser.parse_args()
    # The loop's own log lines are not part of the result.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    rows = asyncio.run(run(throughput, asked.ticks)) + asyncio.run(run(latency, asked.events))
    return finish("Detector from the stream", "detector_stream", rows)


if __name__ == "__main__":
    sys.exit(main())
