"""The connection survives a slow broker and a client that stopped reading."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import structlog
from structlog.testing import capture_logs

from shared.domain.kinds import ServiceName
from shared.domain.subjects import Bucket
from shared.platform.bus import Bus
from shared.platform.bus import store as store_module
from shared.platform.bus.connection import BrokerConnection
from shared.platform.bus.publisher import Publisher
from shared.platform.bus.store import StreamStore
from shared.testing import TestBroker, bus_for
from tests.shared.helpers import Proxy, proxy_to, until

HELD_BACK = 2.5
WORKS_AGAIN = 5.0


@asynccontextmanager
async def bus_through_proxy(broker: TestBroker) -> AsyncIterator[tuple[Bus, Proxy]]:
    async with proxy_to(broker.port) as proxy:
        settings = broker.settings("detector").model_copy(update={"nats_url": proxy.url})
        bus = await Bus.open(ServiceName.DETECTOR, settings)
        try:
            yield bus, proxy
        finally:
            proxy.open.set()
            await bus.close()


async def works(bus: Bus) -> None:
    await asyncio.wait_for(bus.bucket(Bucket.CONFIG).get("nothing"), WORKS_AGAIN)


async def test_late_pongs_do_not_end_the_connection(broker: TestBroker) -> None:
    async with bus_through_proxy(broker) as (bus, proxy):
        proxy.open.clear()
        settling = asyncio.create_task(bus.connection.settle())
        flushing = asyncio.create_task(bus.nc.flush(1))
        await asyncio.sleep(HELD_BACK)
        proxy.open.set()
        await works(bus)
        await asyncio.gather(settling, flushing, return_exceptions=True)
        await works(bus)
        assert bus.connection.epoch == 0


async def test_a_client_that_stopped_to_read_reconnects(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.DETECTOR) as bus:
        assert bus.nc._reading_task is not None
        bus.nc._reading_task.cancel()
        await until(lambda: bus.connection.epoch == 1, within=WORKS_AGAIN)
        await works(bus)
        await asyncio.sleep(1.5)
        assert bus.connection.epoch == 1


async def test_the_list_of_replicas_is_empty_without_a_broker(broker: TestBroker) -> None:
    async with bus_for(broker, ServiceName.GATEWAY) as bus:
        await bus.nc.close()
        bus.connection._up.set()
        assert await bus.services(0.05) == []


class SilentLink:
    epoch = 0
    jetstream = "$JS.API"
    connected = True

    def __init__(self) -> None:
        self.on_lost: list[object] = []
        self.on_found: list[object] = []

    async def until_connected(self) -> None:
        return

    async def ask(self, *_: object) -> None:
        raise TimeoutError


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """Let a test capture the log."""
    before = structlog.get_config()
    structlog.configure(cache_logger_on_first_use=False)
    yield
    structlog.configure(**before)


async def test_waiting_for_a_bucket_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    link: BrokerConnection = SilentLink()  # type: ignore[assignment]
    monkeypatch.setattr(store_module, "FIRST_PAUSE", 0.01)
    with capture_logs() as logged:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await StreamStore(link, Publisher(link), Bucket.CONFIG).get("key")
        assert [line["log_level"] for line in logged] == ["error"]
        assert "KV_config.$KV.config.key was not read: no answer" in logged[0]["event"]
