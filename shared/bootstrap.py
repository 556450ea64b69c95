"""The one step that makes streams, durables and buckets, and puts the topology and the first desired state in place.

It may be run any number of times: what is there stays, limits and filters are brought up to date. The topology comes
last: who sees it knows that all the rest is there.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import structlog
from pydantic import Field, ValidationError

from shared.bus.bus import TOPOLOGY_KEY
from shared.bus.link import ApiError, Link
from shared.bus.publisher import NO_ROOM, Publisher
from shared.bus.pull import NANO
from shared.bus.store import Store
from shared.config import CONFIG_KEY, Desired
from shared.errors import BrokerError, DiskFull, NmsError, SettingError
from shared.settings import ServiceSettings
from shared.sizes import MAX_NODES, MIN_NODES
from shared.subjects import DURABLES, Bucket, Durable, Stream
from shared.topologies import UnreadableTopology, read_topology
from shared.topology import Topology, default_topology, sized_topology, stored_topology
from shared.usage import no_arguments

MIB = 1024 * 1024
DAY = 86_400
METRICS_AGE, METRICS_BYTES = 600, 192 * MIB
EVENTS_AGE, EVENTS_BYTES = 7 * DAY, 24 * MIB
FOR_EVER = 0
"""The injector's count of cycles lives in the last message of FAULT: no age may take that away."""
BUCKET_BYTES, TALLY_BYTES = 16 * MIB, 8 * MIB
RESERVED_BYTES = METRICS_BYTES + (len(Stream) - 1) * EVENTS_BYTES + (len(Bucket) - 1) * BUCKET_BYTES + TALLY_BYTES
"""What the broker sets aside for all of it: under 512 MiB, full or not."""
DUPLICATE_WINDOW = 120
ACK_WAIT = 3
MAX_ACK_PENDING = 1000
CONNECT_WITHIN = 30.0
JETSTREAM_WITHIN = 30.0
RETRY_SECONDS = 0.25
NO_SUCH_STREAM = 10059
AGE_OF = {Stream.METRICS: METRICS_AGE, Stream.FAULT: FOR_EVER}
BYTES_OF = {Stream.METRICS: METRICS_BYTES}
BYTES_OF_BUCKET = {Bucket.TALLY: TALLY_BYTES}

log = structlog.get_logger("nms.bootstrap")


class BootstrapSettings(ServiceSettings):
    """What the bootstrap step can be told."""

    topology: Path | None = Field(default=None, description="a file: YAML, JSON, GraphML or GML; or a shape")
    nodes: int | None = Field(default=None, ge=MIN_NODES, le=MAX_NODES, description="size of a network made up for you")
    desired: str | None = Field(default=None, description="the first desired state as JSON")


def stream_config(stream: Stream) -> dict[str, Any]:
    """Return how a family is kept."""
    return {
        "name": stream.value,
        "subjects": [f"{stream.lower()}.*"],
        "storage": "file",
        "num_replicas": 1,
        "retention": "limits",
        "discard": "old",
        "max_age": AGE_OF.get(stream, EVENTS_AGE) * NANO,
        "max_bytes": BYTES_OF.get(stream, EVENTS_BYTES),
        "duplicate_window": DUPLICATE_WINDOW * NANO,
        "allow_direct": True,
    }


def bucket_config(bucket: Bucket) -> dict[str, Any]:
    """Return how a bucket is kept: the last value of each key."""
    return {
        "name": f"KV_{bucket}",
        "subjects": [f"$KV.{bucket}.>"],
        "storage": "file",
        "num_replicas": 1,
        "max_msgs_per_subject": 1,
        "discard": "new",
        "max_bytes": BYTES_OF_BUCKET.get(bucket, BUCKET_BYTES),
        "allow_rollup_hdrs": True,
        "allow_direct": True,
        "allow_msg_ttl": True,
        "deny_delete": True,
    }


def durable_config(durable: Durable) -> dict[str, Any]:
    """Return how a durable gives out work; how often a message is tried is the worker's to count."""
    wanted = {"filter_subject": durable.filters[0]} if len(durable.filters) == 1 else {}
    return {
        "durable_name": durable.name,
        "name": durable.name,
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": ACK_WAIT * NANO,
        "max_deliver": -1,
        "max_ack_pending": MAX_ACK_PENDING,
        **(wanted or {"filter_subjects": list(durable.filters)}),
    }


async def bootstrap(settings: ServiceSettings, topology: Topology, desired: Desired) -> Topology:
    """Make what is missing; return the topology that is in force: the one that was there first. Raises BrokerError."""
    link = Link("setup")
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            await link.open(settings)
    except TimeoutError:  # a service waits for ever, but who waits for this step shall hear of it
        raise BrokerError(
            f"no broker answers at {settings.nats_url} after {CONNECT_WITHIN:g} s: "
            "start nats-server there, or name another by NMS_NATS_URL"
        ) from None
    try:
        for stream in Stream:
            await _until_ready(lambda s=stream: _make_stream(link, stream_config(s)))  # type: ignore[misc]
        for bucket in Bucket:
            await _until_ready(lambda b=bucket: _make_stream(link, bucket_config(b)))  # type: ignore[misc]
        for durable in DURABLES:
            await _until_ready(lambda d=durable: _make_durable(link, d))  # type: ignore[misc]
        return await _first_values(link, topology, desired)
    finally:
        await link.close()


async def _first_values(link: Link, topology: Topology, desired: Desired) -> Topology:
    publisher = Publisher(link)
    await Store(link, publisher, Bucket.CONFIG).create(CONFIG_KEY, desired.model_dump_json().encode())
    store = Store(link, publisher, Bucket.TOPOLOGY)
    await store.create(TOPOLOGY_KEY, topology.model_dump_json().encode())
    entry = await store.get(TOPOLOGY_KEY)
    in_force = stored_topology(entry.value) if entry else topology
    if in_force != topology:
        log.warning("another topology is in force; begin anew to change it", nodes=len(in_force.nodes))
    return in_force


async def _make_stream(link: Link, config: dict[str, Any]) -> None:
    name = config["name"]
    try:
        there = (await link.api(f"STREAM.INFO.{name}"))["config"]
    except ApiError as error:
        if error.err_code != NO_SUCH_STREAM:
            raise
        await link.api(f"STREAM.CREATE.{name}", config)
        return
    # The broker checks its free disk even where nothing would change: what fits already is not touched.
    # A value that is zero or false may be left out of its answer.
    if any((there.get(key) or None) != (value or None) for key, value in config.items()):
        await link.api(f"STREAM.UPDATE.{name}", config)


async def _make_durable(link: Link, durable: Durable) -> None:
    body = {"stream_name": durable.stream, "config": durable_config(durable)}
    await link.api(f"CONSUMER.CREATE.{durable.stream}.{durable.name}", body)


async def _until_ready(make: Callable[[], Awaitable[None]]) -> None:
    """JetStream may need a moment after the broker's start."""
    reason = ""
    try:
        async with asyncio.timeout(JETSTREAM_WITHIN):
            while True:
                try:
                    return await make()
                except ApiError as error:
                    reason = error.description
                    if error.err_code in NO_ROOM:
                        raise DiskFull(
                            f"JetStream has no room: {reason}; it sets {RESERVED_BYTES // MIB} MiB aside and takes "
                            "three quarters of the free disk at most: free space under its store_dir and start it again"
                        ) from None
                except TimeoutError:
                    reason = reason or "no answer"
                await asyncio.sleep(RETRY_SECONDS)
    except TimeoutError:
        raise BrokerError(f"JetStream refuses to be set up: {reason}; enable it and give setup its rights") from None


def chosen_topology(settings: BootstrapSettings) -> Topology:
    """Return the topology that the settings ask for. Raises SettingError or TopologyError."""
    if settings.topology is None:
        return default_topology() if settings.nodes is None else sized_topology(settings.nodes)
    try:
        return read_topology(settings.topology)
    except UnreadableTopology as error:
        raise UnreadableTopology(f"NMS_TOPOLOGY={error}") from None


def chosen_desired(settings: BootstrapSettings) -> Desired:
    """Return the first desired state. Raises SettingError."""
    try:
        return Desired.model_validate_json(settings.desired) if settings.desired else Desired()
    except ValidationError as error:
        details = error.errors()[0]
        where = ".".join(map(str, details["loc"])) or "body"
        raise SettingError(f"NMS_DESIRED: {where}: {details['msg']}; give JSON such as {{}}") from None


def main() -> int:
    """Run the step once; return the exit code."""
    from shared.logs import configure

    no_arguments(
        "shared.bootstrap", "Make streams, durables and buckets, and the first values. Once.", BootstrapSettings
    )
    try:
        settings = BootstrapSettings.load()
        configure("bootstrap", "bootstrap", settings.log_format, colour=settings.no_color is None)
        topology = chosen_topology(settings)
        in_force = asyncio.run(bootstrap(settings, topology, chosen_desired(settings)))
    except NmsError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    log.info("streams, durables and buckets are there", nodes=len(in_force.nodes), pid=os.getpid())
    return 0


if __name__ == "__main__":
    sys.exit(main())
