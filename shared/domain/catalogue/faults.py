"""The kinds of fault: the targets, the symptoms, the harm and the playbooks of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from shared.domain.catalogue.metrics import Role
from shared.domain.kinds import ActionKind, ElementKind, FaultKind, Shape

NODE, LINK = ElementKind.NODE, ElementKind.LINK


class SymptomPlace(StrEnum):
    """The place of a symptom: the faulty element itself, the links of a faulty node, the nodes of a faulty link,
    interface or service, or what else touches these nodes.
    """

    SELF = "self"
    LINKS = "links"
    ENDS = "ends"
    SESSIONS = "sessions"
    SERVICES = "services"
    PATHS = "paths"


class Harm(StrEnum):
    """What proves the harm of a fault in the telemetry that the remediator itself reads."""

    OFF = "off"
    """The state of the element is 0."""
    FLAPS = "flaps"
    """The state of the element was 0 in one of the last samples."""
    LATE = "late"
    """Latency is well above its usual value."""
    LOST = "lost"
    """Packets are lost."""
    LOADED = "loaded"
    """A node has no capacity left, or its traffic suffers."""
    FILLS = "fills"
    """The metric has reached its limit, or will reach the limit soon."""
    CROWDED = "crowded"
    """A link is full, and its traffic suffers."""
    EVIDENT = "evident"
    """The state of the device differs from the approved one, and something that the fault explains suffers."""
    RAISED = "raised"
    """The value of the metric is above the plain threshold, or well above its usual value."""


@dataclass(frozen=True)
class SymptomSpec:
    """A symptom: the metric that is out of line, and the place relative to the faulty element.

    `flapping`: True: the metric has to flap; False: it must not flap; None: either is accepted. `disabled`: that the
    element is enabled by its configuration counts against the fault.
    """

    metric: str
    place: SymptomPlace = SymptomPlace.SELF
    flapping: bool | None = None
    disabled: bool = False
    for_each: float | None = None
    """The largest rise that one unit of the required symptom explains; None: any rise."""

    def has_shape(self, shape: Shape) -> bool:
        return self.flapping is None or (shape is Shape.FLAP) is self.flapping


@dataclass(frozen=True)
class Signature:
    """The symptoms of a kind of fault at one kind of element. Without the required symptom it is no candidate."""

    element: ElementKind
    required: SymptomSpec
    """The symptom that the fault always shows. If its place is the links of a node, at least two links have to show it,
    and all links except `may_miss`.
    """
    may_miss: int = 0
    expected: tuple[SymptomSpec, ...] = ()
    """Symptoms whose presence counts for the fault."""
    needs_expected: bool = False
    """If all expected symptoms are absent, that counts against the fault."""
    instead: SymptomSpec | None = None
    """A symptom that counts in place of the required symptom, as long as the required symptom cannot have appeared yet.
    All links of the node have to show it.
    """
    explains: tuple[SymptomSpec, ...] = ()
    """Further symptoms that the fault causes."""
    explains_all: bool = False
    """The fault explains every local symptom at the element, and at the links of a node."""
    clears_explained: bool = False
    """A repair has to clear the explained symptoms as well."""
    service: str = ""
    """The kind of service, such as `dns`; empty: any service."""

    def is_of(self, element: str) -> bool:
        """`element`: one of the right kind. Return whether it is the right kind of service as well."""
        return not self.service or element.startswith(f"{self.service}/")

    @property
    def known_by(self) -> tuple[SymptomSpec, ...]:
        return (self.required,) if self.instead is None else (self.required, self.instead)

    @property
    def shows(self) -> tuple[SymptomSpec, ...]:
        return (*self.known_by, *self.expected, *self.explains)


@dataclass(frozen=True)
class FaultSpec:
    """One kind of fault. `harm`: what proves its harm. `signatures`: its symptoms for each kind of target. `actions`:
    the names of the playbooks against it, the best first.
    """

    name: str
    harm: Harm
    signatures: tuple[Signature, ...]
    actions: tuple[str, ...]
    carries: frozenset[Role] = frozenset({Role.DELAY, Role.LOSS})
    """The roles of the carried symptoms that the fault can cause elsewhere."""
    slow: bool = False
    """The fault grows, so it can be detected long before a limit is crossed."""
    flaps: bool = False
    """The fault comes and goes, so it can be recognised only when the link goes down for the second time."""
    load: bool = False
    """The fault can be live without doing harm."""
    of_ports: bool = False
    """The fault is in a port, so a node and its only link count as one place."""
    cuts: bool = False
    """The target carries no traffic while the fault lasts."""
    moves_traffic: bool = False
    """The fault reroutes traffic while it lasts."""
    recovers: float = 0.0
    """Seconds that its symptoms may need to clear after the repair, at most: protocols find each other again."""

    @property
    def kind(self) -> FaultKind:
        return FaultKind.add(self.name)

    @property
    def playbooks(self) -> tuple[ActionKind, ...]:
        return tuple(map(ActionKind.add, self.actions))

    @property
    def targets(self) -> frozenset[ElementKind]:
        return frozenset(signature.element for signature in self.signatures)

    @property
    def primary(self) -> frozenset[str]:
        return frozenset(symptom.metric for signature in self.signatures for symptom in signature.known_by)


def _at(
    *metrics: str, place: SymptomPlace = SymptomPlace.SELF, flapping: bool | None = None
) -> tuple[SymptomSpec, ...]:
    return tuple(SymptomSpec(metric, place, flapping) for metric in metrics)


RETRANSMISSION_MS = 300.0
"""A lost packet is sent again after about so long: 200 ms is the least in use, and RFC 6298 asks for a second. So each
percent of loss explains 3 ms of mean latency.
"""

_ROWS = (
    FaultSpec(
        "high_cpu",
        Harm.LOADED,
        (Signature(NODE, SymptomSpec("cpu_usage")),),
        ("restart_process",),
        carries=frozenset({Role.DELAY}),
        load=True,
    ),
    FaultSpec(
        "high_memory",
        Harm.FILLS,
        (Signature(NODE, SymptomSpec("memory_usage")),),
        ("clear_cache", "restart_process"),
        carries=frozenset(),
        slow=True,
        load=True,
    ),
    FaultSpec(
        "high_latency",
        Harm.LATE,
        (
            Signature(LINK, SymptomSpec("latency")),
            Signature(NODE, SymptomSpec("latency", SymptomPlace.LINKS), may_miss=1),
        ),
        ("reset_interface", "optimize_routing"),
        carries=frozenset({Role.DELAY}),
        of_ports=True,
    ),
    FaultSpec(
        "packet_loss",
        Harm.LOST,
        (  # lost packets are sent again and arrive late, so loss explains latency
            Signature(
                LINK,
                SymptomSpec("packet_loss"),
                explains=(SymptomSpec("latency", for_each=RETRANSMISSION_MS / 100),),
                clears_explained=True,
            ),
            Signature(
                NODE,
                SymptomSpec("packet_loss", SymptomPlace.LINKS),
                may_miss=1,
                explains=(SymptomSpec("latency", SymptomPlace.LINKS, for_each=RETRANSMISSION_MS / 100),),
                clears_explained=True,
            ),
        ),
        ("reset_interface", "optimize_routing"),
        of_ports=True,
    ),
    FaultSpec(
        "node_down",
        Harm.OFF,
        (
            Signature(
                NODE,
                SymptomSpec("reachable"),
                expected=_at("up", place=SymptomPlace.LINKS, flapping=False),
                instead=SymptomSpec("up", SymptomPlace.LINKS, flapping=False),
                explains_all=True,
            ),
        ),
        ("reboot_node",),
        cuts=True,
        moves_traffic=True,
    ),
    FaultSpec(
        "link_down",
        Harm.OFF,
        (Signature(LINK, SymptomSpec("up", flapping=False, disabled=True), explains_all=True),),
        ("enable_link", "optimize_routing"),
        cuts=True,
        moves_traffic=True,
    ),
    FaultSpec(
        "link_flap",
        Harm.FLAPS,
        (Signature(LINK, SymptomSpec("up", flapping=True), explains_all=True),),
        ("reset_interface", "optimize_routing"),
        flaps=True,
        moves_traffic=True,
    ),
    FaultSpec(
        "congestion",
        Harm.CROWDED,
        (
            Signature(
                LINK,
                SymptomSpec("utilization"),
                expected=_at("latency", "packet_loss"),
                needs_expected=True,
                explains=_at("cpu_usage", place=SymptomPlace.ENDS),
            ),
        ),
        ("rate_limit", "optimize_routing"),
        load=True,
    ),
)
_faults = {spec.kind: spec for spec in _ROWS}
FAULTS: Mapping[FaultKind, FaultSpec] = MappingProxyType(_faults)


def add_fault(spec: FaultSpec) -> None:
    """This must be called before any module derives a table from the catalogue."""
    _faults[spec.kind] = spec


def faults_that(has: Callable[[FaultSpec], bool]) -> frozenset[FaultKind]:
    return frozenset(kind for kind, spec in FAULTS.items() if has(spec))


@cache
def signatures_at(kind: ElementKind) -> tuple[tuple[FaultSpec, Signature], ...]:
    """Return the signatures of all faults of a kind of element."""
    return tuple((spec, own) for spec in FAULTS.values() for own in spec.signatures if own.element is kind)


def looks_like(metric: str) -> FaultKind | None:
    """Return the first kind of fault whose required symptom has the given metric; None if there is none."""
    required = ((kind, signature.required.metric) for kind, spec in FAULTS.items() for signature in spec.signatures)
    return next((kind for kind, name in required if name == metric), None)
