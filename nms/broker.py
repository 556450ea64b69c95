"""The broker of a system: its configuration, the credentials of its users, and its streams and buckets."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from urllib.parse import urlsplit

from nms.plan import Place
from nms.process_supervisor import Command
from nms.store import SystemStore
from shared.domain.config import Desired
from shared.domain.errors import BrokerError, DiskFull
from shared.domain.topology import Topology
from shared.platform.access import SETUP, new_passwords, write_credentials
from shared.platform.accounts import broker_config
from shared.platform.bootstrap import bootstrap as make_all
from shared.platform.broker import find_nats_server
from shared.platform.settings import ServiceSettings

NAME = "nats-server"
UP_WITHIN = 30.0
POLL = 0.05
DEFAULT_PORT = 4222


def command(place: Place, store: SystemStore) -> Command:
    """Write new configuration and credentials, and return the command that runs the broker. Raises BrokerError,
    DiskFull.
    """
    binary = find_nats_server()
    passwords = new_passwords()
    write_credentials(store.credentials, passwords)
    port = urlsplit(place.nats_url).port or DEFAULT_PORT
    store.adopt()
    store.write(store.broker_config, broker_config(port, store.jetstream, passwords))
    # After any exit code, nats-server is restarted: its codes differ from those of NMS, and a crash ends with 2 too.
    return Command(NAME, (str(binary), "-c", str(store.broker_config)), {}, hopeless=frozenset())


async def wait_until_up(url: str) -> None:
    """Raises BrokerError after `UP_WITHIN` seconds."""
    parts = urlsplit(url)
    end = time.monotonic() + UP_WITHIN
    while True:
        try:
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or DEFAULT_PORT)
        except OSError:
            if time.monotonic() > end:
                raise BrokerError(f"no broker answers at {url} after {UP_WITHIN:g} s: the log above says why") from None
            await asyncio.sleep(POLL)
            continue
        writer.close()
        return


async def bootstrap(
    place: Place, topology: Topology, desired: Desired | None, used: bool = False, store_dir: Path | None = None
) -> None:
    """Create the streams, consumers and buckets that are missing. `used`: whether the store has been set up before.

    Raises BrokerError, DiskFull.
    """
    mine = {"credentials": place.credentials / f"{SETUP}.json"} if place.credentials else {}
    settings = ServiceSettings.load(nats_url=place.nats_url, **mine)
    try:
        await make_all(settings, topology, desired or Desired(), used, store_dir)
    except DiskFull as error:
        raise DiskFull(f"{error} ({place.credentials.parent})" if place.credentials else str(error)) from None
