"""Whether one fault can cause two symptoms, by the signatures of the catalogue.

A fault of a whole node that is known by its links is no explanation before enough of its links show it: until then, two
sick links of a node are two faults.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from shared.domain.catalogue import FAULTS, Role, Signature, SymptomPlace, SymptomSpec, signatures_at
from shared.domain.elements import belongs_to, kind_of, shows_at, spec_of
from shared.domain.events import Anomaly
from shared.domain.kinds import ElementKind
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
            for _, signature in signatures_at(kind_of(self.topology, place))
            if signature.is_of(place)
        )

    def _causes(self, signature: Signature, place: str, one: Anomaly, other: Anomaly) -> bool:
        known = [wanted for wanted in signature.known_by if self._whole(wanted, place, signature)]
        return any(
            any(self._is(wanted, place, first) for wanted in known)
            and (
                any(self._is(wanted, place, second) for wanted in signature.shows)
                or self._takes_along(signature, place, second)
            )
            for first, second in ((one, other), (other, one))
        )

    def _takes_along(self, signature: Signature, place: str, anomaly: Anomaly) -> bool:
        """Return whether an anomaly is of what cannot work while the faulty element does not, such as its sessions."""
        if not signature.explains_all or not belongs_to(self.topology, place, anomaly.element):
            return False
        spec = spec_of(self.topology, anomaly)
        return spec is None or spec.role is not Role.EVIDENCE

    def _whole(self, wanted: SymptomSpec, place: str, signature: Signature) -> bool:
        """Return whether enough links of a node show the symptom that a fault of the whole node is known by."""
        if wanted.place is not SymptomPlace.LINKS:
            return True
        links = self.topology.links_of.get(place, ())
        showing = sum((link, wanted.metric) in self.shown for link in links)
        return showing >= max(2, len(links) - signature.may_miss)

    def _is(self, wanted: SymptomSpec, place: str, anomaly: Anomaly) -> bool:
        if wanted.metric != anomaly.metric or not wanted.has_shape(anomaly.shape):
            return False
        return shows_at(self.topology, place, wanted.place, anomaly.element)


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
        for known in signature.known_by
        if known.metric == metric and _shown_at(known, signature) is kind
        for role in fault.carries
    )


def _shown_at(symptom: SymptomSpec, signature: Signature) -> ElementKind:
    return ElementKind.LINK if symptom.place is SymptomPlace.LINKS else signature.element
