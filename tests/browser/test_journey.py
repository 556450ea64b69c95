"""Visits of a user: follow a fault to its repair, inject one, approve, comment, filter, return by address."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from benchmarks.running import Running
from tests.browser.conftest import Opener

REPAIRED_WITHIN = 60_000
DURATION = 300.0
"""Seconds of network time after which a fault ends by itself."""


def inject(system: Running, kind: str, target: str) -> str:
    fault = {"kind": kind, "target": target, "duration": DURATION}
    answer = httpx.post(f"{system.url}/api/faults", json=fault, timeout=20)
    return str(answer.raise_for_status().json()["id"])


def end_faults(system: Running) -> None:
    faults: Any = system.get("/api/faults")["faults"]
    for fault in faults:
        if not fault["ended"]:
            httpx.delete(f"{system.url}/api/faults/{fault['id']}", timeout=20)


def wait_until_quiet(system: Running) -> None:
    def quiet() -> bool:
        faults = system.get("/api/faults")["faults"]
        assert isinstance(faults, list)
        return not system.unresolved() and all(fault["ended"] for fault in faults)

    system.wait("all faults to be repaired", quiet, 90)


def test_a_fault_is_detected_explained_and_repaired(system: Running, page: Page) -> None:
    wait_until_quiet(system)
    expect(page.locator("#verdict")).to_have_text("All well")
    inject(system, "node_down", "edge-switch-4")
    expect(page.locator("#verdict")).not_to_have_text("All well")
    card = page.locator("a.incident.open", has_text="edge-switch-4").first
    card.click()
    expect(page).to_have_url(re.compile(r"#/incident/"))
    story = page.locator(".story")
    for chapter in ("What broke", "What was seen", "Why this cause", "What was done", "How it was verified"):
        expect(story.get_by_role("heading", name=chapter)).to_be_visible(timeout=REPAIRED_WITHIN)
    expect(story.locator(".done")).to_contain_text("reboot node on edge-switch-4", timeout=REPAIRED_WITHIN)
    expect(page.locator("#side .badge", has_text="resolved").first).to_be_visible(timeout=REPAIRED_WITHIN)
    expect(page.locator("#verdict")).to_have_text("All well", timeout=REPAIRED_WITHIN)


def test_leaving_an_incident_while_its_view_loads_sends_no_request(system: Running, open_page: Opener) -> None:
    delayed: list[Route] = []
    wait_until_quiet(system)
    page, watch = open_page()
    page.route("**/panels/incident.js", lambda route: delayed.append(route))
    inject(system, "node_down", "edge-switch-4")
    system.wait("an incident", lambda: bool(system.unresolved()), 20)
    page.evaluate("(id) => { location.hash = `#/incident/${encodeURIComponent(id)}` }", system.unresolved()[0]["id"])
    page.wait_for_timeout(2500)  # the feed carries it by then, and the view is still loading
    page.evaluate("location.hash = '#/score'")
    expect(page.locator("#page-title")).to_have_text("Scorecard")
    delayed[0].continue_()
    wait_until_quiet(system)
    page.wait_for_timeout(3000)
    assert any(url.endswith("/panels/incident.js") for url in watch.requests)
    assert [url for url in watch.requests if "/api/incidents/" in url] == []


def test_a_user_injects_a_fault(system: Running, open_page: Opener) -> None:
    wait_until_quiet(system)
    page, _ = open_page("#/node/server-3")
    page.get_by_role("button", name="Inject a fault").click()
    expect(page.get_by_label("Target: node")).to_have_value("server-3")
    page.get_by_label("Kind").select_option("node_down")
    page.locator("form.inject").get_by_role("button", name="Inject").click()
    page.get_by_role("dialog").get_by_role("button", name="Inject").click()
    expect(page.locator(".rows.faults").first).to_contain_text("node down")
    expect(page.locator(".rows.faults").last).to_contain_text("repaired", timeout=REPAIRED_WITHIN)
    wait_until_quiet(system)


def test_a_fault_is_ended_only_after_confirmation(system: Running, open_page: Opener) -> None:
    wait_until_quiet(system)
    httpx.patch(f"{system.url}/api/config", json={"mode": "off"}, timeout=10).raise_for_status()
    try:
        fault = inject(system, "high_cpu", "server-5")
        page, _ = open_page("#/control")
        page.get_by_role("button", name="End", exact=True).click()
        page.get_by_role("button", name="Cancel").click()
        assert system.get(f"/api/faults/{fault}")["ended"] is None
        page.get_by_role("button", name="End", exact=True).click()
        page.get_by_role("button", name="End the fault").click()
        expect(page.get_by_text("No fault is live")).to_be_visible()
        assert system.get(f"/api/faults/{fault}")["ended_by"] == "cancelled"
    finally:
        end_faults(system)
        httpx.patch(f"{system.url}/api/config", json={"mode": "auto"}, timeout=10).raise_for_status()
        wait_until_quiet(system)


def test_the_loop_is_started_and_stopped(system: Running, page: Page) -> None:
    expect(page.locator("#running")).to_have_text("Stopped")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#running")).to_have_text("Running")
    assert system.get("/api/status")["running"] is True
    page.locator("#stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(page.locator("#running")).to_have_text("Stopped")
    assert system.get("/api/status")["running"] is False
    wait_until_quiet(system)


def test_an_action_waits_for_approval_and_then_runs(system: Running, open_page: Opener) -> None:
    wait_until_quiet(system)
    httpx.patch(f"{system.url}/api/config", json={"mode": "approve"}, timeout=10).raise_for_status()
    try:
        page, _ = open_page()
        inject(system, "node_down", "server-6")
        expect(page.locator(".notice")).to_contain_text("waits for your approval", timeout=REPAIRED_WITHIN)
        page.locator("a.incident", has_text="server-6").first.click()
        page.get_by_role("button", name="Approve").first.click()
        expect(page.locator(".story .done")).to_contain_text("verified", timeout=REPAIRED_WITHIN)
    finally:
        end_faults(system)
        httpx.patch(f"{system.url}/api/config", json={"mode": "auto"}, timeout=10).raise_for_status()
        wait_until_quiet(system)


def test_a_user_acknowledges_and_comments(system: Running, open_page: Opener) -> None:
    wait_until_quiet(system)
    httpx.patch(f"{system.url}/api/config", json={"mode": "off"}, timeout=10).raise_for_status()
    try:
        inject(system, "high_cpu", "server-7")
        page, _ = open_page()
        page.locator("a.incident.open", has_text="server-7").first.click()
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_text("seen by operator")).to_be_visible()
        page.get_by_label("Comment").fill("Looking at it")
        page.get_by_role("button", name="Comment").click()
        expect(page.locator(".comments")).to_contain_text("Looking at it")
    finally:
        end_faults(system)
        httpx.patch(f"{system.url}/api/config", json={"mode": "auto"}, timeout=10).raise_for_status()
        wait_until_quiet(system)


def test_the_map_is_used_by_mouse_and_keys(page: Page) -> None:
    where = """async () => (await import("/assets/panels/topology.js")).theMap().where("server-1")"""
    page.wait_for_function(where)  # the map is laid out in a frame after the connection is live
    spot = page.evaluate(where)
    page.mouse.click(spot["x"], spot["y"])
    expect(page).to_have_url(re.compile(r"#/node/server-1$"))
    expect(page.locator("#side-title")).to_have_text("server-1")
    page.locator("#map").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#/node/edge-switch-\d$"))


def test_the_address_keeps_the_filter_of_all_views(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("type:router")
    page.get_by_role("link", name="Table").click()
    expect(page).to_have_url(re.compile(r"#/table\?q=type%3Arouter"))
    expect(page.locator("tbody tr")).to_have_count(3)
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("#filter")).to_have_value("type:router")
    page.locator("#filter").press("Escape")
    expect(page.locator("tbody tr")).to_have_count(16)


def test_the_address_keeps_the_options_of_a_view(page: Page) -> None:
    page.get_by_role("link", name="Table").click()
    page.get_by_role("button", name="Links").click()
    expect(page.get_by_role("columnheader", name="Utilisation, %")).to_be_visible()
    page.get_by_role("button", name="Latency, ms").click()
    expect(page).to_have_url(re.compile(r"#/table\?of=links&sort=latency&down=1$"))
    page.get_by_role("link", name="Log", exact=True).click()
    page.get_by_role("button", name="info").click()
    expect(page).to_have_url(re.compile(r"#/log\?levels=error%2Cwarning%2Csuccess$"))
    page.get_by_role("link", name="Table").click()
    for again in (lambda: None, page.reload, page.go_back, page.reload, page.go_forward):
        again()
        if "#/log" in page.url:
            expect(page.get_by_role("button", name="info")).to_have_attribute("aria-pressed", "false")
            expect(page.get_by_role("button", name="error")).to_have_attribute("aria-pressed", "true")
        else:
            expect(page.get_by_role("columnheader", name="Latency, ms")).to_have_attribute("aria-sort", "descending")
            expect(page.locator("tbody tr")).to_have_count(21)
    page.get_by_role("button", name="Nodes").click()
    expect(page).to_have_url(re.compile(r"#/table$"))


def test_the_address_keeps_the_spans_of_the_charts(page: Page) -> None:
    page.get_by_role("link", name="Overview", exact=True).click()
    page.locator("#averages").get_by_role("button", name="10 min").click()
    expect(page).to_have_url(re.compile(r"#/\?averages=600$"))
    page.goto(f"{page.url.split('#')[0]}#/node/server-1?averages=600&span=3600")
    page.reload()
    expect(page.locator("#averages").get_by_role("button", name="10 min")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#side").get_by_role("button", name="1 h")).to_have_attribute("aria-pressed", "true")
    with page.expect_request(re.compile(r"history.*step=6")):
        page.reload()


@pytest.mark.parametrize(
    "address",
    ["", "table", "incidents", "log", "score", "control", "node/core-router-1", "link/core-router-1--core-router-2"],
)
@pytest.mark.parametrize("width", [1440, 390])
def test_each_address_opens_its_view_within_the_width(open_page: Opener, address: str, width: int) -> None:
    page, _ = open_page(f"#/{address}", width=width)
    title = "#page-title" if address in ("table", "incidents", "log", "score", "control") else "#side-title"
    expect(page.locator(title)).to_be_visible()
    page.wait_for_timeout(700)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_unknown_incident_or_node_is_reported(open_page: Opener) -> None:
    page, _ = open_page("#/incident/nothing", forgiven=("404",))
    expect(page.locator("#side")).to_contain_text("unknown incident")
    page.goto(page.url.split("#")[0] + "#/node/nobody")
    expect(page.locator("#side")).to_contain_text("no node named nobody")
