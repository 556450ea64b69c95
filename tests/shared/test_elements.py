"""The topology decides the kind of an element; for others the form of the name does."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.domain.catalogue import Role
from shared.domain.elements import has_role, is_carried, kind_of
from shared.domain.kinds import ElementKind
from shared.domain.topology import default_topology
from shared.testing import anomaly
from shared.topologies import read_topology

WORLD = read_topology(Path(__file__).parent / "topologies" / "world.yaml")


def test_names_of_devices_may_contain_the_separators_of_other_kinds() -> None:
    assert any("/" in link for link in WORLD.link_by_id)
    assert {kind_of(WORLD, node) for node in WORLD.node_by_id} == {ElementKind.NODE}
    assert {kind_of(WORLD, link) for link in WORLD.link_by_id} == {ElementKind.LINK}


def test_a_link_of_such_a_device_is_recognised_as_a_link() -> None:
    link = next(link for link in WORLD.link_by_id if "/" in link)
    assert has_role(WORLD, anomaly(link, "up"), Role.STATE)
    assert not is_carried(WORLD, anomaly(link, "latency"))


@pytest.mark.parametrize(
    ("element", "kind"),
    [
        ("edge-switch-1:eth0", ElementKind.INTERFACE),
        ("ospf/core-router-1--core-router-2", ElementKind.SESSION),
        ("dns/server-1", ElementKind.SERVICE),
        ("server-1->server-2", ElementKind.PATH),
        ("gone-1--gone-2", ElementKind.LINK),
        ("gone-1", ElementKind.NODE),
    ],
)
def test_an_element_outside_the_topology_is_recognised_by_its_form(element: str, kind: ElementKind) -> None:
    assert kind_of(default_topology(), element) is kind
