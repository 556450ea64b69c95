"""Finds the streams of a subject, and publishes an event again if another service had used its id."""

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
    """Return the names of the streams that store events on subjects that match `pattern`.

    Each name has a narrower pattern beside it, which matches only the subjects of that stream. Raises MessageError if
    there is no such stream. Telemetry and dead letters do not count as events.
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
    """Publish a message again, under a new id, if another service's message is stored under its id.

    Only this service may publish on the subject of `message`, so a stored message on that subject is its own.
    """
    stream = subjects.kept_in(message.subject)[0][0]
    if stream.family not in subjects.OF_TWO_SERVICES:
        return
    there = await one_message(connection, stream.name, {"seq": sequence})
    if there is None or (there.headers or {}).get("Nats-Subject") == message.subject:
        return  # the stored message was dropped, so ours would come too late; or it is ours
    log.warning("another service used the id of our message; published it under a new id", subject=message.subject)
    headers = message.headers or {}
    again = {**headers, "Nats-Msg-Id": f"{headers.get('Nats-Msg-Id', '')}.{os.urandom(NEW_ID_BYTES).hex()}"}
    await publisher.confirm([Outgoing(message.subject, message.data, again)])
