"""A thousand nodes at five updates a second leave the main thread free; five thousand are drawn as groups.

The work is counted in the thread's own time, not by the wall clock: a busy machine is no slow page.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import CDPSession, Page, WebSocketRoute

from services.gateway.core.bodies import LinkBody, NodeBody, Stats, StatusBody, Summary
from shared.kinds import Mode, NodeStatus
from shared.topologies import leaf_spine
from shared.topology import Topology
from tests.browser.conftest import Opener

BUSY_MOST = 0.5
PACE = 0.2
SETTLE = 3.0
WATCHED = 10.0
SOAKED = 300.0
SETTLED = 60.0
WEIGHED_EVERY = 15.0
PREPARED = 40
SENT_LEAST = 0.6
MB = 1_000_000
GROWN_MOST = 1 * MB
STAMP = re.compile(r'"timestamp": "[^"]*"')
LEAVES = {1000: (10, 90, 10), 5000: (8, 454, 10)}
START = datetime(2030, 1, 1, tzinfo=UTC)


class Crowd:
    """A network whose nodes all change with each update, one link in five too, and one node in twenty in its status."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._chance = random.Random(1)
        self._tick = 0

    def snapshot(self) -> str:
        nodes, links = self._nodes(), self._links()
        status = StatusBody(
            running=True,
            cycle_count=1,
            uptime=1.0,
            mode=Mode.AUTO,
            version="0",
            services={},
            network_state="stable",
            health_percentage=100.0,
            timestamp=START.timestamp(),
        )
        stats = Stats(
            total_incidents=0,
            auto_resolved=0,
            manual_intervention=0,
            self_cleared=0,
            avg_resolution_time=0.0,
            auto_resolution_rate=0.0,
        )
        at = self._now()
        return self._frame(
            "snapshot",
            {
                "status": status.model_dump(mode="json"),
                "topology": {"nodes": nodes, "links": links, "timestamp": at},
                "metrics": {"nodes": nodes, "summary": self._summary(), "timestamp": at},
                "logs": [],
                "incidents": {"recent_incidents": [], "stats": stats.model_dump(mode="json"), "next_cursor": None},
                "cycle": None,
            },
        )

    def update(self) -> list[str]:
        self._tick += 1
        nodes = self._nodes()
        metrics = {"nodes": nodes, "summary": self._summary(), "timestamp": self._now()}
        links = self._links()[self._tick % 5 :: 5]
        shape = {"nodes": nodes[self._tick % 20 :: 20], "links": links, "timestamp": self._now()}
        return [self._frame("metrics_update", metrics), self._frame("topology_update", shape)]

    def _now(self) -> str:
        return (START + timedelta(seconds=PACE * self._tick)).isoformat().replace("+00:00", "Z")

    def _frame(self, event: str, data: object) -> str:
        return json.dumps({"event": event, "seq": f"crowd-{self._tick}", "data": data})

    def _nodes(self) -> list[object]:
        number, chance = self._tick, self._chance
        return [
            NodeBody(
                id=node.id,
                type=node.type,
                status=NodeStatus.DEGRADED if (i + number) % 20 == 0 else NodeStatus.HEALTHY,
                cpu_usage=round(chance.uniform(20, 80), 2),
                memory_usage=40.0,
                latency=round(chance.uniform(1, 30), 2),
                packet_loss=0.0,
                throughput=100.0,
                connections=self._topology.neighbours(node.id),
            ).model_dump(mode="json")
            for i, node in enumerate(self._topology.nodes)
        ]

    def _links(self) -> list[object]:
        return [
            LinkBody(
                id=link.id,
                source=link.source,
                target=link.target,
                capacity=link.capacity,
                utilization=round(self._chance.uniform(0, 100), 2),
                latency=1.0,
                packet_loss=0.0,
                status="up",
            ).model_dump(mode="json")
            for link in self._topology.links
        ]

    def _summary(self) -> object:
        total = len(self._topology.nodes)
        return Summary(
            total_nodes=total,
            healthy=total - total // 20,
            degraded=total // 20,
            down=0,
            avg_cpu=50.0,
            avg_memory=40.0,
            avg_latency=15.0,
            avg_packet_loss=0.0,
        ).model_dump(mode="json")


def busy(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


@pytest.mark.parametrize(("nodes", "address"), [(1000, "?ungrouped#/"), (1000, "#/table"), (5000, "#/")])
def test_the_main_thread_stays_free(open_page: Opener, nodes: int, address: str) -> None:
    crowd = Crowd(leaf_spine(*LEAVES[nodes]))
    routes: list[WebSocketRoute] = []

    def feed(page: Page) -> None:
        page.route_web_socket("**/ws*", lambda route: (routes.append(route), route.send(crowd.snapshot())))

    page, _ = open_page(address, before=feed, ready=False)
    page.wait_for_selector("body:not([data-link=opening])")
    send_for(page, routes[-1], crowd, SETTLE)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = busy(session)
    took = send_for(page, routes[-1], crowd, WATCHED)
    share = (busy(session) - before) / took
    assert share < BUSY_MOST, f"{nodes} nodes at {address}: {share:.1%} of the main thread, limit {BUSY_MOST:.0%}"
    if "table" not in address:
        drawn = page.evaluate("""async () => (await import("/assets/panels/topology.js")).theMap().stats().nodes""")
        assert drawn == nodes if "ungrouped" in address else drawn <= 48


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_the_heap_stays_flat_for_five_minutes(open_page: Opener) -> None:
    """1,000 nodes ungrouped and 5,000 in groups, in two pages at once: busy and heap over five minutes of the feed."""
    watched = [Watched(open_page, 1000, "?ungrouped#/"), Watched(open_page, 5000, "#/")]
    for page in watched:
        page.start()
    begun = time.monotonic()
    while (now := time.monotonic()) - begun < SOAKED:
        for page in watched:
            page.send()
            page.look(now)
        watched[0].page.wait_for_timeout(max(1.0, 1000 * (now + PACE - time.monotonic())))
    for page in watched:
        share, grown = page.busy(), page.grown()
        told = f"{page.nodes} nodes: {share:.1%} busy (limit {BUSY_MOST:.0%}), heap {page.heap[-1][1] / MB:.1f} MB"
        print(f"{told}, grown by {grown / MB:+.2f} MB in {SOAKED - SETTLED:.0f} s (limit {GROWN_MOST / MB:.0f} MB)")  # noqa: T201
        assert page.sent >= SENT_LEAST * SOAKED / PACE, f"only {page.sent} updates in {SOAKED} s: too slow for a proof"
        assert share < BUSY_MOST, told
        assert grown < GROWN_MOST, f"{told}, {[round(size / MB, 2) for _, size in page.heap]}"


class Watched:
    """A page that is sent updates, with its main thread and its heap watched."""

    def __init__(self, open_page: Opener, nodes: int, address: str) -> None:
        self.nodes = nodes
        self.heap: list[tuple[float, float]] = []
        self.sent = 0
        self._crowd = Crowd(leaf_spine(*LEAVES[nodes]))
        self._prepared = [self._crowd.update() for _ in range(PREPARED)]
        self._routes: list[WebSocketRoute] = []
        self.page, _ = open_page(address, before=self._feed, ready=False)
        self.page.wait_for_selector("body:not([data-link=opening])")
        self._session = self.page.context.new_cdp_session(self.page)

    def start(self) -> None:
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._begun = self._looked = time.monotonic()
        self._busy = busy(self._session)

    def send(self) -> None:
        """Send the next update: the figures come round again, the time goes on."""
        at = (START + timedelta(seconds=PACE * (PREPARED + self.sent))).isoformat().replace("+00:00", "Z")
        for frame in self._prepared[self.sent % PREPARED]:
            self._routes[-1].send(STAMP.sub(f'"timestamp": "{at}"', frame))
        self.sent += 1

    def look(self, now: float) -> None:
        """Weigh the heap once in a while, with all that is no longer needed thrown away."""
        if now - self._looked < WEIGHED_EVERY:
            return
        self._looked = now
        self._session.send("HeapProfiler.collectGarbage")
        self.heap.append((now - self._begun, self._session.send("Runtime.getHeapUsage")["usedSize"]))

    def busy(self) -> float:
        return (busy(self._session) - self._busy) / (time.monotonic() - self._begun)

    def grown(self) -> float:
        """Bytes: the middle of the last three weights against that of the first three after all has settled."""
        settled = [size for at, size in self.heap if at >= SETTLED]
        return statistics.median(settled[-3:]) - statistics.median(settled[:3])

    def _feed(self, page: Page) -> None:
        page.route_web_socket("**/ws*", lambda route: (self._routes.append(route), route.send(self._crowd.snapshot())))


def send_for(page: Page, route: WebSocketRoute, crowd: Crowd, seconds: float) -> float:
    """Send updates at the feed's pace; return how long that took."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        due = time.monotonic() + PACE
        for frame in crowd.update():
            route.send(frame)
        page.wait_for_timeout(max(1.0, 1000 * (due - time.monotonic())))
    return time.monotonic() - begun
