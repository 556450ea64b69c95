"""Finds the plan of a laboratory that a person names: `default`, or the file of a scenario."""

from __future__ import annotations

from pathlib import Path

from network.lab.plan import LabPlan
from network.lab.scenarios.default import default_plan
from network.lab.scenarios.pack import plan_from
from shared.domain.errors import SettingError

DEFAULT = "default"
CHOICES = f"{DEFAULT}, or a YAML file of a scenario"


def find_plan(named: str, rpki: bool = True) -> LabPlan:
    """`rpki`: whether the scenario's cache of RPKI runs, if it has one. Raises SettingError or ScenarioError."""
    if named == DEFAULT:
        return default_plan()
    path = Path(named)
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SettingError(f"{named}: {reason}: give {CHOICES}") from error
    return plan_from(text, path.name, rpki)
