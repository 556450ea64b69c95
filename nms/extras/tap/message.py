"""A message that a tap received, and its form as a CloudEvent in JSON (version 1.0, structured mode)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

from nms.client import Json
from nms.terminal import json_line
from shared.domain.subjects import METRICS

SPEC = "1.0"
JSON_TYPE = "application/json"
BYTES_TYPE = "application/octet-stream"
NOT_JSON: object = object()


@dataclass(frozen=True)
class TappedMessage:
    subject: str
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def body(self) -> Json | object:
        try:
            found: Json = json.loads(self.data)
        except (ValueError, RecursionError):
            return NOT_JSON
        return found

    @property
    def is_telemetry(self) -> bool:
        return self.subject.startswith(f"{METRICS}.")

    @property
    def time(self) -> str:
        """Network time of publication, in ISO 8601; empty if the message has no time."""
        at = self.body.get("at") if isinstance(self.body, dict) else None
        return self.headers.get("ce-time") or (at if isinstance(at, str) else "")

    def cloud_event(self) -> str:
        context = {name: unquote(value) for name, value in _attributes(self).items() if value}
        if self.body is NOT_JSON:
            content: Mapping[str, object] = {
                "datacontenttype": BYTES_TYPE,
                "data_base64": base64.b64encode(self.data).decode(),
            }
        else:
            content = {"datacontenttype": JSON_TYPE, "data": self.body}
        return json_line({**context, **content})


def _attributes(message: TappedMessage) -> dict[str, str]:
    """Telemetry lacks such headers: its attributes derive from the subject, the message id and the tick."""
    headers = message.headers
    return {
        "specversion": SPEC,
        "id": headers.get("ce-id") or headers.get("Nats-Msg-Id") or message.subject,
        "source": headers.get("ce-source") or f"/nms/{message.subject}",
        "type": headers.get("ce-type") or f"nms.{METRICS if message.is_telemetry else message.subject}.v1",
        "subject": headers.get("ce-subject") or message.subject,
        "time": message.time,
        "traceparent": headers.get("traceparent", ""),
    }
