"""Records every event of a running system as the tap user, with its network time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

import nats
from nats.aio.msg import Msg

from shared.domain.events import EVENTS, Event, Executed, LogLine, StabilityStatus
from shared.domain.instant import instant

FAMILIES = ("fault.*", "anomaly.*", "incident.*", "diagnosis.*", "remediation.*")
KEEP_EVENTS = 200_000
_CLASSES = {event.subject: event for event in EVENTS if event not in (LogLine, StabilityStatus)}


class Recorder:
    """`async with Recorder(url) as recorder`; `recorder.events` grows in the order of arrival, up to a bound."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.events: list[tuple[Event, float]] = []

    async def __aenter__(self) -> Self:
        self._nc = await nats.connect(self._url, inbox_prefix=b"_INBOX_tap", max_reconnect_attempts=-1)
        for family in FAMILIES:
            await self._nc.subscribe(family, cb=self._take)
        await self._nc.flush()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._nc.close()

    async def _take(self, message: Msg) -> None:
        event = _CLASSES.get(message.subject)
        if event is not None and message.headers and len(self.events) < KEEP_EVENTS:
            self.events.append((event.model_validate_json(message.data), instant(message.headers["ce-time"])))


def effects(events: Iterable[Event]) -> set[tuple[str, float]]:
    """Return (action, time of effect) of what the network carried out, no reverts; a repeated event counts once."""
    return {(e.action_id, e.took_effect) for e in events if isinstance(e, Executed) and e.ran and not e.revert}


def ordered(events: Sequence[tuple[Event, float]]) -> list[tuple[Event, float]]:
    """Return the events by network time; equal times keep the order of arrival."""
    return sorted(events, key=lambda pair: pair[1])
