"""Which streams keep an event, and whether a message that a stream holds is our own."""

from __future__ import annotations

import os

import structlog

from shared.domain import subjects
from shared.domain.errors import MessageError
from shared.domain.subjects import Stream
from shared.platform.bus.link import BrokerConnection
from shared.platform.bus.publisher import Outgoing, Publisher
from shared.platform.bus.store import one_message

NEW_ID_BYTES = 8

log = structlog.get_logger("nms.bus")


def streams_of(pattern: str) -> list[tuple[str, str]]:
    """Return the streams that keep the events of a pattern, each with what of the pattern is there.

    Raises MessageError where none does.
    """
    events = [family for family in Stream if family not in (Stream.METRICS, Stream.DEADLETTER)]
    found = [(one.name, part) for one, part in subjects.kept_in(pattern) if one.family in events]
    if not found:
        known = ", ".join(map(subjects.family_pattern, events))
        raise MessageError(f"no stream keeps events on {pattern}; there are {known}")
    return found


async def publish_unless_ours(link: BrokerConnection, publisher: Publisher, message: Outgoing, sequence: int) -> None:
    """A stream holds a message with the id of ours: where that is not our own, publish ours under another id.

    Who may publish on a subject is the broker's to say, so a message on our subject is ours.
    """
    stream = subjects.kept_in(message.subject)[0][0]
    if stream.family not in subjects.OF_TWO_SERVICES:
        return
    there = await one_message(link, stream.name, {"seq": sequence})
    if there is None or (there.headers or {}).get("Nats-Subject") == message.subject:
        return  # one that the stream has dropped since is history: nobody is to hear ours after it
    log.warning("the id of our message was taken by another; published it under a new one", subject=message.subject)
    headers = message.headers or {}
    again = {**headers, "Nats-Msg-Id": f"{headers.get('Nats-Msg-Id', '')}.{os.urandom(NEW_ID_BYTES).hex()}"}
    await publisher.confirm([Outgoing(message.subject, message.data, again)])
