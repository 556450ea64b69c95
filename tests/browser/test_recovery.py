"""After the gateway or the broker was killed, the page shows it, recovers, and shows correct values.

The system has an incident that is not repaired, so that it could be lost or duplicated.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from benchmarks.running import Running
from shared.domain.config import Desired
from shared.domain.kinds import Mode
from shared.platform.access import FAMILIES
from tests.browser.bus import NODE_METRICS, Published
from tests.browser.conftest import Opener
from tests.browser.test_shown_values import RECEIVED_LATE_MOST, ROWS, row_faults, sample, until_received
from tests.contract.listener import listener_on

BACK_WITHIN = 90_000
BANNER_WITHIN = 30.0
SAMPLES = 6
LISTENED = 5.0
FAULTY = "server-4"
SHOWN = """() => ({
  cards: [...document.querySelectorAll("a.incident")].map((one) => one.hash),
  lines: [...document.querySelectorAll("#tail .lines li")].map((one) =>
    one.querySelector("time").dateTime + one.innerText),
})"""


@pytest.fixture(scope="module")
def faulty_system() -> Iterator[Running]:
    with Running(seed=3, speed=2.0, desired=Desired(running=False, mode=Mode.OFF)) as running:
        running.post("/api/faults", {"kind": "high_cpu", "target": FAULTY, "duration": 3600})
        running.wait("an incident", lambda: bool(running.get("/api/incidents?state=open")["recent_incidents"]), 60)
        yield running


def kill(system: Running, process: str) -> None:
    with suppress(ProcessLookupError, KeyError):
        os.kill(system.pid(process), signal.SIGKILL)


def opened(open_page: Opener, system: Running) -> Page:
    page, _ = open_page(url=system.url, forgiven=("WebSocket", "ERR_CONNECTION", "503", "Failed to load resource"))
    expect(page.locator("a.incident.open", has_text=FAULTY)).to_be_visible()
    expect(page.locator("#tail .lines li").first).to_be_visible()
    return page


def check_recovered(system: Running, page: Page, before: dict[str, Any]) -> None:
    expect(page.locator("body")).to_have_attribute("data-link", "live", timeout=BACK_WITHIN)
    expect(page.locator(".banner")).to_have_count(0)
    expect(page.locator("a.incident.open", has_text=FAULTY)).to_have_count(1)
    expect(page.locator("#start")).to_be_enabled()
    after = page.evaluate(SHOWN)
    assert set(before["cards"]) == set(after["cards"])
    for name, shown in after.items():
        twice = [one for one, times in Counter(shown).items() if times > 1]
        assert not twice, f"{name} shown twice: {twice}"
    page.get_by_role("link", name="Table").click()
    expect(page.locator("tbody tr")).to_have_count(16)
    with listener_on(system.nats_url, FAMILIES) as listener:
        page.wait_for_timeout(1000 * LISTENED)
        samples = []
        for _ in range(SAMPLES):
            samples.append(sample(page, ROWS))
            page.wait_for_timeout(500)
        page.wait_for_timeout(1000 * RECEIVED_LATE_MOST)
        published = Published(listener.received)
    wrong = [
        fault for sample in until_received(published, samples) for fault in row_faults(published, NODE_METRICS, *sample)
    ]
    assert not wrong, "\n".join(wrong[:20])


def test_the_gateway_is_killed(faulty_system: Running, open_page: Opener) -> None:
    page = opened(open_page, faulty_system)
    before = page.evaluate(SHOWN)
    kill(faulty_system, "gateway")
    expect(page.locator(".banner.lost")).to_contain_text("Connection lost")
    expect(page.locator(".fresh")).to_contain_text("Lost")
    expect(page.locator("#start")).to_be_disabled()
    check_recovered(faulty_system, page, before)


def test_the_broker_is_killed(faulty_system: Running, open_page: Opener) -> None:
    page = opened(open_page, faulty_system)
    before = page.evaluate(SHOWN)
    until = time.monotonic() + BANNER_WITHIN
    while page.locator(".banner").count() == 0 and time.monotonic() < until:
        kill(faulty_system, "nats-server")  # repeatedly, until the telemetry of the page is stale
        page.wait_for_timeout(300)
    expect(page.locator(".banner")).to_contain_text("figures are")
    expect(page.locator(".fresh")).not_to_contain_text("Live")
    check_recovered(faulty_system, page, before)
