"""What a kind of fault can strike, and the same words for what does not fit, whoever is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from network.host.registry import FaultRegistry
from services.injector.core import requested
from shared.domain.errors import UnknownTarget
from shared.domain.events import Fault
from shared.domain.kinds import FaultKind, NodeType
from shared.domain.requests import InjectFault
from shared.domain.targets import fitting, require_fitting
from shared.domain.topology import Node, Topology, default_topology
from shared.testing import EVERYTHING, LINK_FAULTS, NODE_FAULTS

NETWORK = default_topology()
ISLAND = Node(id="island", type=NodeType.SERVER)
SEA = Topology(nodes=(*NETWORK.nodes, ISLAND), links=NETWORK.links)
LINK = "core-router-1--edge-switch-1"
Ask = Callable[[Topology, FaultKind, str], object]


def injector(topology: Topology, kind: FaultKind, target: str) -> object:
    return requested(
        InjectFault(request_id="one", kind=kind, target=target, strength=1, duration=60), topology, [], EVERYTHING
    )


def network(topology: Topology, kind: FaultKind, target: str) -> object:
    fault = Fault(id="one", kind=kind, target=target, strength=1, started=0, ends=60, ttl=60)
    return FaultRegistry(topology).check(fault)


@pytest.mark.parametrize("kind", FaultKind)
def test_every_kind_has_targets(kind: FaultKind) -> None:
    expected = (16 if kind in NODE_FAULTS else 0) + (len(NETWORK.links) if kind in LINK_FAULTS else 0)
    assert len(fitting(NETWORK, kind)) == expected
    assert all(require_fitting(NETWORK, kind, target) == target for target in fitting(NETWORK, kind))


def test_among_some_targets_those_that_fit_are_told() -> None:
    assert fitting(NETWORK, FaultKind.HIGH_CPU, ("server-1", LINK)) == ["server-1"]
    assert fitting(NETWORK, FaultKind.LINK_DOWN, ("server-1", LINK)) == [LINK]


@pytest.mark.parametrize("kind", FaultKind)
def test_a_node_without_links_has_no_ports_to_strike(kind: FaultKind) -> None:
    assert ("island" in fitting(SEA, kind)) == (kind in NODE_FAULTS and kind not in LINK_FAULTS)


@pytest.mark.parametrize("ask", [require_fitting, injector, network])
@pytest.mark.parametrize(
    ("topology", "kind", "target", "says"),
    [
        (
            NETWORK,
            FaultKind.HIGH_CPU,
            "server-99",
            "unknown target 'server-99': close to it are server-8, .*; there are core-router-1, .*, ...",
        ),
        (NETWORK, FaultKind.HIGH_CPU, LINK, f"high_cpu strikes a node, and '{LINK}' is a link: there are core.*, ..."),
        (NETWORK, FaultKind.LINK_DOWN, "server-3", "link_down strikes a link, and 'server-3' is a node: there are .*"),
        (SEA, FaultKind.PACKET_LOSS, "island", "packet_loss strikes the ports of a node, and 'island' has no link: .*"),
        (Topology(nodes=(ISLAND,)), FaultKind.LINK_DOWN, "island", ".*: there are none in this network"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_same_words(
    ask: Ask, topology: Topology, kind: FaultKind, target: str, says: str
) -> None:
    with pytest.raises(UnknownTarget, match=f"^{says}$"):
        ask(topology, kind, target)
