"""Checks blocks of data: each is parsed, and those of the product's formats are read by the product's code.

`json WHAT`: WHAT is a schema of the OpenAPI document, or one of `OURS`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from network.devices.inventory.reading import read_device_inventory
from network.lab.scenarios.pack import plan_from
from shared.topologies import read_topology
from tests.docs.blocks import ROOT, Block

OPENAPI = ROOT / "docs" / "reference" / "openapi.json"
METRIC = re.compile(r"\bnms_[a-z_]+")
PAIRS = {")": "(", "]": "[", "}": "{"}


def read(block: Block, folder: Path) -> None:
    """Parse a block by its kind; raise an error if it is not of that kind."""
    READERS[block.kind](block, folder)


def _json(block: Block, folder: Path) -> None:
    value = json.loads(block.text)
    if block.what:
        _judge(block, value, folder, ".json")


def _yaml(block: Block, folder: Path) -> None:
    value = yaml.safe_load(block.text)
    if block.what:
        _judge(block, value, folder, ".yaml")


def _judge(block: Block, value: Any, folder: Path, ending: str) -> None:
    if block.what in OURS:
        OURS[block.what](block, value, folder, ending)
        return
    components = json.loads(OPENAPI.read_text())["components"]
    assert block.what in components["schemas"], f"no schema is called {block.what}"
    schema = {"$ref": f"#/components/schemas/{block.what}", "components": components}
    jsonschema.validate(value, schema, jsonschema.Draft202012Validator)


def _topology(block: Block, value: Any, folder: Path, ending: str) -> None:
    file = folder / f"network{ending}"
    file.write_text(block.text)
    assert read_topology(file).nodes


def _inventory(block: Block, value: Any, folder: Path, ending: str) -> None:
    file = folder / f"inventory{ending}"
    file.write_text(block.text)
    assert read_device_inventory(file).topology().nodes


def _prometheus(block: Block, value: Any, folder: Path, ending: str) -> None:
    jobs = value["scrape_configs"]
    assert len({job["job_name"] for job in jobs}) == len(jobs)
    for job in jobs:
        targets = [target for config in job["static_configs"] for target in config["targets"]]
        assert targets
        assert all(re.fullmatch(r"[\w.-]+:\d+", target) for target in targets)
        assert job.get("metrics_path", "/metrics") == "/metrics"


def _scenario(block: Block, value: Any, folder: Path, ending: str) -> None:
    assert plan_from(block.text, f"scenario{ending}").checks


def _alerts(block: Block, value: Any, folder: Path, ending: str) -> None:
    for group in value["groups"]:
        for rule in group["rules"]:
            assert {"alert", "expr"} <= set(rule)
            balanced(rule["expr"])


def _compose(block: Block, value: Any, folder: Path, ending: str) -> None:
    known = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert set(value) <= {"services", "volumes"}
    assert set(value["services"]) <= set(known["services"])


OURS: Mapping[str, Callable[[Block, Any, Path, str], None]] = {
    "topology": _topology,
    "inventory": _inventory,
    "scenario": _scenario,
    "prometheus": _prometheus,
    "alerts": _alerts,
    "compose": _compose,
}


def _promql(block: Block, folder: Path) -> None:
    balanced(block.text)
    assert METRIC.search(block.text)


def balanced(text: str) -> None:
    left: list[str] = []
    for mark in text:
        if mark in PAIRS.values():
            left.append(mark)
        elif mark in PAIRS:
            assert left, f"{mark} closes nothing"
            assert left.pop() == PAIRS[mark], f"{mark} closes another"
    assert not left, f"{left[-1]} is never closed"


def metric_names(block: Block) -> Iterator[str]:
    yield from METRIC.findall(block.text)


def _braces(block: Block, folder: Path) -> None:
    balanced(block.text)


READERS: Mapping[str, Callable[[Block, Path], None]] = {
    "json": _json,
    "yaml": _yaml,
    "promql": _promql,
    "nginx": _braces,
    "caddyfile": _braces,
}
"""The reader of each kind of data."""
