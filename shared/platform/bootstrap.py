"""The setup step: creates streams, durables and buckets, and stores the topology and the first desired state.

The step can be repeated. Existing data stays; limits and filters are updated. Consumers that no current reader creates
are removed, and so are the streams of a former release that mixed the messages of all services. The topology is written
last: a process that finds it knows that all the rest exists.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import structlog
from pydantic import Field, ValidationError

from shared.domain.config import CONFIG_KEY, Desired
from shared.domain.errors import BrokerError, DiskFull, MessageError, NmsError, SettingError, TopologyError
from shared.domain.sizes import MAX_NODES, MIN_NODES
from shared.domain.subjects import DURABLES, Bucket, Kept, Stream, bucket_name, kept
from shared.domain.topology import Topology, default_topology, sized_topology, stored_topology
from shared.platform.access import RIGHTS, SETUP
from shared.platform.bus.bus import TOPOLOGY_KEY
from shared.platform.bus.connection import ApiError, BrokerConnection
from shared.platform.bus.desired import read_desired
from shared.platform.bus.publisher import NO_ROOM, Publisher
from shared.platform.bus.pull import EXPIRES, NANO
from shared.platform.bus.store import StreamStore
from shared.platform.durables import make_durable
from shared.platform.inspection import losses
from shared.platform.own_catalogue import add_from_environment
from shared.platform.settings import ServiceSettings
from shared.platform.usage import no_arguments
from shared.topologies import UnreadableTopology, read_map

MIB = 1024 * 1024
DAY = 86_400
METRICS_AGE, METRICS_BYTES = 600, 192 * MIB
EVENTS_AGE, EVENTS_BYTES = 7 * DAY, 24 * MIB
FOR_EVER = 0
"""The injector's cycle count is the last message of FAULT: it must not expire by age."""
"""`METRICS_BYTES` and `EVENTS_BYTES` are for a family. If each service has its own stream, they share the bytes."""
BUCKET_BYTES, TALLY_BYTES, LEASES_BYTES = 16 * MIB, 8 * MIB, 2 * MIB
DUPLICATE_WINDOW = 120
CONNECT_WITHIN = 30.0
JETSTREAM_WITHIN = 30.0
RETRY_SECONDS = 0.25
NO_SUCH_STREAM = 10059
LAZY, LAZY_BUCKETS = frozenset({Stream.METRICS, Stream.LOG}), frozenset({Bucket.LEASES})
"""Data whose last seconds may be lost in a power cut: telemetry, log lines, and leases, which are renewed at every
start.
"""
AGE_OF = {Stream.METRICS: METRICS_AGE, Stream.FAULT: FOR_EVER}
BYTES_OF = {Stream.METRICS: METRICS_BYTES}
UNTIL_SET = "repair is off and no faults are injected until a mode is set (nms config set mode=auto, or the page)"
BYTES_OF_BUCKET = {Bucket.TALLY: TALLY_BYTES, Bucket.LEASES: LEASES_BYTES}
STREAMS = tuple(one for family in Stream for one in kept(family))
BUCKETS = (
    *((bucket, bucket.value) for bucket in Bucket if bucket is not Bucket.LEASES),
    *((Bucket.LEASES, bucket_name(Bucket.LEASES, name)) for name, rights in RIGHTS.items() if rights.leases),
)
"""Each bucket with its name at the broker."""
STREAM_NAMES = (*(stream.name for stream in STREAMS), *(f"KV_{name}" for _, name in BUCKETS))
"""The broker's names of all streams, those of the buckets included."""
RETIRED = {"LOG": "log.*", "DEADLETTER": "deadletter.*", "KV_leases": "$KV.leases.>"}
"""Streams of a former release, with their subjects. There a service could displace the messages of other services, or
use their ids first.
"""
TELEMETRY_FORM = "telemetry, form 2"
"""The format of ticks, noted in the description of the stream. Ticks in another format are removed, since no process
could read them.
"""
JUST_PURGED = 0.001
"""The age limit, in seconds, of messages in a purged stream: if the stream is empty, nothing was lost."""
LONGEST_IDLE = 2 * EXPIRES
LISTED_AT_ONCE = 256

Made = TypeVar("Made")
log = structlog.get_logger("nms.bootstrap")


class BootstrapSettings(ServiceSettings):
    """Settings of the bootstrap step."""

    topology: Path | None = Field(default=None, description="a file: YAML, JSON, GraphML or GML; or a shape")
    nodes: int | None = Field(default=None, ge=MIN_NODES, le=MAX_NODES, description="size of a network made up for you")
    desired: str | None = Field(default=None, description="the first desired state as JSON")
    store_dir: Path | None = Field(
        default=None, description="the broker's store_dir where the step can reach it, to repair consumers there"
    )


def stream_config(stream: Kept) -> dict[str, Any]:
    """Rollups are off, since one rollup removes all other messages."""
    return {
        "name": stream.name,
        "subjects": [stream.subject],
        "storage": "file",
        "num_replicas": 1,
        "retention": "limits",
        "discard": "old",
        "max_age": AGE_OF.get(stream.family, EVENTS_AGE) * NANO,
        "max_bytes": BYTES_OF.get(stream.family, EVENTS_BYTES) // len(kept(stream.family)),
        "duplicate_window": DUPLICATE_WINDOW * NANO,
        "allow_direct": True,
        "allow_rollup_hdrs": False,
        **({"description": TELEMETRY_FORM} if stream.family is Stream.METRICS else {}),
        **_persistence(stream.family in LAZY),
    }


def bucket_config(bucket: Bucket, name: str) -> dict[str, Any]:
    """It keeps one value for each key, so that a delete needs no rollup."""
    return {
        "name": f"KV_{name}",
        "subjects": [f"$KV.{name}.>"],
        "storage": "file",
        "num_replicas": 1,
        "max_msgs_per_subject": 1,
        "discard": "new",
        "max_bytes": BYTES_OF_BUCKET.get(bucket, BUCKET_BYTES),
        "allow_rollup_hdrs": False,
        "allow_direct": True,
        "allow_msg_ttl": True,
        "deny_delete": True,
        **_persistence(bucket in LAZY_BUCKETS),
    }


def _persistence(lazy: bool) -> dict[str, Any]:
    """Return the setting that lets a lazy stream acknowledge before it writes to the disk; empty for other streams.

    Brokers before 2.12 ignore the setting.
    """
    return {"persist_mode": "async"} if lazy else {}


RESERVED_BYTES = sum(
    config["max_bytes"] for config in (*map(stream_config, STREAMS), *(bucket_config(*bucket) for bucket in BUCKETS))
)
"""Bytes that the broker reserves for all streams and buckets, full or not: under 512 MiB."""


async def bootstrap(
    settings: ServiceSettings, topology: Topology, desired: Desired, used: bool = False, store_dir: Path | None = None
) -> Topology:
    """Create missing streams, buckets, durables and records; return the stored topology. Raises BrokerError.

    A store that has ever held a message counts as used, even if it holds none now. `used` says that the store was used
    although it is empty. A used store gets no first desired state: if its record is lost, the loop stays off.
    `store_dir` is the broker's folder, if this process can reach it.
    """
    connection = BrokerConnection("setup")
    try:
        async with asyncio.timeout(CONNECT_WITHIN):
            await connection.open(settings)
    except TimeoutError:  # a service waits for the broker without limit; the caller of this step needs an answer
        raise BrokerError(
            f"no broker answers at {settings.nats_url} after {CONNECT_WITHIN:g} s: "
            "start nats-server there, or name another by NMS_NATS_URL"
        ) from None
    try:
        for retired in RETIRED:
            await _until_ready(lambda r=retired: _retire(connection, r))  # type: ignore[misc]
        configs = [*map(stream_config, STREAMS), *(bucket_config(*bucket) for bucket in BUCKETS)]
        purged = await _until_ready(lambda: _purge_old_telemetry(connection))
        kept_messages = [await _until_ready(lambda c=config: _make_stream(connection, c)) for config in configs]  # type: ignore[misc]
        if any(kept_messages):
            await _report_losses(connection, purged)
        for config in configs:
            await _until_ready(lambda c=config: _remove_strays(connection, c["name"]))  # type: ignore[misc]
        for durable in DURABLES:
            await _until_ready(lambda d=durable: make_durable(connection, d, store_dir))  # type: ignore[misc]
        return await _first_values(connection, topology, None if used or any(kept_messages) else desired)
    finally:
        await connection.close()


async def _report_losses(connection: BrokerConnection, purged: bool) -> None:
    """A failure of this check is only logged and does not stop the start."""
    ages = AGE_OF | ({Stream.METRICS: JUST_PURGED} if purged else {})
    try:
        for sentence in await losses(connection, lambda stream: ages.get(stream, EVENTS_AGE)):
            log.error(sentence)
    except (ApiError, TimeoutError) as error:
        log.error(f"cannot check the store for losses: {error or 'the broker does not answer'}")


async def _first_values(connection: BrokerConnection, topology: Topology, desired: Desired | None) -> Topology:
    publisher = Publisher(connection)
    config = StreamStore(connection, publisher, Bucket.CONFIG)
    if desired is not None:
        await config.create(CONFIG_KEY, desired.model_dump_json().encode())
    topologies = StreamStore(connection, publisher, Bucket.TOPOLOGY)
    try:
        await read_desired(config, topologies)
    except MessageError as error:
        log.error(f"the configuration cannot be read ({error}): {UNTIL_SET}")
    return await _topology_in_force(topologies, topology, used=desired is None)


async def _topology_in_force(store: StreamStore, topology: Topology, used: bool) -> Topology:
    entry = await store.get(TOPOLOGY_KEY)
    try:
        if entry is not None:
            in_force = stored_topology(entry.value)
            if in_force != topology:
                log.warning(
                    "another topology is in force; start with a fresh store to change it", nodes=len(in_force.nodes)
                )
            return in_force
        lost = "is missing" if used else None
    except TopologyError as error:
        lost = f"cannot be read ({error})"
    if lost:
        log.warning(f"the stored topology {lost}: storing the requested one", nodes=len(topology.nodes))
    await store.put(TOPOLOGY_KEY, topology.model_dump_json().encode())
    return topology


async def _make_stream(connection: BrokerConnection, config: dict[str, Any]) -> bool:
    name = config["name"]
    try:
        info = await connection.api(f"STREAM.INFO.{name}")
    except ApiError as error:
        if error.err_code != NO_SUCH_STREAM:
            raise
        info = await connection.api(f"STREAM.CREATE.{name}", config)
        return bool(info["state"]["last_seq"])
    there = info["config"]
    # The broker checks its free disk even when nothing changes, so an unchanged configuration is not sent.
    # The broker's answer may leave out settings that are zero or false.
    # The persistence mode is fixed when a stream is created: a stream of an older release keeps its own.
    wanted = {**config, "persist_mode": there.get("persist_mode")}
    if any((there.get(key) or None) != (value or None) for key, value in wanted.items()):
        await connection.api(
            f"STREAM.UPDATE.{name}", {key: value for key, value in wanted.items() if value is not None}
        )
    return bool(info["state"]["last_seq"])


async def _retire(connection: BrokerConnection, name: str) -> None:
    try:
        there = await connection.api(f"STREAM.INFO.{name}")
        # On a broker that serves other applications too, a stream of this name may belong to another application.
        if there["config"]["subjects"] != [RETIRED[name]]:
            return
        await connection.api(f"STREAM.DELETE.{name}")
    except ApiError as error:
        if error.err_code != NO_SUCH_STREAM:
            raise
        return
    log.warning(
        f"removed the stream {name} of a former release with its messages: each service has its own now",
        messages=there["state"]["messages"],
    )


async def _purge_old_telemetry(connection: BrokerConnection) -> bool:
    """Remove the ticks of a former release, whose format is not read any more; return whether there were any."""
    name = Stream.METRICS.value
    try:
        there = await connection.api(f"STREAM.INFO.{name}")
    except ApiError as error:
        if error.err_code != NO_SUCH_STREAM:
            raise
        return False
    messages = there["state"]["messages"]
    if there["config"].get("description") == TELEMETRY_FORM or not messages:
        return False
    await connection.api(f"STREAM.PURGE.{name}")
    log.warning(f"removed the telemetry of a former release from the stream {name}", messages=messages)
    return True


async def _remove_strays(connection: BrokerConnection, stream: str) -> None:
    """Remove a stream's persistent consumers that NMS does not define, since each would occupy a name for ever.

    On a shared broker such consumers stay, since they may belong to another application.
    """
    if connection.user != SETUP:
        return
    ours = {durable.name for durable in DURABLES if durable.stream == stream}
    strays: list[str] = []
    offset, total = 0, 1
    while offset < total:
        listed = await connection.api(f"CONSUMER.LIST.{stream}", {"offset": offset})
        total, offset = int(listed["total"]), offset + LISTED_AT_ONCE
        strays += [
            one["name"] for one in listed["consumers"] or () if one["name"] not in ours and _stays(one["config"])
        ]
    for name in strays:
        await connection.api(f"CONSUMER.DELETE.{stream}.{name}")
    if strays:
        log.warning(f"removed consumers of {stream} that belong to no service", consumers=len(strays), first=strays[0])


def _stays(config: dict[str, Any]) -> bool:
    idle = config.get("inactive_threshold", 0)
    return bool(config.get("durable_name")) or not 0 < idle <= LONGEST_IDLE * NANO


async def _until_ready(make: Callable[[], Awaitable[Made]]) -> Made:
    """Call `make` until it succeeds, since JetStream is not ready just after the broker's start; return its result.

    Raises DiskFull if the broker lacks disk space, BrokerError after `JETSTREAM_WITHIN` seconds.
    """
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


def chosen_topology(settings: BootstrapSettings, warn: Callable[[str], object] = log.warning) -> Topology:
    """Return the topology that the settings name. `warn` is called with each warning about its file.

    Raises SettingError or TopologyError.
    """
    if settings.topology is None:
        return default_topology() if settings.nodes is None else sized_topology(settings.nodes)
    try:
        reading = read_map(settings.topology)
    except UnreadableTopology as error:
        raise UnreadableTopology(f"NMS_TOPOLOGY={error}") from None
    for warning in reading.warnings:
        warn(f"NMS_TOPOLOGY={settings.topology}: {warning}")
    return reading.topology


def chosen_desired(settings: BootstrapSettings) -> Desired:
    """Raises SettingError."""
    try:
        return Desired.model_validate_json(settings.desired) if settings.desired else Desired()
    except ValidationError as error:
        details = error.errors()[0]
        where = ".".join(map(str, details["loc"])) or "body"
        raise SettingError(f"NMS_DESIRED: {where}: {details['msg']}; give JSON such as {{}}") from None


def main() -> int:
    from shared.platform.logs import configure, say

    no_arguments(
        "shared.platform.bootstrap",
        "Make streams, durables and buckets, and the first values. Once.",
        BootstrapSettings,
    )
    try:
        add_from_environment()
        settings = BootstrapSettings.load()
        configure("bootstrap", "bootstrap", settings.log_format, colour=settings.no_color is None)
        topology = chosen_topology(settings)
        in_force = asyncio.run(bootstrap(settings, topology, chosen_desired(settings), store_dir=settings.store_dir))
    except NmsError as error:
        say(str(error))
        return error.exit_code
    log.info("streams, durables and buckets exist", nodes=len(in_force.nodes), pid=os.getpid())
    return 0


if __name__ == "__main__":
    sys.exit(main())
