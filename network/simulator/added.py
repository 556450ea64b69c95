"""Simulates the metrics that a catalogue file adds, with usual values and noise, and the faults that raise them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from network.simulator.arrays import Floats
from network.simulator.noise import Noise, key, salted
from network.simulator.numbered import NumberedTopology
from shared.domain.catalogue import METRICS
from shared.domain.catalogue.simulated import SIMULATED_ACTIONS, SIMULATED_FAULTS, SIMULATED_METRICS
from shared.domain.events import Fault
from shared.domain.kinds import ActionKind, ElementKind, FaultKind

FULL = 100.0
PERCENT = "%"


def added_metrics(element: ElementKind) -> tuple[str, ...]:
    return tuple(name for kind, name in METRICS if kind is element and (kind, name) in SIMULATED_METRICS)


def ended_by(kind: ActionKind) -> frozenset[FaultKind]:
    return SIMULATED_ACTIONS.get(kind, frozenset())


class AddedMetrics:
    def __init__(self, numbered: NumberedTopology, element: ElementKind) -> None:
        self.names = added_metrics(element)
        of_nodes = element is ElementKind.NODE
        self._number = numbered.node_number if of_nodes else numbered.link_number
        keys = numbered.node_keys if of_nodes else numbered.link_keys
        self._noise = [Noise(salted(keys, key("added", name))) for name in self.names]
        self._specs = [(METRICS[element, name], SIMULATED_METRICS[element, name]) for name in self.names]

    def at(self, tick: int, faults: Iterable[Fault]) -> Sequence[Floats]:
        """Return the values of each added metric at one tick. Elements that do not answer have values too."""
        columns = []
        live = [fault for fault in faults if fault.target in self._number]
        for (spec, simulated), noise in zip(self._specs, self._noise, strict=True):
            column = simulated.usual + simulated.noise * noise.at(tick)
            for fault in live:
                rise = SIMULATED_FAULTS.get(fault.kind, {}).get(spec.name, 0.0)
                column[self._number[fault.target]] += rise * fault.strength
            columns.append(np.clip(column, 0.0, FULL) if spec.unit == PERCENT else column)
        return columns
