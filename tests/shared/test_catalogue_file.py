"""A catalogue file adds rows for all services, or is refused with the line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.domain.catalogue import ACTIONS, FAULTS, METRICS
from shared.domain.errors import SettingError
from shared.domain.kinds import ElementKind
from shared.platform.catalogue_file import read_catalogue
from tests.docs.blocks import ROOT, blocks

DISK = next(block.text for block in blocks("docs/how-to/own-catalogue.md") if block.kind == "yaml")
"""The file in the how-to."""
SIMULATE = "NMS_CATALOGUE=disk.yaml nms simulate --faults 5 --kinds disk_full"


def written(folder: Path, text: str = DISK) -> Path:
    path = folder / "disk.yaml"
    path.write_text(text)
    return path


def test_reading_a_file_adds_nothing_to_the_catalogue(tmp_path: Path) -> None:
    rows = read_catalogue(written(tmp_path))
    assert [metric.name for metric in rows.metrics] == ["disk_usage"]
    assert rows.faults[0].spec().primary == {"disk_usage"}
    assert (ElementKind.NODE, "disk_usage") not in METRICS and "disk_full" not in FAULTS and "purge_logs" not in ACTIONS


@pytest.mark.parametrize(
    ("before", "after", "line", "why"),
    [
        ("least: 15", "least: much", 8, "metrics.0.least: Input should be a valid number"),
        ("least: 15", "most: 15", 2, "metrics.0.least: Field required"),
        ("element: node", "element: rack", 3, "metrics.0.element: Input should be 'node'"),
        ("name: disk_usage", "name: cpu_usage", 2, "a node already has a metric cpu_usage"),
        ("name: disk_usage", "name: Disk usage", 2, "String should match pattern"),
        ("required: disk_usage", "required: disc_usage", 13, "a node has no metric disc_usage"),
        ("targets: [node]", "targets: [node, link]", 13, "a link has no metric disk_usage"),
        ("[purge_logs, reboot_node]", "[purge_logs, dance]", 14, "there is no action dance"),
        ("[purge_logs, reboot_node]", "[rate_limit]", 14, "rate_limit does not accept all targets of disk_full"),
        ("kind: disk_full", "kind: node_down", 11, "there already is a fault node_down"),
        ("name: purge_logs", "name: reboot_node", 17, "there already is an action reboot_node"),
        ("simulated: [disk_full]", "simulated: [disk_gone]", 19, "there is no fault disk_gone"),
        ("name: purge_logs", "name: purge_logs\n    name: purge", 18, "'name' is there twice"),
        ("metrics:", "metrics: [", 2, "not YAML"),
        ("faults:", "fault:", 10, "fault: Extra inputs are not permitted"),
    ],
)
def test_an_error_names_its_line(tmp_path: Path, before: str, after: str, line: int, why: str) -> None:
    with pytest.raises(SettingError) as refused:
        read_catalogue(written(tmp_path, DISK.replace(before, after, 1)))
    assert why in str(refused.value)
    assert f"line {line}:" in str(refused.value)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"a: &x [*x]", b"!!python/object:os.system {}", b"- 1", b"7"])
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "disk.yaml"
    path.write_bytes(data)
    with pytest.raises(SettingError, match=r"NMS_CATALOGUE=.*disk\.yaml: "):
        read_catalogue(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="No such file"):
        read_catalogue(tmp_path / "none.yaml")


def test_the_whole_loop_uses_a_metric_a_fault_and_a_playbook_of_a_file(tmp_path: Path) -> None:
    written(tmp_path)
    here = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": here, "PYTHONPATH": str(ROOT)}
    command = ["bash", "-c", f"{SIMULATE} --json"]
    report = json.loads(subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, check=True).stdout)
    counts = {name: report[name] for name in ("detected", "right_node", "right_kind", "repaired", "needless_actions")}
    assert counts == {"detected": 5, "right_node": 5, "right_kind": 5, "repaired": 5, "needless_actions": 0}
    assert report["by_kind"].keys() == {"disk_full"}
