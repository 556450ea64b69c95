"""A small corpus with a run of each scenario, for tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nms.cli import run

SELDOM = "sampling: {interval: 5.0}\n"
"""A world that is sampled seldom, so that a run has few samples."""


def world_in(folder: Path) -> Path:
    path = folder / "seldom.yaml"
    path.write_text(SELDOM)
    return path


def arguments(out: Path, world: Path, *more: str) -> list[str]:
    return ["corpus", "--out", str(out), "--nodes", "16", "--world", str(world), "--quiet", *more]


def bytes_in(folder: Path) -> dict[str, bytes]:
    """Return the content of each file by its path in the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world_in(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory, world: Path) -> Path:
    """Do not change it."""
    out = tmp_path_factory.mktemp("corpus") / "made"
    assert run(arguments(out, world)) == 0
    return out
