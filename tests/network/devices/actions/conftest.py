"""A node of namespaces for all tests of a module, and a second one at the end of its cables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.network.devices.actions.cases import MANAGEMENT, MANAGER
from tests.network.devices.actions.nodes import Node, skip_without_parts


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Node, Node]]:
    """Joined by eth0 with eth0, and mgmt0 with mgmt0, through which `a-near` would be managed."""
    skip_without_parts()
    near, far = Node("near"), Node("far")
    try:
        near.cable("eth0", far, "eth0")
        near.cable("mgmt0", far, "mgmt0")
        near.run("ip", "address", "add", f"{MANAGEMENT}/24", "dev", "mgmt0")
        far.run("ip", "address", "add", f"{MANAGER}/24", "dev", "mgmt0")
        yield near, far
    finally:
        near.close()
        far.close()


@pytest.fixture(scope="module")
def node(pair: tuple[Node, Node]) -> Node:
    return pair[0]
