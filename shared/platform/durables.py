"""Creates the durable consumers, and recreates a consumer whose stored state is unreadable or impossible.

Rules: a recreated consumer does not start at the stream's first message, days ago, but shortly before the last message
that its service is known to have written. Repeated reads are harmless: ids derive from content.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from shared.domain.errors import DiskFull
from shared.domain.instant import instant, iso
from shared.domain.subjects import (
    CORRELATOR_ANOMALIES,
    CORRELATOR_REPAIRS,
    NETWORK_COMMANDS,
    RCA_INCIDENTS,
    Bucket,
    Durable,
    Stream,
)
from shared.platform.broker import stream_folder
from shared.platform.bus.connection import ApiError, BrokerConnection
from shared.platform.bus.pull import NANO
from shared.platform.bus.store import stream_state

ACK_WAIT = 3
MAX_ACK_PENDING = 1000
NO_SUCH_CONSUMER = 10014
CANNOT_BE_STORED = 10012
READ_AGAIN = 60.0
"""A consumer that lost its position starts so many seconds before the last write of its service."""
READ_AGAIN_UNKNOWN = 120.0
"""If no write of the service is found, it starts so many seconds before the stream's newest message."""
LAST_WORD_OF: Mapping[Durable, str] = {
    CORRELATOR_ANOMALIES: f"KV_{Bucket.INCIDENTS}",
    CORRELATOR_REPAIRS: f"KV_{Bucket.INCIDENTS}",
    RCA_INCIDENTS: Stream.DIAGNOSIS,
    NETWORK_COMMANDS: f"KV_{Bucket.NETWORK}",
}
"""The stream or bucket that a service writes while it works from a durable."""

log = structlog.get_logger("nms.bootstrap")
Json = dict[str, Any]


def durable_config(durable: Durable) -> Json:
    """The worker, not the broker, limits how often a message is tried."""
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


async def make_durable(connection: BrokerConnection, durable: Durable, store_dir: Path | None) -> None:
    """Create or update a durable; recreate it if its position in the stream is lost. Raises DiskFull.

    `store_dir`: the broker's folder, if this process can reach it.
    """
    there, state = await _info(connection, durable), await stream_state(connection, durable.stream)
    begins = await _begins(connection, durable, state)
    lost = _lost(there, state, begins)
    if there is not None and lost is None:
        kept = ("deliver_policy", "opt_start_time", "mem_storage")
        return await _create(connection, durable, {key: there["config"][key] for key in kept if key in there["config"]})
    if there is not None:
        await connection.api(f"CONSUMER.DELETE.{durable.stream}.{durable.name}")
    try:
        await _create(connection, durable, begins)
    except ApiError as error:
        if error.err_code != CANNOT_BE_STORED:
            raise
        lost = "cannot be read"
        await _create(connection, durable, begins | _out_of_the_way(durable, store_dir))
    if lost or begins:
        log.warning(
            f"the {durable.name}'s place in stream {durable.stream} {lost or 'is lost'}: "
            f"it reads again from {begins.get('opt_start_time', 'the first message')}"
        )
    return None


async def _create(connection: BrokerConnection, durable: Durable, more: Json) -> None:
    body = {"stream_name": durable.stream, "config": durable_config(durable) | more}
    await connection.api(f"CONSUMER.CREATE.{durable.stream}.{durable.name}", body)


async def _info(connection: BrokerConnection, durable: Durable) -> Json | None:
    try:
        return await connection.api(f"CONSUMER.INFO.{durable.stream}.{durable.name}")
    except ApiError as error:
        if error.err_code != NO_SUCH_CONSUMER:
            raise
        return None


def _lost(there: Json | None, state: Json, begins: Json) -> str | None:
    if there is None:
        return None
    place = there["delivered"]["stream_seq"]
    if place > state["last_seq"]:
        return f"({place}) is past the stream's end ({state['last_seq']})"
    if place == 0 and there["num_pending"] and begins:
        return "is forgotten"
    return None


async def _begins(connection: BrokerConnection, durable: Durable, state: Json) -> Json:
    """Return the settings for where a consumer that lost its position starts; empty: at the stream's first message."""
    if not state["messages"]:
        return {}
    word = await stream_state(connection, LAST_WORD_OF[durable])
    if word["last_seq"] and word["messages"]:
        since = instant(word["last_ts"]) - READ_AGAIN
    else:
        since = instant(state["last_ts"]) - READ_AGAIN_UNKNOWN
    if since <= instant(state["first_ts"]):
        return {}
    return {"deliver_policy": "by_start_time", "opt_start_time": iso(since)}


def _out_of_the_way(durable: Durable, store_dir: Path | None) -> Json:
    """Remove the files of a consumer that the broker cannot read; return further settings for the new consumer.

    Without `store_dir` the files stay, and the settings keep the consumer in memory. Raises DiskFull.
    """
    if store_dir is None:
        log.warning(
            f"the {durable.name}'s consumer of {durable.stream} is kept in memory, since its files cannot be read and "
            "cannot be reached from here: after a restart of the broker run the bootstrap step again"
        )
        return {"mem_storage": True}
    files = stream_folder(store_dir, durable.stream) / "obs" / durable.name
    try:
        shutil.rmtree(files)
    except OSError as error:
        raise DiskFull(f"{files} cannot be read and not be removed ({error.strerror}): remove it by hand") from None
    return {}
