"""Networks of other shapes than the default: the loop repairs faults in each, and takes no action in a healthy one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.running import Running
from benchmarks.scorecard import campaign
from benchmarks.zoo import maps
from nms.simulate import quiet, simulate
from services.gateway.scoring.scorecard import ScorecardReport
from shared.domain.config import Desired
from shared.domain.events import FaultEnded
from shared.domain.kinds import EndedBy, FaultKind, NodeType
from shared.domain.topology import Link, Node, Topology, sized_topology
from shared.topologies import fat_tree, leaf_spine, read_topology

FEW, MANY = 16, 48
MAPS = {file.stem: file for file in maps()}
SMALL, ODD, LARGEST, WIDEST = "askelund", "jorvoll", "pellworm", "lorvand"
AT_MOST = 1_200
HOW_TO = "nms up --fresh --topology my-network.yaml"
INVENTORY = Path(__file__).parents[1] / "shared" / "topologies" / "inventory.yaml"


def assert_heals(report: ScorecardReport, faults: int, spare: int | None = None) -> None:
    """Check a run by the limits of the default network; one fault in 48 may miss them, or `spare`."""
    spare = faults // MANY if spare is None else spare
    assert report.faults == report.detected == faults
    assert min(report.right_node, report.right_kind, report.repaired) >= faults - spare
    assert report.needless_actions <= spare
    assert report.false_anomalies <= spare


def test_the_zoo_has_maps_of_every_size() -> None:
    sizes = sorted(len(read_topology(file).nodes) for file in MAPS.values())
    assert (len(sizes), sizes[0], sizes[-1]) == (20, 10, 200)


@pytest.mark.parametrize("name", [SMALL, ODD, WIDEST])
def test_the_loop_repairs_faults_in_a_few_maps(name: str) -> None:
    assert_heals(simulate(FEW, seed=3, topology=read_topology(MAPS[name])), FEW)


@pytest.mark.soak
@pytest.mark.timeout(AT_MOST)
@pytest.mark.parametrize("file", MAPS.values(), ids=MAPS)
def test_the_loop_repairs_faults_in_every_map(file: Path) -> None:
    report = simulate(MANY, seed=5, topology=read_topology(file))
    assert set(report.by_kind) == set(FaultKind)
    assert_heals(report, MANY)


def chain(*kinds: NodeType) -> Topology:
    nodes = tuple(Node(id=f"n{i}", type=kind) for i, kind in enumerate(kinds))
    links = (Link(source=nodes[i].id, target=nodes[i + 1].id, capacity=1000) for i in range(len(nodes) - 1))
    return Topology(nodes=nodes, links=tuple(links))


@pytest.mark.parametrize(
    "topology",
    [
        chain(NodeType.ROUTER, NodeType.SERVER),
        chain(NodeType.ROUTER, NodeType.SWITCH, NodeType.SERVER),
        sized_topology(3),
        leaf_spine(2, 4, 0),
        fat_tree(2),
    ],
    ids=("two", "one of each", "three", "no server", "fat-tree"),
)
def test_the_loop_repairs_faults_in_degenerate_networks(topology: Topology) -> None:
    # With three nodes, congestion comes again to a link that an earlier action still limits: no sample shows its load.
    assert_heals(simulate(FEW, seed=2, topology=topology), FEW, spare=1)


def test_a_healthy_map_gets_no_action() -> None:
    report = quiet(200, seed=4, topology=read_topology(MAPS[WIDEST]))
    assert (report.actions, report.false_anomalies) == (0, 0)


@pytest.mark.soak
@pytest.mark.timeout(AT_MOST)
@pytest.mark.parametrize(("name", "speed"), [(ODD, 2.0), (LARGEST, 1.0)])
def test_the_processes_repair_faults_in_a_map(name: str, speed: float) -> None:
    report, events = campaign(7, speed, FEW, "--topology", str(MAPS[name]))
    ended = {event.fault.id: event.fault.ended_by for event, _ in events if isinstance(event, FaultEnded)}
    assert ended == dict.fromkeys(ended, EndedBy.ACTION)
    assert len(ended) == report.faults == report.detected == FEW
    assert min(report.right_node, report.right_kind, report.repaired) >= FEW - 1
    assert report.needless_actions <= 1


@pytest.mark.slow
def test_a_system_starts_with_an_inventory() -> None:
    options = HOW_TO.replace("my-network.yaml", str(INVENTORY)).split()[2:]
    with Running(*options, desired=Desired(running=False)) as system:
        shown = system.get("/api/topology")
        assert isinstance(shown["nodes"], list)
        assert {node["id"]: node["type"] for node in shown["nodes"]} == {
            node.id: node.type.value for node in read_topology(INVENTORY).nodes
        }
