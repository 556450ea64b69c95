"""Helpers for the tests of the network: faults, commands, and readings by name."""

from __future__ import annotations

from collections.abc import Sequence

from network.host.managed import NetworkEvent
from network.simulated import SimulatedNetwork
from shared.domain.events import Execute, Executed, Fault, FaultEnded
from shared.domain.kinds import ActionKind, FaultKind
from shared.domain.telemetry import Rows, Tick, encode_tick
from shared.domain.topology import default_topology

NOON = 1_700_000_000.0

Reading = dict[str, float | None]


def simulator(seed: int = 1, load: float = 1.0, speed: float = 1.0) -> SimulatedNetwork:
    return SimulatedNetwork(default_topology(), seed=seed, origin=NOON, load=load, speed=speed)


def fault(sim: SimulatedNetwork, kind: FaultKind, target: str, strength: float = 1.0, ttl: float = 60.0) -> Fault:
    return Fault(
        id=f"{kind}@{target}", kind=kind, target=target, strength=strength, started=sim.now, ends=sim.now + ttl
    )


def command(kind: ActionKind, target: str, action_id: str = "i.a1", revert: bool = False) -> Execute:
    return Execute(action_id=action_id, incident_id="i", kind=kind, target=target, fence=1, revert=revert)


def readings(rows: Sequence[Rows]) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    for part in rows:
        for columns in part.elements.values():
            for i, element in enumerate(columns.ids):
                found[element] = {metric: column[i] for metric, column in columns.metrics.items()}
    return found


def course(sim: SimulatedNetwork, ticks: int) -> tuple[list[dict[str, Reading]], list[NetworkEvent]]:
    """Advance by some ticks; return the readings of each, without missing samples, and all events."""
    seen, reported = [], []
    for _ in range(ticks):
        rows, events = sim.sample()
        seen.append({k: v for k, v in readings(rows).items() if any(x is not None for x in v.values())})
        reported += events
    return seen, reported


def mean(seen: Sequence[dict[str, Reading]], element: str, metric: str) -> float:
    values = [x for tick in seen if (x := tick.get(element, {}).get(metric)) is not None]
    return sum(values) / len(values)


def wire(ticks: Sequence[Tick]) -> bytes:
    return b"\n".join(encode_tick(tick) for tick in ticks)


def ended(events: Sequence[NetworkEvent]) -> list[Fault]:
    return [event.fault for event in events if isinstance(event, FaultEnded)]


def executed(events: Sequence[NetworkEvent]) -> list[Executed]:
    return [event for event in events if isinstance(event, Executed)]
