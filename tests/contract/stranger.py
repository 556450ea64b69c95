"""A client written only from the pages of docs/reference, with common libraries and none of the product's code.

It takes one incident from the fault to the scorecard, over REST, the WebSocket and NATS, and prints the results.

    python stranger.py http://127.0.0.1:5000 nats://127.0.0.1:4222
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import nats
from nats.aio.msg import Msg
from websockets.asyncio.client import ClientConnection, connect

Body = dict[str, Any]

PATIENCE = 120.0
POLL = 0.05
ME = "stranger"
TARGET = "server-3"
FAMILIES = ("fault.*", "anomaly.*", "incident.*", "diagnosis.*", "remediation.*", "stability.*")
STORY = (
    "anomaly.raised",
    "incident.opened",
    "diagnosis.made",
    "remediation.proposed",
    "remediation.approved",
    "remediation.started",
    "remediation.execute",
    "remediation.executed",
    "remediation.applied",
    "remediation.verified",
)


class Surprised(Exception):
    """Raised when the system does not behave as documented."""


def expect(holds: object, otherwise: str) -> None:
    if not holds:
        raise Surprised(otherwise)


class Page:
    """The state from the WebSocket's frames, combined as its reference page says."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("http", "ws", 1) + "/ws"
        self.seq = ""
        self.events: list[str] = []
        self.nodes: dict[str, Body] = {}
        self.links: dict[str, Body] = {}
        self.incidents: dict[str, Body] = {}
        self.stats: Body = {}

    @contextlib.asynccontextmanager
    async def follow(self) -> AsyncIterator[ClientConnection]:
        """Read frames in the background during the context; continues after the last `seq`."""
        since = f"?since={self.seq}" if self.seq else ""
        async with connect(self._url + since, max_size=None) as socket:
            reading = asyncio.create_task(self._read(socket))
            try:
                yield socket
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, socket: ClientConnection) -> None:
        async for text in socket:
            frame = json.loads(text)
            self.events.append(frame["event"])
            self._take(frame["event"], frame["data"], whole=frame.get("whole", False))
            self.seq = frame["seq"]

    def _take(self, event: str, data: Any, *, whole: bool) -> None:
        if event == "snapshot":
            self._take("topology_update", data["topology"], whole=True)
            self._take("metrics_update", data["metrics"], whole=True)
            self._take("incidents_update", data["incidents"], whole=True)
        elif event == "topology_update":
            _fold(self.nodes, data["nodes"], data, whole)
            _fold(self.links, data["links"], data, whole)
        elif event == "metrics_update":
            _fold(self.nodes, data["nodes"], data, whole)
        elif event == "incidents_update":
            _fold(self.incidents, data["recent_incidents"], data, whole)
            self.stats = data["stats"]


def _fold(table: dict[str, Body], items: list[Body], data: Body, whole: bool) -> None:
    if whole:
        table.clear()
    table.update({item["id"]: item for item in items})
    for gone in data.get("removed", ()):
        table.pop(gone, None)


class Tap:
    def __init__(self, url: str) -> None:
        self._url = url
        self.received: list[tuple[str, dict[str, str], Body]] = []

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[None]:
        client = await nats.connect(self._url)
        for family in FAMILIES:
            await client.subscribe(family, cb=self._receive)
        await client.flush()
        try:
            yield
        finally:
            await client.close()

    async def _receive(self, msg: Msg) -> None:
        self.received.append((msg.subject, dict(msg.headers or {}), json.loads(msg.data)))

    async def wait(self, subject: str, holds: Callable[[Body], object]) -> tuple[str, Body]:
        """Wait for a message; return the id of its trace, and its body."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for printed, headers, body in self.received:
                    if printed == subject and holds(body):
                        return headers["traceparent"].split("-")[1], body
                await asyncio.sleep(POLL)

    def events_in(self, trace: str) -> list[str]:
        return [printed for printed, headers, _ in self.received if headers["traceparent"].split("-")[1] == trace]


async def drive(url: str, nats_url: str) -> Body:
    """Take one incident through its life; return the results. Raises Surprised."""
    page, tap = Page(url), Tap(nats_url)
    async with httpx.AsyncClient(base_url=url, timeout=30) as rest, page.follow(), tap.listen():
        await _until(lambda: page.nodes, "the snapshot")
        await _sees_the_topology(rest, page)
        before = (await _ok(rest.get("/api/config")))["mode"]
        try:
            await _ok(rest.patch("/api/config", json={"mode": "approve"}))
            seen = await _goes_through_an_incident(rest, page, tap)
        finally:
            await _ok(rest.patch("/api/config", json={"mode": before}))
    seen["resumed"] = await _goes_on(page)
    return seen


async def _sees_the_topology(rest: httpx.AsyncClient, page: Page) -> None:
    topology = await _ok(rest.get("/api/topology"))
    expect({node["id"] for node in topology["nodes"]} == set(page.nodes), "REST and WebSocket know other nodes")
    expect({link["id"] for link in topology["links"]} == set(page.links), "REST and WebSocket know other links")
    expect(TARGET in page.nodes, f"there is no {TARGET}")


async def _goes_through_an_incident(rest: httpx.AsyncClient, page: Page, tap: Tap) -> Body:
    fault = await _ok(rest.post("/api/faults", json={"kind": "high_cpu", "target": TARGET, "duration": 3600}), 201)
    _, started = await tap.wait("fault.started", lambda body: body["fault"]["id"] == fault["id"])
    expect(started["fault"]["target"] == TARGET, "the fault is at another target")

    trace, opened = await tap.wait("incident.opened", _is_at(TARGET))
    incident_id = opened["incident"]["id"]
    await _acknowledges_and_comments(rest, page, tap, incident_id)

    _, proposed = await tap.wait("remediation.proposed", lambda body: body["action"]["incident_id"] == incident_id)
    action_id = proposed["action"]["id"]
    detail = await _ok(rest.get(f"/api/incidents/{incident_id}"))
    expect(action_id in {action["id"] for action in detail["actions"]}, "REST does not show the proposed action")
    await _ok(rest.post(f"/api/actions/{action_id}/approve", json={"by": ME}), 202)

    await tap.wait("remediation.verified", lambda body: body["action"]["id"] == action_id)
    resolved_trace, resolved = await tap.wait("incident.resolved", lambda body: body["incident"]["id"] == incident_id)
    expect(resolved_trace == trace, "the end of the incident is in another trace than its beginning")
    sequence = tap.events_in(trace)
    expect(set(STORY) <= set(sequence), f"not all of the story is in one trace: {set(STORY) - set(sequence)}")
    expect(
        [sequence.index(step) for step in STORY] == sorted(sequence.index(step) for step in STORY),
        f"out of order: {sequence}",
    )
    await _sees_the_end(rest, page, incident_id, resolved["incident"])
    return {
        "incident": incident_id,
        "fault": await _ok(rest.get(f"/api/faults/{fault['id']}")),
        "trace": trace,
        "sequence": sequence,
        "resolution": resolved["incident"]["resolution"],
        "scorecard": await _scorecard(rest),
    }


def _is_at(node: str) -> Callable[[Body], bool]:
    return lambda body: any(member["anomaly"]["element"] == node for member in body["incident"]["members"])


async def _acknowledges_and_comments(rest: httpx.AsyncClient, page: Page, tap: Tap, incident_id: str) -> None:
    await _ok(rest.post(f"/api/incidents/{incident_id}/acknowledge", json={"by": ME}), 202)
    await _ok(rest.post(f"/api/incidents/{incident_id}/comment", json={"text": "on it", "by": ME}), 202)

    def commented(body: Body) -> bool:
        incident = body["incident"]
        known = incident["id"] == incident_id and incident["acknowledged_by"] == ME
        return known and any("on it" in comment for comment in incident["comments"])

    await tap.wait("incident.updated", commented)
    await _until(
        lambda: page.incidents.get(incident_id, {}).get("acknowledged_by") == ME, "the acknowledgement on the page"
    )
    detail = await _ok(rest.get(f"/api/incidents/{incident_id}"))
    expect(f"{ME}: on it" in detail["comments"], "REST does not show the comment")


async def _sees_the_end(rest: httpx.AsyncClient, page: Page, incident_id: str, printed: Body) -> None:
    await _until(lambda: page.incidents.get(incident_id, {}).get("status") == "resolved", "the end on the page")
    until = time.monotonic() + PATIENCE
    while True:  # the page is updated a moment after REST
        listed = (await _ok(rest.get("/api/incidents", params={"node": TARGET})))["recent_incidents"]
        found = next((incident for incident in listed if incident["id"] == incident_id), None)
        if found == page.incidents[incident_id] or time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
    expect(found == page.incidents[incident_id], "REST and WebSocket show another incident")
    expect(found is not None and found["resolution"] == printed["resolution"], "NATS says another resolution")
    detail = await _ok(rest.get(f"/api/incidents/{incident_id}"))
    expect(any(entry["by"] == ME for entry in detail["timeline"]), "the timeline does not name the person")


async def _scorecard(rest: httpx.AsyncClient) -> Body:
    until = time.monotonic() + PATIENCE
    while (card := await _ok(rest.get("/api/scorecard")))["repaired"] < 1 and time.monotonic() < until:
        await asyncio.sleep(1)
    return card


async def _goes_on(page: Page) -> str:
    page.events.clear()
    async with page.follow():
        await _until(lambda: page.events, "a frame after the reconnection")
    return page.events[0]


async def _ok(call: Any, status: int = 200) -> Body:
    answer: httpx.Response = await call
    expect(answer.status_code == status, f"{answer.request.url} answered {answer.status_code}: {answer.text}")
    body: Body = answer.json()
    return body


async def _until(holds: Callable[[], object], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                await asyncio.sleep(POLL)
    except TimeoutError:
        raise Surprised(f"waited {PATIENCE:g} s for {what}") from None


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(drive(*sys.argv[1:3])), indent=2) + "\n")
