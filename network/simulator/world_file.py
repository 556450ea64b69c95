"""Reads the YAML file of a world; errors name the line."""

from __future__ import annotations

from pathlib import Path

from network.simulator.world import DEFAULT, World
from shared.platform.yaml_model import read_yaml

VARIABLE = "NMS_WORLD"
ABOUT = "a YAML file: in which ways the simulated network differs from the default one"


def read_world(path: Path | None) -> World:
    """Raises SettingError. Without a path, return the default world."""
    return DEFAULT if path is None else read_yaml(path.absolute(), VARIABLE, World).content
