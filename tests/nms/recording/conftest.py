"""One simulated run, recorded in each format, for tests that only read it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shared.recordings.choices import Format
from shared.testing.fixtures import broker
from tests.nms.recording.build import reformatted, simulated

__all__ = ["broker"]
SECONDS = 50.0


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of the first 50 seconds of a run. Do not change it."""
    return simulated(tmp_path_factory.mktemp("recorded") / "run", SECONDS)


@pytest.fixture(scope="session", params=list(Format))
def in_each_format(request: pytest.FixtureRequest, recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the same recording in each format. Do not change it."""
    return reformatted(recorded, tmp_path_factory.mktemp("formats") / request.param, request.param)


@pytest.fixture
def mine(recorded: Path, tmp_path: Path) -> Path:
    return shutil.copytree(recorded, tmp_path / "mine")
