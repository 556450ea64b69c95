"""Converts events to messages and back: JSON bodies, with CloudEvents attributes in headers.

Rules: what the JSON Schema refuses is refused here too: a quoted number is no number. Each decoded event can be encoded
again. A message that the broker published, on the reply subject of a request, is no event: the requester may lack the
right to publish on that subject (`check_origin`).
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
    return subjects.log(event.service, event.level) if isinstance(event, LogLine) else event.subject


def headers_of(event: Event, now: float, source: str) -> dict[str, str]:
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
    """Percent-encode as CloudEvents requires."""
    return "".join(
        char if " " < char < "\x7f" and char not in '"%' else "".join(f"%{byte:02X}" for byte in char.encode())
        for char in text
    )


def encode(event: Event) -> bytes:
    """Raises MessageError if it is larger than readers accept."""
    data = event.model_dump_json().encode()
    if len(data) > MAX_EVENT_BYTES:
        raise MessageError(f"{event.subject} {event.id[:80]} has {len(data)} bytes, more than {MAX_EVENT_BYTES}")
    return data


def check_origin(msg: Msg, pattern: str = "") -> None:
    """Raise MessageError if the broker itself published the message, or if its subject does not match `pattern`.

    An empty `pattern` matches every subject.
    """
    if READ_OUT in (msg.headers or {}):
        raise MessageError("the broker's answer to a request, not a published message")
    if pattern and not _covers(pattern, msg.subject):
        raise MessageError(f"a message of {msg.subject[:80]} that arrived on {pattern}")


def _covers(pattern: str, subject: str) -> bool:
    return subject == pattern or (pattern.endswith(".*") and subject.startswith(pattern[:-1]))


def decode(subject: str, data: bytes) -> Event:
    """Raises MessageError if the message is no event."""
    kind = _event_by_subject.get(subject) or _log_line(subject)
    if kind is None:
        raise MessageError(f"no event is published on {subject[:80]}")
    if len(data) > MAX_EVENT_BYTES:
        raise MessageError(f"{len(data)} bytes are more than the {MAX_EVENT_BYTES} that are read")
    try:
        event = kind.model_validate_json(data, strict=True)
    except (ValueError, OverflowError, RecursionError) as error:
        raise MessageError(f"not {subject}: {_brief(error)}") from None
    if (
        isinstance(event, LogLine) and subject_of(event) != subject
    ):  # the broker checks the subject; the body may name another service
        raise MessageError(f"a line of {event.service}, level {event.level}, that was published on {subject}")
    return event


def _log_line(subject: str) -> type[Event] | None:
    of_the_log = subject.startswith(f"{subjects.LOG}.") and subject.rpartition(".")[2] in map(str, Level)
    return LogLine if of_the_log else None


def decode_request(data: bytes) -> AnyRequest:
    """Raises MessageError if the message is no request."""
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
    """Return network time; `otherwise` if the header is missing or invalid."""
    try:
        return instant((headers or {})["ce-time"])
    except (KeyError, ValueError, OverflowError):
        return otherwise
