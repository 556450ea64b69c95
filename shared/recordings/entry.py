"""One message of a recording, made from a message of the broker or from a line of a journal (a file of the recording).

A line is a CloudEvent in JSON (structured mode) with three more attributes: `natssubject` is the subject,
`natssequence` the position in the stream, and `natstime` the time at which the broker stored the message. A body that
is not JSON, or has a line break, is kept in `data_base64`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

import msgspec

from shared.domain.errors import MessageError
from shared.domain.instant import instant
from shared.domain.subjects import METRICS
from shared.domain.telemetry import decode_pulse
from shared.recordings.families import SETTINGS_SUBJECT

SPEC = "1.0"
JSON = "application/json"
NATS_ID = "Nats-Msg-Id"
HEADERS = {f"ce-{name}": name for name in ("id", "source", "type", "subject", "time")}
TELEMETRY_SOURCE, SETTINGS_SOURCE = "/nms/network", "/nms/settings"
LONGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """A recorded message: NATS subject, body (`data`), and number in its stream (`sequence`).

    `stored`: the broker's wall time at which it stored the message; `attributes`: CloudEvents attributes.
    """

    subject: str
    data: bytes
    sequence: int
    stored: float
    attributes: Mapping[str, str]

    @property
    def time(self) -> float:
        try:
            return instant(self.attributes["time"])
        except (KeyError, ValueError, OverflowError):
            return self.stored

    @property
    def id(self) -> str:
        return self.attributes.get("id", "")

    @property
    def is_telemetry(self) -> bool:
        return self.subject.startswith(f"{METRICS}.")

    @property
    def is_settings(self) -> bool:
        return self.subject == SETTINGS_SUBJECT


class _Line(msgspec.Struct, kw_only=True):
    natssubject: str
    natssequence: int
    natstime: str
    id: str = ""
    source: str = ""
    type: str = ""
    subject: str = ""
    time: str = ""
    traceparent: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")
    data_base64: str | None = None


_lines = msgspec.json.Decoder(_Line)
_any = msgspec.json.Decoder(msgspec.Raw)
_encoder = msgspec.json.Encoder()
_KEPT = ("id", "source", "type", "subject", "time", "traceparent")


def entry_of_message(
    subject: str, data: bytes, headers: Mapping[str, str], sequence: int, stored: float
) -> RecordedEntry:
    return RecordedEntry(subject, data, sequence, stored, _attributes(subject, data, headers, sequence, stored))


def _attributes(
    subject: str, data: bytes, headers: Mapping[str, str], sequence: int, stored: float
) -> Mapping[str, str]:
    if subject == SETTINGS_SUBJECT:
        time = wall_text(stored)
        return {"id": f"settings.{sequence}", "source": SETTINGS_SOURCE, "type": "nms.settings.v1", "time": time}
    if subject.startswith(f"{METRICS}."):
        at = _time_of_tick(data)
        name = headers.get(NATS_ID, f"{subject}.{sequence}")
        tick = {"id": name, "source": TELEMETRY_SOURCE, "type": "nms.metrics.v1", "subject": subject}
        return tick if at is None else {**tick, "time": at}
    found = {name: unquote(headers[header]) for header, name in HEADERS.items() if header in headers}
    if "traceparent" in headers:
        found["traceparent"] = headers["traceparent"]
    return found


def _time_of_tick(data: bytes) -> str | None:
    try:
        return decode_pulse(data).at
    except MessageError:
        return None


def is_json(data: bytes) -> bool:
    if b"\n" in data or b"\r" in data:
        return False
    try:
        data.decode()
        _any.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


def line_of(entry: RecordedEntry, as_json: bool | None = None) -> bytes:
    """Return a message as a line of a journal, newline included; `as_json`: whether its body is JSON, if known."""
    head = {
        "specversion": SPEC,
        **entry.attributes,
        "natssubject": entry.subject,
        "natssequence": entry.sequence,
        "natstime": wall_text(entry.stored),
    }
    if is_json(entry.data) if as_json is None else as_json:
        whole: Mapping[str, object] = {**head, "datacontenttype": JSON, "data": msgspec.Raw(entry.data)}
    else:
        whole = {**head, "data_base64": base64.b64encode(entry.data).decode()}
    return _encoder.encode(whole) + b"\n"


def entry_of_line(line: bytes) -> RecordedEntry:
    """Raises MessageError."""
    try:
        found = _lines.decode(line)
        stored = instant(found.natstime)
        data = (
            base64.b64decode(found.data_base64, validate=True) if found.data_base64 is not None else bytes(found.data)
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, OverflowError, binascii.Error) as error:
        raise MessageError(f"not a message of a recording: {error}") from None
    if not 0 <= found.natssequence <= LONGEST_NUMBER:
        raise MessageError(f"natssequence {found.natssequence} is not a sequence number")
    attributes = {name: value for name in _KEPT if (value := getattr(found, name))}
    return RecordedEntry(found.natssubject, data, found.natssequence, stored, attributes)


def wall_text(moment: float) -> str:
    """Return a wall time as ISO 8601 with microseconds, since milliseconds do not keep the order of messages."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
