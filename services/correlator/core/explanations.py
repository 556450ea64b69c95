"""The texts of the correlator: the pattern of an incident, and the reason for each member."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.domain.catalogue import Role
from shared.domain.elements import has_role, is_carried
from shared.domain.events import Anomaly, Member
from shared.domain.topology import Topology

SAME_TIME = 0.125
"""Anomalies whose onsets are fewer seconds apart began "at the same time"."""
CASCADE_FROM = 5
"""The number of elements from which on an incident with an outage is called a cascade."""
BY_HAND = "put here by a person"
"""The reason for a member that a person moved; the correlator does not merge an incident with such a member."""


def pattern_of(topology: Topology, members: Sequence[Member]) -> str:
    anomalies = [member.anomaly for member in members]
    elements = {anomaly.element for anomaly in anomalies}
    if all(is_carried(topology, anomaly) for anomaly in anomalies):
        return "carried symptoms"
    outage = any(has_role(topology, anomaly, Role.STATE) for anomaly in anomalies)
    if len(elements) == 1:
        return "one element"
    if outage and len(elements) >= CASCADE_FROM:
        return "cascade"
    if _share_a_node(topology, elements):
        return "a node and its links"
    return "one place and its symptoms"


def why_first() -> str:
    return "the first anomaly: it belonged to no open incident"


def why_near(anomaly: Anomaly, other: Anomaly, hops: int) -> str:
    where = "at the same place as" if hops == 0 else f"{_away(hops)} from"
    return f"{where} {other.metric} of {other.element}, {_when(anomaly, other)}"


def why_moved(anomaly: Anomaly, other: Anomaly) -> str:
    return f"bears load that was rerouted when {other.element} failed, {_when(anomaly, other)}"


def why_lasts() -> str:
    return "load that stays although the outage is over that seemed to have moved it here"


def why_carried(other: Anomaly, hops: int) -> str:
    return f"a symptom that traffic carries, {_away(hops)} from {other.metric} of {other.element}"


def why_repair(target: str) -> str:
    return f"while an action for this incident works on {target}"


def why_back() -> str:
    return "the same metric of the same element was in this incident before"


def why_full(incident_id: str) -> str:
    return f"belongs to incident {incident_id}, which has no room for more"


def why_no_room() -> str:
    return "put here since no more incidents may be open"


def _when(anomaly: Anomaly, other: Anomaly) -> str:
    seconds = anomaly.since - other.since
    if abs(seconds) < SAME_TIME:
        return "at the same time"
    return f"{abs(seconds):.2f} s {'later' if seconds > 0 else 'earlier'}"


def _share_a_node(topology: Topology, elements: Iterable[str]) -> bool:
    return bool(frozenset.intersection(*(topology.ends(element) for element in elements)))


def _away(hops: int) -> str:
    return "1 hop" if hops == 1 else f"{hops} hops"
