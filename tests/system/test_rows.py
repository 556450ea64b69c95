"""A figure of a benchmark is stored with its commit, or not at all."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks.rows import NOT_STORED, RESULTS, Row, store

ROWS = [Row("a figure", 1.0, 2.0)]


def git(folder: Path, *command: str) -> str:
    given = ["git", "-c", "user.name=x", "-c", "user.email=x@localhost", *command]
    return subprocess.run(given, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "benchmarks" / RESULTS.name
    folder.mkdir(parents=True)
    (tmp_path / "code.py").write_text("1")
    (folder / "other.json").write_text("{}")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    return folder


def test_a_figure_is_stored_with_its_commit(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = store("figure", ROWS, results)
    assert path is not None
    stored = json.loads(path.read_text())
    assert stored["commit"] == git(results, "rev-parse", "--short=12", "HEAD")
    assert (stored["rows"][0]["value"], stored["rows"][0]["holds"]) == (1.0, True)
    assert str(path) in capsys.readouterr().out


def test_a_figure_of_uncommitted_code_is_not_stored(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results.parents[1] / "code.py").write_text("2")
    assert store("figure", ROWS, results) is None
    assert not (results / "figure.json").exists()
    assert NOT_STORED in capsys.readouterr().out


def test_earlier_stored_figures_are_no_uncommitted_change(results: Path) -> None:
    (results / "other.json").write_text("{ }")
    assert store("figure", ROWS, results) is not None


def test_outside_of_a_repository_nothing_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert store("figure", ROWS, tmp_path / "results") is None
