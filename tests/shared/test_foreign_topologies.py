"""Files of other programs are read correctly or refused with the line; omissions are reported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from shared.domain.errors import TopologyError
from shared.topologies import Reading, read_map

FILES = Path(__file__).parent / "topologies" / "foreign"
XML = '<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">{}</graphml>'
IGRAPH = XML.format(
    '<key id="v_name" for="node" attr.name="name"/><key id="e_capacity" for="edge" attr.name="capacity"/>'
    '<graph id="G" edgedefault="undirected"><node id="n0"><data key="v_name">Oslo</data></node>'
    '<node id="n1"><data key="v_name">Bergen</data></node>'
    '<edge source="n0" target="n1"><data key="e_capacity">10000</data></edge></graph>'
)
GEPHI = XML.format(
    '<key attr.name="label" for="node" id="label"/><key attr.name="Edge Label" for="edge" id="edgelabel"/>'
    '<key attr.name="weight" for="edge" id="weight"/><graph edgedefault="undirected"><node id="0">'
    '<data key="label">Oslo</data></node><node id="1"><data key="label">Bergen</data></node>'
    '<edge id="0" source="0" target="1"><data key="edgelabel">10G</data><data key="weight">1.0</data></edge></graph>'
)
YFILES = XML.format(
    '<key id="d0" for="node" attr.name="NodeLabels"/><key id="d1" for="edge" attr.name="EdgeLabels"/><graph id="G">'
    '<node id="n0"><data key="d0"><List><Label><Label.Text><![CDATA[Oslo]]></Label.Text></Label></List></data></node>'
    '<node id="n1"><data key="d0"><List><Label><Label.Text>Bergen</Label.Text></Label></List></data></node>'
    '<edge id="e0" source="n0" target="n1"><data key="d1"><List><Label><Label.Text>10 Gbit/s</Label.Text></Label>'
    "</List></data></edge></graph>"
)
GML_OF_IGRAPH = (
    'Creator "igraph"\ngraph [ directed 0 node [ id 0 name "Oslo" ] node [ id 1 name "Bergen" ] '
    "edge [ source 0 target 1 capacity 10000 ] ]"
)
GML_OF_YED = (
    'graph [ hierarchic 1 node [ id 0 label "Oslo" gid 2 ] node [ id 1 label "Bergen" gid 2 ] '
    'node [ id 2 label "Norway" isGroup 1 ] edge [ source 0 target 1 label "2 x 5 Gbit/s" ] ]'
)


def written(folder: Path, name: str, content: str) -> Reading:
    (folder / name).write_text(content, encoding="utf-8")
    return read_map(folder / name)


def names(reading: Reading) -> list[str]:
    return [node.id for node in reading.topology.nodes]


def capacities(reading: Reading) -> dict[str, float]:
    return {link.id: link.capacity for link in reading.topology.links}


@pytest.mark.parametrize(
    ("name", "content", "warns"),
    [
        ("igraph.graphml", IGRAPH, ()),
        ("gephi.graphml", GEPHI, ()),
        ("yfiles.graphml", YFILES, ()),
        ("igraph.gml", GML_OF_IGRAPH, ()),
        ("yed.gml", GML_OF_YED, ("line 1: 'Norway' is a group, a frame around nodes, and no node itself",)),
    ],
)
def test_names_and_capacities_are_found_in_the_fields_of_each_program(
    tmp_path: Path, name: str, content: str, warns: tuple[str, ...]
) -> None:
    reading = written(tmp_path, name, content)
    assert names(reading) == ["Oslo", "Bergen"]
    assert capacities(reading) == {"Bergen--Oslo": 10_000.0}
    assert reading.warnings == warns


def test_labels_that_yed_writes_on_nodes_and_edges_are_read() -> None:
    reading = read_map(FILES / "yed-labels.graphml")
    assert names(reading) == ["border-a", "floor-1", "printer"]
    assert capacities(reading) == {"border-a--floor-1": 10_000.0, "floor-1--printer": 1_000.0}
    assert not reading.warnings


def test_a_frame_of_yed_is_no_node_and_no_end_of_a_link(tmp_path: Path) -> None:
    reading = read_map(FILES / "yed-groups.graphml")
    assert names(reading) == ["north-core", "north-leaf", "south-core"]
    assert list(capacities(reading)) == ["north-core--north-leaf", "north-core--south-core"]
    assert [warning.partition(":")[0] for warning in reading.warnings] == ["line 6", "line 13"]
    text = (FILES / "yed-groups.graphml").read_text()
    with pytest.raises(TopologyError, match="line 18: a link ends at the group 'Site South'; draw it to a node in it"):
        written(
            tmp_path,
            "a.graphml",
            text.replace('target="n1::n0"/>\n  </graph>\n</graphml>', 'target="n1"/></graph></graphml>'),
        )


def test_a_label_of_a_link_that_is_no_capacity_is_reported(tmp_path: Path) -> None:
    text = (FILES / "yed-labels.graphml").read_text()
    for label in ("Gi0/1", "1000", "3m", "10 GB/s"):
        reading = written(tmp_path, "a.graphml", text.replace("10 Gbit/s", label))
        assert reading.warnings == (f"line 9: '{label}' beside a link is no capacity; it has 1000 Mbit/s",)


# --- networkx

RING = nx.Graph()
RING.add_nodes_from([("a", {"type": "router"}), ("b", {"type": "switch"}), ("c", {"type": "server"})])
RING.add_edges_from([("a", "b", {"capacity": 4000}), ("b", "c", {})])


@pytest.mark.parametrize(
    "spelling",
    [
        {"edges": "edges"},
        {"edges": "links"},
        {"edges": "edges", "source": "from", "target": "to"},
        {"edges": "links", "name": "name"},
        {"edges": "edges", "name": "key"},
    ],
)
def test_every_spelling_of_node_link_is_read(tmp_path: Path, spelling: dict[str, str]) -> None:
    content = json.dumps(nx.node_link_data(RING, **spelling))
    reading = written(tmp_path, "a.json", content)
    assert {node.id: node.type.value for node in reading.topology.nodes} == {
        "a": "router",
        "b": "switch",
        "c": "server",
    }
    assert capacities(reading) == {"a--b": 4_000.0, "b--c": 1_000.0}


def test_a_node_of_networkx_is_called_by_its_label_or_its_id(tmp_path: Path) -> None:
    graph = nx.MultiGraph()
    graph.add_nodes_from([(0, {"name": "Oslo"}), (1, {"label": "Осло"}), (2, {})])
    graph.add_edges_from([(0, 1, {"capacity": 10}), (0, 1, {"capacity": 5}), (1, 2), (2, 2)])
    reading = written(tmp_path, "a.json", json.dumps(nx.node_link_data(graph, edges="edges"), indent=1))
    assert names(reading) == ["Oslo", "Осло", "node-2"]
    assert capacities(reading) == {"Oslo--Осло": 15.0, "node-2--Осло": 1_000.0}
    (warning,) = reading.warnings
    assert "a link from '2' to itself carries nothing and is left out" in warning


TWO: Mapping[str, Any] = {"nodes": [{"id": "a", "type": "router"}, {"id": "b", "type": "switch"}]}
EDGE = {"source": "a", "target": "b", "capacity": 1}
REFUSED = [
    ({**TWO, "connections": [EDGE]}, "line 12: 'connections' is not known in the format of NMS; there are nodes,"),
    ({**TWO, "links": [{**EDGE, "weight": 3}]}, "'weight' is not known in a link; there are source, target, capacity"),
    ({"nodes": [{**TWO["nodes"][0], "name": "x"}]}, "line 6: 'name' is not known in a node; there are id, type, info"),
    ({"directed": False, **TWO}, "line 1: links are under 'links' or under 'edges', and here under neither"),
    ({**TWO, "links": [EDGE], "edges": []}, "links are under 'links' or under 'edges', and here under both; keep one"),
    ({"graph": {}, **TWO, "connections": [EDGE]}, "'connections' is not known in a map of networkx (node_link)"),
    ({**TWO, "edges": [{"u": "a", "v": "b"}]}, "a link lacks an end; give it a source and a target"),
    ({**TWO, "edges": [{"source": 0, "target": 1}]}, "line 13: a link ends at 0, which is no node's id"),
    ({"nodes": [{"id": True}], "edges": []}, "a node has no id that is a text or a whole number"),
    ({"nodes": [{"id": 1}, {"id": "1"}], "edges": []}, "node '1' is there twice; give each node an id of its own"),
    ({"nodes": {"a": 1}, "edges": []}, "'nodes' is no list; write one"),
    (nx.adjacency_data(RING), "'adjacency' is not known in a map of networkx"),
    (nx.cytoscape_data(RING), "it must hold"),
    ({"graph": {"nodes": {}, "edges": []}}, "a map of another program is read as GraphML, GML or networkx's"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "says"), REFUSED)
def test_json_with_an_unknown_key_is_refused_by_name(tmp_path: Path, document: object, says: str) -> None:
    with pytest.raises(TopologyError) as failure:
        written(tmp_path, "a.json", json.dumps(document, indent=1))
    assert says in str(failure.value)
    assert "line " in str(failure.value)


def test_a_duplicate_key_is_refused_and_info_is_ignored(tmp_path: Path) -> None:
    with pytest.raises(TopologyError, match="line 2: 'nodes' is there twice in one object; keep one of them"):
        written(tmp_path, "a.json", '{"nodes": [{"id": "a", "type": "router"}],\n "nodes": []}')
    with pytest.raises(TopologyError, match="line 2: 'id' is there twice"):
        written(tmp_path, "a.json", '{"nodes": [{"id": "a",\n "id": "b", "type": "router"}]}')
    noted = {"nodes": [{"id": "a", "type": "router", "info": {"rack": 7}}], "links": [], "info": "mine"}
    assert names(written(tmp_path, "a.json", json.dumps(noted))) == ["a"]


def test_nodes_without_a_link_are_reported_in_every_format(tmp_path: Path) -> None:
    for name, content in {
        "a.yaml": "nodes: [a, b]",
        "a.gml": 'graph [ node [ id 0 label "a" ] node [ id 1 label "b" ] ]',
        "a.graphml": XML.format('<graph><node id="a"/><node id="b"/></graph>'),
        "a.json": json.dumps(TWO),
        "b.json": json.dumps({**TWO, "edges": []}),
    }.items():
        assert written(tmp_path, name, content).warnings[0].startswith("there is no link between the 2 nodes")


@pytest.mark.parametrize("ending", [".gexf", ".dot", ".net", ".cyjs", ".xml", ".csv"])
def test_an_unknown_file_ending_is_refused_with_the_known_ones(tmp_path: Path, ending: str) -> None:
    with pytest.raises(TopologyError, match="which is not read; export it as GraphML or GML"):
        written(tmp_path, f"a{ending}", "x")


def test_an_unknown_type_is_reported_once(tmp_path: Path) -> None:
    nodes = "".join(f'node [ id {i} label "n{i}" type "printer" ]\n' for i in range(3))
    reading = written(tmp_path, "a.gml", f"graph [\n{nodes} edge [ source 0 target 1 ] ]")
    assert reading.warnings == ("line 2: 'printer' is no type: 3 nodes take one by the neighbours",)


# --- names

BAD = {
    "a\u202eb": "U+202E", "a\u200bb": "U+200B", "a\x1bb": "U+001B", "\ufeffa": "U+FEFF", " a": "a space",
    "a\u00a0": "a space", "a--b": "kept for links", "-a": "begins or ends with '-'", "x" * 129: "characters, more than",
    "\U0001f525" * 100: "bytes, more than", "\u200d": "it has no visible character",
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_an_invalid_name_is_refused_by_line(tmp_path: Path, name: str) -> None:
    document = {"nodes": [{"id": "ok", "type": "router"}, {"id": name, "type": "router"}]}
    for ending in ("json", "yaml"):
        if ending == "json" and len(name) > 128:
            continue  # pydantic refuses it, with its own message
        content = json.dumps(document, indent=1, ensure_ascii=max(name) < "\U00010000")
        with pytest.raises(TopologyError) as failure:
            written(tmp_path, f"a.{ending}", content)
        assert BAD[name] in str(failure.value)
        assert ": line " in str(failure.value)
        assert str(failure.value).isprintable()


def test_names_that_differ_in_case_or_normalisation_are_different(tmp_path: Path) -> None:
    both = ["é", "e\u0301", "É", "Straße", "STRASSE", "ﬁ", "fi", "SW2", "sw2", "SW2~", "a b", "a  b", "7", "07"]
    assert names(written(tmp_path, "a.yaml", json.dumps({"nodes": both}))) == both
    document = {"nodes": [{"id": name, "type": "router"} for name in both]}
    assert names(written(tmp_path, "a.json", json.dumps(document))) == both
    nodes = "".join(f'node [ id {i} label "{name}" ]' for i, name in enumerate(both))
    reading = written(tmp_path, "a.gml", f"graph [ {nodes} ]")
    assert names(reading) == both
    assert len(reading.warnings) == 1, "only that there is no link"


# --- files that are none of ours

SECRET = "root:$6$S3CRET:19000:0:99999:7:::\ntoken: S3CRET\ntoken: S3CRET\n*S3CRET = [S3CRET]\n<S3CRET id='S3CRET'>\n"
FORMS = (
    SECRET,
    "S3CRET",
    "[S3CRET]\n",
    '["S3CRET"]',
    '{"S3CRET": "S3CRET", "S3CRET": 1}',
    '"S3CRET" S3CRET ]',
    "<S3CRET>&S3CRET;</S3CRET>",
    "<S3CRET><node id='S3CRET'/><node id='S3CRET'/></S3CRET>",
    "S3CRET: *S3CRET\n",
    "!S3CRET x",
    "S3CRET [ S3CRET ] ]",
)


@pytest.mark.parametrize("ending", ["", ".json", ".yaml", ".yml", ".gml", ".graphml", ".conf"])
@pytest.mark.parametrize("content", FORMS)
def test_an_error_quotes_nothing_of_a_file_that_is_no_topology(tmp_path: Path, ending: str, content: str) -> None:
    with pytest.raises(TopologyError) as failure:
        written(tmp_path, f"a{ending}", content)
    assert "S3CRET" not in str(failure.value)
