"""axe-core on every view, in both themes, at the widths of a desktop and of a phone, with and without faults.

A text whose contrast axe-core cannot decide counts as unreadable.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from benchmarks.running import Running
from tests.browser.conftest import Opener
from tests.browser.test_journey import inject, wait_until_quiet

VENDOR = Path(__file__).parent / "vendor"
AXE = VENDOR / "axe.min.js"
ROW = re.compile(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", re.MULTILINE)
VIEWS = ("", "table", "incidents", "log", "score", "control", "node/core-router-1", "link/core-router-1--core-router-2")
SETTLE = 800
TALL = {1440: 900, 390: 4000}
"""Heights by width: on a phone the whole view, so that no text is under the bar at the bottom while it is checked."""
AUDIT = """async () => {
  const checks = {"color-contrast": {options: {ignoreLength: true}}};  // a figure of one digit is text too
  const found = await axe.run(document, {resultTypes: ["violations", "incomplete"], elementRef: true, checks});
  const summary = (rule) => ({rule: rule.id, where: rule.nodes.slice(0, 5).map((node) => node.html.slice(0, 160)),
                              why: rule.nodes[0].failureSummary});
  const violations = found.violations.map(summary), undecided = [];
  const doubted = found.incomplete.filter((rule) => rule.id === "color-contrast").flatMap((rule) => rule.nodes);
  let left = new Set(doubted.map(({element}) => element));
  while (left.size) {
    // A text under a fixed bar, or half out of a list, is checked after scrolling it into view, together with the
    // other texts that are then visible.
    const first = [...left].find((element) => element.isConnected);
    if (!first) break;  // they were removed meanwhile
    first.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
    const here = {include: [...left].filter((element) => element.isConnected)};
    const again = await axe.run(here, {runOnly: ["color-contrast"], elementRef: true, checks});
    violations.push(...again.violations.map(summary));
    left = new Set(again.incomplete.flatMap((rule) => rule.nodes.map(({element}) => element)));
    if (left.delete(first)) undecided.push(first.outerHTML.slice(0, 160));
  }
  return {violations, undecided, passed: found.passes.length};
}"""


looks = pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (390, "light")])
"""Each width and each theme once: contrast depends on the theme, the layout on the width."""


def audit(page: Page) -> None:
    page.wait_for_timeout(SETTLE)
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(AUDIT)
    assert found["violations"] == []
    assert found["undecided"] == []
    assert found["passed"] > 10, "axe checked nothing"


@pytest.fixture(scope="module")
def trouble(system: Running) -> Iterator[str]:
    """The id of the incident of a fault that is not repaired while the module runs."""
    wait_until_quiet(system)
    httpx.patch(f"{system.url}/api/config", json={"mode": "suggest"}, timeout=10).raise_for_status()
    answer = httpx.post(
        f"{system.url}/api/faults", json={"kind": "node_down", "target": "edge-switch-2", "duration": 900}, timeout=20
    )
    fault = answer.raise_for_status().json()["id"]

    def opened() -> Any:
        return system.get("/api/incidents?state=open")["recent_incidents"]

    system.wait("an incident", lambda: bool(opened()), 60)
    yield str(opened()[0]["id"])
    httpx.delete(f"{system.url}/api/faults/{fault}", timeout=20)
    httpx.patch(f"{system.url}/api/config", json={"mode": "auto"}, timeout=10).raise_for_status()
    wait_until_quiet(system)


def test_the_overview_before_and_after_a_repair(system: Running, open_page: Opener) -> None:
    wait_until_quiet(system)
    page, _ = open_page()
    audit(page)
    inject(system, "high_cpu", "server-2")
    wait_until_quiet(system)
    audit(page)


def test_the_dialog(open_page: Opener) -> None:
    page, _ = open_page("#/control")
    page.get_by_role("button", name="Start").first.click()
    page.locator("#stop").click()
    page.wait_for_selector("dialog[open]")
    audit(page)
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(page.locator("#running")).to_have_text("Stopped")


@looks
@pytest.mark.parametrize("view", VIEWS)
def test_each_view_with_an_open_incident(open_page: Opener, trouble: str, view: str, width: int, theme: str) -> None:
    audit(open_page(f"#/{view}", width=width, height=TALL[width], theme=theme)[0])


@looks
def test_an_incident_and_its_story(open_page: Opener, trouble: str, width: int, theme: str) -> None:
    page, _ = open_page(f"#/incident/{trouble}", width=width, height=TALL[width], theme=theme)
    page.wait_for_selector(".story")
    audit(page)


@pytest.mark.parametrize(
    "preference", [{"reduced_motion": "reduce"}, {"forced_colors": "active"}, {"contrast": "more"}], ids=str
)
def test_each_user_preference(open_page: Opener, trouble: str, preference: dict[str, str]) -> None:
    audit(open_page(**preference)[0])


def test_the_files_of_axe_have_their_checksums() -> None:
    sums = dict(ROW.findall((VENDOR / "README.md").read_text()))
    files = [file for file in VENDOR.iterdir() if file.name != "README.md"]
    assert sums == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
