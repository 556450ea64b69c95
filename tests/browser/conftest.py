"""A running system, a browser, and pages whose tests fail on requests to other sites and on errors of the page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect

from benchmarks.running import Running
from shared.domain.config import Desired
from tests.chromium import chromium

SPEED = 2.0
LEARNT_AFTER = 40.0
"""Seconds of network time in which the detector learns its baselines; a fault before would be learnt as normal."""
PATIENCE = 90_000
DASHBOARD = Path(__file__).parents[2] / "dashboard"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="package")
def system() -> Iterator[Running]:
    """Start a system whose campaign is stopped; a test that starts it stops it again."""
    with Running(seed=11, speed=SPEED, desired=Desired(running=False)) as running:
        time.sleep(LEARNT_AFTER / SPEED)
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as (browser,):
        yield browser


@dataclass
class Watch:
    """Records the requests of a page, those to other origins, and its errors."""

    origins: set[str]
    requests: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    forgiven: tuple[str, ...] = ()

    def on(self, page: Page) -> None:
        page.on("request", self._request)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        page.route("**/*", self._route)

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _route(self, route: Route) -> None:
        url = route.request.url
        if urlsplit(url).scheme in ("data", "blob") or urlsplit(url).netloc in self.origins:
            route.continue_()
        else:
            self.elsewhere.append(url)
            route.abort()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(each in message.text for each in self.forgiven):
            self.errors.append(f"console: {message.text}")

    def assert_clean(self) -> None:
        assert self.elsewhere == [], "the page sent a request to another site"
        assert self.errors == []


Opener = Callable[..., tuple[Page, Watch]]
LIVE = "body[data-link=live]"
CONNECTED = "body:is([data-link=live], [data-link=stale])"
"""Selects the body of a page with a connection, whose telemetry may be old."""


@pytest.fixture
def open_page(system: Running, browser: Browser) -> Iterator[Opener]:
    """Open pages: `page, watch = open_page("#/table", width=390, theme="light")`; errors fail the test at its end."""
    opened: list[tuple[Page, Watch]] = []

    def opening(
        address: str = "#/",
        *,
        width: int = 1440,
        height: int = 900,
        theme: str = "dark",
        url: str | None = None,
        forgiven: tuple[str, ...] = (),
        ready: bool = True,
        before: Callable[[Page], None] | None = None,
        **options: object,
    ) -> tuple[Page, Watch]:
        base = url or system.url
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, **options)  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        watch = Watch({urlsplit(base).netloc}, forgiven=forgiven)
        watch.on(page)
        if before:
            before(page)
        opened.append((page, watch))
        page.goto(f"{base}/{address}", wait_until="commit")
        if ready:
            # With a fake gateway telemetry may come only once, and is stale three seconds later.
            page.wait_for_selector(CONNECTED if before else LIVE)
        return page, watch

    yield opening
    for page, _ in opened:
        page.context.close()
    for _, watch in opened:
        watch.assert_clean()


@pytest.fixture
def page(open_page: Opener) -> Page:
    return open_page()[0]


@pytest.fixture(scope="module")
def core(browser: Browser, system: Running) -> Iterator[Page]:
    """A page of the gateway's origin, in which tests import modules of the dashboard."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{system.url}/docs")
    yield page
    context.close()
