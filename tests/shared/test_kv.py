"""Buckets: the last value of each key, compare-and-set, keys from any text."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.kinds import ServiceName
from shared.domain.subjects import Bucket, kv_key
from shared.platform.bus import Bus
from shared.platform.bus.store import KEY
from shared.testing import TestBroker, bus_for


def from_kv_key(key: str) -> str:
    head, *rest = key.split("=")
    raw = head.encode() + b"".join(bytes.fromhex(part[:2]) + part[2:].encode() for part in rest)
    return raw.decode("utf-8", "surrogatepass")


@given(st.text(min_size=1))
def test_any_text_becomes_a_key_and_can_be_recovered(text: str) -> None:
    key = kv_key(text)
    assert KEY.fullmatch(key)
    assert "." not in key
    assert from_kv_key(key) == text


def test_the_keys_of_ordinary_names_can_be_read() -> None:
    assert kv_key("core-router-1--edge-switch-2") == "core-router-1--edge-switch-2"
    assert kv_key("server 1.cpu") == "server=201=2Ecpu"


async def test_a_value_changes_only_from_the_expected_revision(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.CORRELATOR) as bus:
        bucket = bus.bucket(Bucket.INCIDENTS)
        assert await bucket.get("a") is None
        first = await bucket.create("a", b"1")
        assert first is not None
        assert await bucket.create("a", b"2") is None
        assert await bucket.update("a", b"2", first - 1) is None
        second = await bucket.update("a", b"2", first)
        assert second is not None
        entry = await bucket.get("a")
        assert entry is not None
        assert (entry.value, entry.revision) == (b"2", second)
        third = await bucket.put("a", b"3")
        assert third > second
        await bucket.delete("a")
        await bucket.delete("never-there")
        assert await bucket.get("a") is None
        assert await bucket.all() == {}
        assert await bucket.create("a", b"again") is not None


async def test_all_reads_more_keys_than_fit_in_one_answer(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.CORRELATOR) as bus:
        bucket = bus.bucket(Bucket.INCIDENTS)
        for begin in range(0, 1_300, 100):
            await asyncio.gather(*(bucket.put(f"k{n}", str(n).encode()) for n in range(begin, begin + 100)))
        await bucket.put("k7", b"newer")
        await bucket.delete("k8")
        found = await bucket.all()
    assert len(found) == 1_299
    assert found["k7"].value == b"newer"
    assert "k8" not in found
    assert all(entry.value == key[1:].encode() for key, entry in found.items() if key != "k7")


async def test_a_read_during_an_outage_is_answered_after_it(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.CORRELATOR) as bus:
        bucket = bus.bucket(Bucket.INCIDENTS)
        revision = await bucket.put("a", b"1")
        broker.kill()
        await asyncio.sleep(0.1)
        waiting = asyncio.gather(bucket.get("a"), bucket.update("a", b"2", revision), bucket.put("b", b"x"))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        broker.start()
        entry, updated, _ = await asyncio.wait_for(waiting, 5)
        assert entry is not None
        assert updated == revision + 1 or updated == revision + 2


async def test_of_two_that_update_at_once_one_wins(broker: TestBroker) -> None:
    async def count(bus: Bus) -> int:
        bucket, won = bus.bucket(Bucket.INCIDENTS), 0
        while won < 20:
            entry = await bucket.get("n")
            assert entry is not None
            if await bucket.update("n", str(int(entry.value) + 1).encode(), entry.revision) is not None:
                won += 1
        return won

    async with bus_for(broker, ServiceName.CORRELATOR) as one, bus_for(broker, ServiceName.CORRELATOR) as other:
        await one.bucket(Bucket.INCIDENTS).put("n", b"0")
        await asyncio.gather(count(one), count(other))
        entry = await one.bucket(Bucket.INCIDENTS).get("n")
    assert entry is not None
    assert entry.value == b"40"


async def test_an_invalid_key_is_refused_by_name(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.CORRELATOR) as bus:
        for key in ("a b", "", "*", ">", ".a", "a.", "é"):
            with pytest.raises(ValueError, match="make one with kv_key"):
                await bus.bucket(Bucket.INCIDENTS).put(key, b"1")
