"""The fault registry: the live faults and the last ended faults. Also reads and updates the entries of KV `faults`."""

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
    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._live: dict[str, Fault] = {}
        self._ended: deque[Fault] = deque(maxlen=ENDED_KEPT)

    @property
    def live(self) -> Sequence[Fault]:
        return tuple(self._live.values())

    @property
    def all(self) -> Sequence[Fault]:
        """Oldest first."""
        return sorted((*self._ended, *self._live.values()), key=lambda fault: fault.started)

    @property
    def ended(self) -> Sequence[Fault]:
        return tuple(self._ended)

    def find(self, fault_id: str) -> Fault | None:
        return self._live.get(fault_id) or next((fault for fault in self._ended if fault.id == fault_id), None)

    def check(self, fault: Fault) -> None:
        """Raises UnknownTarget if the target cannot have this kind of fault.

        Raises Refused if the target already has a live fault of this kind, or if `MAX_LIVE` faults are live.
        """
        require_fitting(self._topology, fault.kind, fault.target)
        for other in self._live.values():
            if (other.kind, other.target) == (fault.kind, fault.target):
                raise Refused(f"{fault.target} has {fault.kind} already: end {other.id} first, or use another target")
        if len(self._live) >= MAX_LIVE:
            raise Refused(f"{MAX_LIVE} faults are live already: wait until one ends")

    def add(self, fault: Fault) -> None:
        self._live[fault.id] = fault

    def end(self, fault: Fault, by: EndedBy, at: float) -> Fault:
        over = fault.model_copy(update={"ended": max(at, fault.started), "ended_by": by})
        del self._live[fault.id]
        self._ended.append(over)
        return over

    def due(self, until: float) -> Sequence[Fault]:
        return [fault for fault in self._live.values() if fault.ends <= until]

    def restore(self, faults: Iterable[Fault]) -> None:
        """Restore stored faults, except live faults of elements that no longer exist."""
        for fault in sorted(faults, key=lambda fault: (fault.started, fault.id)):
            if fault.target not in self._topology:
                continue
            if fault.ended is None:
                self._live[fault.id] = fault
        over = [fault for fault in faults if fault.ended is not None]
        self._ended.extend(sorted(over, key=lambda fault: (fault.ended or 0, fault.id)))


class StoredFaults:
    """The content of KV `faults`; computes the puts and deletes that bring it up to date."""

    def __init__(self, entries: Mapping[str, bytes]) -> None:
        self._entries = dict(entries)

    def changes(self, faults: Sequence[Fault]) -> tuple[dict[str, bytes], list[str]]:
        """Return the entries to put and the keys to delete. The next call takes these changes as done."""
        wanted = {kv_key(fault.id): fault.model_dump_json().encode() for fault in faults}
        put = {key: value for key, value in wanted.items() if self._entries.get(key) != value}
        gone = [key for key in self._entries if key not in wanted]
        self._entries = wanted
        return put, gone


def read_faults(entries: Mapping[str, bytes]) -> list[Fault]:
    faults = []
    for value in entries.values():
        try:
            faults.append(Fault.model_validate_json(value))
        except ValueError:
            continue
    return faults
