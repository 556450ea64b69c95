"""The metrics: for each, the kind of element, the unit, the label, the role, and how the detector judges it."""

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
    """Whether the element is in service: whether a node answers, or a link is up."""
    WORK = "work"
    """How busy a node is. A busy node does no harm until it has no capacity left."""
    MEMORY = "memory"
    """The share of its memory that a node uses. A leak fills it slowly."""
    LOAD = "load"
    """The share of a link's capacity that is used."""
    DELAY = "delay"
    LOSS = "loss"
    ENABLED = "enabled"
    """Whether the configuration lets the element be in service."""
    CHANGES = "changes"
    """How often the state of the element changed since the sample before."""
    TRAFFIC = "traffic"
    """The amount of traffic. Neither a high nor a low value is a fault."""
    ADJACENCY = "adjacency"
    """Whether two nodes have a session of a routing protocol."""
    SERVING = "serving"
    """Whether a service answers, or a node is served. What keeps a node from being served may be anywhere."""
    REACH = "reach"
    """Whether traffic reaches its end, or a node knows the way. The cause may be anywhere on the way."""
    EVIDENCE = "evidence"
    """Whether the state of a device is as approved. See `device_metrics`."""


@dataclass(frozen=True)
class Judging:
    """How the detector decides that a value is too high.

    A value is too high if it is above the operator's threshold, or if it exceeds the expected value by the largest of:
    the spreads that a healthy element hardly ever strays, `least`, the share `share` of the expected value, and the
    share `spare` of the difference between 100 % and the expected value. `spreads`: how many spreads that are, while
    the detector has recorded little.
    """

    spreads: float
    least: float
    critical: float
    """The limit above which an anomaly is critical: a multiple of the operator's threshold, or, without one, a value.
    """
    share: float = 0.0
    above: float = 0.0
    """A value below this limit is never too high."""
    spare: float = 0.0
    quick: bool = False
    """Fewer samples prove a value that is far too high. Not for a metric that a flap of two samples disturbs."""
    by_path: bool = False
    """The metric grows with the length of a path, so its usual value can be above the operator's threshold."""
    shared: bool = False
    """The metric can rise on all elements at once without a fault."""
    past_threshold: bool = False
    """While the metric rises on all elements at once, the operator's threshold does not apply."""
    grows: bool = False
    """Slow growth of the metric is an anomaly, long before the metric crosses a limit."""


@dataclass(frozen=True)
class StateJudging:
    """How the detector judges a state. `off`: how many consecutive samples prove that it is 0. `on`: how many prove
    that it is 1 again. `flaps`: the state can flap. `says_...`: the words for 0, for 0 at several elements, and for 1.
    """

    off: int = 3
    on: int = 3
    flaps: bool = False
    says_off: str = "is off"
    says_many_off: str = "are off"
    says_on: str = "is on"


@dataclass(frozen=True)
class MetricSpec:
    """One metric of one kind of element. `says`: what a value means. `digits`: the decimals of a sample. `threshold`:
    the setting that is the operator's threshold; None: there is none.
    """

    name: str
    element: ElementKind
    unit: str
    says: str
    label: str
    digits: int
    nature: Nature = Nature.GAUGE
    role: Role | None = None
    carried: bool = False
    """The metric shows that a fault is somewhere on the paths of the traffic of an element, but not where."""
    threshold: str | None = None
    limit: float | None = None
    """The plain threshold of a metric that a catalogue file added; None: there is none."""
    judging: Judging | None = None
    """How the detector judges values that are too high; None: no value is too high."""
    state: StateJudging | None = None
    weight: float = 3.5
    """The weight in a diagnosis of a local symptom of this metric."""

    @property
    def grows(self) -> bool:
        return self.judging is not None and self.judging.grows


CPU_WAITS_TRIPLE = 2 / 3
"""CPU usage does harm when it has used up this share of the capacity that is usually free. Waiting times grow as
1 / (1 - load), so they have tripled then.
"""
LATENCY_RISES = Judging(8, 0, 2, shared=True, past_threshold=True)
LOSS_RISES = Judging(8, 0, 2, shared=True)

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
        judging=Judging(7, 0, 1.15, quick=True, spare=CPU_WAITS_TRIPLE, shared=True, past_threshold=True),
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
        judging=Judging(8, 0, 1.15, spare=0.25, shared=True, grows=True),
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
        judging=Judging(8, 0, 2, share=0.6, by_path=True),
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
        judging=Judging(8, 0, 2),
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
        # A missing sample is null, never 0. So two zeros prove that a node is down. A reboot needs that proof.
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
        judging=Judging(8, 25, 100),
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
        # A link that flaps is down for two samples and up for two. So three equal samples in a row are no flap.
        state=StateJudging(off=3, on=3, flaps=True, says_off="is down", says_many_off="are down", says_on="is up"),
    ),
    MetricSpec(
        "admin_up",
        LINK,
        "",
        "1 or 0: whether both ends have the link enabled (OpenConfig admin-status)",
        "Enabled",
        0,
        nature=Nature.STATE,
        role=Role.ENABLED,
    ),
    MetricSpec(
        "transitions",
        LINK,
        "",
        "changes of up since the sample before (OpenConfig carrier-transitions)",
        "Transitions",
        0,
        nature=Nature.RATE,
        role=Role.CHANGES,
    ),
)
_metrics = {(spec.element, spec.name): spec for spec in _ROWS}
METRICS: Mapping[tuple[ElementKind, str], MetricSpec] = MappingProxyType(_metrics)
"""All metrics by kind of element and name, in the order in which they are displayed."""


def add_metric(spec: MetricSpec) -> None:
    """This must be called before any module derives a table from the catalogue."""
    _metrics[spec.element, spec.name] = spec


def metrics_of(
    element: ElementKind,
    has: Callable[[MetricSpec], bool] = lambda spec: True,
    among: Mapping[tuple[ElementKind, str], MetricSpec] = METRICS,
) -> tuple[MetricSpec, ...]:
    return tuple(spec for spec in among.values() if spec.element is element and has(spec))


def metric_in_role(element: ElementKind, role: Role) -> str:
    """Return the name of the first metric of a kind of element that has a role. Raises KeyError if there is none."""
    found = metrics_of(element, lambda spec: spec.role is role)
    if not found:
        raise KeyError(f"no metric of a {element} has the role {role}")
    return found[0].name
