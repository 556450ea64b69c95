"""Generated networks and networks from files; any file is a network or a clear error."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms import plan
from shared.domain.errors import SettingError, TopologyError
from shared.domain.events import StabilityStatus
from shared.domain.kinds import NetworkState, NodeStatus, NodeType
from shared.domain.names import MAX_NAME_BYTES, flaw
from shared.domain.sizes import MAX_LINKS, MAX_NODES
from shared.domain.topology import (
    HOPS_KEPT,
    MAX_NAME,
    Link,
    Node,
    Topology,
    default_topology,
    sized_topology,
    stored_topology,
)
from shared.platform.bootstrap import BootstrapSettings, chosen_topology
from shared.platform.bus.codec import encode
from shared.topologies import fat_tree, generate, leaf_spine, read, read_topology
from shared.topologies.__main__ import main
from shared.topologies.capacity import DEFAULT_CAPACITY, megabits
from shared.topologies.draft import Draft
from shared.topologies.names import Written, is_label, named

FILES = Path(__file__).parent / "topologies"
ROUTER, SWITCH, SERVER = NodeType.ROUTER, NodeType.SWITCH, NodeType.SERVER


def types(topology: Topology) -> dict[str, NodeType]:
    return {node.id: node.type for node in topology.nodes}


def capacities(topology: Topology) -> dict[str, float]:
    return {link.id: link.capacity for link in topology.links}


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_a_leaf_spine_joins_every_leaf_to_every_spine() -> None:
    made = leaf_spine(2, 3, 4)
    kinds = list(types(made).values())
    assert (kinds.count(ROUTER), kinds.count(SWITCH), kinds.count(SERVER)) == (2, 3, 12)
    assert made.neighbours("leaf-2") == (
        "server-2-1", "server-2-2", "server-2-3", "server-2-4", "spine-1", "spine-2",
    )  # fmt: skip
    assert len(made.links) == 2 * 3 + 12


@pytest.mark.parametrize("k", [2, 4, 6])
def test_a_fat_tree_has_the_sizes_of_the_literature_and_uses_every_port(k: int) -> None:
    made = fat_tree(k)
    kinds = list(types(made).values())
    assert (kinds.count(ROUTER), kinds.count(SWITCH), kinds.count(SERVER)) == (k * k // 4, k * k, k**3 // 4)
    assert all(len(made.neighbours(name)) == k for name, kind in types(made).items() if kind is not SERVER)
    assert max(made.distance("server-1-1-1", node) for node in types(made)) <= 6


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: leaf_spine(0, 1, 1), "ask for a spine"),
        (lambda: leaf_spine(2, 2, -1), "no fewer than 0"),
        (lambda: leaf_spine(1, 1, 10**9), "ask for up to 10000 nodes"),
        (lambda: leaf_spine(9_000, 9_000, 0), "81000000 links: ask for up to"),
        (lambda: fat_tree(3), "even number of ports"),
        (lambda: fat_tree(0), "even number of ports"),
        (lambda: fat_tree(10**6), "ask for up to 10000 nodes"),
    ],
)
def test_an_impossible_size_is_refused_before_it_is_generated(make: object, says: str) -> None:
    with pytest.raises(TopologyError, match=says):
        make()  # type: ignore[operator]


def test_the_announced_sizes_are_the_generated_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[tuple[int, int]] = []
    monkeypatch.setattr(generate, "_check_size", lambda _shape, nodes, links: checked.append((nodes, links)))
    made = [leaf_spine(3, 5, 2), fat_tree(4)]
    assert checked == [(len(topology.nodes), len(topology.links)) for topology in made]


def test_a_map_of_the_topology_zoo_in_gml_is_read() -> None:
    read = read_topology(FILES / "ring.gml")
    assert types(read) == {
        "Malmö": ROUTER, "Göteborg": SWITCH, "node-2": SWITCH, "Łódź - Østre / 2": SERVER, "Łódź - Østre / 2-2": SERVER,
    }  # fmt: skip
    assert capacities(read) == {
        "Göteborg--Malmö": 12_500.0,  # two links, summed
        "Göteborg--node-2": 1_244.0,  # from the label
        "Malmö--node-2": DEFAULT_CAPACITY,
        "Łódź - Østre / 2--Łódź - Østre / 2-2": DEFAULT_CAPACITY,  # an island stays
    }


def test_a_map_of_the_topology_zoo_in_graphml_is_read() -> None:
    read = read_topology(FILES / "star.graphml")
    assert types(read) == {
        "Zürich": ROUTER, "Genève": ROUTER, "Bern": ROUTER, "Bern-2": SWITCH, "node-4": SERVER, "Chur": SERVER,
    }  # fmt: skip
    assert capacities(read) == {
        "Genève--Zürich": 155.0, "Bern--Zürich": 10_000.0, "Bern-2--Zürich": DEFAULT_CAPACITY,
        "Zürich--node-4": DEFAULT_CAPACITY, "Bern-2--Genève": 622.0,
    }  # fmt: skip


def test_units_roles_defaults_and_directions_are_read() -> None:
    read = read_topology(FILES / "units.graphml")
    assert types(read) == {"core": ROUTER, "edge-1": SWITCH, "web": SERVER}
    assert capacities(read) == {"core--edge-1": 10_000.0, "edge-1--web": 100.0}


@pytest.mark.parametrize(
    ("shape", "made"),
    [("leaf-spine:2x4x8", leaf_spine(2, 4, 8)), ("fat-tree:4", fat_tree(4)), ("leaf-spine:1x1x0", leaf_spine(1, 1, 0))],
)
def test_a_shape_can_replace_a_file(shape: str, made: Topology) -> None:
    assert read_topology(Path(shape)) == made
    assert plan.read_topology(Path(shape), None) == made
    assert chosen_topology(BootstrapSettings.load(topology=Path(shape))) == made


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ("leaf-spine:2x4", "write fat-tree:PORTS or leaf-spine:SPINESxLEAVESxSERVERS"),
        ("leaf-spine:", "as in leaf-spine:2x4x8"),
        ("leaf-spine:2x4x8x1", "as in leaf-spine:2x4x8"),
        ("fat-tree:4x4", "write fat-tree:PORTS"),
        ("fat-tree:-4", "write fat-tree:PORTS"),
        ("fat-tree:9999999999", "write fat-tree:PORTS"),
        ("fat-tree:three", "write fat-tree:PORTS"),
        ("fat-tree:3", "even number of ports"),
        ("leaf-spine:0x1x1", "ask for a spine"),
        ("fat-tree:99998", "ask for up to 10000 nodes"),
        ("ring:4", "No such file"),
    ],
)
def test_an_impossible_shape_is_refused_with_a_clear_error(shape: str, says: str) -> None:
    with pytest.raises(SettingError, match=says) as failure:
        plan.read_topology(Path(shape), None)
    assert str(failure.value).startswith(f"--topology {shape}: ")


def test_the_old_encoding_of_gml_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, "x.GML", 'graph [ node [ id 7 label "Köln" ] ]'.encode("latin-1"))
    assert types(read_topology(file)) == {"Köln": SERVER}


def test_json_is_recognised_without_a_file_ending(tmp_path: Path) -> None:
    for name in ("topology.json", "topology"):
        assert read_topology(written(tmp_path, name, default_topology().model_dump_json())) == default_topology()


@pytest.mark.parametrize(
    ("text", "mbits"),
    [
        ("10G", 10_000.0), ("400 Mbit/s", 400.0), ("1000", 1_000.0), ("2.5Gbps", 2_500.0), ("64 kb/s", 0.064),
        ("1e3", 1_000.0), ("1 Tbit", 1_000_000.0), ("64000 bit/s", 0.064), ("10 GB/s", None), ("10 GBps", None),
        ("", None), ("0", None), ("-1", None), ("1e999", None), ("nan", None), ("1 bit/s", None), ("fast", None),
    ],
)  # fmt: skip
def test_capacities_have_units(text: str, mbits: float | None) -> None:
    assert megabits(text) == (None if mbits is None else pytest.approx(mbits))


def test_a_document_type_is_refused_before_an_entity_is_expanded() -> None:
    with pytest.raises(TopologyError, match=r"doctype\.graphml: line 2: a document type"):
        read_topology(FILES / "doctype.graphml")


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.topologies.draft.MAX_NODES", 2)
    monkeypatch.setattr("shared.topologies.draft.MAX_LINKS", 1)
    three = "graph [ node [ id 1 ] node [ id 2 ]\n node [ id 3 ] ]"
    with pytest.raises(TopologyError, match="line 2: more than 2 nodes; leave"):
        read_topology(written(tmp_path, "a.gml", three))
    links = "graph [ node [ id 1 ] edge [ source 1 target 1 ]\n edge [ source 1 target 1 ] ]"
    with pytest.raises(TopologyError, match="line 2: more than 1 links; leave"):
        read_topology(written(tmp_path, "b.gml", links))
    made = default_topology().model_dump_json()
    monkeypatch.setattr(read, "MAX_TOPOLOGY_BYTES", len(made))
    assert read_topology(written(tmp_path, "d.json", made)) == default_topology()
    monkeypatch.setattr(read, "MAX_TOPOLOGY_BYTES", len(made) - 1)
    with pytest.raises(TopologyError, match=r"makes a message of .* bytes, more than .*; leave out"):
        read_topology(tmp_path / "d.json")
    monkeypatch.setattr(read, "MAX_FILE_BYTES", read.MIB)
    with pytest.raises(TopologyError, match="more than 1 MiB; leave out"):
        read_topology(written(tmp_path, "c.json", b" " * (read.MIB + 1)))


def test_the_environment_and_the_option_read_every_kind(tmp_path: Path) -> None:
    ring = FILES / "ring.gml"
    assert chosen_topology(BootstrapSettings.load(topology=ring)) == read_topology(ring)
    assert plan.read_topology(ring, None) == read_topology(ring)
    broken = written(tmp_path, "a.gml", "graph [")
    with pytest.raises(SettingError, match=r"^NMS_TOPOLOGY=/.*a\.gml: line 1: "):
        chosen_topology(BootstrapSettings.load(topology=broken))
    with pytest.raises(SettingError, match=r"^--topology /.*a\.gml: line 1: "):
        plan.read_topology(broken, None)


def test_the_command_writes_what_can_be_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shapes = {
        ("leaf-spine", "2", "3", "4"): leaf_spine(2, 3, 4),
        ("fat-tree", "4"): fat_tree(4),
        ("read", str(FILES / "star.graphml")): read_topology(FILES / "star.graphml"),
    }
    for words, topology in shapes.items():
        assert main(words) == 0
        assert read_topology(written(tmp_path, "a.json", capsys.readouterr().out)) == topology
    assert main(["fat-tree", "5"]) == 2
    assert capsys.readouterr().err == "fat-tree 5: a switch has an even number of ports; ask for 2, 4, 6, ...\n"


LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp")), max_size=150)
LABELS = LETTERS | st.sampled_from(
    ("Paris", "Paris-2", "a--b", "-a", "a-b", "None", "?", "node-1", "x" * 300, "é", "e\u0301")
)


@given(st.lists(LABELS, max_size=30))
def test_a_valid_name_belongs_to_its_node_and_to_no_other(labels: list[str]) -> None:
    nodes = [Written(str(number), label, number) for number, label in enumerate(labels)]
    names, changes = named(nodes)
    assert list(names) == [node.node for node in nodes]
    assert len(set(names.values())) == len(nodes)
    assert [flaw(name) for name in names.values()] == [None] * len(nodes)
    reported = [node for node in nodes if is_label(node.label)]
    kept = {label: node for node in reversed(reported) if flaw(label := node.label.strip()) is None}
    assert {names[node.node]: node for node in kept.values()} == kept
    assert {change.line for change in changes} == {node.line for node in reported} - {
        node.line for node in kept.values()
    }


IDS_AND_LABELS = [
    (("SW2~", "SW2", "SW2"), ("SW2~", "SW2", "SW2-2")),
    (("a--b", "a-b"), ("a-b-2", "a-b")),
    (("Oslo\u00ad-1", "Oslo-1", "Os\u0096lo"), ("Oslo-1-2", "Oslo-1", "Oslo")),
    (("", "node-0"), ("node-0-2", "node-0")),
    (("border\n10.0.0.1", "border 10.0.0.1", "-border-"), ("border 10.0.0.1-2", "border 10.0.0.1", "border")),
]


@pytest.mark.parametrize(("labels", "expected"), IDS_AND_LABELS)
def test_a_changed_name_yields_to_a_valid_one_and_is_reported(
    labels: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    names, changes = named([Written(str(number), label, number) for number, label in enumerate(labels)])
    assert tuple(names.values()) == expected
    checked = {change.line: change.name for change in changes}
    assert checked == {
        i: name for i, (label, name) in enumerate(zip(labels, expected, strict=True)) if label not in ("", name)
    }


def test_a_long_label_is_shortened_and_an_id_of_letters_is_a_name() -> None:
    for letter in ("x", "\u4e0a", "\U0001f525"):
        names, changes = named([Written(str(i), letter * 500, i) for i in range(12)])
        assert len(set(names.values())) == len(changes) == 12
        assert all(len(name) <= MAX_NAME and len(name.encode()) <= MAX_NAME_BYTES for name in names.values())
    assert named([Written("sw-a", "", 1)])[0] == {"sw-a": "sw-a"}
    assert named([Written("12", "\u4e0a\u6d77", 1)])[0] == {"12": "\u4e0a\u6d77"}
    assert named([Written("?", "?", 1)])[0] == {"?": "node"}


IDS = st.sampled_from("abcdefgh")


@given(st.lists(IDS, unique=True, min_size=1), st.lists(st.tuples(IDS, IDS), max_size=20), st.booleans())
def test_no_capacity_and_no_node_is_lost(ids: list[str], pairs: list[tuple[str, str]], directed: bool) -> None:
    draft = Draft()
    draft.directed = directed
    for one in ids:
        draft.add_node(one, {}, 1)
    kept = [(a, b) for a, b in pairs if a in ids and b in ids]
    for a, b in kept:
        draft.add_link(a, b, {"capacity": "1"}, 1)
    made = draft.topology()
    assert set(types(made)) == set(ids)
    forth = {pair: kept.count(pair) for pair in kept}
    for link in made.links:
        ways = forth.get((link.source, link.target), 0), forth.get((link.target, link.source), 0)
        assert link.capacity == (max(ways) if directed else sum(ways))
    assert {link.id for link in made.links} == {"--".join(sorted(pair)) for pair in kept if pair[0] != pair[1]}


def _longest_carried(name_bytes: int) -> Topology:
    """Return the largest permitted network, with names of a given length in bytes."""
    names = [f"{number:0{name_bytes}d}" for number in range(MAX_NODES)]
    pairs = ((i, i + step) for step in (1, 2, 3, 4) for i in range(MAX_NODES - step))
    return Topology(
        nodes=tuple(Node(id=name, type=NodeType.SERVER) for name in names),
        links=tuple(Link(source=names[i], target=names[j], capacity=1e9) for i, j in islice(pairs, MAX_LINKS)),
    )


def test_the_largest_network_with_names_of_90_bytes_is_accepted(tmp_path: Path) -> None:
    made = _longest_carried(90)
    assert len(made.links) == MAX_LINKS
    assert read_topology(written(tmp_path, "a.json", made.model_dump_json())) == made
    encode(
        StabilityStatus(
            at=1e9,
            number=10**9,
            state=NetworkState.RECOVERING,
            nodes=dict.fromkeys(made.node_by_id, NodeStatus.DEGRADED),
            healthy=0,
            affected=MAX_NODES,
            degraded=MAX_NODES,
            down=0,
            health_percentage=0.0,
        )
    )


def test_names_too_long_for_a_status_of_all_nodes_are_refused_with_the_limit(tmp_path: Path) -> None:
    nodes = tuple(Node(id=f"{number:0128d}", type=NodeType.SERVER) for number in range(8_000))
    with pytest.raises(
        TopologyError, match=r"status of all nodes makes a message of \d+ bytes, more than 1048576; give"
    ):
        read_topology(written(tmp_path, "a.json", Topology(nodes=nodes).model_dump_json()))


@pytest.mark.parametrize(("part", "most"), [("nodes", MAX_NODES), ("links", MAX_LINKS)])
def test_too_large_a_network_is_refused_from_a_file_and_from_the_store(part: str, most: int, tmp_path: Path) -> None:
    nodes = [{"id": f"n{i}", "type": "server"} for i in range(most + 1 if part == "nodes" else 300)]
    pairs = [(i, j) for i in range(300) for j in range(i)][: most + 1] if part == "links" else []
    links = [{"source": f"n{i}", "target": f"n{j}", "capacity": 1} for i, j in pairs]
    text = json.dumps({"nodes": nodes, "links": links})
    with pytest.raises(TopologyError, match=f"{part}: Tuple should have at most {most} items"):
        read_topology(written(tmp_path, "a.json", text))
    with pytest.raises(
        TopologyError, match=f"stored topology: {part}: .* at most {most} items.* start again with --fresh"
    ):
        stored_topology(text.encode())


def test_the_cache_of_distances_is_limited() -> None:
    network = sized_topology(2_000)
    names = list(network.node_by_id)
    asked = [network.distance(name, names[0]) for name in names]
    assert max(asked) > 1 and min(asked) == 0
    assert sum(len(hops) for hops in network._hops.values()) <= HOPS_KEPT
    assert [network.distance(name, names[0]) for name in names[:50]] == asked[:50]
