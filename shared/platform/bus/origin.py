"""Maps subjects to streams, and checks whether a stored message is our own."""

from __future__ import annotations

import os

import structlog

from shared.domain import subjects
from shared.domain.errors import MessageError
from shared.domain.subjects import Stream
from shared.platform.bus.connection import BrokerConnection
from shared.platform.bus.publisher import Outgoing, Publisher
from shared.platform.bus.store import one_message

NEW_ID_BYTES = 8

log = structlog.get_logger("nms.bus")


def streams_of(pattern: str) -> list[tuple[str, str]]:
    """Return the streams that hold a pattern's events, each with its part of the pattern. Raises MessageError if no
    stream does.
    """
    events = [family for family in Stream if family not in (Stream.METRICS, Stream.DEADLETTER)]
    found = [(one.name, part) for one, part in subjects.kept_in(pattern) if one.family in events]
    if not found:
        known = ", ".join(map(subjects.family_pattern, events))
        raise MessageError(f"no stream stores events on {pattern}; there are {known}")
    return found


async def publish_unless_ours(
    connection: BrokerConnection, publisher: Publisher, message: Outgoing, sequence: int
) -> None:
    """Resolve an id collision: if the stored message with our id is not ours, publish ours under another id.

    The broker checks who publishes on a subject, so a message on our subject is ours.
    """
    stream = subjects.kept_in(message.subject)[0][0]
    if stream.family not in subjects.OF_TWO_SERVICES:
        return
    there = await one_message(connection, stream.name, {"seq": sequence})
    if there is None or (there.headers or {}).get("Nats-Subject") == message.subject:
        return  # the stream has dropped it, so ours would come too late; or it is ours
    log.warning("another service used the id of our message; published it under a new id", subject=message.subject)
    headers = message.headers or {}
    again = {**headers, "Nats-Msg-Id": f"{headers.get('Nats-Msg-Id', '')}.{os.urandom(NEW_ID_BYTES).hex()}"}
    await publisher.confirm([Outgoing(message.subject, message.data, again)])
