"""Content from outside: texts of people and devices, and another system at the same address."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from shared.domain.kinds import NodeType
from shared.domain.topology import Topology
from tests.browser.conftest import CONNECTED, Opener
from tests.browser.fake_gateway import FakeGateway, topology_of
from tests.browser.test_extremes import small

ROUTERS, SERVERS = 20, 1_080
HOSTILE = "a\x1b[2Jb\u202ec\u2066d\u200be\u0085f\u2028g\u00adh\ufeffi"
SHOWN = r"a\x1b[2Jb\u202ec\u2066d\u200be\x85f\u2028g\xadh\ufeffi"
SEEN = """() => {
  const unseen = /[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\xad\\u200b\\u2028-\\u202e\\u2066-\\u2069\\ufeff]/;
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (unseen.test(walk.currentNode.data)) found.push(walk.currentNode.data);
  for (const one of document.querySelectorAll("[title], [aria-label], [placeholder]"))
    for (const name of ["title", "aria-label", "placeholder"])
      if (unseen.test(one.getAttribute(name) ?? "")) found.push(`${name}: ${one.getAttribute(name)}`);
  if (unseen.test(document.title)) found.push(document.title);
  return found;
}"""


def big(name: str) -> Topology:
    routers = [f"{name}-router-{i}" for i in range(ROUTERS)]
    servers = [f"{name}-server-{i}" for i in range(SERVERS)]
    links = [(server, routers[i % ROUTERS]) for i, server in enumerate(servers)]
    links += [(routers[i - 1], router) for i, router in enumerate(routers)]
    kinds = dict.fromkeys(routers, NodeType.ROUTER) | dict.fromkeys(servers, NodeType.SERVER)
    return topology_of(kinds, links)


def drawn(page: Page) -> int:
    found: int = page.evaluate("async () => (await import('/assets/panels/topology.js')).theMap().stats().nodes")
    return found


def group_of(page: Page, node: str) -> str:
    found: str = page.evaluate("async (id) => (await import('/assets/map/group.js')).groupOf(id)", node)
    return found


def test_after_a_change_of_system_nothing_of_the_old_one_is_shown(open_page: Opener) -> None:
    gateway = FakeGateway(big("old"), incidents=6, lines=20)
    page, _ = open_page("#/?q=old-server-7", before=gateway.on)
    page.wait_for_function("async () => (await import('/assets/panels/topology.js')).theMap().stats().nodes > 0")
    page.evaluate("location.hash = '#/group/group%20old-router-3?q=old-server-7'")
    expect(page.locator("#topology-head")).to_contain_text("All groups")
    page.evaluate("window.lasting = true")
    gateway.sockets[-1].send(gateway.snapshot())
    expect(page.locator("#topology-head")).to_contain_text("All groups")
    assert page.evaluate("window.lasting"), "a gateway that only restarted is the same system"

    gateway.topology, gateway.instance, gateway.incidents = big("new"), "another", 0
    gateway.sockets[-1].send(gateway.snapshot())
    expect(page.locator("#toast")).to_contain_text("Another system")
    page.wait_for_selector(CONNECTED)
    expect(page.locator("#filter")).to_have_value("")
    assert page.url.endswith("#/")
    page.wait_for_function("async () => (await import('/assets/panels/topology.js')).theMap().stats().nodes > 0")
    assert drawn(page) == ROUTERS
    assert (bool(group_of(page, "new-server-7")), group_of(page, "old-server-7")) == (True, "")
    assert "old-" not in page.locator("body").inner_text()


def test_groups_follow_another_topology_of_the_same_size(open_page: Opener) -> None:
    gateway = FakeGateway(big("old"))
    page, _ = open_page(before=gateway.on)
    page.wait_for_function("async () => (await import('/assets/panels/topology.js')).theMap().stats().nodes > 0")
    gateway.topology = big("new")
    gateway.sockets[-1].send(gateway.snapshot())
    page.wait_for_function("async () => (await import('/assets/map/group.js')).groupOf('new-server-7') !== ''")
    assert group_of(page, "old-server-7") == ""


@pytest.mark.parametrize(
    "address", ["", "table", "table?of=links", "log", "incidents", "incident", "node/edge", "control"]
)
def test_control_and_invisible_characters_are_escaped(open_page: Opener, address: str) -> None:
    gateway = FakeGateway(small(), incidents=6, lines=20, line=HOSTILE, comments=(f"eve: {HOSTILE}",))
    plain = gateway.frame
    named = f"server{HOSTILE}-1"
    gateway.frame = lambda event, data: plain(event, renamed(data, "server-1", named))  # type: ignore[method-assign]
    where = {"incident": f"incident/{gateway.incident_id(5)}", "node/edge": "node/edge"}.get(address, address)
    page, _ = open_page(f"#/{where}", before=gateway.on)
    if address == "node/edge":
        page.evaluate("(id) => location.hash = `#/node/${encodeURIComponent(id)}`", named)
        expect(page.locator("#side-title")).to_have_text(f"server{SHOWN}-1")
    if address in ("", "log"):
        expect(page.locator("#tail, #page").filter(has_text=SHOWN).first).to_be_visible()
    if address == "table":
        page.get_by_role("link", name=f"server{SHOWN[:8]}").click()
        expect(page.locator("#side figcaption")).not_to_have_count(0)
        page.go_back()
    if address == "incident":
        expect(page.locator(".comments")).to_have_text(f"eve: {SHOWN}")
    page.wait_for_timeout(300)
    assert page.evaluate(SEEN) == []


def renamed(data: object, old: str, new: str) -> object:
    if isinstance(data, str):
        return data.replace(old, new)
    if isinstance(data, list):
        return [renamed(each, old, new) for each in data]
    if isinstance(data, dict):
        return {name: renamed(each, old, new) for name, each in data.items()}
    return data
