"""Limits what a device can send: a storm of messages costs little, and does not hide what matters. Pure.

Rules
1. Each device has a limit of messages that are parsed at all, one of events that matter, and one of other events.
2. An event that repeats within a second is dropped: each daemon of FRR logs the same line.
3. What was dropped is counted; the first drop of a storm becomes an event itself.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from network.devices.events.event import DeviceEvent, EventKind, EventSource

PARSED, MATTERING, OTHERS = 1000.0, 100.0, 20.0
"""Messages a second of a device; as many at once."""
REPEAT_WITHIN = 1.0
MAX_REMEMBERED = 256
CALM_AFTER = 10.0
"""Seconds without a drop after which a storm is over."""


@dataclass
class _Allowance:
    rate: float
    left: float
    at: float = 0.0

    def take(self, now: float) -> bool:
        self.left = min(self.rate, self.left + max(0.0, now - self.at) * self.rate)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass
class _Source:
    parsed: _Allowance = field(default_factory=lambda: _Allowance(PARSED, PARSED))
    mattering: _Allowance = field(default_factory=lambda: _Allowance(MATTERING, MATTERING))
    others: _Allowance = field(default_factory=lambda: _Allowance(OTHERS, OTHERS))
    seen: OrderedDict[tuple[EventKind, str, str], tuple[bool | None, float]] = field(default_factory=OrderedDict)
    dropped_at: float = float("-inf")


@dataclass
class StormGate:
    """`dropped`: the number of messages by device."""

    dropped: Counter[str] = field(default_factory=Counter)
    _sources: dict[str, _Source] = field(default_factory=dict)

    def may_parse(self, device: str, now: float) -> bool:
        return self._source(device).parsed.take(now)

    def is_repeated(self, event: DeviceEvent) -> bool:
        """Return whether the same event came within the last second. Other events are never the same."""
        if event.kind is EventKind.OTHER:
            return False
        seen = self._source(event.device).seen
        key = (event.kind, event.subject, event.text if event.kind is EventKind.CONFIG else "")
        up, at = seen.get(key, (None, float("-inf")))
        if up == event.up and 0 <= event.at - at < REPEAT_WITHIN:
            return True
        seen[key] = event.up, event.at
        seen.move_to_end(key)
        if len(seen) > MAX_REMEMBERED:
            seen.popitem(last=False)
        return False

    def passes(self, event: DeviceEvent) -> bool:
        source = self._source(event.device)
        return (source.others if event.kind is EventKind.OTHER else source.mattering).take(event.at)

    def storm(self, device: str, now: float, source: EventSource) -> DeviceEvent | None:
        """Count a message that was dropped; return an event if the storm begins with it."""
        state = self._source(device)
        begins, state.dropped_at = now - state.dropped_at > CALM_AFTER, now
        self.dropped[device] += 1
        text = f"{device} sends more messages than are taken in; the rest is dropped and counted"
        return DeviceEvent(device, now, source, EventKind.STORM, device, text) if begins else None

    def _source(self, device: str) -> _Source:
        return self._sources.setdefault(device, _Source())
