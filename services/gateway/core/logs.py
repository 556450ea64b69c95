"""The last thousand lines of the operator's log."""

from __future__ import annotations

from collections import OrderedDict

from services.gateway.core.bodies import LogBody
from shared.domain.events import LogLine
from shared.domain.kinds import Level

KEPT_LINES = 1000
DEFAULT_LINES = 100


class LogRing:
    """A line that is stored already is ignored. `number`: how many lines were ever added."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, LogBody] = OrderedDict()
        self.number = 0

    def absorb(self, line: LogLine) -> None:
        if line.id in self._lines:
            return
        self._lines[line.id] = LogBody(timestamp=line.at, level=line.level, message=line.message, service=line.service)
        self.number += 1
        if len(self._lines) > KEPT_LINES:
            self._lines.popitem(last=False)

    def lines(
        self,
        level: Level | None = None,
        service: str | None = None,
        limit: int = DEFAULT_LINES,
        since: float | None = None,
    ) -> tuple[LogBody, ...]:
        """Return the newest `limit` lines that match all given conditions, oldest first."""
        found = [
            line
            for line in self._lines.values()
            if (level is None or line.level is level)
            and (service is None or line.service == service)
            and (since is None or line.timestamp >= since)
        ]
        return tuple(found[-limit:])

    def after(self, number: int) -> tuple[LogBody, ...]:
        """Return the lines that were added after the first `number` lines, as far as they are still stored."""
        new = min(self.number - number, len(self._lines))
        return tuple(self._lines.values())[-new:] if new > 0 else ()
