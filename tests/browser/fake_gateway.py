"""A fake gateway for a page: frames and responses about an invented network, made with the gateway's own models."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

from playwright.sync_api import Page, Route, WebSocketRoute
from pydantic import BaseModel

from services.gateway.core.approvals import MAX_APPROVALS
from services.gateway.core.bodies import (
    ActionBody,
    ApprovalBody,
    ApprovalsBody,
    AveragesBody,
    AveragesPoint,
    CauseBody,
    CauseInBrief,
    EnforcedBody,
    HistoryBody,
    HistoryPoint,
    IncidentBody,
    IncidentDetail,
    LinkBody,
    LogBody,
    MemberBody,
    NodeBody,
    ProposalBody,
    Stats,
    StatusBody,
    Summary,
    TimelineEntry,
)
from services.gateway.core.catalogue_bodies import CatalogueBody, catalogue_body
from services.gateway.core.observation_bodies import ObservationBody, OpenObservationsBody
from shared.domain.kinds import (
    ActionKind,
    ActionState,
    FaultKind,
    IncidentState,
    Level,
    Mode,
    NodeStatus,
    NodeType,
    Resolution,
    ServiceName,
    Severity,
)
from shared.domain.topology import Link, Node, Topology

START = datetime(2030, 1, 1, 12, tzinfo=UTC)
EVIDENCE = (
    "the latency of everything behind it rose at the same time, and of nothing else, which nothing but it explains"
)


@dataclass
class FakeGateway:
    """The state that the page receives: a topology, incidents and log lines; `at` is the network time.

    `members` are in every incident besides its cause; `silent` are the services that do not answer. `history_requests`
    has the query of each request for past averages. `further` are metrics of every node without a field of their own,
    `elements` are the other elements of the telemetry.
    """

    topology: Topology
    incidents: int = 0
    lines: int = 0
    line: str = "nothing of note"
    at: datetime = START
    degraded: bool = False
    affected: set[str] = field(default_factory=set)
    instance: str = "fake"
    comments: tuple[str, ...] = ()
    down: set[str] = field(default_factory=set)
    past_cpu: float = 99.99
    silent: set[ServiceName] = field(default_factory=set)
    members: tuple[str, ...] = ()
    catalogue: CatalogueBody = field(default_factory=catalogue_body)
    further: dict[str, float | None] = field(default_factory=dict)
    elements: list[object] = field(default_factory=list)
    history_requests: list[dict[str, str]] = field(default_factory=list)
    observations: list[ObservationBody] = field(default_factory=list)
    sockets: list[WebSocketRoute] = field(default_factory=list)
    frames: int = 0

    def on(self, page: Page) -> None:
        page.route_web_socket("**/ws*", self._socket)
        page.route(re.compile(r"/api/(incidents|metrics/history|logs)\b"), self._call)

    def send_metrics(self) -> None:
        self.at += timedelta(seconds=0.25)
        self.sockets[-1].send(self.frame("metrics_update", self.metrics()))

    def send_log(self, count: int) -> None:
        lines = [self._line(self.lines + i) for i in range(count)]
        self.lines += count
        self.sockets[-1].send(self.frame("logs_update", lines))

    def incident_id(self, number: int) -> str:
        return f"{self._element(number)}.latency.{number}"

    def _socket(self, route: WebSocketRoute) -> None:
        self.sockets.append(route)
        route.send(self.snapshot())

    def _call(self, route: Route) -> None:
        path, _, query = route.request.url.partition("/api/")[2].partition("?")
        name = unquote(path.removeprefix("incidents").removeprefix("/"))
        if path == "logs":
            body: object = {"logs": [self._line(i) for i in range(max(0, self.lines - 1000), self.lines)]}
        elif path.endswith("averages"):
            self.history_requests.append(dict(parse_qsl(query)))
            body = self._averages()
        elif path.startswith("metrics"):
            body = self._history(dict(part.split("=", 1) for part in query.split("&")))
        elif name:
            body = dumped(self._detail(int(name.rpartition(".")[2])))
        else:
            body = self.page(int(dict(parse_qsl(query))["limit"]))
        route.fulfill(json=body)

    def frame(self, event: str, data: object) -> str:
        self.frames += 1
        return json.dumps({"event": event, "seq": f"fake-{self.frames}", "data": data})

    def snapshot(self) -> str:
        metrics = self.metrics()
        shape = {"nodes": metrics["nodes"], "links": self.links(), "timestamp": self._at()}
        data = {
            "status": dumped(self._status()),
            "topology": shape,
            "metrics": metrics,
            "catalogue": dumped(self.catalogue),
            "logs": [self._line(i) for i in range(max(0, self.lines - 50), self.lines)],
            "incidents": self.page(),
            "approvals": dumped(self.approvals()),
            "observations": dumped(self.open_observations()),
            "cycle": None,
            "cycles": [],
        }
        return self.frame("snapshot", data)

    def metrics(self) -> dict[str, Any]:
        nodes = [dumped(self.node(i, node)) for i, node in enumerate(self.topology.nodes)]
        return {"nodes": nodes, "summary": dumped(self.summary()), "elements": self.elements, "timestamp": self._at()}

    def links(self) -> list[object]:
        return [dumped(self.link(link)) for link in self.topology.links]

    def _at(self) -> str:
        return self.at.isoformat().replace("+00:00", "Z")

    def _status(self) -> StatusBody:
        return StatusBody(
            running=True,
            cycle_count=123456,
            uptime=1.0,
            mode=Mode.APPROVE,
            enforced=EnforcedBody(injector=None, remediator=None),
            config_fault=None,
            version="0",
            instance=self.instance,
            services={name: "down" if name in self.silent else "up" for name in ServiceName},
            network_state="recovering",
            health_percentage=None if not self.topology.nodes else 93.8,
            timestamp=self.at.timestamp(),
        )

    def node(self, number: int, node: Node) -> NodeBody:
        """Its figures are as long as they get."""
        return NodeBody(
            id=node.id,
            type=node.type,
            status=self._status_of(node.id),
            cpu_usage=99.99,
            memory_usage=88.88,
            latency=12345.6,
            packet_loss=55.55,
            throughput=1234567.0,
            metrics=self.further,
            connections=self.topology.neighbours(node.id),
        )

    def _status_of(self, node: str) -> NodeStatus:
        if node in self.down:
            return NodeStatus.DOWN
        if self.degraded:
            return NodeStatus.DEGRADED
        return NodeStatus.AFFECTED if node in self.affected else NodeStatus.HEALTHY

    def link(self, link: Link) -> LinkBody:
        return LinkBody(
            id=link.id,
            source=link.source,
            target=link.target,
            capacity=link.capacity,
            utilization=99.99,
            latency=12345.6,
            packet_loss=55.55,
            status="down" if self.degraded else "up",
        )

    def summary(self) -> Summary:
        count = Counter(self._status_of(node.id) for node in self.topology.nodes)
        return Summary(
            total_nodes=count.total(),
            healthy=count[NodeStatus.HEALTHY],
            affected=count[NodeStatus.AFFECTED],
            degraded=count[NodeStatus.DEGRADED],
            down=count[NodeStatus.DOWN],
            avg_cpu=99.99,
            avg_memory=88.88,
            avg_latency=12345.6,
            avg_packet_loss=55.55,
        )

    def _line(self, number: int) -> object:
        level = list(Level)[number % len(Level)]
        at = self.at.timestamp() - (self.lines - number) * 0.01
        return dumped(LogBody(timestamp=at, level=level, message=f"{self.line}, line {number}", service="correlator"))

    def stats(self) -> Stats:
        closed = self.incidents // 2
        return Stats(
            total_incidents=self.incidents,
            auto_resolved=closed,
            manual_intervention=0,
            self_cleared=0,
            avg_resolution_time=3.2,
            auto_resolution_rate=1.0,
        )

    def page(self, limit: int = 50) -> dict[str, Any]:
        first = max(0, self.incidents - limit)
        recent = [dumped(self.brief(number)) for number in range(first, self.incidents)]
        return {"recent_incidents": recent, "stats": dumped(self.stats()), "next_cursor": "1.x" if first else None}

    def observe(self, element: str, metric: str, value: float, expected: float) -> ObservationBody:
        """Add an observation that goes on."""
        at = self.at.timestamp()
        body = ObservationBody(
            id=f"{element}.{metric}.{len(self.observations)}.observed",
            node=element,
            metric=metric,
            value=value,
            expected=expected,
            limit=(value + expected) / 2,
            score=6.2,
            since=at - 14,
            at=at - 13.5,
            passed=None,
            became=None,
        )
        self.observations.append(body)
        return body

    def open_observations(self) -> OpenObservationsBody:
        return OpenObservationsBody(observations=tuple(self.observations), left_out=0)

    def approvals(self) -> ApprovalsBody:
        waiting = [self._approval(number) for number in range(self.incidents // 2, self.incidents)]
        return ApprovalsBody(approvals=tuple(waiting[:MAX_APPROVALS]), left_out=max(0, len(waiting) - MAX_APPROVALS))

    def _approval(self, number: int) -> ApprovalBody:
        element, incident_id = self._element(number), self.incident_id(number)
        return ApprovalBody(
            id=f"{incident_id}.a1",
            incident=incident_id,
            action=ActionKind.RESET_INTERFACE,
            target=element,
            state=ActionState.PROPOSED,
            since=self.at.timestamp(),
            reason=f"high_latency at {element}, confidence 0.97",
            takes_down=tuple(link.id for link in self.topology.links if element in (link.source, link.target)),
        )

    def _element(self, number: int) -> str:
        names = [node.id for node in self.topology.nodes] or ["nobody"]
        return names[number % len(names)]

    def brief(self, number: int) -> IncidentBody:
        closed = number < self.incidents // 2
        opened = self.at.timestamp() - 10 * (self.incidents - number)
        element = self._element(number)
        return IncidentBody(
            id=self.incident_id(number),
            timestamp=opened,
            type=FaultKind.HIGH_LATENCY,
            severity=Severity.CRITICAL if number % 2 else Severity.WARNING,
            node_id=element,
            status=IncidentState.RESOLVED if closed else IncidentState.OPEN,
            resolution_time=opened + 3.2 if closed else None,
            resolution_seconds=3.2 if closed else None,
            resolution=Resolution.AUTO_RESOLVED if closed else None,
            merged_into=None,
            pattern="one place and its symptoms",
            member_count=4,
            cause=CauseInBrief(node=element, kind=FaultKind.HIGH_LATENCY, confidence=0.97),
            escalation=None,
            acknowledged_by=None,
            revision=3,
            elements=tuple({element: 0, **dict.fromkeys(self.members)}),
        )

    def _detail(self, number: int) -> IncidentDetail:
        brief, at = self.brief(number), self.at.timestamp()
        element = brief.node_id
        cause = CauseBody(
            node=element,
            kind=FaultKind.HIGH_LATENCY,
            confidence=0.97,
            evidence=(EVIDENCE,),
            actions=(ProposalBody(action=ActionKind.RESET_INTERFACE, target=element),),
        )
        member = MemberBody(
            id=brief.id,
            node=element,
            metric="latency",
            value=12345.6,
            expected=3.0,
            threshold=50.0,
            score=99.0,
            severity=Severity.CRITICAL,
            since=brief.timestamp - 1,
            at=brief.timestamp,
            why="the first anomaly: it belonged to no open incident",
            cleared=None,
        )
        action = ActionBody(
            id=f"{brief.id}.a1",
            action=ActionKind.RESET_INTERFACE,
            target=element,
            attempt=1,
            state=ActionState.PROPOSED,
            by="loop",
            proposed=at,
            started=None,
            applied=None,
            finished=None,
            reason=f"high_latency at {element}, confidence 0.97",
        )
        timeline = (TimelineEntry(at=at, what="incident opened", by="correlator"),)
        return IncidentDetail(
            **dict(brief),
            causes=(cause,),
            members=(member,),
            actions=(action,),
            timeline=timeline,
            comments=self.comments,
        )

    def _averages(self) -> object:
        begin = self.at.timestamp() - 60
        points = tuple(
            AveragesPoint(
                at=begin + i, avg_cpu=self.past_cpu, avg_memory=88.88, avg_latency=12345.6, avg_packet_loss=55.55
            )
            for i in range(60)
        )
        return dumped(AveragesBody(step=None, points=points))

    def _history(self, query: dict[str, str]) -> object:
        begin = self.at.timestamp() - 60
        points = tuple(HistoryPoint(at=begin + i, value=float(i % 9)) for i in range(60))
        return dumped(HistoryBody(node=unquote(query["node"]), metric=query["metric"], step=None, points=points))


def dumped(body: BaseModel) -> Any:
    return body.model_dump(mode="json")


def topology_of(nodes: dict[str, NodeType], links: list[tuple[str, str]]) -> Topology:
    return Topology.model_validate(
        {
            "nodes": [{"id": name, "type": kind} for name, kind in nodes.items()],
            "links": [{"source": a, "target": b, "capacity": 10_000} for a, b in links],
        }
    )
