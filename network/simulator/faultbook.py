"""The live faults and the last that ended: who may be struck, and what ends when."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from shared.domain.errors import Refused
from shared.domain.events import Fault
from shared.domain.kinds import EndedBy
from shared.domain.targets import require_fitting
from shared.domain.topology import Topology

ENDED_KEPT = 100
MAX_LIVE = 1000


class FaultBook:
    """The faults of one network, by id."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._live: dict[str, Fault] = {}
        self._ended: deque[Fault] = deque(maxlen=ENDED_KEPT)

    @property
    def live(self) -> Sequence[Fault]:
        """The live faults in the order in which they landed."""
        return tuple(self._live.values())

    @property
    def all(self) -> Sequence[Fault]:
        """The ended and the live faults, oldest first."""
        return sorted((*self._ended, *self._live.values()), key=lambda fault: fault.started)

    @property
    def ended(self) -> Sequence[Fault]:
        """The faults that ended last, oldest first."""
        return tuple(self._ended)

    def find(self, fault_id: str) -> Fault | None:
        """Return a fault that is live or ended lately."""
        return self._live.get(fault_id) or next((fault for fault in self._ended if fault.id == fault_id), None)

    def land(self, fault: Fault) -> None:
        """Add a fault. Raises UnknownTarget where its target cannot have it, Refused where it has it already."""
        require_fitting(self._topology, fault.kind, fault.target)
        for other in self._live.values():
            if (other.kind, other.target) == (fault.kind, fault.target):
                raise Refused(f"{fault.target} has {fault.kind} already: end {other.id} first, or strike elsewhere")
        if len(self._live) >= MAX_LIVE:
            raise Refused(f"{MAX_LIVE} faults are live already: wait until one ends")
        self._live[fault.id] = fault

    def end(self, fault: Fault, by: EndedBy, at: float) -> Fault:
        """End a live fault; return it as it is then."""
        over = fault.model_copy(update={"ended": max(at, fault.started), "ended_by": by})
        del self._live[fault.id]
        self._ended.append(over)
        return over

    def due(self, now: float) -> Fault | None:
        """Return the live fault whose time ran out first, if one's did."""
        return min((f for f in self._live.values() if f.ends <= now), key=lambda f: (f.ends, f.id), default=None)

    def ended_by(self, does_end: Callable[[Fault], bool]) -> Sequence[Fault]:
        """Return the live faults that something ends."""
        return [fault for fault in self._live.values() if does_end(fault)]

    def restore(self, faults: Iterable[Fault]) -> None:
        """Take over faults that were written down; those of elements that are gone are left out."""
        for fault in sorted(faults, key=lambda fault: (fault.started, fault.id)):
            if fault.target not in self._topology:
                continue
            if fault.ended is None:
                self._live[fault.id] = fault
        over = [fault for fault in faults if fault.ended is not None]
        self._ended.extend(sorted(over, key=lambda fault: (fault.ended or 0, fault.id)))
