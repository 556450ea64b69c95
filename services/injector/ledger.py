"""What the injector knows of the faults: those that live, the last that ended, how many the campaign struck."""

from __future__ import annotations

from collections import OrderedDict

from shared.domain.events import Fault
from shared.domain.requests import ApplyFault

MAX_ENDED = 100
OVERDUE = 60.0
"""Network seconds past its TTL after which a fault whose end nobody told is over: it must not hold up the campaign."""


class FaultLedger:
    """The faults by their ids, as `fault.started` and `fault.ended` tell them."""

    def __init__(self) -> None:
        self._live: dict[str, Fault] = {}
        self._ended: OrderedDict[str, Fault] = OrderedDict()
        self._struck = 0

    def started(self, fault: Fault) -> None:
        """Take note of a fault that landed."""
        if fault.id in self._live or fault.id in self._ended:
            return
        self._live[fault.id] = fault
        self._struck += fault.cycle is not None

    def ended(self, fault: Fault) -> None:
        """Take note of a fault that is over."""
        if fault.id not in self._live and fault.id not in self._ended:
            self._struck += fault.cycle is not None
        self._live.pop(fault.id, None)
        self._ended[fault.id] = fault
        if len(self._ended) > MAX_ENDED:
            self._ended.popitem(last=False)

    def get(self, fault_id: str) -> Fault | None:
        """Return a fault that lives or ended lately."""
        return self._live.get(fault_id) or self._ended.get(fault_id)

    def known(self, now: float, under_way: list[ApplyFault]) -> list[Fault]:
        """Return the live faults, the strikes that have not landed yet, and the faults that ended lately."""
        for fault in [fault for fault in self._live.values() if now > fault.ends + OVERDUE]:
            self.ended(fault.model_copy(update={"ended": fault.ends}))
        coming = [_in_the_air(strike, now) for strike in under_way if self.get(strike.fault_id) is None]
        return [*self._live.values(), *coming, *self._ended.values()]

    def struck(self, under_way: list[ApplyFault]) -> int:
        """Return how many faults the campaign struck, those in the air included."""
        coming = (strike for strike in under_way if strike.cycle is not None and self.get(strike.fault_id) is None)
        return self._struck + sum(1 for _ in coming)


def _in_the_air(strike: ApplyFault, now: float) -> Fault:
    return Fault(
        id=strike.fault_id,
        kind=strike.kind,
        target=strike.target,
        strength=strike.strength,
        started=now,
        ends=now + strike.duration,
        cycle=strike.cycle,
    )
