"""A complete visit of a user, by mouse and again by keyboard alone.

Start the loop, follow the incident of an injected fault to its repair, inject another fault by hand, stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from benchmarks.running import Running
from tests.browser.test_journey import REPAIRED_WITHIN, wait_until_quiet

STEPS_MOST = 120
"""Presses of Tab after which an element counts as out of reach."""
OWN = "server-8"
ELSEWHERE = ("server-1", "server-2", "server-4", "server-5")
"""Targets of the campaign: others than that of the fault by hand, since two faults at one place are refused."""
CHAPTERS = ("What broke", "What was seen", "Why this cause", "What was done", "How it was verified")
FOCUSED = """(selector) => {
  const focused = document.activeElement;
  if (!focused?.matches(selector)) return null;
  const style = getComputedStyle(focused);
  return {shown: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2};
}"""


@pytest.fixture(autouse=True)
def campaign(system: Running) -> Iterator[None]:
    before = system.get("/api/config")
    wait_until_quiet(system)
    kinds = ["node_down", "high_cpu"]
    system.configure(chance=1.0, interval=6.0, at_once=1, kinds=kinds, targets=list(ELSEWHERE))
    yield
    system.configure(**before)
    wait_until_quiet(system)


def whole_story(page: Page) -> None:
    for chapter in CHAPTERS:
        heading = page.locator(".story").get_by_role("heading", name=chapter)
        expect(heading).to_be_visible(timeout=REPAIRED_WITHIN)
    expect(page.locator("#side .badge", has_text="resolved").first).to_be_visible(timeout=REPAIRED_WITHIN)
    expect(page.locator(".story .verified")).to_contain_text("verified")


def own_is_repaired(page: Page) -> None:
    row = page.locator(".rows.faults li", has_text=OWN).first
    expect(row).to_contain_text("node down")
    expect(row).to_contain_text("repaired", timeout=REPAIRED_WITHIN)


def test_by_mouse(system: Running, page: Page) -> None:
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#running")).to_have_text("Running")
    expect(page.locator("#verdict")).not_to_have_text("All well")
    page.locator("a.incident.open").first.click()
    whole_story(page)
    page.get_by_role("link", name="Control").click()
    page.get_by_label("Kind").select_option("node_down")
    page.get_by_label("Target: node").fill(OWN)
    page.locator("form.inject").get_by_role("button", name="Inject").click()
    page.get_by_role("dialog").get_by_role("button", name="Inject").click()
    own_is_repaired(page)
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(page.locator("#running")).to_have_text("Stopped")
    assert system.get("/api/status")["running"] is False


class Keys:
    """A user without a mouse: presses Tab, and needs a visible focus."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, selector: str, key: str = "Tab") -> None:
        for _ in range(STEPS_MOST):
            self.page.keyboard.press(key)
            if focused := self.page.evaluate(FOCUSED, selector):
                assert focused["shown"], f"the focus on {selector} is not visible"
                return
        raise AssertionError(f"{selector} is out of the keyboard's reach")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def holds(self, selector: str) -> None:
        expect(self.page.locator(f"{selector}:focus")).to_have_count(1)


def test_by_keyboard_alone(system: Running, page: Page) -> None:
    keys = Keys(page)
    keys.press("Tab")
    keys.holds(".skip")
    keys.reach("#start")
    keys.press("Enter")
    expect(page.locator("#running")).to_have_text("Running")
    keys.holds("#stop")
    expect(page.locator("#verdict")).not_to_have_text("All well")
    incident = page.locator("a.incident.open").first.get_attribute("href")
    keys.reach(f'a.incident[href="{incident}"]')
    keys.press("Enter")
    expect(page).to_have_url(re.compile(r"#/incident/"))
    keys.holds("#main")
    whole_story(page)
    keys.reach('#side a[href="#/"]')
    keys.press("Enter")
    keys.reach('nav a[href="#/control"]', key="Shift+Tab")
    keys.press("Enter")
    keys.reach('form.inject select[name="kind"]')
    page.keyboard.type("Node down")
    keys.reach('form.inject input[name="target"]')
    page.keyboard.type(OWN)
    keys.press("Enter")
    keys.reach('dialog button[type="submit"]')
    keys.press("Enter")
    own_is_repaired(page)
    keys.reach("#stop", key="Shift+Tab")
    keys.press("Enter")
    keys.reach('dialog button[type="submit"]')
    keys.press("Enter")
    expect(page.locator("#running")).to_have_text("Stopped")
    keys.holds("#start")
    assert system.get("/api/status")["running"] is False


def test_the_map_announces_the_node_at_the_cursor(page: Page) -> None:
    keys = Keys(page)
    keys.reach("#map")
    seen = set()
    for way in ("ArrowUp", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowLeft"):
        keys.press(way)
        seen.add(page.locator("#spoken").inner_text().partition(",")[0])
    assert len(seen) >= 3, "each step announces another node"
    keys.press("Enter")
    expect(page).to_have_url(re.compile(r"#/node/"))
