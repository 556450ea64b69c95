"""The averages have a past from the first moment, and none is drawn across a stretch in which nothing was heard."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from playwright.sync_api import Locator, Page, Route, expect

from benchmarks.running import Running
from shared.domain.kinds import NodeType
from tests.browser.conftest import Opener
from tests.browser.imagined import Imagined, topology_of

PAST = re.compile(r"/api/metrics/history/averages")
SPREAD = re.compile(r"between (\d+\.\d) % and (\d+\.\d) %")
SURELY_SHOWN = timedelta(seconds=90)
ROUNDED = 0.06
MISSED = 2.5
"""Seconds that the page hears nothing for, a little more than it takes for a pause in the telemetry."""


def world() -> Imagined:
    return Imagined(topology_of({"alone": NodeType.SERVER}, []), past_cpu=11.1)


def cpu(page: Page) -> Locator:
    return page.locator(".averages .plot").first


def test_the_chart_begins_in_the_past_and_goes_on_with_the_present(open_page: Opener) -> None:
    told = world()
    page, _ = open_page(before=told.on)
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 11.1 % and"))
    told.news()
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("now 100.0 %, between 11.1 % and 100.0 %"))
    assert len(told.asked) == 1
    assert "step" not in told.asked[0]


def test_what_comes_within_the_first_moments_of_a_page_is_drawn(open_page: Opener) -> None:
    told = world()

    def before(page: Page) -> None:
        told.on(page)
        page.add_init_script("performance.now = () => 100")

    page, _ = open_page(before=before)
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 11.1 % and"))


def test_another_span_is_read_at_its_own_step(open_page: Opener) -> None:
    told = world()
    page, _ = open_page(before=told.on)
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 11.1 % and"))
    told.past_cpu = 5.5
    hour = page.locator(".averages").get_by_role("button", name="1 h")
    hour.click()
    expect(hour).to_have_attribute("aria-pressed", "true")
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 5.5 % and"))
    assert [asked.get("step") for asked in told.asked] == [None, "6"]


def test_what_was_missed_is_read_anew(open_page: Opener) -> None:
    told = world()
    page, _ = open_page(before=told.on)
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 11.1 % and"))
    told.news()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_timeout(MISSED * 1000)
    told.past_cpu = 7.7
    told.at += timedelta(seconds=MISSED)
    told.news()
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 7.7 % and"))
    assert len(told.asked) == 2


def test_a_past_that_cannot_be_read_is_said_and_the_present_goes_on(open_page: Opener) -> None:
    told = world()

    def refused(route: Route) -> None:
        route.fulfill(status=503, json={"detail": "Not now."})

    def before(page: Page) -> None:
        told.on(page)
        page.route(PAST, refused)

    page, _ = open_page(before=before, forgiven=("503",))
    said = page.locator(".averages").get_by_role("alert")
    expect(said).to_have_text("no past")
    expect(said).to_have_attribute("title", "Not now.")
    told.news()
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("now 100.0 %"))
    page.unroute(PAST, refused)
    page.locator(".averages").get_by_role("button", name="Try again").click()
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 11.1 % and"))
    expect(said).to_have_count(0)


def test_what_the_gateway_kept_is_in_the_chart(open_page: Opener, system: Running) -> None:
    points = system.get("/api/metrics/history/averages")["points"]
    page, _ = open_page()
    expect(cpu(page)).to_have_attribute("aria-label", SPREAD)
    newest = datetime.fromisoformat(points[-1]["at"])
    kept = [p["avg_cpu"] for p in points if newest - datetime.fromisoformat(p["at"]) < SURELY_SHOWN]
    assert len(kept) > 40
    found = SPREAD.search(cpu(page).get_attribute("aria-label") or "")
    assert found
    assert float(found[1]) <= min(kept) + ROUNDED
    assert float(found[2]) >= max(kept) - ROUNDED
