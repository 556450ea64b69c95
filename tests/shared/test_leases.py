"""Leases: shares are even, no partition has two owners, and those of a dead replica move in two seconds."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from shared.domain.kinds import ServiceName
from shared.domain.subjects import Bucket
from shared.platform import leases
from shared.platform.bus import Bus
from shared.platform.kv import Entry
from shared.platform.leases import (
    CALL_TIMEOUT,
    OWN_FOR,
    RENEW,
    SHORTEST_NAP,
    STILL_FOR,
    WARN_AFTER,
    Lease,
    OnChange,
    Owners,
    assign,
)
from shared.testing import TestBroker, bus_for
from tests.shared.helpers import until

DETECTOR = ServiceName.DETECTOR
ABOUT_TWO = 2.5
LOOKS = 3
"""Takeovers that are timed, at most: on a busy machine one may be looked for late."""
members = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=7, unique=True)


@given(
    count=st.integers(1, 40), alive=members, owners=st.dictionaries(st.integers(0, 45), st.sampled_from("abcdefgxyz"))
)
def test_shares_are_even_and_few_partitions_move(count: int, alive: list[str], owners: Mapping[int, str]) -> None:
    result = assign(range(count), alive, owners)
    assert set(result) == set(range(count))
    sizes = [list(result.values()).count(member) for member in alive]
    assert max(sizes) - min(sizes) <= 1
    held = {member: sum(owners.get(p) == member for p in range(count)) for member in alive}
    base, extra = divmod(count, len(alive))
    may_keep = sum(min(n, base) for n in held.values()) + min(extra, sum(n > base for n in held.values()))
    assert sum(result[p] == owners.get(p) for p in range(count)) == may_keep
    assert assign(range(count), alive, result) == result


@given(st.binary(max_size=60))
def test_an_invalid_record_has_no_owners(data: bytes) -> None:
    assert Owners.read(data).shares == {} or b"owners" in data


def test_the_old_owner_stops_before_a_new_one_begins() -> None:
    assert OWN_FOR < STILL_FOR
    assert RENEW + 2 * CALL_TIMEOUT + SHORTEST_NAP < OWN_FOR


class Shells:
    """Shells that record when two of them hold the same partition, from the call of `on_change` on."""

    def __init__(self) -> None:
        self.held: dict[str, frozenset[int]] = {}
        self.overlaps: list[str] = []

    def handler(self, name: str, takes: float = 0.05) -> OnChange:
        async def on_change(owned: frozenset[int]) -> None:
            for other, theirs in self.held.items():
                if other != name and owned & theirs:
                    self.overlaps.append(f"{name} and {other}: {owned & theirs}")
            self.held[name] = self.held.get(name, frozenset()) | owned
            await asyncio.sleep(takes)
            self.held[name] = owned

        return on_change


async def test_a_partition_is_not_handed_over_while_the_shell_takes_it_in(broker: TestBroker) -> None:
    shells = Shells()
    async with bus_for(broker, DETECTOR) as one, bus_for(broker, DETECTOR) as other:
        first = await one.lease(8, shells.handler("one", takes=1.5))
        second = await other.lease(8, shells.handler("other"))
        await until(lambda: len(first.owned) == len(second.owned) == 4)
        await until(lambda: len(shells.held.get("other", ())) == 4)
    assert shells.overlaps == []


async def test_replicas_share_evenly_and_hand_over_without_owning_twice(broker: TestBroker) -> None:
    shells = Shells()
    held = shells.held
    async with bus_for(broker, DETECTOR) as one, bus_for(broker, DETECTOR) as other:
        first = await one.lease(8, shells.handler("one"))
        await until(lambda: held.get("one") == frozenset(range(8)), within=3)
        fence = first.fence
        second = await other.lease(8, shells.handler("other"))
        await until(lambda: len(first.owned) == len(second.owned) == 4, within=4)
        assert first.owned | second.owned == frozenset(range(8))
        assert second.fence > fence
        await first.stop()
        assert await until(lambda: second.owned == frozenset(range(8))) < STILL_FOR
    assert shells.overlaps == []


CHILD = """
import asyncio, sys
from shared.platform.bus import Bus
from shared.domain.kinds import ServiceName
from shared.platform.settings import ServiceSettings

async def main():
    bus = await Bus.open(ServiceName.DETECTOR, ServiceSettings.load())
    async def on_change(owned):
        print(len(owned), flush=True)
    lease = await bus.lease(4, on_change)
    while True:
        await asyncio.sleep(0.02)
        print("owns", len(lease.owned), flush=True)

asyncio.run(main())
"""


@asynccontextmanager
async def child(broker: TestBroker) -> AsyncIterator[tuple[subprocess.Popen[bytes], Path]]:
    """A replica in a separate process that owns all partitions and prints their number every 20 ms."""
    output = broker.folder / "output.txt"
    with output.open("wb") as out:
        environment = os.environ | broker.environment("detector")
        process = subprocess.Popen([sys.executable, "-c", CHILD], env=environment, stdout=out)
    try:
        await until(lambda: "owns 4\n" in output.read_text())
        yield process, output
    finally:
        process.kill()
        process.wait()


async def ignore(_owned: frozenset[int]) -> None:
    return


async def test_partitions_of_a_killed_replica_are_taken_in_about_two_seconds(broker: TestBroker) -> None:
    took = []
    while not took or (took[-1] >= ABOUT_TWO and len(took) < LOOKS):
        async with child(broker) as (process, _), bus_for(broker, DETECTOR) as bus:
            lease = await bus.lease(4, ignore)
            await until(lambda: len(lease.owned) == 2)  # noqa: B023 (it is called here alone)
            process.kill()
            took.append(await until(lambda: len(lease.owned) == 4))  # noqa: B023
    assert took[-1] < ABOUT_TWO, took


async def test_a_frozen_replica_owns_nothing_when_it_wakes(broker: TestBroker) -> None:
    async with child(broker) as (process, output), bus_for(broker, DETECTOR) as bus:
        process.send_signal(signal.SIGSTOP)
        lease = await bus.lease(4, ignore)
        await until(lambda: len(lease.owned) == 4, within=6)
        before = len(output.read_text())
        process.send_signal(signal.SIGCONT)
        await until(lambda: output.read_text()[before:].count("owns") > 10)
        after = [line for line in output.read_text()[before:].split("\n") if line.startswith("owns")]
        assert "owns 4" not in after[1:]  # the first line may be from before the freeze
        await until(lambda: len(lease.owned) == 2, within=5)  # it runs again, and gets its share


async def test_an_outage_of_the_broker_moves_no_partition(broker: TestBroker) -> None:
    async with bus_for(broker, DETECTOR) as one, bus_for(broker, DETECTOR) as other:
        first, second = await one.lease(4, ignore), await other.lease(4, ignore)
        await until(lambda: len(first.owned) == len(second.owned) == 2, within=5)
        before = (first.owned, second.owned, first.fence, second.fence)
        broker.kill()
        await until(lambda: not first.owned and not second.owned, within=OWN_FOR + 0.7)
        await asyncio.sleep(1)
        broker.start()
        await until(lambda: bool(first.owned and second.owned))
        await asyncio.sleep(1)
        await until(
            lambda: (first.owned, second.owned, first.fence, second.fence) == before
        )  # a change of owner would change the fence


async def test_there_is_one_leader_although_the_record_is_invalid(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.INJECTOR) as one, bus_for(broker, ServiceName.INJECTOR) as other:
        await one.bucket(Bucket.LEASES).put("owners.injector", b"\xff nonsense")
        first, second = await one.lease(1, ignore), await other.lease(1, ignore)
        await until(lambda: first.leads != second.leads, within=3)
        for _ in range(20):
            await asyncio.sleep(0.05)
            assert not (first.leads and second.leads)
        await until(lambda: first.leads != second.leads)


async def test_a_leader_is_there_shortly_after_the_start(broker: TestBroker) -> None:
    bus: Bus
    for _ in range(2):
        async with bus_for(broker, ServiceName.STABILIZER) as bus:
            began = time.monotonic()
            lease = await bus.lease(1, ignore)
            await until(lambda: lease.leads)  # noqa: B023 (it is called here alone)
            assert time.monotonic() - began < STILL_FOR, "it waited for the one before"


class MemoryBucket:
    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.slow: list[float] = []

    async def put(self, key: str, value: bytes, ttl: int | None = None) -> int:
        if self.slow:
            await asyncio.sleep(self.slow.pop())
        revision = max((entry.revision for entry in self.entries.values()), default=0) + 1
        self.entries[key] = Entry(value, revision)
        return revision

    async def create(self, key: str, value: bytes) -> int | None:
        return None if key in self.entries else await self.put(key, value)

    async def update(self, key: str, value: bytes, revision: int) -> int | None:
        return await self.put(key, value) if self.entries[key].revision == revision else None

    async def delete(self, key: str) -> None:
        self.entries.pop(key, None)

    async def get(self, key: str) -> Entry | None:
        return self.entries.get(key)

    async def last(self, *_patterns: str) -> dict[str, Entry]:
        return dict(self.entries)


async def test_one_slow_reply_does_not_end_the_lease() -> None:
    bucket = MemoryBucket()
    lease = await Lease(bucket, "detector", "one", 1, ignore).start(asyncio.create_task)
    for _ in range(3):
        bucket.slow = [10.0]
        until_when = time.monotonic() + 1.2
        while (began := time.monotonic()) < until_when:
            await asyncio.sleep(0.01)
            punctual = time.monotonic() - began < CALL_TIMEOUT / 4
            assert lease.leads or not punctual
    await lease.stop()


async def test_failed_renewals_are_logged_once() -> None:
    bucket = MemoryBucket()
    lease = await Lease(bucket, "detector", "one", 1, ignore).start(asyncio.create_task)
    with capture_logs() as output:
        bucket.slow = [10.0] * (WARN_AFTER + 1)
        await until(lambda: not bucket.slow, within=5)
        await asyncio.sleep(2 * RENEW)
    assert [line["event"] for line in output if line["log_level"] == "warning"] == [
        "could not renew the lease 3 times in a row; check the broker; still trying"
    ]
    await lease.stop()


async def test_a_stuck_shell_ends_its_process_but_not_while_there_is_no_broker(
    broker: TestBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "TELL_WITHIN", 3.0)

    async def hang(_owned: frozenset[int]) -> None:
        await asyncio.sleep(60)

    async with bus_for(broker, DETECTOR) as bus:
        await bus.lease(1, hang)
        await asyncio.sleep(0.3)
        broker.kill()
        await asyncio.sleep(OWN_FOR + 3.2)
        stuck_without_broker = bus.connection.broken.done()
        broker.start()
        await asyncio.wait_for(asyncio.shield(bus.connection.broken), 30)
        assert not stuck_without_broker
        assert "has not taken in its new share" in bus.connection.broken.result()
