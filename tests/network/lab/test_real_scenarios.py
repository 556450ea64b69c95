"""Plans that are built: with real routers and servers, all checks of the default network and of scenarios hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from network.lab.building.checks import described, wait_until_healthy
from network.lab.plan import LabPlan
from network.lab.scenarios.default import default_plan
from network.lab.scenarios.pack import plan_from
from tests.network.lab.scenario_files import ROOT, text_of
from tests.network.lab.small_lab import require_a_laboratory, small_lab

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
WITHIN = 150.0
"""Seconds. OSPF with its usual timers needs 40 of them, on an idle machine."""


def becomes_healthy(plan: LabPlan, what: str, folder: Path) -> None:
    require_a_laboratory()
    missing = [need for need in plan.needs if not any(True for _ in Path("/").glob(need.lstrip("/")))]
    if missing:
        pytest.skip(f"the machine lacks {', '.join(missing)}: `nms lab doctor` names the packages")
    with small_lab(what, folder, plan) as lab:
        assert [f"{described(each.check)}: {each.reason}" for each in wait_until_healthy(lab, WITHIN)] == []


def test_the_default_network_works(tmp_path: Path) -> None:
    becomes_healthy(default_plan(), "default", tmp_path)


def test_the_example_of_the_reference_works(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "reference" / "scenarios.md").read_text()
    example = re.search(r"```yaml scenario\n(.*?)```", page, re.DOTALL)
    assert example
    becomes_healthy(plan_from(example[1], "scenarios.md"), "example", tmp_path)


@pytest.mark.parametrize("name", ["dc_clos.s", "campus_lan.s"])
def test_a_scenario_with_services_works(name: str, tmp_path: Path) -> None:
    becomes_healthy(plan_from(text_of(name), name), name.replace("_", "-").replace(".", "-"), tmp_path)
