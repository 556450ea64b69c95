"""Two real browsers on the running system receive the same frames, and both show the incident."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocket

from benchmarks.running import Running
from tests.chromium import chromium

WITHIN = 60.0
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


class Watched:
    """A page, and the state that its WebSocket received: statuses of nodes, incidents by id, the counts."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.page: Page = browser.new_page()
        self.statuses: dict[str, str] = {}
        self.incidents: dict[str, str] = {}
        self.stats: dict[str, Any] = {}
        self.page.on("websocket", self._listen)
        self.page.goto(url)

    def _listen(self, opened: WebSocket) -> None:
        opened.on("framereceived", self._receive)

    def _receive(self, payload: str | bytes) -> None:
        frame = json.loads(payload)
        data = frame["data"]
        if frame["event"] == "snapshot":
            self._take(data["topology"]["nodes"], data["incidents"])
        elif frame["event"] in ("metrics_update", "topology_update"):
            self._take(data["nodes"], None)
        elif frame["event"] == "incidents_update":
            self._take([], data)

    def _take(self, nodes: list[dict[str, Any]], incidents: dict[str, Any] | None) -> None:
        self.statuses |= {node["id"]: node["status"] for node in nodes}
        if incidents is not None:
            self.incidents |= {one["id"]: one["status"] for one in incidents["recent_incidents"]}
            for gone in incidents.get("removed", ()):
                self.incidents.pop(gone, None)
            self.stats = incidents["stats"]

    def shows(self, text: str) -> bool:
        return bool(text) and text in self.page.locator("body").inner_text()


@pytest.fixture(scope="module")
def browsers() -> Iterator[list[Browser]]:
    with chromium(browsers=2) as both:
        yield both


def test_two_browsers_show_the_same_state(system: Running, browsers: list[Browser]) -> None:
    first = Watched(browsers[0], system.url)
    _until("the first page to know the nodes", [first], lambda: bool(first.statuses))
    before = set(first.incidents)
    system.post("/api/faults", {"kind": "node_down", "target": "server-7"})
    _until("the first page to receive of it", [first], lambda: bool(set(first.incidents) - before))
    second = Watched(browsers[1], system.url)  # it connects during the incident
    pages = [first, second]
    _until("both to know the nodes", pages, lambda: all(page.statuses for page in pages))
    _until("both to show where it is", pages, lambda: all(page.shows("server-7") for page in pages))
    _until("the incident to be over in both", pages, lambda: all(_over(page) for page in pages))
    _until("both to see the same", pages, lambda: _same(first, second))
    nodes: Any = system.get("/api/topology")["nodes"]
    incidents: Any = system.get("/api/incidents")
    for page in pages:
        assert page.statuses == {node["id"]: node["status"] for node in nodes}
        assert page.incidents == {one["id"]: one["status"] for one in incidents["recent_incidents"]}
        assert page.stats == incidents["stats"]
        page.page.close()


def _over(page: Watched) -> bool:
    return bool(page.incidents) and set(page.incidents.values()) == {"resolved"}


def _same(first: Watched, second: Watched) -> bool:
    return (first.statuses, first.incidents, first.stats) == (second.statuses, second.incidents, second.stats)


def _until(what: str, pages: list[Watched], holds: Any) -> None:
    until = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < until, f"waited {WITHIN:g} s for {what}"
        for page in pages:
            page.page.wait_for_timeout(100)
