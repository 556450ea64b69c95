"""A broken file of each format is refused with the file, the line, the problem and the remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.domain.errors import SettingError, TopologyError
from shared.topologies import read_topology

FILES = Path(__file__).parent / "topologies"
GRAPH = '<graphml><key id="c" for="edge" attr.name="capacity"/><graph>{}</graph></graphml>'
NODES = '{"nodes": [\n {"id": "a", "type": "router"},\n {"id": "b", "type": "server"}]'
LINKED = NODES + ', "links": [\n {"source": "a", "target": "b", "capacity": 1000}'
TWO = "nodes: [a, b]\n"

YAML = {
    "": "line 1: an inventory is a table; write 'key: value', keys are defaults, groups, sites, nodes, links, info",
    "- a\n- b\n": "line 1: an inventory is a table",
    "nodes:\n  - a\n links:\n": "line 3: not YAML (",
    "nodes:\n\t- a\n": "line 2: not YAML (while scanning for the next token found character that cannot start any tok",
    "nodes: [a\n": "line 2: not YAML (",
    "nodes: [a]\nnodes: [b]\n": "line 2: 'nodes' is there twice, first in line 1; keep one of them",
    "nodes:\n  a: router\n  b: switch\n  a: server\n": "line 4: 'a' is there twice, first in line 2",
    "nodes:\n  - a\n  - b\n  - a\n": "line 4: node 'a' is there twice; give each node an id of its own",
    "nodes:\n  - a-[1-3]\n  - a-2\n": "line 3: node 'a-2' is there twice",
    "nodes: [a]\n---\nnodes: [b]\n": "line 2: a second document begins; keep one to a file",
    "nodes: !!python/object/apply:os.system [x]\n": "line 1: a tag, 'tag:yaml.org,2002:python/object/apply:os.system'",
    "nodes: [a]\nlinks: *b\n": "line 2: '*b' names nothing that ends before it; write it out",
    "nodes: &n [*n]\n": "line 1: '*n' names nothing that ends before it",
    "nodes:\n" + "  - " + "[" * 20 + "]" * 20: "line 2: values go 16 deep and more; an inventory needs six",
    "nodes: [a]\n? [x]\n: 1\n": "line 2: a list or table stands as a key; write a word",
    "nodes: [a]\nswitches: [b]\n": "line 2: 'switches' is not known in an inventory; there are defaults, groups, site",
    "nodes:\n  - id: a\n    tpye: router\n": "line 3: 'tpye' is not known in a node; there are id, name, role, type,",
    "nodes:\n  a:\n    id: a\n": "line 3: 'id' is not known in a node that stands under its name; there are role, typ",
    "defaults:\n  speed: 1G\nnodes: [a]\n": "line 2: 'speed' is not known in defaults; there are role, type, capacity",
    "nodes:\n  a: router\n  b: toaster\n": "line 3: there is no role 'toaster'; write one of router, core, spine,",
    "nodes:\n  - id: a\n    role: router\n    type: switch\n": "line 4: 'role' and 'type' say the same; keep one",
    "nodes:\n  - role: core\n": "line 2: a node has no id; give it one",
    "nodes:\n  - a\n  -\n": "line 3: a node has no name; write 'core-1' or '{id: core-1, role: core}'",
    "nodes:\n  - [a, b]\n": "line 2: a node has no name; write 'core-1'",
    "nodes:\n  - ''\n": "line 2: a name is empty; write one",
    "nodes:\n  - id: [a]\n": "line 2: 'id' is empty or no single text; write one word",
    "nodes: a\n": "line 1: 'nodes' is a single text; write a list of names, or names and roles",
    "nodes:\n": "there is no node in it; add one",
    "nodes:\n  - a\n  - b--c\n": "line 3: node 'b--c': '--' is kept for links; rename the node",
    "nodes:\n  - a-[3-1]\n": "line 2: [3-1] does not count up; fix the range",
    "nodes:\n  - a-[1-x]\n": "line 2: 'a-[1-x]' has a broken range; write it as in server-[1-8]",
    "nodes:\n  - a-[1-9999]-[1-9999]\n": "line 2: 'a-[1-9999]-[1-9999]' makes more than 10000 names; make it smaller",
    "nodes:\n  - '[1-2][1-2][1-2][1-2][1-2]'\n": "line 2: '[1-2][1-2][1-2][1-2][1-2]' has more than 4 ranges",
    "nodes:\n  - a-[1-7500]\n  - b-[1-7500]\n": "line 3: more than 10000 nodes; leave some out",
    "nodes:\n  - id: a\n    group: oslo\n": "line 3: there is no group 'oslo'; there are: none",
    "groups:\n  oslo: [a]\n": "line 2: a group is a table; write 'key: value', keys are role, type, capacity, nodes,",
    "groups: oslo\n": "line 1: 'groups' is no table; write 'name:' and what is in it below",
    "groups:\n  x:\nsites:\n  x:\nnodes: [a]\n": "line 4: group 'x' is there twice; rename one of them",
    "sites:\n  x:\n    nodes: [a]\n    capacity: lots\n": "line 4: capacity 'lots' is no capacity; say Mbit/s, or a n",
    TWO + "links:\n  - a--c\n": "line 3: a link ends at 'c', which is no node; add the node or drop the link",
    TWO + "links:\n  - a--b\n  - a-b\n": "line 4: 'a-b' is no link; write 'a--b'",
    TWO + "links:\n  - a--b--c\n": "line 3: 'a--b--c' is no link; write 'a--b'",
    TWO + "links:\n  - [a]\n": "line 3: a link is [a, b] or [a, b, 10G]; write two nodes and a capacity",
    TWO + "links:\n  - [a, b, 10G, 4]\n": "line 3: a link is [a, b] or [a, b, 10G]",
    TWO + "links:\n  - [a, [b]]\n": "line 3: a link is [a, b] or [a, b, 10G]",
    TWO + "links:\n  - [a, b, fast]\n": "line 3: capacity 'fast' is no capacity; say Mbit/s, or a number and a unit s",
    TWO + "links:\n  a--b: 10GB/s\n": "line 3: capacity '10GB/s' is no capacity",
    TWO + "links:\n  - source: a\n    capacity: 1G\n": "line 3: a link lacks an end; give it a source and a target",
    TWO + "links:\n  - {source: a, target: b, bandwith: 1G}\n": "line 3: 'bandwith' is not known in a link; there are",
    TWO + "links:\n  - a--a\n": "line 3: a link joins 'a' to itself; drop it",
    TWO + "links: a--b\n": "line 2: 'links' is a single text; write a list, a line for each link",
    TWO + "links:\n  - n[1-400]--n[500-999]\n": "line 3: more than 30000 links; leave some out",
    "nodes: [a]\ninfo: \x07\n": "line 2: ",
}  # fmt: skip
JSON = {
    "": "line 1: not JSON (EOF while parsing a value); fix it",
    "{": "line 1: not JSON (EOF while parsing an object); fix it",
    NODES: "line 3: not JSON (EOF while parsing an object); fix it",
    NODES + ",\n}": "line 4: not JSON (trailing comma); fix it",
    NODES + "} x": "line 3: not JSON (trailing characters); fix it",
    "[" * 999: "line 1: not JSON (recursion limit exceeded); fix it",
    "[]": "line 1: the file: Input should be an object; it must hold {",
    "{}": "line 1: nodes: Field required; it must hold {",
    '{"nodes":\n []}': "line 2: nodes: Tuple should have at least 1 item",
    '{"nodes": [\n {"id": "a"}]}': "line 2: nodes.0.type: Field required",
    '{"nodes": [\n {"id": "a",\n  "type": "hub"}]}': "line 3: nodes.0.type: Input should be 'router', 'switch' or 'se",
    '{"nodes": [\n {"type": "router",\n  "id": ""}]}': "line 3: nodes.0.id: String should have at least 1 character",
    '{"nodes": [\n {"type": "router", "id":\n 7}]}': "line 3: nodes.0.id: Input should be a valid string",
    NODES + ',\n"links": 7}': "line 4: links: Input should be a valid array",
    NODES + ', "links": [\n {"source": "a", "target": "b"}]}': "line 4: links.0.capacity: Field required",
    NODES + ', "links": [\n {"source": "a", "target": "b",\n "capacity": "fast"}]}': "line 5: links.0.capacity: Input",
    NODES
    + ', "links": [\n {"source": "a", "target": "b",\n "capacity": 0}]}': "line 5: links.0.capacity: Input should",
    NODES + ', "links": [\n {"source": "a", "target": "b", "capacity": Infinity}]}': "line 4: links.0.capacity: Input",
    NODES + ', "links": [\n {"source": "a", "target": "b", "capacity": 1e999}]}': "line 4: links.0.capacity: Input",
    LINKED
    + ',\n {"source": "b", "target": "a", "capacity": 1}]}': "line 5: link a--b: two links join the same two nodes",
    LINKED
    + ',\n {"source": "b", "target": "c", "capacity": 1}]}': "line 5: link b--c ends at c, which is no node: add",
    LINKED + ',\n {"source": "b", "target": "b", "capacity": 1}]}': "line 5: link b--b joins a node to itself: drop it",
    '{"nodes": [{"id": "a", "type": "router"},\n{"id": "a", "type": "router"}]}': "line 2: node a is there twice: give",
    '{"nodes": [\n\n{"id": "a--b", "type": "router"}]}': "line 3: node a--b: '--' is kept for links; rename the node",
}
GML = {
    "graph [\n node [ id 0 ]\n node [ id 0 ] ]": "line 3: node '0' is there twice; give each node an id of its own",
    "graph [\n node [ id 3 ]\n node [ id 3.0 ] ]": "line 3: node '3' is there twice",
    "graph [ node [ id 0 ]\n edge [ source 0 target 9 ] ]": "line 2: a link ends at '9', which is no node; add the no",
    "graph [ node [ label 0 ] ]": "line 1: a node has no id; give it one",
    "graph [ node [ id 0 ]\n edge [ source 0 ] ]": "line 2: a link lacks an end; give it a source and a target",
    'graph [ node [ id 0 ]\n edge [ source 0\n target 0 bandwidth "?" ] ]': "line 2: bandwidth '?' is no capacity; say",
    "graph [ node [ id 0 ]\n node [\n": "line 2: the file ends in the middle; close every '[' by a ']'",
    'graph [\n label "x': "line 2: a text has no end; close its quotation marks",
    "graph [\n node ]": "line 2: 'node' has no value; write one or drop it",
    "graph [\n ] ]": "line 2: ']' stands where a key should; write key and value",
    'graph [\n "label" 7 ]': "line 2: 'label' stands where a key should",
    "graph [ ]\ngraph [ ]": "line 2: a second graph; keep one to a file",
    "a [ \n" * 100: "line 33: blocks go 32 deep and more; a map needs two",
    "": "line 1: there is no graph in it; write 'graph [ node [ id 0 ] ]'",
    "graph [ ]": "there is no node in it; add one",
}
GRAPHML = {
    "": "line 1: not XML (no element found); fix it or export it again",
    "<graphml>\n<graph>": "line 2: not XML (no element found)",
    "<graphml>\n<graph>\n</node>": "line 3: not XML (mismatched tag)",
    '<?xml version="1.0" encoding="no-such"?><graphml/>': "line 1: ",
    "<graphml/>": "line 1: there is no graph in it; it must hold <graphml><graph><node id=.../></graph></graphml>",
    "<graphml><graph/></graphml>": "there is no node in it; add one",
    "<graphml>\n<graph/>\n<graph/></graphml>": "line 3: a second graph; keep one to a file",
    GRAPH.format("\n<node/>"): "line 2: a node has no id; give it one",
    GRAPH.format('<node id="a"/>\n<node id="a"/>'): "line 2: node 'a' is there twice; give each node an id of its own",
    GRAPH.format('<node id="a"/>\n<edge source="a"/>'): "line 2: a link lacks an end; give it a source and a target",
    GRAPH.format('<node id="a"/>\n<edge source="a" target="b"/>'): "line 2: a link ends at 'b', which is no node; add",
    GRAPH.format("\n\n<hyperedge/>"): "line 3: a hyperedge; draw a node in its place and link it to each end",
    "<graphml>\n" * 100: "line 33: elements go 32 deep and more; a map needs four",
    GRAPH.format(
        '<node id="a"/><node id="b"/>\n<edge source="a" target="b"><data key="c">fast</data></edge>'
    ): "line 2: capacity 'fast' is no capacity; say Mbit/s, or a number and a unit",
    GRAPH.format("&b;"): "line 1: not XML (undefined entity)",
    '<!DOCTYPE a [ <!ENTITY b "c"> ]>\n<graphml/>': "line 1: a document type (<!DOCTYPE>); remove it, GraphML needs n",
}
TABLE = [
    (ending, content, says)
    for ending, cases in (("yaml", YAML), ("json", JSON), ("gml", GML), ("graphml", GRAPHML))
    for content, says in cases.items()
]


@pytest.mark.parametrize(("ending", "content", "says"), TABLE)
def test_an_error_is_reported_with_file_and_line(tmp_path: Path, ending: str, content: str, says: str) -> None:
    file = tmp_path / f"mine.{ending}"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(TopologyError) as failure:
        read_topology(file)
    assert str(failure.value).startswith(f"{file}: {says}")
    assert isinstance(failure.value, SettingError)
    assert failure.value.exit_code == 2


def test_nearly_every_error_has_a_line_and_a_remedy() -> None:
    assert len(TABLE) > 40
    assert [says for _, _, says in TABLE if not says.startswith("line ")] == ["there is no node in it; add one"] * 3


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.yaml", b"nodes: [a]\ninfo: \xff\n", "line 2: a byte that is not UTF-8; save the file as UTF-8"),
        ("a.yml", b"info: " + b"x" * 4 * 1024 * 1024, "more than 4 MiB of YAML; use JSON for a network of this size"),
        ("a.json", b'{"nodes":\n "\xff"}', "line 2: not JSON (invalid unicode code point); fix it"),
        (
            "a.graphml",
            '<!DOCTYPE a SYSTEM "x"><a/>'.encode("utf-16"),
            "line 1: a document type (<!DOCTYPE>); remove it",
        ),
        ("a.graphml", b"<graphml>\n\xff</graphml>", "line 2: not XML (not well-formed (invalid token)); fix it"),
        ("a\0.json", None, "embedded null byte; name a readable file"),
        ("missing.gml", None, "No such file or directory; name a readable file"),
        ("missing.yaml", None, "No such file or directory; name a readable file"),
        (".", None, "Is a directory; name a readable file"),
    ],
)
def test_invalid_bytes_and_files_are_refused(tmp_path: Path, name: str, content: bytes | None, says: str) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TopologyError) as failure:
        read_topology(file)
    assert str(failure.value).startswith(f"{file}: {says}")


def test_a_document_type_is_refused_before_an_entity_is_expanded() -> None:
    with pytest.raises(TopologyError, match=r"doctype\.graphml: line 2: a document type"):
        read_topology(FILES / "doctype.graphml")


def test_a_duplicate_among_ten_thousand_names_is_found_quickly(tmp_path: Path) -> None:
    rows = ",\n".join(f'{{"id": "n{i % 9_999}", "type": "server"}}' for i in range(10_000))
    file = tmp_path / "large.json"
    file.write_text(f'{{"nodes": [\n{rows}]}}')
    with pytest.raises(TopologyError, match=re.escape(f"{file}: line 10001: node n0 is there twice")):
        read_topology(file)
