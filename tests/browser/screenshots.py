"""`python -m tests.browser.screenshots FOLDER`: a picture of each view of a running system with faults."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page

from benchmarks.running import Running
from shared.domain.config import Desired
from tests.browser.test_journey import wait_until_quiet
from tests.chromium import chromium

SPEED = 2.0
CYCLES = 60
CYCLES_WITHIN = 180.0
TROUBLE_WITHIN = 30.0
SETTLE = 1500
DESKTOP, PHONE = (1440, 900), (390, 844)
CAUSE, FAR = "edge-switch-2", "server-6"
VIEWS = {
    "overview": "",
    "table": "table",
    "incidents": "incidents",
    "log": "log",
    "scorecard": "score",
    "control": "control",
    "node": f"node/{CAUSE}",
    "link": f"link/core-router-2--{CAUSE}",
    "incident": "incident/{incident}",
}
LIGHT = ("overview",)
SMALL = ("overview", "incident")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with Running(seed=5, speed=SPEED, desired=Desired(running=True, at_once=1)) as system, chromium() as (browser,):
        system.wait("some cycles", lambda: int(str(system.get("/api/status")["cycle_count"])) >= CYCLES, CYCLES_WITHIN)
        incident = trouble(system)
        for name, address in VIEWS.items():
            take(browser, system.url, address.format(incident=incident), folder / f"{name}.png", DESKTOP, "dark")
        for name in LIGHT:
            address = VIEWS[name].format(incident=incident)
            take(browser, system.url, address, folder / f"{name}-light.png", DESKTOP, "light")
        for name in SMALL:
            address = VIEWS[name].format(incident=incident)
            take(browser, system.url, address, folder / f"{name}-phone.png", PHONE, "dark")


def trouble(system: Running) -> str:
    system.configure(chance=0)
    wait_until_quiet(system)
    system.configure(mode="approve")

    def of(node: str) -> list[str]:
        found = system.get("/api/incidents?state=open")["recent_incidents"]
        assert isinstance(found, list)
        return [one["id"] for one in found if one["cause"] and one["cause"]["node"] == node]

    for kind, target in (("high_cpu", FAR), ("high_latency", CAUSE)):
        fault = {"kind": kind, "target": target, "duration": 900}
        httpx.post(f"{system.url}/api/faults", json=fault, timeout=20).raise_for_status()
        system.wait("its incident", lambda target=target: bool(of(target)), TROUBLE_WITHIN)  # type: ignore[misc]
    return of(CAUSE)[0]


def take(browser: Browser, url: str, address: str, file: Path, size: tuple[int, int], theme: str) -> None:
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
    page: Page = context.new_page()
    page.goto(f"{url}/#/{address}")
    page.wait_for_selector("body[data-link=live]")
    page.wait_for_timeout(SETTLE)
    page.screenshot(path=file)
    context.close()
    sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/images"))
