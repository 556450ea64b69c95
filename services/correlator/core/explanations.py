"""The words in which the correlator says to a person what it did and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.domain.catalogue import Role
from shared.domain.elements import has_role, is_carried
from shared.domain.events import Anomaly, Member
from shared.domain.topology import Topology

SAME_TIME = 0.125
"""Seconds; what is less apart is called simultaneous."""
CASCADE_FROM = 5
"""Elements from which on an incident that began with something dead is called a cascade."""
BY_HAND = "put here by a person"
"""Why a member is where a person moved it; the correlator leaves such an incident apart."""


def pattern_of(topology: Topology, members: Sequence[Member]) -> str:
    """Return a short phrase for what the members look like together."""
    anomalies = [member.anomaly for member in members]
    elements = {anomaly.element for anomaly in anomalies}
    if all(is_carried(topology, anomaly) for anomaly in anomalies):
        return "carried symptoms"
    dead = any(has_role(topology, anomaly, Role.STATE) for anomaly in anomalies)
    if len(elements) == 1:
        return "one element"
    if dead and len(elements) >= CASCADE_FROM:
        return "cascade"
    if _one_hub(topology, elements):
        return "a node and its links"
    return "one place and its symptoms"


def why_first() -> str:
    """Say why an anomaly opened an incident."""
    return "the first anomaly: it belonged to no open incident"


def why_near(anomaly: Anomaly, other: Anomaly, hops: int) -> str:
    """Say why an anomaly joined another's incident."""
    where = "at the same place as" if hops == 0 else f"{_away(hops)} from"
    return f"{where} {other.metric} of {other.element}, {_when(anomaly, other)}"


def why_moved(anomaly: Anomaly, other: Anomaly) -> str:
    """Say that an element bears load which took another way."""
    return f"bears load that took another way when {other.element} fell out, {_when(anomaly, other)}"


def why_carried(other: Anomaly, hops: int) -> str:
    """Say that an anomaly is a symptom that traffic carries."""
    return f"a symptom that traffic carries, {_away(hops)} from {other.metric} of {other.element}"


def why_repair(target: str, hops: int) -> str:
    """Say that an anomaly is what our own action costs."""
    where = "at" if hops == 0 else f"{_away(hops)} from"
    return f"{where} {target}, while an action for this incident works on it"


def why_back() -> str:
    """Say that the same metric was in the incident before."""
    return "the same metric of the same element was in this incident before"


def why_full(incident_id: str) -> str:
    """Say that an anomaly is apart from the incident that it belongs to."""
    return f"belongs to incident {incident_id}, which has no room for more"


def why_no_room() -> str:
    """Say that an anomaly was put where there was room."""
    return "put here since as many incidents are open as may be"


def _when(anomaly: Anomaly, other: Anomaly) -> str:
    seconds = anomaly.since - other.since
    if abs(seconds) < SAME_TIME:
        return "at the same time"
    return f"{abs(seconds):.2f} s {'later' if seconds > 0 else 'earlier'}"


def _one_hub(topology: Topology, elements: Iterable[str]) -> bool:
    return bool(frozenset.intersection(*(topology.ends(element) for element in elements)))


def _away(hops: int) -> str:
    return "1 hop" if hops == 1 else f"{hops} hops"
