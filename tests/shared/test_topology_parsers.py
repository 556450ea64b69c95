"""Any file is a network or a clear error: bytes, text, damaged files, and any structure."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.errors import TopologyError
from shared.domain.kinds import NodeType
from shared.domain.topology import LINK_SEPARATOR, Link, Node, Topology, default_topology
from shared.topologies import UnreadableTopology, read_topology
from shared.topologies.plain_json import line_of

FILES = Path(__file__).parent / "topologies"
ENDINGS = (".yaml", ".json", ".gml", ".graphml")
BOUND = 20.0
"""Processor seconds for a hostile file; generous, since what it guards against takes minutes or for ever."""
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def answer(file: Path, content: bytes) -> Topology | None:
    """Return the network in a file, or None if it was refused with a clear error."""
    file.write_bytes(content)
    try:
        topology = read_topology(file)
    except UnreadableTopology as error:
        assert str(error).startswith(f"{file}: ")
        assert len(str(error)) < 1000
        return None
    assert Topology.model_validate_json(topology.model_dump_json()) == topology
    return topology


# --- garbage

WORDS = {
    ".gml": (
        "graph", "node", "edge", "[", "]", "id", "source", "target", "label", '"', "0", "1", "capacity", "#", "\n",
    ),
    ".graphml": (
        "<graphml>", "</graphml>", "<graph>", "</graph>", '<node id="a"/>', '<node id="b">', "</node>", "<edge>",
        '<edge source="a" target="b">', "</edge>", '<data key="capacity">', "</data>", "<!DOCTYPE a>", "&a;", "7",
        '<key id="k">', "<default>", "</default>", "</key>", "<y:z/>", "<", "<!--",
    ),
    ".json": ('{"nodes"', ":", "[", "]", "{", "}", '"id"', '"type"', '"router"', ",", '"links"', "1e999", "NaN"),
    ".yaml": (
        "nodes:", "links:", "groups:", "defaults:", "\n", "\n  ", "\n    ", "- ", "a", "a: core", "a--b", "[a, b]",
        "{id: a}", "a-[1-3]", "&x", "*x", "!!str", "---", "|", ">", "'", '"', ": ", "role: leaf", "capacity: 1G", "#",
    ),
}  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS)
@quick
@given(data=st.data())
def test_any_bytes_are_a_network_or_a_clear_error(tmp_path: Path, ending: str, data: st.DataObject) -> None:
    words = st.lists(st.sampled_from(WORDS[ending]), max_size=30)
    spoken = words.map(lambda some: " ".join(some).encode()) | words.map(lambda some: "".join(some).encode())
    written = st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass"))
    answer(tmp_path / f"a{ending}", data.draw(spoken | written | st.binary(max_size=80)))


VALID = {ending: [file.read_bytes() for file in FILES.rglob(f"*{ending}")] for ending in ENDINGS}
VALID[".json"] = [default_topology().model_dump_json(indent=1).encode()]


@pytest.mark.parametrize("ending", ENDINGS)
@quick
@given(data=st.data())
def test_a_damaged_file_is_a_network_or_a_clear_error(tmp_path: Path, ending: str, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(VALID[ending]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        until = at + data.draw(st.integers(0, 40))
        other = data.draw(st.binary(max_size=4) | st.sampled_from(WORDS[ending]).map(str.encode) | st.just(text[:40]))
        text = text[:at] + other + text[until:]
    answer(tmp_path / f"a{ending}", text)


# --- files of every shape

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
keys = st.sampled_from(("nodes", "links", "groups", "id", "type", "role", "source", "target", "capacity", "a", "a--b"))
shapes = st.recursive(
    scalars | keys | st.sampled_from(("router", "core", "b", "a-[1-3]", "10G")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys | st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@quick
@given(shape=shapes)
def test_any_structure_is_a_network_or_a_clear_error(tmp_path: Path, shape: object) -> None:
    answer(tmp_path / "a.json", json.dumps(shape).encode())
    answer(tmp_path / "a.yaml", json.dumps(shape).encode())
    answer(tmp_path / "b.yaml", yaml.safe_dump(shape, allow_unicode=True).encode("utf-8", "surrogatepass"))


# --- there and back

names = st.text("abcxyzABC019_-", min_size=1, max_size=12).filter(
    lambda name: LINK_SEPARATOR not in name and name == name.strip("-") and any(map(str.isalpha, name))
)
capacities = st.floats(0.001, 1e9, allow_nan=False).map(lambda number: float(f"{number:.6g}"))


@st.composite
def topologies(draw: st.DrawFn) -> Topology:
    """Draw a network with names that every format supports."""
    ids = draw(st.lists(names, min_size=1, max_size=12, unique=True))
    pairs = st.tuples(st.sampled_from(ids), st.sampled_from(ids)).filter(lambda pair: pair[0] != pair[1])
    some = st.lists(pairs, max_size=20, unique_by=lambda pair: tuple(sorted(pair)))
    joined = draw(some) if len(ids) > 1 else []
    return Topology(
        nodes=tuple(Node(id=name, type=draw(st.sampled_from(NodeType))) for name in ids),
        links=tuple(Link(source=a, target=b, capacity=draw(capacities)) for a, b in joined),
    )


def as_json(topology: Topology) -> str:
    return topology.model_dump_json(indent=1)


def as_yaml(topology: Topology) -> str:
    nodes = "\n".join(f"  '{node.id}': {node.type}" for node in topology.nodes)
    links = "\n".join(f"  - ['{link.source}', '{link.target}', {link.capacity!r}]" for link in topology.links)
    return f"nodes:\n{nodes}\nlinks:\n{links}\n"


def as_gml(topology: Topology) -> str:
    place = {node.id: number for number, node in enumerate(topology.nodes)}
    nodes = "".join(f'node [ id {place[node.id]} label "{node.id}" type "{node.type}" ]\n' for node in topology.nodes)
    links = "".join(
        f"edge [ source {place[link.source]} target {place[link.target]} capacity {link.capacity!r} ]\n"
        for link in topology.links
    )
    return f"graph [\n{nodes}{links}]\n"


def as_graphml(topology: Topology) -> str:
    nodes = "".join(
        f'<node id={quoteattr(node.id)}><data key="type">{escape(node.type)}</data></node>' for node in topology.nodes
    )
    links = "".join(
        f'<edge source={quoteattr(link.source)} target={quoteattr(link.target)}><data key="capacity">'
        f"{link.capacity!r}</data></edge>"
        for link in topology.links
    )
    return f"<graphml><graph>{nodes}{links}</graph></graphml>"


@pytest.mark.parametrize(
    ("ending", "write"), [(".json", as_json), (".yaml", as_yaml), (".gml", as_gml), (".graphml", as_graphml)]
)
@quick
@given(topology=topologies())
def test_every_format_is_read_as_the_same_network(
    tmp_path: Path, ending: str, write: Callable[[Topology], str], topology: Topology
) -> None:
    assert answer(tmp_path / f"a{ending}", write(topology).encode()) == topology


@quick
@given(shape=shapes, data=st.data())
def test_the_line_of_a_field_is_correct(shape: object, data: st.DataObject) -> None:
    """Each value is on a separate line, so the reported line has to contain the value."""
    text, place, value = json.dumps(shape, indent=1), [], shape
    while isinstance(value, list | dict) and value:
        part = data.draw(st.sampled_from(range(len(value)) if isinstance(value, list) else sorted(value)))
        place.append(part)
        value = value[part]  # type: ignore[index]
    found = text.splitlines()[line_of(text, place) - 1].strip().rstrip(",")
    assert found.endswith(json.dumps(value))


# --- hostile files

LAUGHS = "\n".join(["a0: &a0 [ha]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 200))])
HOSTILE = {
    "laughs.yaml": LAUGHS,
    "nested.yaml": "[" * 300_000,
    "maps.yaml": "{a: " * 300_000,
    "aliases.yaml": "nodes: [&a x" + ", *a" * 100_000 + "]",
    "names.yaml": "nodes:\n" + "- [1-9][1-9]\n" * 50_000,
    "digits.yaml": "nodes: ['[1-" + "9" * 1_000_000 + "]']",
    "brackets.yaml": "nodes: ['" + "[1-9]" * 200_000 + "']",
    "text.yaml": "nodes: '" + "x\\n" * 500_000,
    "nested.json": "[" * 3_000_000,
    "objects.json": '{"a":' * 1_000_000,
    "digits.json": '{"nodes": [{"id": "a", "type": "router"}], "links": ' + "9" * 3_000_000 + "}",
    "many.json": '{"nodes": [' + '{"id": "a", "type": "router"},' * 50_000 + "{}]}",
    "nested.gml": "a [ " * 300_000,
    "words.gml": "graph [ " + "x " * 200_000,
    "text.gml": 'graph [ node [ id 0 label "' + "&amp;" * 100_000 + '" ] ]',
    "nested.graphml": "<a>" * 300_000,
    "attributes.graphml": "<graphml><graph><node " + " ".join(f'a{i}="{i}"' for i in range(30_000)) + "/>",
    "text.graphml": '<graphml><graph><node id="' + "x" * 4_000_000 + '"/></graph></graphml>',
    "data.graphml": "<graphml><graph><node id='a'><data key='k'>"
    + "x" * 4_000_000
    + "</data></node></graph></graphml>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_answered_in_time(tmp_path: Path, name: str) -> None:
    began = time.process_time()
    answer(tmp_path / name, HOSTILE[name].encode())
    assert time.process_time() - began < BOUND


def test_no_tag_calls_anything(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    for tag in ("!!python/object/apply:os.mkdir", "!!python/object/new:os.mkdir", "!!python/name:os.mkdir"):
        with pytest.raises(TopologyError, match="a tag"):
            (tmp_path / "a.yaml").write_text(f"nodes: {tag} [{proof}]")
            read_topology(tmp_path / "a.yaml")
    assert not proof.exists()
