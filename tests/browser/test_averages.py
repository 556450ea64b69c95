"""The charts of averages start with the history of the gateway, and read it again after a pause of the feed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from playwright.sync_api import Locator, Page, Route, expect

from benchmarks.running import Running
from shared.domain.kinds import NodeType
from tests.browser.conftest import Opener
from tests.browser.fake_gateway import FakeGateway, topology_of

PAST = re.compile(r"/api/metrics/history/averages")
SPREAD = re.compile(r"between (\d+\.\d) % and (\d+\.\d) %")
SURELY_SHOWN = timedelta(seconds=90)
ROUNDED = 0.06
MISSED = 2.5
"""Seconds without messages, a little more than the page takes for a pause."""


def fake() -> FakeGateway:
    return FakeGateway(topology_of({"alone": NodeType.SERVER}, []), past_cpu=11.1)


def cpu(page: Page) -> Locator:
    return page.locator(".averages .plot").first


def test_the_chart_starts_with_the_history_and_goes_on_with_new_values(open_page: Opener) -> None:
    gateway = fake()
    page, _ = open_page(before=gateway.on)
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 11.1 % and"))
    gateway.send_metrics()
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("now 100.0 %, between 11.1 % and 100.0 %"))
    assert len(gateway.history_requests) == 1
    assert "step" not in gateway.history_requests[0]


def test_values_right_after_the_start_of_the_page_are_drawn(open_page: Opener) -> None:
    gateway = fake()

    def before(page: Page) -> None:
        gateway.on(page)
        page.add_init_script("performance.now = () => 100")

    page, _ = open_page(before=before)
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 11.1 % and"))


def test_another_span_is_read_with_its_own_step(open_page: Opener) -> None:
    gateway = fake()
    page, _ = open_page(before=gateway.on)
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 11.1 % and"))
    gateway.past_cpu = 5.5
    hour = page.locator(".averages").get_by_role("button", name="1 h")
    hour.click()
    expect(hour).to_have_attribute("aria-pressed", "true")
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 5.5 % and"))
    assert [query.get("step") for query in gateway.history_requests] == [None, "6"]


def test_the_history_is_read_again_after_a_pause(open_page: Opener) -> None:
    gateway = fake()
    page, _ = open_page(before=gateway.on)
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 11.1 % and"))
    gateway.send_metrics()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_timeout(MISSED * 1000)
    gateway.past_cpu = 7.7
    gateway.at += timedelta(seconds=MISSED)
    gateway.send_metrics()
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 7.7 % and"))
    assert len(gateway.history_requests) == 2


def test_an_unreadable_history_is_reported_and_new_values_are_drawn(open_page: Opener) -> None:
    gateway = fake()

    def refused(route: Route) -> None:
        route.fulfill(status=503, json={"detail": "Not now."})

    def before(page: Page) -> None:
        gateway.on(page)
        page.route(PAST, refused)

    page, _ = open_page(before=before, forgiven=("503",))
    alert = page.locator(".averages").get_by_role("alert")
    expect(alert).to_have_text("no past")
    expect(alert).to_have_attribute("title", "Not now.")
    gateway.send_metrics()
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("now 100.0 %"))
    page.unroute(PAST, refused)
    page.locator(".averages").get_by_role("button", name="Try again").click()
    expect(cpu(page)).to_have_attribute("aria-label", re.compile("between 11.1 % and"))
    expect(alert).to_have_count(0)


def test_the_history_of_the_gateway_is_in_the_chart(open_page: Opener, system: Running) -> None:
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
