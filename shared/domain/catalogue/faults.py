"""The kinds of fault: what each strikes and shows, whom it harms, and which actions are tried against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.domain.catalogue.metrics import Role
from shared.domain.kinds import ActionKind, ElementKind, FaultKind, LinkMetric, NodeMetric

NODE, LINK = ElementKind.NODE, ElementKind.LINK


class Place(StrEnum):
    """Where a symptom of a fault shows: at the element itself, at the links of a node, at the ends of a link."""

    SELF = "self"
    LINKS = "links"
    ENDS = "ends"


class Harm(StrEnum):
    """What proves that a fault of a kind harms somebody, in the remediator's own look at the telemetry."""

    OFF = "off"
    """The state is off."""
    FLAPS = "flaps"
    """The state was off in one of the last samples."""
    LATE = "late"
    """Traffic is late, well beyond what is usual there."""
    LOST = "lost"
    """Traffic is lost."""
    LOADED = "loaded"
    """A node has no room left, or its traffic suffers."""
    FILLS = "fills"
    """The limit is reached, or will be soon."""
    CROWDED = "crowded"
    """A link is full, and its traffic suffers."""
    RAISED = "raised"
    """The value is beyond the operator's threshold, or well beyond what is usual there."""


@dataclass(frozen=True)
class SymptomSpec:
    """A metric that is out of line at a place. `flapping`: only where it flaps, or only where it does not."""

    metric: str
    place: Place = Place.SELF
    flapping: bool | None = None


@dataclass(frozen=True)
class Signature:
    """What a fault shows at one kind of element. It is proposed only where the required symptom is there."""

    element: ElementKind
    required: SymptomSpec
    """At the links of a node: two or more show it, and all but `may_miss` of them."""
    may_miss: int = 0
    expected: tuple[SymptomSpec, ...] = ()
    """What it is named for besides, where it is there."""
    needs_expected: bool = False
    """It counts against the fault that nothing of the expected is there."""
    instead: SymptomSpec | None = None
    """What all links of a node show before the required symptom has had time to show."""
    explains: tuple[SymptomSpec, ...] = ()
    """What it accounts for besides."""
    explains_all: bool = False
    """It accounts for every local symptom at the element, and at the links of a node."""
    clears_explained: bool = False
    """A repair must clear what is explained, too."""


@dataclass(frozen=True)
class FaultSpec:
    """One kind of fault. `playbooks`: the actions against it, the best first."""

    kind: FaultKind
    harm: Harm
    signatures: tuple[Signature, ...]
    playbooks: tuple[ActionKind, ...]
    carries: frozenset[Role] = frozenset({Role.DELAY, Role.LOSS})
    """Which of the symptoms that traffic carries it can have caused."""
    slow: bool = False
    """It grows: it can be found long before a limit is crossed."""
    flaps: bool = False
    """It comes and goes: it can be named at its second fall only."""
    load: bool = False
    """It may be there and harm nobody."""
    of_ports: bool = False
    """It sits in a port, so that a node and a link of that node are one place."""
    cuts: bool = False
    """What it strikes carries nothing while it lasts."""
    moves_traffic: bool = False
    """While it lasts, traffic takes another way."""

    @property
    def strikes(self) -> frozenset[ElementKind]:
        """The kinds of element that it can be at."""
        return frozenset(signature.element for signature in self.signatures)

    @property
    def primary(self) -> frozenset[str]:
        """The metrics by which it shows at the struck element itself, or at the links of a struck node."""
        shown = (symptom for s in self.signatures for symptom in (s.required, s.instead) if symptom is not None)
        return frozenset(symptom.metric for symptom in shown)


def _at(*metrics: str, place: Place = Place.SELF, flapping: bool | None = None) -> tuple[SymptomSpec, ...]:
    return tuple(SymptomSpec(metric, place, flapping) for metric in metrics)


FAULTS: Mapping[FaultKind, FaultSpec] = MappingProxyType(
    {
        spec.kind: spec
        for spec in (
            FaultSpec(
                FaultKind.HIGH_CPU,
                Harm.LOADED,
                (Signature(NODE, SymptomSpec(NodeMetric.CPU_USAGE)),),
                (ActionKind.RESTART_PROCESS, ActionKind.REBOOT_NODE),
                carries=frozenset({Role.DELAY}),
                load=True,
            ),
            FaultSpec(
                FaultKind.HIGH_MEMORY,
                Harm.FILLS,
                (Signature(NODE, SymptomSpec(NodeMetric.MEMORY_USAGE)),),
                (ActionKind.CLEAR_CACHE, ActionKind.RESTART_PROCESS, ActionKind.REBOOT_NODE),
                carries=frozenset(),
                slow=True,
                load=True,
            ),
            FaultSpec(
                FaultKind.HIGH_LATENCY,
                Harm.LATE,
                (
                    Signature(LINK, SymptomSpec(LinkMetric.LATENCY)),
                    Signature(NODE, SymptomSpec(LinkMetric.LATENCY, Place.LINKS), may_miss=1),
                ),
                (ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
                carries=frozenset({Role.DELAY}),
                of_ports=True,
            ),
            FaultSpec(
                FaultKind.PACKET_LOSS,
                Harm.LOST,
                (  # what is lost is sent again, and comes late
                    Signature(
                        LINK,
                        SymptomSpec(LinkMetric.PACKET_LOSS),
                        explains=_at(LinkMetric.LATENCY),
                        clears_explained=True,
                    ),
                    Signature(
                        NODE,
                        SymptomSpec(LinkMetric.PACKET_LOSS, Place.LINKS),
                        may_miss=1,
                        explains=_at(LinkMetric.LATENCY, place=Place.LINKS),
                        clears_explained=True,
                    ),
                ),
                (ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
                of_ports=True,
            ),
            FaultSpec(
                FaultKind.NODE_DOWN,
                Harm.OFF,
                (
                    Signature(
                        NODE,
                        SymptomSpec(NodeMetric.REACHABLE),
                        expected=_at(LinkMetric.UP, place=Place.LINKS, flapping=False),
                        instead=SymptomSpec(LinkMetric.UP, Place.LINKS, flapping=False),
                        explains_all=True,
                    ),
                ),
                (ActionKind.REBOOT_NODE,),
                cuts=True,
                moves_traffic=True,
            ),
            FaultSpec(
                FaultKind.LINK_DOWN,
                Harm.OFF,
                (Signature(LINK, SymptomSpec(LinkMetric.UP, flapping=False), explains_all=True),),
                (ActionKind.ENABLE_LINK, ActionKind.OPTIMIZE_ROUTING),
                cuts=True,
                moves_traffic=True,
            ),
            FaultSpec(
                FaultKind.LINK_FLAP,
                Harm.FLAPS,
                (Signature(LINK, SymptomSpec(LinkMetric.UP, flapping=True), explains_all=True),),
                (ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
                flaps=True,
                moves_traffic=True,
            ),
            FaultSpec(
                FaultKind.CONGESTION,
                Harm.CROWDED,
                (
                    Signature(
                        LINK,
                        SymptomSpec(LinkMetric.UTILIZATION),
                        expected=_at(LinkMetric.LATENCY, LinkMetric.PACKET_LOSS),
                        needs_expected=True,
                        explains=_at(NodeMetric.CPU_USAGE, place=Place.ENDS),
                    ),
                ),
                (ActionKind.RATE_LIMIT, ActionKind.OPTIMIZE_ROUTING),
                load=True,
            ),
        )
    }
)


def faults_that(has: Callable[[FaultSpec], bool]) -> frozenset[FaultKind]:
    """Return the kinds of which something holds."""
    return frozenset(kind for kind, spec in FAULTS.items() if has(spec))


def looks_like(metric: str) -> FaultKind | None:
    """Return the first kind of fault that requires a metric to be out of line; None where none does."""
    required = ((kind, signature.required.metric) for kind, spec in FAULTS.items() for signature in spec.signatures)
    return next((kind for kind, name in required if name == metric), None)


STRIKES_NODES = faults_that(lambda fault: NODE in fault.strikes)
STRIKES_LINKS = faults_that(lambda fault: LINK in fault.strikes)
