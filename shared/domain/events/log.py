"""A line for the operator."""

from __future__ import annotations

from shared.domain.events.base import Event, Name, Text
from shared.domain.instant import Instant
from shared.domain.kinds import Level


class LogLine(Event):
    """A line for the operator, on `log.<service>.<level>`, where that service alone may publish.

    Since some lines name a fault, the diagnosis plane may not read any.
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
