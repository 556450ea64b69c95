"""The page of metrics is complete and correct: it names all served metrics, with their labels, and no others."""

from __future__ import annotations

import re

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.running import Running
from tests.docs.blocks import ROOT, every_block
from tests.docs.data import metric_names

ROW = re.compile(r"\| `(nms_[a-z_]+)` \| (?:`([a-z]+)`)?")


def named() -> dict[str, str]:
    return dict(ROW.findall((ROOT / "docs" / "reference" / "metrics.md").read_text()))


def test_queries_name_documented_metrics() -> None:
    used = {name for block in every_block() if block.kind in ("promql", "yaml") for name in metric_names(block)}
    assert "nms_nodes" in used
    assert used <= set(named())


@pytest.mark.slow
def test_the_page_names_the_served_metrics(system: Running) -> None:
    served: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(httpx.get(f"{system.url}/metrics").text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        if name.startswith("nms_") and not name.endswith("_created"):
            labels = {label for sample in family.samples for label in sample.labels}
            served.setdefault(name, set()).update(labels)
    assert set(served) == set(named())
    assert {name: label for name, label in named().items() if served[name] and served[name] != {label}} == {}
