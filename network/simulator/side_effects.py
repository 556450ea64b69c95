"""What finished actions have left behind: one trace of a kind on a target, so many in all."""

from __future__ import annotations

from collections.abc import Iterable

from network.simulator.conditions import Trace
from shared.domain.kinds import ActionKind

MAX_TRACES = 1_000
"""Each is walked at every tick and written with every snapshot, and a detour lasts until it is undone."""


class Traces:
    """The traces, oldest first. A new one replaces that of its kind on its target: doing a thing twice does it once."""

    def __init__(self, traces: Iterable[Trace] = ()) -> None:
        self._by_place: dict[tuple[ActionKind, str], Trace] = {}
        for trace in sorted(traces, key=lambda trace: trace.since):
            self.leave(trace)

    def leave(self, trace: Trace) -> None:
        """Take a new one in; where there is no room, the oldest goes."""
        place = (trace.kind, trace.target)
        self._by_place.pop(place, None)
        self._by_place[place] = trace
        if len(self._by_place) > MAX_TRACES:
            del self._by_place[next(iter(self._by_place))]

    def undo(self, action_id: str) -> None:
        """Take back what an action left, unless a later one has replaced it."""
        self._by_place = {place: trace for place, trace in self._by_place.items() if trace.action_id != action_id}

    def until(self, now: float) -> list[Trace]:
        """Return those that are still felt; the others are forgotten."""
        self._by_place = {place: trace for place, trace in self._by_place.items() if trace.until > now}
        return self.all

    @property
    def all(self) -> list[Trace]:
        """All that are kept."""
        return list(self._by_place.values())
