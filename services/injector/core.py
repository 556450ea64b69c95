"""The campaign: when the next cycle turns, whether a fault strikes in it, which one, where and how hard.

Rules: what a cycle would choose is a function of (seed, cycle number) alone, so that whoever takes over chooses the
same. What is live only takes choices away. The core does not know whether a strike landed: `live` says so.
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

SETTLE = 6.0
"""Network seconds between the end of one fault and the next, where faults come one at a time: one incident each."""
WEAKEST, STRONGEST = 0.5, 1.0


class Campaign:
    """The injector's clock and its seeded choices; `number` is the last cycle that turned.

    `offered`: what the network can be broken by; where it offers no faults, or says nothing, no cycle turns.
    """

    def __init__(self, topology: Topology, seed: int, number: int = 0) -> None:
        self.topology = topology
        self.seed = seed
        self.offered: Capabilities = UNKNOWN
        self.number = number
        self._due: float | None = None
        self._last_cycle: float | None = None
        self._live: frozenset[str] = frozenset()
        self._calm_since: float | None = None

    @property
    def due(self) -> float | None:
        """When the next cycle turns, in network time; None while the campaign does not run."""
        return self._due

    def saw(self, cycle: FaultCycle) -> None:
        """Take note of a cycle that was published, by us or by a leader before us: the count goes on from there."""
        if cycle.number > self.number:
            self.number = cycle.number
            self._last_cycle = cycle.at
            self._due = None

    def advance(
        self, now: float, desired: Desired, live: Sequence[Fault], struck: int
    ) -> list[FaultCycle | ApplyFault]:
        """Return the cycle that turned by `now`, if one did, and the strike that it brings, if it brings one.

        `live` may also hold faults that ended; `struck` is how many faults the campaign has struck so far.
        """
        self._watch(now, live)
        if not desired.running or not self.offered.faults:
            self._due = self._last_cycle = None
            return []
        if not self._turned(now, desired.interval):
            return []
        self.number += 1
        cycle = FaultCycle(number=self.number, at=now, interval=desired.interval)
        strike = self._strike(now, desired, [fault for fault in live if fault.ended is None], struck)
        return [cycle, strike] if strike else [cycle]

    def _turned(self, now: float, interval: float) -> bool:
        if self._due is None:
            # Whoever takes over keeps the rhythm of the leader before, and never owes more than one cycle.
            since = now if self._last_cycle is None else self._last_cycle
            self._due = max(now, since + interval)
        # A shorter interval counts at once, and so does a network whose time was set back.
        self._due = min(self._due, now + interval)
        if now < self._due:
            return False
        behind = now - self._due >= interval
        self._due = now + interval if behind else self._due + interval
        return True

    def _watch(self, now: float, faults: Sequence[Fault]) -> None:
        """Remember when the last fault ended, whether the caller still lists it or not."""
        live = frozenset(fault.id for fault in faults if fault.ended is None)
        ends = [fault.ended for fault in faults if fault.ended is not None and fault.ended <= now]
        if self._live - live - {fault.id for fault in faults}:
            ends.append(now)
        self._live = live
        if ends:
            self._calm_since = max(ends) if self._calm_since is None else max(self._calm_since, *ends)

    def _strike(self, now: float, desired: Desired, live: Sequence[Fault], struck: int) -> ApplyFault | None:
        if desired.max_faults is not None and struck >= desired.max_faults:
            return None
        if len(live) >= desired.at_once:
            return None
        if desired.at_once == 1 and self._calm_since is not None and 0 <= now - self._calm_since < SETTLE:
            return None
        return self._choose(desired, live)

    def _choose(self, desired: Desired, live: Sequence[Fault]) -> ApplyFault | None:
        random = Random(f"{self.seed}/{self.number}")
        if random.random() >= desired.chance:
            return None
        strength = round(random.uniform(WEAKEST, STRONGEST), 3)
        kind = _card(self._playable(desired), self.seed, self.number)
        if kind is None:
            return None
        targets = self._targets(kind, desired)
        random.shuffle(targets)
        touched = {end for fault in live for end in self.topology.ends(fault.target)}
        target = next((target for target in targets if not touched & self.topology.ends(target)), None)
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

    def _playable(self, desired: Desired) -> list[FaultKind]:
        kinds = dict.fromkeys(desired.kinds)
        return [kind for kind in kinds if self._targets(kind, desired)]

    def _targets(self, kind: FaultKind, desired: Desired) -> list[str]:
        targets = fitting(self.topology, kind, desired.targets)
        return [target for target in targets if self.offered.offers_fault(kind, target, self.topology)]


def _card(kinds: Sequence[FaultKind], seed: int, number: int) -> FaultKind | None:
    """Return the kind of cycle `number`: the kinds are dealt from one shuffled deck after another."""
    if not kinds:
        return None
    deck, place = divmod(number - 1, len(kinds))
    cards = list(kinds)
    Random(f"{seed}/deck/{deck}").shuffle(cards)
    return cards[place]


def ordered(asked: InjectFault, topology: Topology, live: Collection[Fault], offered: Capabilities) -> ApplyFault:
    """Return the strike that a person asked for. Raises UnknownTarget or Refused, saying what would do."""
    if not offered.faults:
        raise Refused(offered.no_faults)
    target = require_fitting(topology, asked.kind, asked.target)
    if reason := offered.fault_refusal(asked.kind, target, topology):
        raise Refused(reason)
    if len(live) >= MAX_LIVE:
        raise Refused(f"{len(live)} faults are live, the most there may be: wait, or end one of them")
    return ApplyFault(
        fault_id=fault_id_of(asked),
        kind=asked.kind,
        target=target,
        strength=asked.strength,
        duration=asked.duration,
    )


def fault_id_of(asked: InjectFault) -> str:
    """Return the id of the fault that a request makes: asking twice is one fault."""
    return f"asked-{asked.request_id}"
