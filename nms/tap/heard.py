"""One message as it was heard, and as the JSON of a CloudEvent (1.0, structured mode) for whoever reads it next."""

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
    """A message: its NATS subject, its headers, its bytes."""

    subject: str
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def body(self) -> Json | object:
        """The body, or NOT_JSON."""
        try:
            found: Json = json.loads(self.data)
        except (ValueError, RecursionError):
            return NOT_JSON
        return found

    @property
    def is_telemetry(self) -> bool:
        """Whether it is a tick of telemetry."""
        return self.subject.startswith(f"{METRICS}.")

    @property
    def time(self) -> str:
        """Network time of publishing, ISO 8601; empty where it does not say."""
        at = self.body.get("at") if isinstance(self.body, dict) else None
        return self.headers.get("ce-time") or (at if isinstance(at, str) else "")

    def cloud_event(self) -> str:
        """Return it as one line of JSON: the attributes of its headers, and its body whole as `data`."""
        said = {name: unquote(value) for name, value in _attributes(self).items() if value}
        if self.body is NOT_JSON:
            content: Mapping[str, object] = {
                "datacontenttype": BYTES_TYPE,
                "data_base64": base64.b64encode(self.data).decode(),
            }
        else:
            content = {"datacontenttype": JSON_TYPE, "data": self.body}
        return json_line({**said, **content})


def _attributes(heard: TappedMessage) -> dict[str, str]:
    """Return the context attributes; telemetry has no headers for them, but they follow from what it is."""
    headers = heard.headers
    return {
        "specversion": SPEC,
        "id": headers.get("ce-id") or headers.get("Nats-Msg-Id") or heard.subject,
        "source": headers.get("ce-source") or f"/nms/{heard.subject}",
        "type": headers.get("ce-type") or f"nms.{METRICS if heard.is_telemetry else heard.subject}.v1",
        "subject": headers.get("ce-subject") or heard.subject,
        "time": heard.time,
        "traceparent": headers.get("traceparent", ""),
    }
