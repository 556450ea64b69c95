"""Dead letters, on `deadletter.<service>`: messages that a service could not decode or handle."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.events import Name
from shared.domain.instant import Instant

HEAD_BYTES = 16 * 1024
"""The largest number of bytes of a message that a dead letter contains. The stream of a service can store some 200 dead
letters of this size.
"""


class DeadLetter(BaseModel):
    """A message that a service could not handle, with the reason. It is never delivered again."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: str = Field(description="the subject of the message")
    reason: str = Field(description="why it could not be handled, for a person")
    service: Name = Field(description="the service that could not handle it")
    at: Instant = Field(description="network time of the dead letter")
    bytes: int = Field(ge=0, description="length of the message in bytes")
    data: str = Field(description="its first 16 KiB; bytes that are not UTF-8 are replaced")


def dead_letter(subject: str, data: bytes, reason: str, service: str, at: float) -> DeadLetter:
    head = data[:HEAD_BYTES].decode(errors="replace")
    return DeadLetter(subject=subject, reason=reason, service=service, at=at, bytes=len(data), data=head)
