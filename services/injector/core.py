"""The fault campaign: when the next cycle begins, and which fault the cycle injects, where and how strong.

Rules

1. The choice of a cycle depends on the seed and the cycle's number alone, so that a replica that takes over makes the
   same choices. Live faults can only exclude a choice.
2. The core does not know whether an injection succeeded: the caller passes the live faults.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random

from shared.domain.capabilities import UNKNOWN, Capabilities
from shared.domain.config import Desired
from shared.domain.errors import Refused
from shared.domain.events import Fault, FaultCycle
from shared.domain.kinds import FaultKind
from shared.domain.requests import ApplyFault, InjectFault
from shared.domain.sizes import MAX_LIVE
from shared.domain.targets import fitting, require_fitting
from shared.domain.topology import Topology

SETTLE, SETTLE_SAMPLES = 6.0, 8
"""Network seconds, and samples, from the end of one fault to the next if `at_once` is 1, so that each has its own
incident.
"""
WEAKEST, STRONGEST = 0.5, 1.0


class Campaign:
    """`number`: the number of the last cycle. `offered`: the capabilities of the network. If the network offers no
    faults, or its capabilities are unknown, no cycle begins.
    """

    def __init__(self, topology: Topology, seed: int, number: int = 0) -> None:
        self.topology = topology
        self.seed = seed
        self.offered: Capabilities = UNKNOWN
        self.strengths = (WEAKEST, STRONGEST)
        self.number = number
        self._due: float | None = None
        self._last_cycle: float | None = None
        self._live: frozenset[str] = frozenset()
        self._calm_since: float | None = None

    @property
    def due(self) -> float | None:
        """Network time; None until `advance` has set it, and while the campaign does not run."""
        return self._due

    def observe(self, cycle: FaultCycle) -> None:
        if cycle.number > self.number:
            self.number = cycle.number
            self._last_cycle = cycle.at
            self._due = None

    def advance(
        self, now: float, desired: Desired, live: Sequence[Fault], injected: int
    ) -> list[FaultCycle | ApplyFault]:
        """No cycle if none is due, no injection if the cycle has no fault. `live`: the live faults, and perhaps ended
        faults. `injected`: how many faults the campaign has injected so far.
        """
        self._note_ends(now, live)
        if not desired.running or not self.offered.faults:
            self._due = self._last_cycle = None
            return []
        if not self._begins_cycle(now, desired.interval):
            return []
        self.number += 1
        cycle = FaultCycle(number=self.number, at=now, interval=desired.interval)
        injection = self._injection(now, desired, [fault for fault in live if fault.ended is None], injected)
        return [cycle, injection] if injection else [cycle]

    def _begins_cycle(self, now: float, interval: float) -> bool:
        if self._due is None:
            # A new leader keeps the rhythm of the last leader. Of missed cycles, at most one is made up for.
            since = now if self._last_cycle is None else self._last_cycle
            self._due = max(now, since + interval)
        # A shorter interval takes effect at once. If network time was set back, the next cycle is one interval away.
        self._due = min(self._due, now + interval)
        if now < self._due:
            return False
        behind = now - self._due >= interval
        self._due = now + interval if behind else self._due + interval
        return True

    def _note_ends(self, now: float, faults: Sequence[Fault]) -> None:
        """A live fault that the caller no longer lists counts as ended now."""
        live = frozenset(fault.id for fault in faults if fault.ended is None)
        ends = [fault.ended for fault in faults if fault.ended is not None and fault.ended <= now]
        if self._live - live - {fault.id for fault in faults}:
            ends.append(now)
        self._live = live
        if ends:
            self._calm_since = max(ends) if self._calm_since is None else max(self._calm_since, *ends)

    def _injection(self, now: float, desired: Desired, live: Sequence[Fault], injected: int) -> ApplyFault | None:
        if desired.max_faults is not None and injected >= desired.max_faults:
            return None
        if len(live) >= desired.at_once:
            return None
        settle = max(SETTLE, SETTLE_SAMPLES * (self.offered.interval or 0.0))
        if desired.at_once == 1 and self._calm_since is not None and 0 <= now - self._calm_since < settle:
            return None
        return self._choose(desired, live)

    def _choose(self, desired: Desired, live: Sequence[Fault]) -> ApplyFault | None:
        random = Random(f"{self.seed}/{self.number}")
        if random.random() >= desired.chance:
            return None
        strength = round(random.uniform(*self.strengths), 3)
        kind = _kind_of_cycle(self._possible_kinds(desired), self.seed, self.number)
        if kind is None:
            return None
        targets = self._targets(kind, desired)
        random.shuffle(targets)
        occupied = {end for fault in live for end in self.topology.ends(fault.target)}
        target = next((target for target in targets if not occupied & self.topology.ends(target)), None)
        if target is None:
            return None
        return ApplyFault(
            fault_id=f"fault-{self.number}",
            kind=kind,
            target=target,
            strength=strength,
            duration=desired.ttl,
            cycle=self.number,
        )

    def _possible_kinds(self, desired: Desired) -> list[FaultKind]:
        kinds = dict.fromkeys(desired.kinds)
        return [kind for kind in kinds if self._targets(kind, desired)]

    def _targets(self, kind: FaultKind, desired: Desired) -> list[str]:
        targets = fitting(self.topology, kind, desired.targets)
        return [target for target in targets if self.offered.offers_fault(kind, target, self.topology)]


def _kind_of_cycle(kinds: Sequence[FaultKind], seed: int, number: int) -> FaultKind | None:
    """In each series of as many cycles as there are kinds, each kind has one cycle."""
    if not kinds:
        return None
    series, place = divmod(number - 1, len(kinds))
    shuffled = list(kinds)
    Random(f"{seed}/deck/{series}").shuffle(shuffled)
    return shuffled[place]


def requested(request: InjectFault, topology: Topology, live: Collection[Fault], offered: Capabilities) -> ApplyFault:
    """Raises UnknownTarget, or Refused if the injection is not possible."""
    if not offered.faults:
        raise Refused(offered.no_faults)
    target = require_fitting(topology, request.kind, request.target)
    if reason := offered.fault_refusal(request.kind, target, topology):
        raise Refused(reason)
    if len(live) >= MAX_LIVE:
        raise Refused(f"{len(live)} faults are live, the most there may be: wait, or clear one of them")
    return ApplyFault(
        fault_id=fault_id_of(request),
        kind=request.kind,
        target=target,
        strength=request.strength,
        duration=request.duration,
    )


def fault_id_of(request: InjectFault) -> str:
    return f"asked-{request.request_id}"
