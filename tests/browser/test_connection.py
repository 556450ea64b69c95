"""The page shows the age of its data and a lost connection; afterwards nothing is duplicated or stale."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocketRoute, expect

from benchmarks.running import Running
from tests.browser.conftest import Opener

BACK_WITHIN = 30_000
TRIED_WITHIN = 500
STATE = """async () => {
  const {board} = await import("/assets/board.js");
  const lines = board.state.lines.map((line) => line.timestamp + line.service + line.message);
  return {seq: board.state.seq, lines, nodes: board.state.nodes.size, links: board.state.links.size};
}"""


class Wire:
    """A proxy for the page's WebSocket: a test can cut it, refuse it, drop its messages, and count its connections."""

    def __init__(self) -> None:
        self.routes: list[WebSocketRoute] = []
        self.mute = False
        self.barred = False

    def on(self, page: Page) -> None:
        page.route_web_socket("**/ws*", self._route)

    def cut(self) -> None:
        self.routes[-1].close(code=1011)

    def _route(self, route: WebSocketRoute) -> None:
        self.routes.append(route)
        if self.barred:
            route.close(code=1013)
            return
        server = route.connect_to_server()
        server.on_message(lambda message: None if self.mute else route.send(message))


def test_the_age_of_the_last_message_is_shown(page: Page) -> None:
    expect(page.locator(".fresh")).to_contain_text("Live")
    expect(page.locator("#age")).to_contain_text(" s")


def test_a_lost_connection_is_reported_and_restored(system: Running, open_page: Opener) -> None:
    wire = Wire()
    page, _ = open_page(before=wire.on)
    before = page.evaluate(STATE)
    wire.barred = True
    wire.cut()
    banner = page.locator(".banner.lost")
    expect(banner).to_contain_text("Connection lost")
    expect(page.locator("body")).to_have_attribute("data-link", "lost")
    expect(page.locator("#start")).to_be_disabled()
    expect(page.locator(".fresh")).to_contain_text("Lost")
    tried = len(wire.routes)
    # While connections are refused the button stays; the page also reconnects by itself, which would remove it.
    banner.get_by_role("button", name="Try now").evaluate("button => button.click()")
    page.wait_for_timeout(TRIED_WITHIN)
    assert len(wire.routes) > tried
    wire.barred = False
    expect(page.locator("body")).to_have_attribute("data-link", "live", timeout=BACK_WITHIN)
    expect(banner).to_have_count(0)
    expect(page.locator("#start")).to_be_enabled()
    assert "since=" in wire.routes[-1].url, "the feed was not resumed"
    after = page.evaluate(STATE)
    assert after["seq"] != before["seq"]
    assert len(after["lines"]) == len(set(after["lines"]))
    assert (after["nodes"], after["links"]) == (16, 21)


def test_missing_telemetry_is_reported_while_the_gateway_answers(open_page: Opener) -> None:
    wire = Wire()
    page, _ = open_page(before=wire.on)
    wire.mute = True
    expect(page.locator(".banner.stale")).to_contain_text("No news from the network")
    expect(page.locator(".fresh")).to_contain_text("Stale")
    wire.mute = False
    expect(page.locator("body")).to_have_attribute("data-link", "live", timeout=BACK_WITHIN)


def test_nothing_is_painted_while_the_page_is_hidden(open_page: Opener) -> None:
    page, _ = open_page()
    painted = page.evaluate(
        """async () => {
          const {watch} = await import("/assets/board.js");
          let count = 0;
          watch(["nodes"], () => count++);
          const wait = (ms) => new Promise((done) => setTimeout(done, ms));
          Object.defineProperty(document, "hidden", {value: true, configurable: true});
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));  // scheduled before
          const before = count;
          await wait(1500);
          const hidden = count - before;
          Object.defineProperty(document, "hidden", {value: false, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
          await wait(1500);
          return {hidden, seen: count - before - hidden};
        }"""
    )
    assert painted["hidden"] == 0
    assert painted["seen"] > 0
