"""The event for a line of the operator's log."""

from __future__ import annotations

from shared.domain.events.base import Event, Name, Text
from shared.domain.instant import Instant
from shared.domain.kinds import Level


class LogLine(Event):
    """A line for the operator, on `log.<service>.<level>`, where only that service may publish.

    Some lines name a fault, so the diagnosis plane may not read the log.
    """

    subject = "log"
    service: Name
    replica: Name
    number: int
    at: Instant
    level: Level
    message: Text

    @property
    def id(self) -> str:
        return f"{self.replica}.log.{self.number}.{int(self.at * 1000)}"

    @property
    def about(self) -> str:
        return self.service
