"""What the differences of a device mean: the states of its evidence metrics, and a sentence for each. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from network.devices.evidence.collecting import ServiceFiles
from network.devices.evidence.difference import compared, masked
from network.devices.evidence.meaning.filters import filter_findings
from network.devices.evidence.meaning.findings import Findings, StateFinding, Surroundings
from network.devices.evidence.meaning.routing import routing_findings
from network.devices.evidence.meaning.services import service_findings
from network.devices.evidence.meaning.system import (
    LOOPBACK,
    address_findings,
    file_findings,
    ignored,
    interface_findings,
    process_findings,
    queue_findings,
    route_findings,
    setting_findings,
)
from network.devices.evidence.metrics import (
    AS_APPROVED,
    DIFFERS,
    METRICS_OF,
    DeviceEvidence,
    EvidenceMetric,
    EvidencePoint,
    StateEvidence,
)
from network.devices.evidence.normal.processes import MAX_COMM, ROUTING_DAEMONS
from network.devices.evidence.snapshot import DeviceSnapshot, joined, parts
from shared.domain.kinds import ElementKind

MAX_SENTENCES = 3
"""Sentences of one metric that are shown; the number of the others is added."""

_FINDERS: tuple[Callable[[Surroundings], Findings], ...] = (
    interface_findings,
    address_findings,
    route_findings,
    setting_findings,
    file_findings,
    queue_findings,
    process_findings,
    filter_findings,
    routing_findings,
    service_findings,
)


def evidence_of(
    approved: DeviceSnapshot, found: DeviceSnapshot, services: Sequence[ServiceFiles] = ()
) -> DeviceEvidence:
    """Return what a snapshot says, compared with the approved state of its device."""
    return meaning(Surroundings(approved, found, compared(approved, found), services))


def meaning(around: Surroundings) -> DeviceEvidence:
    findings: dict[EvidencePoint, list[StateFinding]] = defaultdict(list)
    for finder in _FINDERS:
        for finding in finder(around):
            findings[finding.point].append(finding)
    differing = tuple(_evidence(point, findings[point]) for point in sorted(findings))
    states = dict.fromkeys(_known_points(around), AS_APPROVED) | {each.point: DIFFERS for each in differing}
    explained = {path for each in differing for path in each.paths} | {each.path for each in ignored(around)}
    unexplained = tuple(each.path for each in around.differences if each.path not in explained)
    return DeviceEvidence(around.device, states, differing, unexplained)


def _evidence(point: EvidencePoint, findings: Sequence[StateFinding]) -> StateEvidence:
    sentences = list(dict.fromkeys(finding.sentence for finding in findings))
    shown = sentences[:MAX_SENTENCES]
    if len(sentences) > MAX_SENTENCES:
        shown.append(f"and {len(sentences) - MAX_SENTENCES} more")
    paths = dict.fromkeys(path for finding in findings for path in finding.paths)
    return StateEvidence(point, masked("; ".join(shown)), tuple(paths))


_NODE_PARTS: Mapping[EvidenceMetric, str] = {
    **{
        metric: "nft"
        for metric in EvidenceMetric
        if metric.startswith("filter_") and metric != EvidenceMetric.FILTER_PORT
    },
    EvidenceMetric.BLACKHOLE_ROUTES: "route",
    EvidenceMetric.STATIC_ROUTES: "route",
    EvidenceMetric.DEFAULT_ROUTE: "route/main/default",
    EvidenceMetric.POLICY_RULES: "rule",
    EvidenceMetric.FORWARDING: "sysctl",
    EvidenceMetric.KERNEL_SETTINGS: "sysctl",
    EvidenceMetric.RESOLVER: "resolver",
    EvidenceMetric.HOSTS_FILE: "hosts",
    EvidenceMetric.PERMANENT_NEIGHBORS: "neighbour",
    EvidenceMetric.PROCESSES: "busy",
}
"""What has to be known for a metric of a node to have a state."""
_OWNERS: Mapping[str, str] = {"bgp_": "bgpd", "ospf_": "ospfd", "isis_": "isisd", "routing_config": "shared"}
"""The daemon whose lines a metric of the configuration of routing is about."""


def _known_points(around: Surroundings) -> Iterator[EvidencePoint]:
    """Yield the metrics that have a state."""

    def known(path: str) -> bool:
        return around.approved.knows(path) and around.found.knows(path)

    for metric in METRICS_OF[ElementKind.NODE]:
        part = _NODE_PARTS.get(metric)
        if part is not None and known(part):
            yield EvidencePoint(around.device, metric)
        owner = next((owner for start, owner in _OWNERS.items() if metric.startswith(start)), None)
        if owner and known(joined("frr", owner)) and _has(around.approved, joined("frr", owner)):
            yield EvidencePoint(around.device, metric)
    if known("process") and any(joined("process", name) in around.approved.facts for name in ROUTING_DAEMONS):
        yield EvidencePoint(around.device, EvidenceMetric.ROUTING_DAEMONS)
    yield from _interface_points(around, known)
    for service in around.services:
        yield from _service_points(around, service, known)


def _has(state: DeviceSnapshot, prefix: str) -> bool:
    return any(path.startswith(prefix + "/") for path in state.facts)


def _interface_points(around: Surroundings, known: Callable[[str], bool]) -> Iterator[EvidencePoint]:
    needs = {
        EvidenceMetric.ENABLED: "link",
        EvidenceMetric.MTU: "link",
        EvidenceMetric.ADDRESS: "address",
        EvidenceMetric.PREFIX_LENGTH: "address",
        EvidenceMetric.SHAPING: "qdisc",
        EvidenceMetric.FILTER_PORT: "nft",
    }
    names = {parts(path, 3)[1] for path in around.approved.facts if path.startswith("link/")} - {LOOPBACK}
    for name in sorted(names) if known("link") else ():
        element = f"{around.device}:{name}"
        yield EvidencePoint(element, EvidenceMetric.PRESENT)
        if not around.is_gone(name):
            yield from (EvidencePoint(element, metric) for metric, part in needs.items() if known(part))


def _service_points(
    around: Surroundings, service: ServiceFiles, known: Callable[[str], bool]
) -> Iterator[EvidencePoint]:
    element = f"{service.service}/{around.device}"
    process = joined("process", service.process[:MAX_COMM])
    if service.process and known("process") and process in around.approved.facts:
        yield EvidencePoint(element, EvidenceMetric.RUNNING)
        if known("listen") and process in around.found.facts:
            yield EvidencePoint(element, EvidenceMetric.LISTENING)
    upper = joined("service", service.service)
    if not (service.files and known(upper)):
        return
    yield EvidencePoint(element, EvidenceMetric.CONFIGURATION)
    if _has(around.approved, f"{upper}/record"):
        yield EvidencePoint(element, EvidenceMetric.RECORDS)
    if _has(around.approved, f"{upper}/subnet"):
        options = (EvidenceMetric.OPTION_DNS, EvidenceMetric.OPTION_ROUTER, EvidenceMetric.OPTION_MASK)
        yield from (EvidencePoint(element, metric) for metric in (EvidenceMetric.SUBNETS, *options))
