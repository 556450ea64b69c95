"""The view: it receives every event and every tick, and returns the bodies of the REST calls.

Rules

1. An event or a tick is stored with little work; a body is built when it is requested.
2. A repeated event changes nothing.
3. `now` is the network time of the newest tick; before the first tick, of the newest event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.gateway.core.approvals import Approvals
from services.gateway.core.bodies import (
    ApprovalsBody,
    AveragesBody,
    AveragesPoint,
    ElementBody,
    FaultsBody,
    HistoryBody,
    HistoryPoint,
    LinkBody,
    LogsBody,
    MetricsBody,
    NodeBody,
    ReplicaBody,
    ServiceBody,
    ServicesBody,
    StatusBody,
    Summary,
    TopologyBody,
)
from services.gateway.core.catalogue_bodies import CatalogueBody, catalogue_body
from services.gateway.core.cycle_bodies import CycleBody
from services.gateway.core.cycles import Cycles
from services.gateway.core.elements import DIGITS, LINK_ROLES, NODE_ROLES, Catalogue, ElementPanel, OtherElements, shown
from services.gateway.core.enforcement import Enforcement
from services.gateway.core.faults import FaultList
from services.gateway.core.incidents import IncidentTracker
from services.gateway.core.logs import LogRing
from services.gateway.core.observations import ObservationList
from services.gateway.core.telemetry import FINE_SECONDS, Panel
from shared.domain.capabilities import UNKNOWN, Capabilities
from shared.domain.catalogue import METRICS
from shared.domain.config import OFF
from shared.domain.errors import UnknownTarget
from shared.domain.events import (
    AnomalyObserved,
    AnomalyPassed,
    DiagnosisMade,
    Event,
    FaultCycle,
    FaultEnded,
    FaultStarted,
    IncidentEvent,
    LogLine,
    RemediationEscalated,
    RemediationEvent,
    StabilityStatus,
    StabilityVerdict,
)
from shared.domain.kinds import ElementKind, NodeStatus, ServiceName
from shared.domain.telemetry import LOST_AFTER, Rows, Tick, lost_after
from shared.domain.topology import Topology
from shared.domain.units import rounded

AVERAGED = 4
"""How many of `NODE_ROLES`, from the first on, are averaged over the network: CPU, memory, latency and packet loss."""


class View:
    def __init__(self, topology: Topology, version: str = "", instance: str = "", metrics: Catalogue = METRICS) -> None:
        self.topology = topology
        self.version = version
        self.instance = instance
        self.desired = OFF
        self.config_fault: str | None = None
        self.enforcement = Enforcement()
        self.unauthenticated = False
        self.offered: Capabilities = UNKNOWN
        self.now = 0.0
        self.ticks = 0
        self._stale_after = LOST_AFTER
        self.logs = LogRing()
        self.faults = FaultList()
        self.incidents = IncidentTracker()
        self.observations = ObservationList()
        self.approvals = Approvals(topology, self.incidents)
        self.cycles = Cycles(topology, self.faults, self.incidents)
        self.stability: StabilityStatus | None = None
        self._metrics = metrics
        self._nodes = ElementPanel(ElementKind.NODE, [node.id for node in topology.nodes], metrics)
        self._links = ElementPanel(ElementKind.LINK, [link.id for link in topology.links], metrics)
        self._others = OtherElements(metrics)
        self._neighbours = {node.id: topology.neighbours(node.id) for node in topology.nodes}
        self._services: Mapping[str, tuple[ReplicaBody, ...]] = {}

    def absorb(self, event: Event, time: float) -> None:
        """`time`: when the event was published."""
        if not self.ticks and not isinstance(event, LogLine):  # its process may not know network time
            self.now = max(self.now, time)
        match event:
            case LogLine():
                self.logs.absorb(event)
            case FaultCycle():
                self.cycles.absorb(event)
            case FaultStarted() | FaultEnded():
                self.faults.absorb(event.fault)
            case AnomalyObserved() | AnomalyPassed():
                self.observations.absorb(event)
            case StabilityStatus():
                if self.stability is None or event.at >= self.stability.at:
                    self.stability = event
            case IncidentEvent() | DiagnosisMade() | RemediationEvent() | RemediationEscalated() | StabilityVerdict():
                self.incidents.absorb(event)

    def offer(self, offered: Capabilities) -> None:
        """Adopt what the network offers. Until the first tick, its interval says when telemetry is lost."""
        self.offered = offered
        if not self.ticks and offered.interval:
            self._stale_after = lost_after(offered.interval, speed=1.0)

    def observe(self, tick: Tick) -> None:
        at = tick.instant
        self.now = max(self.now, at) if self.ticks else at
        self.ticks += 1
        self._stale_after = lost_after(tick.interval, tick.speed)
        self._others.admit(tick)
        self._take(tick, tick, at)
        for late in tick.late:
            self._take(tick, late, at - (tick.tick - late.tick) * tick.interval)

    def _take(self, tick: Tick, rows: Rows, at: float) -> None:
        own = ((self._nodes.panel, ElementKind.NODE), (self._links.panel, ElementKind.LINK))
        for panel, kind in (*own, *self._others.panels()):
            panel.observe(tick.partition, tick.interval, rows.tick, at, rows.of(kind))

    def note_services(self, services: Iterable[tuple[str, ReplicaBody]]) -> None:
        by_service: dict[str, tuple[ReplicaBody, ...]] = {}
        for name, replica in services:
            by_service[name] = (*by_service.get(name, ()), replica)
        self._services = by_service

    def status_of(self, node: str) -> NodeStatus:
        return self.stability.nodes.get(node, NodeStatus.HEALTHY) if self.stability else NodeStatus.HEALTHY

    def nodes(self) -> tuple[NodeBody, ...]:
        cpu, memory, latency, loss, throughput = self._nodes.places(NODE_ROLES)
        return tuple(
            NodeBody(
                id=node.id,
                type=node.type,
                status=self.status_of(node.id),
                cpu_usage=shown(row[cpu]),
                memory_usage=shown(row[memory]),
                latency=shown(row[latency]),
                packet_loss=shown(row[loss]),
                throughput=shown(row[throughput]),
                metrics=self._nodes.further(row),
                connections=self._neighbours[node.id],
            )
            for node, row in zip(self.topology.nodes, self._nodes.panel.rows(), strict=True)
        )

    def links(self) -> tuple[LinkBody, ...]:
        load, latency, loss, up = self._links.places(LINK_ROLES)
        return tuple(
            LinkBody(
                id=link.id,
                source=link.source,
                target=link.target,
                capacity=link.capacity,
                utilization=shown(row[load]),
                latency=shown(row[latency]),
                packet_loss=shown(row[loss]),
                metrics=self._links.further(row),
                status="down" if row[up] == 0 else "up",
            )
            for link, row in zip(self.topology.links, self._links.panel.rows(), strict=True)
        )

    def topology_body(self) -> TopologyBody:
        return TopologyBody(nodes=self.nodes(), links=self.links(), timestamp=self.now)

    def elements(self) -> tuple[ElementBody, ...]:
        return self._others.bodies()

    def metrics_body(self, element: str | None = None) -> MetricsBody:
        """The summary is of the whole network. Raises UnknownTarget."""
        nodes = self.nodes()
        others = self.elements()
        known = element is None or element in self.topology.node_by_id or self._others.panel_of(element) is not None
        if not known:
            raise UnknownTarget(
                f"unknown node {element!r}: there are {', '.join(sorted(self.topology.node_by_id)[:12])}"
            )
        return MetricsBody(
            nodes=tuple(body for body in nodes if element in (None, body.id)),
            summary=summary(nodes),
            elements=tuple(body for body in others if element in (None, body.id)),
            elements_left_out=self._others.left_out,
            timestamp=self.now,
        )

    def catalogue_body(self) -> CatalogueBody:
        return catalogue_body(self._metrics.values())

    def history_body(
        self,
        element: str,
        metric: str,
        start: float | None = None,
        end: float | None = None,
        step: float | None = None,
    ) -> HistoryBody:
        """By default of the last ten minutes. Raises UnknownTarget if the element or its metric does not exist."""
        panel = self._panel_of(element)
        if metric not in panel.metrics:
            raise UnknownTarget(f"{element} has no metric {metric!r}: there are {', '.join(panel.metrics)}")
        start, end = self._window(start, end)
        points, taken = panel.history(element, metric, start, end, step)
        return HistoryBody(
            node=element,
            metric=metric,
            step=taken,
            points=tuple(HistoryPoint(at=at, value=rounded(value, DIGITS + 1)) for at, value in points),
        )

    def _panel_of(self, element: str) -> Panel:
        if element in self.topology.node_by_id:
            return self._nodes.panel
        if self.topology.is_link(element):
            return self._links.panel
        if (found := self._others.panel_of(element)) is None:
            raise UnknownTarget(f"no telemetry names {self.topology.require(element)!r}")
        return found

    def averages_body(
        self, start: float | None = None, end: float | None = None, step: float | None = None
    ) -> AveragesBody:
        """By default of the last ten minutes."""
        start, end = self._window(start, end)
        panel = self._nodes.panel
        averaged = [panel.metrics[place] for place in self._nodes.places(NODE_ROLES)[:AVERAGED]]
        read = [panel.averages(metric, start, end, step) for metric in averaged]
        lines = [{at: rounded(value, DIGITS + 1) for at, value in points} for points, _ in read]
        return AveragesBody(
            step=read[0][1],
            points=tuple(
                AveragesPoint(
                    at=at,
                    avg_cpu=lines[0].get(at),
                    avg_memory=lines[1].get(at),
                    avg_latency=lines[2].get(at),
                    avg_packet_loss=lines[3].get(at),
                )
                for at in sorted(set().union(*lines))
            ),
        )

    def _window(self, start: float | None, end: float | None) -> tuple[float, float]:
        end = self.now if end is None else end
        return end - FINE_SECONDS + self._nodes.panel.interval if start is None else start, end

    def logs_body(self) -> LogsBody:
        return LogsBody(logs=self.logs.lines())

    def faults_body(self) -> FaultsBody:
        return FaultsBody(faults=self.faults.all())

    def cycles_due(self) -> list[CycleBody]:
        return self.cycles.due(self.now, self.stability)

    def services_body(self) -> ServicesBody:
        names = (*ServiceName, *sorted(set(self._services) - set(ServiceName)))
        return ServicesBody(
            services=tuple(
                ServiceBody(name=name, status="up" if name in self._services else "down", replicas=self._replicas(name))
                for name in names
            )
        )

    def _replicas(self, name: str) -> tuple[ReplicaBody, ...]:
        return tuple(sorted(self._services.get(name, ()), key=lambda replica: replica.id))

    def approvals_body(self, uptime: float) -> ApprovalsBody:
        enforced = self.enforcement.body(uptime).remediator
        return self.approvals.body(enforced.mode if enforced else self.desired.mode)

    def status_body(self, uptime: float) -> StatusBody:
        """`uptime`: seconds since this gateway started."""
        stability, enforced = self.stability, self.enforcement.body(uptime)
        return StatusBody(
            running=enforced.injector.running if enforced.injector else self.desired.running,
            cycle_count=self.cycles.count,
            uptime=round(uptime, 1),
            mode=enforced.remediator.mode if enforced.remediator else self.desired.mode,
            enforced=enforced,
            config_fault=self.config_fault,
            version=self.version,
            instance=self.instance,
            services={service.name: service.status for service in self.services_body().services},
            network=self.offered,
            network_state=stability.state if stability else None,
            health_percentage=stability.health_percentage if stability else None,
            timestamp=self.now,
            stale_after=self._stale_after,
            unauthenticated=self.unauthenticated,
        )


def summary(nodes: Iterable[NodeBody]) -> Summary:
    nodes = tuple(nodes)
    count = {status: sum(node.status is status for node in nodes) for status in NodeStatus}
    answering = [node for node in nodes if node.status is not NodeStatus.DOWN]
    return Summary(
        total_nodes=len(nodes),
        healthy=count[NodeStatus.HEALTHY],
        affected=count[NodeStatus.AFFECTED],
        degraded=count[NodeStatus.DEGRADED],
        down=count[NodeStatus.DOWN],
        avg_cpu=_mean(node.cpu_usage for node in answering),
        avg_memory=_mean(node.memory_usage for node in answering),
        avg_latency=_mean(node.latency for node in answering),
        avg_packet_loss=_mean(node.packet_loss for node in answering),
    )


def _mean(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return rounded(sum(known) / len(known), DIGITS) if known else 0.0
