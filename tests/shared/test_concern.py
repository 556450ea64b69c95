"""The filter by element; the page's filter is tested with the same table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.domain.concern import element_of, is_of
from shared.domain.errors import UnknownTarget
from shared.domain.topology import default_topology

CASES = json.loads((Path(__file__).parent / "concern.json").read_text())


@pytest.mark.parametrize(("asked", "element", "expected"), CASES)
def test_to_a_node_belong_itself_and_its_links(asked: str, element: str, expected: bool) -> None:
    assert is_of(asked, element) is expected


@pytest.mark.parametrize("element", ["server-3", "a b--c.d", "交换机", "x.cpu_usage.5"])
def test_an_id_is_named_after_its_element(element: str) -> None:
    assert element_of(f"{element}.latency.5141") == element
    assert element_of(f"{element}.cpu_usage.-2.a1") == element
    assert element_of("server-3") is None


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("server3", "server-3"),
        ("SERVER-3", "server-3"),
        ("edge-switch-1--core-router-1", "core-router-1--edge-switch-1"),
    ],
)
def test_an_unknown_name_is_refused_with_similar_names(mistyped: str, meant: str) -> None:
    with pytest.raises(UnknownTarget, match=f"close to it are [^;]*{meant}"):
        default_topology().require(mistyped)
