"""The registry of faults: which are live, which ended last, what runs out when, and what KV `faults` holds of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from shared.domain.errors import Refused
from shared.domain.events import Fault
from shared.domain.kinds import EndedBy
from shared.domain.subjects import kv_key
from shared.domain.targets import require_fitting
from shared.domain.topology import Topology

ENDED_KEPT = 100
MAX_LIVE = 1000


class FaultRegistry:
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

    def check(self, fault: Fault) -> None:
        """Raise UnknownTarget where its target cannot have a fault, Refused where it has it already."""
        require_fitting(self._topology, fault.kind, fault.target)
        for other in self._live.values():
            if (other.kind, other.target) == (fault.kind, fault.target):
                raise Refused(f"{fault.target} has {fault.kind} already: end {other.id} first, or strike elsewhere")
        if len(self._live) >= MAX_LIVE:
            raise Refused(f"{MAX_LIVE} faults are live already: wait until one ends")

    def land(self, fault: Fault) -> None:
        """Add a fault that was checked and is in force."""
        self._live[fault.id] = fault

    def end(self, fault: Fault, by: EndedBy, at: float) -> Fault:
        """End a live fault; return it as it is then."""
        over = fault.model_copy(update={"ended": max(at, fault.started), "ended_by": by})
        del self._live[fault.id]
        self._ended.append(over)
        return over

    def due(self, until: float) -> Sequence[Fault]:
        """Return the live faults whose time runs out by then."""
        return [fault for fault in self._live.values() if fault.ends <= until]

    def restore(self, faults: Iterable[Fault]) -> None:
        """Take over faults that were written down; those of elements that are gone are left out."""
        for fault in sorted(faults, key=lambda fault: (fault.started, fault.id)):
            if fault.target not in self._topology:
                continue
            if fault.ended is None:
                self._live[fault.id] = fault
        over = [fault for fault in faults if fault.ended is not None]
        self._ended.extend(sorted(over, key=lambda fault: (fault.ended or 0, fault.id)))


class FaultShelf:
    """What KV `faults` holds, so that only what changed is written and what is forgotten is removed."""

    def __init__(self, held: Mapping[str, bytes]) -> None:
        self._held = dict(held)

    def changes(self, faults: Sequence[Fault]) -> tuple[dict[str, bytes], list[str]]:
        """Return what to put and which keys to delete, and hold that from now on."""
        wanted = {kv_key(fault.id): fault.model_dump_json().encode() for fault in faults}
        put = {key: value for key, value in wanted.items() if self._held.get(key) != value}
        gone = [key for key in self._held if key not in wanted]
        self._held = wanted
        return put, gone


def read_faults(entries: Mapping[str, bytes]) -> list[Fault]:
    """Return the faults that KV `faults` holds; what is no fault is left out."""
    faults = []
    for value in entries.values():
        try:
            faults.append(Fault.model_validate_json(value))
        except ValueError:
            continue
    return faults
