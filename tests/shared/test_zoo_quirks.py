"""Peculiarities of the Topology Zoo's files and of programs that export topologies."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.domain.kinds import NodeType
from shared.domain.names import flaw
from shared.domain.topology import Topology
from shared.topologies import read_topology
from shared.topologies.capacity import DEFAULT_CAPACITY
from shared.topologies.gml import read_gml
from shared.topologies.graphml import read_graphml

ZOO = Path(__file__).parent / "topologies" / "zoo"
HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'


def gml(inside: str) -> Topology:
    return read_gml(f"graph [\n{inside}\n]".encode()).topology()


def graphml(inside: str, keys: str = "") -> Topology:
    return read_graphml(f"{HEAD}{keys}<graph>{inside}</graph></graphml>".encode()).topology()


def names(topology: Topology) -> list[str]:
    return [node.id for node in topology.nodes]


def capacities(topology: Topology) -> dict[str, float]:
    return {link.id: link.capacity for link in topology.links}


def test_missing_labels() -> None:
    assert names(gml('node [ id 0 ] node [ id 1 label "" ] node [ id 2 label "None" ] node [ id 3 label "?" ]')) == [
        "node-0", "node-1", "node-2", "node-3",
    ]  # fmt: skip
    assert names(graphml('<node id="0"/><node id="n1"><data key="label"></data></node>')) == ["node-0", "n1"]


def test_duplicate_labels() -> None:
    assert names(gml('node [ id 0 label "Paris" ] node [ id 1 label "Paris" ] node [ id 2 label "Paris-2" ]')) == [
        "Paris", "Paris-3", "Paris-2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Aix-en-Provence", "Aix-en-Provence"), ("St. John&apos;s, NL", "St. John's, NL"),
        ("K&#248;benhavn", "København"),
        ("Łódź -- Południe", "Łódź - Południe"), ("São Paulo (GRU)", "São Paulo (GRU)"), ("Νέα Λίμνη", "Νέα Λίμνη"),
        ("Восточный 2", "Восточный 2"), ("10.0.0.1", "10.0.0.1"), ("a.b.example.net", "a.b.example.net"), ("-x-", "x"),
    ],
)  # fmt: skip
def test_hyphenated_and_foreign_names(label: str, name: str) -> None:
    assert names(gml(f'node [ id 0 label "{label}" ]')) == [name]


@pytest.mark.parametrize(
    ("written", "mbits"),
    [
        ('LinkSpeed "10" LinkSpeedUnits "G" LinkSpeedRaw 10000000000.0', 10_000.0),
        ('LinkSpeed "155" LinkSpeedUnits "M"', 155.0),
        ('LinkSpeed "512" LinkSpeedUnits "K"', 0.512),
        ('LinkSpeed "2.5" LinkSpeedUnits "Gbps"', 2_500.0),
        ('LinkLabel "2 x 10 Gbps"', 20_000.0),
        ('LinkLabel "STM-4 622 Mbit/s"', 622.0),
        ('LinkSpeed "?" LinkSpeedUnits "M"', DEFAULT_CAPACITY),
        ('LinkSpeed "" LinkSpeedRaw "?" LinkLabel "?"', DEFAULT_CAPACITY),
        ('LinkLabel "Fibre, 34 pairs"', DEFAULT_CAPACITY),
        ('LinkSpeedRaw 0.0 LinkNote "1 x 10 Gbps"', DEFAULT_CAPACITY),
        ('LinkSpeedRaw "nan"', DEFAULT_CAPACITY),
        ("bandwidth 2500", 2_500.0),
    ],
)
def test_units_and_question_marks(written: str, mbits: float) -> None:
    read = gml(f"node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 {written} ]")
    assert capacities(read) == {"node-0--node-1": pytest.approx(mbits)}


def test_parallel_links_and_self_loops() -> None:
    edges = "edge [ source 0 target 1 bandwidth 10 ] " * 3 + "edge [ source 1 target 0 bandwidth 5 ]"
    loops = "edge [ source 0 target 0 bandwidth 99 ] edge [ source 1 target 1 ]"
    assert capacities(gml(f"multigraph 1 node [ id 0 ] node [ id 1 ] {edges} {loops}")) == {"node-0--node-1": 35.0}


def test_directed_graphs_have_a_capacity_for_each_direction() -> None:
    both = "edge [ source 0 target 1 bandwidth 10 ] edge [ source 1 target 0 bandwidth 5 ]"
    assert capacities(gml(f"directed 1 node [ id 0 ] node [ id 1 ] {both}")) == {"node-0--node-1": 10.0}
    xml = '<graph edgedefault="directed"><node id="a"/><node id="b"/><edge source="a" target="b"/></graph>'
    assert list(capacities(read_graphml(f"{HEAD}{xml}</graphml>".encode()).topology())) == ["a--b"]


def test_ids_written_as_doubles_or_below_zero() -> None:
    read = gml('node [ id 0.0 label "a" ] node [ id -1 label "b" ] edge [ source 0 target -1.0 ]')
    assert list(capacities(read)) == ["a--b"]


def test_edges_before_their_nodes() -> None:
    assert list(capacities(gml('edge [ source 0 target 1 ] node [ id 0 label "a" ] node [ id 1 label "b" ]')))


def test_external_nodes_without_a_place() -> None:
    read = gml(
        'node [ id 0 label "Oslo" Longitude 10.7 Latitude 59.9 Internal 1 ] '
        'node [ id 1 label "Internet" Internal 0 ] node [ id 2 label "" hyperedge 1 ] '
        "edge [ source 0 target 1 ] edge [ source 0 target 2 ]"
    )
    assert {node.id: node.type for node in read.nodes} == {
        "Oslo": NodeType.ROUTER, "Internet": NodeType.SERVER, "node-2": NodeType.SERVER,
    }  # fmt: skip


def test_comments_and_foreign_blocks_are_ignored() -> None:
    text = 'Creator "a [ b ]"\n# graph [\nVersion 1\ngraph [ # here\n comment "no ] end"\n node [ id 0 # zero\n'
    text += ' graphics [ x 1 y 2 fill "#00FF00" ] ] LabelGraphics [ text "node [" ] ]\n'
    assert names(read_gml(text.encode()).topology()) == ["node-0"]
    assert names(graphml('<!-- <node id="z"/> --><node id="a"><desc>no <b/> matter</desc></node>')) == ["a"]


def test_keys_without_for_or_name_and_in_the_wrong_order_are_read() -> None:
    keys = '<key id="d0" attr.name="label"/><key id="Capacity"><default>10G</default></key>'
    read = graphml('<node id="0"><data key="d0">Oslo</data></node><node id="1"/><edge source="0" target="1"/>', keys)
    assert capacities(read) == {"Oslo--node-1": 10_000.0}
    late = (
        f'{HEAD}<graph><node id="0"><data key="k">Oslo</data></node></graph><key id="k" attr.name="label"/></graphml>'
    )
    assert names(read_graphml(late.encode()).topology()) == ["node-0"], "a key that comes too late says nothing"


def test_groups_of_nodes_as_editors_draw_them() -> None:
    inside = '<node id="g"><graph><node id="g::a"/><node id="g::b"/><edge source="g::a" target="g::b"/></graph></node>'
    assert list(capacities(graphml(inside))) == ["g::a--g::b"]
    assert names(graphml(inside)) == ["g::a", "g::b"]


def test_encodings_are_recognised() -> None:
    text = '<?xml version="1.0" encoding="{}"?><graphml><graph><node id="Köln"/></graph></graphml>'
    for encoding in ("utf-8", "utf-16", "iso-8859-1", "windows-1252"):
        assert names(read_graphml(text.format(encoding).encode(encoding)).topology()) == ["Köln"]
    for data in ('graph [ node [ id 0 label "Köln" ] ]'.encode(code) for code in ("utf-8-sig", "latin-1")):
        assert names(read_gml(data).topology()) == ["Köln"]


def test_disconnected_parts_stay() -> None:
    read = gml("".join(f"node [ id {i} ] " for i in range(6)) + "edge [ source 0 target 1 ] edge [ source 2 target 3 ]")
    assert (len(read.nodes), len(read.links)) == (6, 2)


@pytest.mark.parametrize(
    ("name", "nodes", "links"),
    [("kastria", 16, 20), ("norrhavn", 26, 28), ("jorvoll", 22, 20), ("ravendal", 20, 24), ("pellworm", 200, 280)],
)
def test_all_maps_in_the_zoo_folder_are_read(name: str, nodes: int, links: int) -> None:
    read = read_topology(next(ZOO.glob(f"{name}.*")))
    assert (len(read.nodes), len(read.links)) == (nodes, links)
    assert all(flaw(node.id) is None for node in read.nodes)
