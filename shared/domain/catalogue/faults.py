"""The kinds of fault: what each strikes and shows, whom it harms, and which actions are tried against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.domain.catalogue.metrics import Role
from shared.domain.kinds import ActionKind, ElementKind, FaultKind

NODE, LINK = ElementKind.NODE, ElementKind.LINK


class SymptomPlace(StrEnum):
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
    place: SymptomPlace = SymptomPlace.SELF
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
    """One kind of fault. `actions`: the names of the actions against it, the best first."""

    name: str
    harm: Harm
    signatures: tuple[Signature, ...]
    actions: tuple[str, ...]
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
    def kind(self) -> FaultKind:
        """The name as others use it."""
        return FaultKind.add(self.name)

    @property
    def playbooks(self) -> tuple[ActionKind, ...]:
        """The actions against it, the best first."""
        return tuple(map(ActionKind.add, self.actions))

    @property
    def targets(self) -> frozenset[ElementKind]:
        """The kinds of element at which it can be injected."""
        return frozenset(signature.element for signature in self.signatures)

    @property
    def primary(self) -> frozenset[str]:
        """The metrics by which it shows at the struck element itself, or at the links of a struck node."""
        shown = (symptom for s in self.signatures for symptom in (s.required, s.instead) if symptom is not None)
        return frozenset(symptom.metric for symptom in shown)


def _at(
    *metrics: str, place: SymptomPlace = SymptomPlace.SELF, flapping: bool | None = None
) -> tuple[SymptomSpec, ...]:
    return tuple(SymptomSpec(metric, place, flapping) for metric in metrics)


_ROWS = (
    FaultSpec(
        "high_cpu",
        Harm.LOADED,
        (Signature(NODE, SymptomSpec("cpu_usage")),),
        ("restart_process", "reboot_node"),
        carries=frozenset({Role.DELAY}),
        load=True,
    ),
    FaultSpec(
        "high_memory",
        Harm.FILLS,
        (Signature(NODE, SymptomSpec("memory_usage")),),
        ("clear_cache", "restart_process", "reboot_node"),
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
        (  # what is lost is sent again, and comes late
            Signature(
                LINK,
                SymptomSpec("packet_loss"),
                explains=_at("latency"),
                clears_explained=True,
            ),
            Signature(
                NODE,
                SymptomSpec("packet_loss", SymptomPlace.LINKS),
                may_miss=1,
                explains=_at("latency", place=SymptomPlace.LINKS),
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
        (Signature(LINK, SymptomSpec("up", flapping=False), explains_all=True),),
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
    """Add a kind of fault; call it before anything derives a table from the catalogue."""
    _faults[spec.kind] = spec


def faults_that(has: Callable[[FaultSpec], bool]) -> frozenset[FaultKind]:
    """Return the kinds of which something holds."""
    return frozenset(kind for kind, spec in FAULTS.items() if has(spec))


def looks_like(metric: str) -> FaultKind | None:
    """Return the first kind of fault that requires a metric to be out of line; None where none does."""
    required = ((kind, signature.required.metric) for kind, spec in FAULTS.items() for signature in spec.signatures)
    return next((kind for kind, name in required if name == metric), None)
