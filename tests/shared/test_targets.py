"""The possible targets of each kind of fault; injector and network refuse others with the same message."""

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
THERE = "possible targets: "
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


def test_only_those_of_the_given_targets_that_fit_are_returned() -> None:
    assert fitting(NETWORK, FaultKind.HIGH_CPU, ("server-1", LINK)) == ["server-1"]
    assert fitting(NETWORK, FaultKind.LINK_DOWN, ("server-1", LINK)) == [LINK]


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_of_ports_does_not_fit_a_node_without_links(kind: FaultKind) -> None:
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
        (
            NETWORK,
            FaultKind.HIGH_CPU,
            LINK,
            f"the target of high_cpu is a node, and '{LINK}' is a link; {THERE}core.*, ...",
        ),
        (
            NETWORK,
            FaultKind.LINK_DOWN,
            "server-3",
            f"the target of link_down is a link, and 'server-3' is a node; {THERE}.*",
        ),
        (
            SEA,
            FaultKind.PACKET_LOSS,
            "island",
            "the target of packet_loss is a node with links, and 'island' has none; .*",
        ),
        (Topology(nodes=(ISLAND,)), FaultKind.LINK_DOWN, "island", f".*; {THERE}none in this network"),
    ],
)
def test_injector_and_network_refuse_a_target_with_the_same_message(
    ask: Ask, topology: Topology, kind: FaultKind, target: str, says: str
) -> None:
    with pytest.raises(UnknownTarget, match=f"^{says}$"):
        ask(topology, kind, target)
