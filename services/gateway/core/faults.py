"""The live faults, at most a thousand, and the last hundred faults that ended."""

from __future__ import annotations

from heapq import heappop, heappush

from shared.domain.events import Fault

KEPT_ENDED = 100
KEPT_LIVE = 1000


class FaultList:
    """If the event of a fault's start arrives after the event of its end, the fault stays ended."""

    def __init__(self) -> None:
        self._live: dict[str, Fault] = {}
        self._ended: dict[str, Fault] = {}
        self._by_end: list[tuple[float, str]] = []
        self.revision = 0

    def absorb(self, fault: Fault) -> None:
        if fault.id in self._ended or self._live.get(fault.id) == fault:
            return
        self.revision += 1
        if fault.ended is None:
            self._live[fault.id] = fault
            if len(self._live) > KEPT_LIVE:
                del self._live[next(iter(self._live))]
            return
        self._live.pop(fault.id, None)
        self._ended[fault.id] = fault
        heappush(self._by_end, (fault.ended, fault.id))
        while len(self._ended) > KEPT_ENDED:
            del self._ended[heappop(self._by_end)[1]]

    def get(self, fault_id: str) -> Fault | None:
        return self._live.get(fault_id) or self._ended.get(fault_id)

    def all(self) -> tuple[Fault, ...]:
        return tuple(sorted((*self._ended.values(), *self._live.values()), key=lambda f: (f.started, f.id)))
