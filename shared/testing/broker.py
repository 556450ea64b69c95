"""A real nats-server on a free port, with the real users and permissions, for one test."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig

from shared.domain.capabilities import CAPABILITIES_KEY, Capabilities, encode_capabilities
from shared.domain.config import Desired
from shared.domain.kinds import ServiceName
from shared.domain.subjects import Bucket, Stream, kept
from shared.domain.topology import Topology, default_topology
from shared.platform.access import SETUP, USERS, new_passwords, write_credentials
from shared.platform.accounts import broker_config
from shared.platform.bootstrap import bootstrap
from shared.platform.broker import Broker, find_nats_server
from shared.platform.bus import Bus
from shared.platform.ports import free_port
from shared.platform.settings import ServiceSettings
from shared.testing.builders import EVERYTHING

HOSTILE = "hostile"
EVERY_RIGHT = {"publish": {"allow": [">"]}, "subscribe": {"allow": [">"]}}


class TestBroker:
    """A broker that a test can kill and restart. User `hostile`, which exists only in tests, has every permission.

    `hostile` is in the account of the services, so it cannot change a stream: only `setup` may do that.
    """

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.passwords = new_passwords((*USERS, HOSTILE))
        self.credentials = write_credentials(folder / "credentials", self.passwords)
        config = folder / "nats.conf"
        store = folder / "store"
        config.write_text(broker_config(self.port, store, self.passwords, more_users={HOSTILE: EVERY_RIGHT}))
        self.server = Broker(find_nats_server(), config, self.port, folder / "nats.log")
        self.url = self.server.url
        self._clients: list[Client] = []
        self.start()

    def start(self) -> None:
        self.server.start()

    def kill(self) -> None:
        self.server.kill()

    def restart(self) -> None:
        self.kill()
        self.start()

    def settings(self, user: str, **more: object) -> ServiceSettings:
        return ServiceSettings.load(nats_url=self.url, credentials=self.credentials[user], **more)

    def environment(self, user: str) -> dict[str, str]:
        return {"NMS_NATS_URL": self.url, "NMS_CREDENTIALS": str(self.credentials[user]), "NO_COLOR": "1"}

    async def client(self, user: str = HOSTILE) -> Client:
        client = await nats.connect(
            self.url,
            user=user,
            password=self.passwords[user],
            inbox_prefix=f"_INBOX_{user}",
            error_cb=_ignore,
            reconnect_time_wait=0.1,
            max_reconnect_attempts=-1,
        )
        self._clients.append(client)
        return client

    async def offer(self, offered: Capabilities) -> None:
        client = await self.client(ServiceName.NETWORK)
        key = f"$KV.{Bucket.NETWORK}.{CAPABILITIES_KEY}"
        await client.request(key, encode_capabilities(offered), timeout=5)
        await client.close()

    async def close_clients(self) -> None:
        """Close all clients that are still open, since a later test would find their connections."""
        for client in self._clients:
            if not client.is_closed:
                await client.close()

    async def stored(self, stream: str) -> list[Msg]:
        names = [one.name for one in kept(Stream(stream))] if stream in map(str, Stream) else [stream]
        client = await self.client(SETUP)
        try:
            found = [msg for name in names for msg in await self._all_of(client, name)]
            return sorted(found, key=lambda msg: msg.metadata.timestamp)
        finally:
            await client.close()

    async def _all_of(self, client: Client, stream: str) -> list[Msg]:
        js = client.jetstream()
        left = (await js.stream_info(stream)).state.messages
        messages: list[Msg] = []
        sub = await js.pull_subscribe("", stream=stream, config=ConsumerConfig(ack_policy=AckPolicy.NONE))
        while len(messages) < left:
            messages += await sub.fetch(left - len(messages), timeout=5)
        return messages


async def _ignore(_error: Exception) -> None: ...


@asynccontextmanager
async def running_broker(
    topology: Topology | None = None,
    desired: Desired | None = None,
    folder: Path | None = None,
    offered: Capabilities | None = EVERYTHING,
) -> AsyncIterator[TestBroker]:
    with tempfile.TemporaryDirectory(prefix="nms-test-") as made:
        broker = TestBroker(folder or Path(made))
        try:
            await bootstrap(broker.settings("setup"), topology or default_topology(), desired or Desired())
            if offered is not None:
                await broker.offer(offered)
            yield broker
        finally:
            await broker.close_clients()
            broker.kill()


@asynccontextmanager
async def bus_for(broker: TestBroker, name: ServiceName, replica: str | None = None) -> AsyncIterator[Bus]:
    bus = await Bus.open(name, broker.settings(name, replica=replica))
    try:
        yield bus
    finally:
        await bus.close()
