"""Events to messages and back: JSON bodies, CloudEvents attributes in headers. One place decides what is understood.

Rules: nothing is understood that its JSON Schema refuses: a number in quotes is no number. What was understood can be
written again. What the broker put on a subject, asked by somebody who may not publish there, is no message: a reply
subject can be any, and its owner's rights are not asked (`check_origin`).
"""

from __future__ import annotations

from nats.aio.msg import Msg
from pydantic import TypeAdapter, ValidationError

from shared.domain import subjects
from shared.domain.errors import MessageError
from shared.domain.events import EVENTS, Event, LogLine
from shared.domain.events.base import MAX_EVENT_BYTES
from shared.domain.instant import instant, iso
from shared.domain.kinds import Level
from shared.domain.printable import printable
from shared.domain.requests import AnyRequest
from shared.platform.bus.client import READ_OUT

MAX_REQUEST_BYTES = 256 * 1024
MAX_REASON = 500

_requests: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)
_event_by_subject: dict[str, type[Event]] = {event.subject: event for event in EVENTS if event is not LogLine}


def subject_of(event: Event) -> str:
    """Return the NATS subject that an event is published on."""
    return subjects.log(event.service, event.level) if isinstance(event, LogLine) else event.subject


def headers_of(event: Event, now: float, source: str) -> dict[str, str]:
    """Return the CloudEvents attributes, the trace context and the id by which the stream drops repetitions."""
    kind = f"{subjects.LOG}.{event.level}" if isinstance(event, LogLine) else event.subject
    return {
        "Nats-Msg-Id": _header(event.id),
        "ce-specversion": "1.0",
        "ce-id": _header(event.id),
        "ce-source": f"/nms/{source}",
        "ce-type": f"nms.{kind}.v{event.version}",
        "ce-subject": _header(event.about),
        "ce-time": iso(now),
        "content-type": "application/json",
        "traceparent": event.traceparent,
    }


def _header(text: str) -> str:
    """Return `text` with what a header cannot carry percent-encoded, as CloudEvents asks."""
    return "".join(
        char if " " < char < "\x7f" and char not in '"%' else "".join(f"%{byte:02X}" for byte in char.encode())
        for char in text
    )


def encode(event: Event) -> bytes:
    """Return the body of an event. Raises MessageError where it is larger than a reader accepts."""
    data = event.model_dump_json().encode()
    if len(data) > MAX_EVENT_BYTES:
        raise MessageError(f"{event.subject} {event.id[:80]} has {len(data)} bytes, more than {MAX_EVENT_BYTES}")
    return data


def check_origin(msg: Msg, pattern: str = "") -> None:
    """Raise MessageError where a message was led here by the broker; a live one has to bear the subject it came on."""
    if READ_OUT in (msg.headers or {}):
        raise MessageError("an answer of the broker that was led here, not a message that was published")
    if pattern and not _covers(pattern, msg.subject):
        raise MessageError(f"a message of {msg.subject[:80]} that was led to {pattern}")


def _covers(pattern: str, subject: str) -> bool:
    return subject == pattern or (pattern.endswith(".*") and subject.startswith(pattern[:-1]))


def decode(subject: str, data: bytes) -> Event:
    """Return the event in a message. Raises MessageError where it is not one."""
    kind = _event_by_subject.get(subject) or _log_line(subject)
    if kind is None:
        raise MessageError(f"no event is published on {subject[:80]}")
    if len(data) > MAX_EVENT_BYTES:
        raise MessageError(f"{len(data)} bytes are more than the {MAX_EVENT_BYTES} that are read")
    try:
        event = kind.model_validate_json(data, strict=True)
    except (ValueError, OverflowError, RecursionError) as error:
        raise MessageError(f"not {subject}: {_brief(error)}") from None
    if isinstance(event, LogLine) and subject_of(event) != subject:  # who publishes there is sure; the body may lie
        raise MessageError(f"a line of {event.service}, level {event.level}, that was published on {subject}")
    return event


def _log_line(subject: str) -> type[Event] | None:
    of_the_log = subject.startswith(f"{subjects.LOG}.") and subject.rpartition(".")[2] in map(str, Level)
    return LogLine if of_the_log else None


def decode_request(data: bytes) -> AnyRequest:
    """Return the request in a message. Raises MessageError where it is not one."""
    if len(data) > MAX_REQUEST_BYTES:
        raise MessageError(f"{len(data)} bytes are more than the {MAX_REQUEST_BYTES} of a request")
    try:
        return _requests.validate_json(data, strict=True)
    except (ValueError, OverflowError, RecursionError) as error:
        raise MessageError(f"not a request: {_brief(error)}") from None


def _brief(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return printable(f"{type(error).__name__}: {error}")[:MAX_REASON]
    parts = (f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors(include_url=False)[:3])
    return printable("; ".join(parts))[:MAX_REASON]


def time_of(headers: dict[str, str] | None, otherwise: float) -> float:
    """Return the network time at which an event was published."""
    try:
        return instant((headers or {})["ce-time"])
    except (KeyError, ValueError, OverflowError):
        return otherwise
