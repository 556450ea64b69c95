"""The faults that the injector knows: live faults, recently ended faults, and how many faults the campaign injected."""

from __future__ import annotations

from collections import OrderedDict

from shared.domain.events import Fault
from shared.domain.requests import ApplyFault

MAX_ENDED = 100
OVERDUE = 60.0
"""Network seconds past its TTL after which a fault without `fault.ended` counts as ended: the campaign must go on."""


class FaultLedger:
    def __init__(self) -> None:
        self._live: dict[str, Fault] = {}
        self._ended: OrderedDict[str, Fault] = OrderedDict()
        self._injected = 0

    def started(self, fault: Fault) -> None:
        if fault.id in self._live or fault.id in self._ended:
            return
        self._live[fault.id] = fault
        self._injected += fault.cycle is not None

    def ended(self, fault: Fault) -> None:
        if fault.id not in self._live and fault.id not in self._ended:
            self._injected += fault.cycle is not None
        self._live.pop(fault.id, None)
        self._ended[fault.id] = fault
        if len(self._ended) > MAX_ENDED:
            self._ended.popitem(last=False)

    def get(self, fault_id: str) -> Fault | None:
        return self._live.get(fault_id) or self._ended.get(fault_id)

    def known(self, now: float, pending: list[ApplyFault]) -> list[Fault]:
        """Return the live faults, the pending injections as if they were live, and the faults that ended recently."""
        for fault in [fault for fault in self._live.values() if now > fault.ends + OVERDUE]:
            self.ended(fault.model_copy(update={"ended": fault.ends}))
        not_started = [_as_fault(injection, now) for injection in pending if self.get(injection.fault_id) is None]
        return [*self._live.values(), *not_started, *self._ended.values()]

    def injected(self, pending: list[ApplyFault]) -> int:
        not_started = (one for one in pending if one.cycle is not None and self.get(one.fault_id) is None)
        return self._injected + sum(1 for _ in not_started)


def _as_fault(injection: ApplyFault, now: float) -> Fault:
    return Fault(
        id=injection.fault_id,
        kind=injection.kind,
        target=injection.target,
        strength=injection.strength,
        started=now,
        ends=now + injection.duration,
        cycle=injection.cycle,
    )
