"""`nms check` shows the network of a file; every command that reads a file reports what it changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nms.cli import run
from nms.plan import read_topology
from nms.settings import SystemSettings

CHANGED = 'graph [\n node [ id 0 label "a--b" ]\n node [ id 1 label "a-b" ]\n edge [ source 0 target 1 label "10G" ] ]'
WARNING = "line 2: 'a--b' is shown as 'a-b-2': '--', and '-' at an end, are kept for links, another node is called so"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.gml"
    path.write_text(CHANGED)
    return path


def test_a_file_is_shown_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "nodes": [{"id": "a-b-2", "type": "server"}, {"id": "a-b", "type": "server"}],
        "links": [{"id": "a-b--a-b-2", "source": "a-b-2", "target": "a-b", "capacity": 10_000.0}],
        "warnings": [WARNING],
    }


def test_a_file_is_shown_as_text(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(file)]) == 0
    output = capsys.readouterr().out
    assert output.startswith("2 nodes (0 routers, 0 switches, 2 servers), 1 link, 1 warning\n")
    assert "a-b--a-b-2   10000" in output
    assert output.endswith(f"warning: {WARNING}\n")


def test_a_refused_file_is_reported_with_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("nodes: [a]\nlinks: [a--b]\n")
    assert run(["check", str(path), "--json"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert json.loads(output.err)["detail"].startswith(f"{path}: line 2: a link ends at 'b', which is no node; add")


def test_changes_to_a_topology_file_are_reported_when_a_system_starts(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_topology(file, None)
    assert capsys.readouterr().err == f"nms: --topology {file}: {WARNING}\n"
    monkeypatch.setenv("NMS_TOPOLOGY", str(file))
    SystemSettings.load().options()
    assert capsys.readouterr().err == f"nms: NMS_TOPOLOGY={file}: {WARNING}\n"
