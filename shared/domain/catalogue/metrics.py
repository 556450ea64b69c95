"""The metrics: the element of each, its unit and label, its role in rules, and how the detector judges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.domain.kinds import ElementKind

NODE, LINK = ElementKind.NODE, ElementKind.LINK


class Nature(StrEnum):
    """What a sample is: a level, a rate computed from a counter, or a state that is 1 (good) or 0 (bad)."""

    GAUGE = "gauge"
    RATE = "rate"
    STATE = "state"


class Role(StrEnum):
    """The part of a metric in the rules that combine several metrics, whatever its name."""

    STATE = "state"
    """Whether the element is in service: a node answers, a link is up."""
    WORK = "work"
    """How busy a node is. Work does no harm until the node has no capacity left."""
    MEMORY = "memory"
    """Memory, which a leak fills slowly."""
    LOAD = "load"
    """The share of a link's capacity that is used."""
    DELAY = "delay"
    LOSS = "loss"
    TRAFFIC = "traffic"
    """The amount of traffic; neither a high nor a low value is a fault."""


@dataclass(frozen=True)
class Judging:
    """How the detector decides that a value is too high.

    A value is too high if it is above the operator's threshold, or if it exceeds the expected value by the largest of
    these: `spreads` spreads, `least`, `share` of the expected value, `spare` of the distance from that to 100 %.
    """

    spreads: float
    least: float
    least_spread: float
    """The lower limit of the spread."""
    critical: float
    """The limit of a critical anomaly: a multiple of the operator's threshold if there is one, else a value."""
    share: float = 0.0
    above: float = 0.0
    """A value below this is never too high."""
    spare: float = 0.0
    quick: bool = False
    """Fewer samples prove a value that is far too high. Not for a metric that a flap of two samples disturbs."""
    by_path: bool = False
    """The metric grows with the length of the path, so the usual value may be above the operator's threshold."""
    shared: bool = False
    """The metric may rise on all elements at once without a fault."""
    past_threshold: bool = False
    """While the metric rises on all elements at once, the operator's threshold is not applied."""
    grows: bool = False
    """Slow growth is an anomaly, long before a limit is crossed."""


@dataclass(frozen=True)
class StateJudging:
    """How a state is judged: how many consecutive samples prove 0 (`off`) and 1 again (`on`), whether the state can
    flap, and the words for each of these.
    """

    off: int = 3
    on: int = 3
    flaps: bool = False
    says_off: str = "is off"
    says_many_off: str = "are off"
    says_on: str = "is on"


@dataclass(frozen=True)
class MetricSpec:
    """One metric of one kind of element. `threshold`: the name of the operator's threshold in the settings."""

    name: str
    element: ElementKind
    unit: str
    says: str
    label: str
    digits: int
    nature: Nature = Nature.GAUGE
    role: Role | None = None
    carried: bool = False
    """The metric shows that a fault is somewhere on the paths of an element's traffic, but not where."""
    threshold: str | None = None
    limit: float | None = None
    """The threshold of a metric that a catalogue file added, since the settings have no threshold for it."""
    judging: Judging | None = None
    """How a level is judged; None: the metric is never judged as a level."""
    state: StateJudging | None = None
    weight: float = 3.5
    """The weight of the metric in a diagnosis, as a local symptom."""

    @property
    def grows(self) -> bool:
        return self.judging is not None and self.judging.grows


CPU_WAITS_TRIPLE = 2 / 3
"""A processor does harm when it has lost this share of its spare capacity. Waiting times grow as 1 / (1 - load), so
they have tripled then.
"""
LATENCY_RISES = Judging(8, 6, 0.2, 2, share=0.6, shared=True, past_threshold=True)
LOSS_RISES = Judging(8, 1, 0.05, 2, shared=True)

_ROWS = (
    MetricSpec(
        "cpu_usage",
        NODE,
        "%",
        "%",
        "CPU",
        2,
        role=Role.WORK,
        weight=4.0,
        threshold="cpu_usage",
        judging=Judging(7, 15, 0.7, 1.15, quick=True, spare=CPU_WAITS_TRIPLE, shared=True, past_threshold=True),
    ),
    MetricSpec(
        "memory_usage",
        NODE,
        "%",
        "%",
        "Memory",
        2,
        role=Role.MEMORY,
        weight=5.0,
        threshold="memory_usage",
        judging=Judging(8, 12, 0.7, 1.15, shared=True, grows=True),
    ),
    MetricSpec(
        "latency",
        NODE,
        "ms",
        "ms, mean over the paths of the node's traffic",
        "Latency",
        2,
        role=Role.DELAY,
        carried=True,
        threshold="latency",
        judging=Judging(8, 6, 0.2, 2, share=0.6, by_path=True),
    ),
    MetricSpec(
        "packet_loss",
        NODE,
        "%",
        "%, mean over the paths of the node's traffic",
        "Packet loss",
        3,
        role=Role.LOSS,
        weight=4.0,
        carried=True,
        threshold="packet_loss",
        judging=Judging(8, 1, 0.05, 2),
    ),
    MetricSpec("throughput", NODE, "Mbit/s", "Mbit/s", "Throughput", 1, nature=Nature.RATE, role=Role.TRAFFIC),
    MetricSpec(
        "reachable",
        NODE,
        "",
        "1 or 0; all metrics empty: the sample is missing",
        "Reachable",
        0,
        nature=Nature.STATE,
        role=Role.STATE,
        weight=6.0,
        # A missing sample is null, never 0. So two zeros prove that a node is down, and a reboot needs that proof.
        state=StateJudging(off=2, on=2, says_off="does not answer", says_many_off="do not answer", says_on="answers"),
    ),
    MetricSpec(
        "utilization",
        LINK,
        "%",
        "% of capacity",
        "Utilisation",
        2,
        role=Role.LOAD,
        judging=Judging(8, 25, 1, 100),
    ),
    MetricSpec("latency", LINK, "ms", "ms", "Latency", 2, role=Role.DELAY, threshold="latency", judging=LATENCY_RISES),
    MetricSpec(
        "packet_loss",
        LINK,
        "%",
        "%",
        "Packet loss",
        3,
        role=Role.LOSS,
        weight=4.0,
        threshold="packet_loss",
        judging=LOSS_RISES,
    ),
    MetricSpec(
        "up",
        LINK,
        "",
        "1 or 0; all metrics empty: the sample is missing",
        "Up",
        0,
        nature=Nature.STATE,
        role=Role.STATE,
        weight=5.0,
        # A flap is down for two samples and up for two: three equal samples in a row are no flap.
        state=StateJudging(off=3, on=3, flaps=True, says_off="is down", says_many_off="are down", says_on="is up"),
    ),
)
_metrics = {(spec.element, spec.name): spec for spec in _ROWS}
METRICS: Mapping[tuple[ElementKind, str], MetricSpec] = MappingProxyType(_metrics)
"""The metrics by kind of element and name, in the order in which they are displayed."""


def add_metric(spec: MetricSpec) -> None:
    """Add a metric. Call this before any module derives a table from the catalogue."""
    _metrics[spec.element, spec.name] = spec


def metrics_of(
    element: ElementKind,
    has: Callable[[MetricSpec], bool] = lambda spec: True,
    among: Mapping[tuple[ElementKind, str], MetricSpec] = METRICS,
) -> tuple[MetricSpec, ...]:
    """Return the metrics of a kind of element that pass a test, in catalogue order."""
    return tuple(spec for spec in among.values() if spec.element is element and has(spec))


def metric_in_role(element: ElementKind, role: Role) -> str:
    """Return the name of the metric that has a role at a kind of element. Raises KeyError if there is none."""
    found = metrics_of(element, lambda spec: spec.role is role)
    if not found:
        raise KeyError(f"no metric of a {element} has the role {role}")
    return found[0].name
