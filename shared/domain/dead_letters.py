"""What is set aside on `deadletter.<service>`: a message that its reader could not understand, or finish."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.events import Name
from shared.domain.instant import Instant

HEAD_BYTES = 16 * 1024
"""So much of a message is kept; `bytes` says how long it was. A service has room for some 200 letters of that size."""


class DeadLetter(BaseModel):
    """A message that was set aside by a service, and why; it is never tried again."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: str = Field(description="where the message was published")
    reason: str = Field(description="why it was set aside, for a person")
    service: Name = Field(description="who set it aside")
    at: Instant = Field(description="when, in network time")
    bytes: int = Field(ge=0, description="how long the message was")
    data: str = Field(description="its first 16 KiB; what is not UTF-8 is replaced")


def dead_letter(subject: str, data: bytes, reason: str, service: str, at: float) -> DeadLetter:
    """Return what is set aside of a message."""
    head = data[:HEAD_BYTES].decode(errors="replace")
    return DeadLetter(subject=subject, reason=reason, service=service, at=at, bytes=len(data), data=head)
