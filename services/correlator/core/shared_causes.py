"""Whether one fault can cause two symptoms, by the signatures of the catalogue.

A fault of a whole node that is known by its links is no explanation before enough of its links show it: until then, two
sick links of a node are two faults.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from shared.domain.catalogue import FAULTS, Role, Signature, SymptomPlace, SymptomSpec
from shared.domain.elements import kind_of, spec_of
from shared.domain.events import Anomaly
from shared.domain.kinds import ElementKind, Shape
from shared.domain.topology import Topology

Key: TypeAlias = tuple[str, str]
"""An element and one of its metrics."""


@dataclass(frozen=True)
class SharedCauses:
    """`shown`: the symptoms that are open now."""

    topology: Topology
    shown: Collection[Key]

    def one_fault_shows(self, one: Anomaly, other: Anomaly) -> bool:
        """Return whether a fault at a shared end of two elements, or at one of them, can cause both anomalies."""
        if one.element not in self.topology or other.element not in self.topology:
            return False
        ends = self.topology.ends(one.element) & self.topology.ends(other.element)
        return any(
            self._causes(signature, place, one, other)
            for place in {one.element, other.element, *ends}
            for signature in _signatures(kind_of(self.topology, place))
        )

    def _causes(self, signature: Signature, place: str, one: Anomaly, other: Anomaly) -> bool:
        pairs = ((one, other), (other, one))
        return any(
            any(
                self._is(wanted, place, first) and self._whole(wanted, place, signature)
                for wanted in known_by(signature)
            )
            and any(self._is(wanted, place, second) for wanted in shown_by(signature))
            for first, second in pairs
        )

    def _whole(self, wanted: SymptomSpec, place: str, signature: Signature) -> bool:
        """Return whether enough links of a node show the symptom that a fault of the whole node is known by."""
        if wanted.place is not SymptomPlace.LINKS:
            return True
        links = self.topology.links_of.get(place, ())
        showing = sum((link, wanted.metric) in self.shown for link in links)
        return showing >= max(2, len(links) - signature.may_miss)

    def _is(self, wanted: SymptomSpec, place: str, anomaly: Anomaly) -> bool:
        flapping = anomaly.shape is Shape.FLAP
        if wanted.metric != anomaly.metric or (wanted.flapping is not None and wanted.flapping is not flapping):
            return False
        match wanted.place:
            case SymptomPlace.SELF:
                return anomaly.element == place
            case SymptomPlace.LINKS:
                return anomaly.element in self.topology.links_of.get(place, ())
            case SymptomPlace.ENDS:
                return anomaly.element in self.topology.ends(place)


def can_carry(topology: Topology, cause: Anomaly, carried: Anomaly) -> bool:
    """Return whether a fault that is known by the anomaly `cause` can also cause the carried symptom `carried`."""
    spec = spec_of(topology, carried)
    return spec is not None and spec.role in _carries(kind_of(topology, cause.element), cause.metric)


@cache
def _carries(kind: ElementKind, metric: str) -> frozenset[Role]:
    return frozenset(
        role
        for fault in FAULTS.values()
        for signature in fault.signatures
        for known in known_by(signature)
        if known.metric == metric and _shown_at(known, signature) is kind
        for role in fault.carries
    )


def _shown_at(symptom: SymptomSpec, signature: Signature) -> ElementKind:
    return ElementKind.LINK if symptom.place is SymptomPlace.LINKS else signature.element


@cache
def _signatures(kind: ElementKind) -> tuple[Signature, ...]:
    return tuple(own for spec in FAULTS.values() for own in spec.signatures if own.element is kind)


def known_by(signature: Signature) -> Iterator[SymptomSpec]:
    yield signature.required
    if signature.instead is not None:
        yield signature.instead


def shown_by(signature: Signature) -> Iterator[SymptomSpec]:
    yield from known_by(signature)
    yield from signature.expected
    yield from signature.explains
