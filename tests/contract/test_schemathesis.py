"""Schemathesis with all its checks on the whole API: every answer is one that the OpenAPI document describes.

Rules: the test adds the names of this network's nodes and links to the document, so that valid requests can be carried
out. Two sorts of checks are loosened: calls whose fields depend on each other may be refused, and a fault that was
ended stays in the list.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.running import Running
from shared.domain.config import Desired
from tests.contract.rest import Body, Rest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

SPEED = 4.0
SEED = 1
FEW, MANY = 2, 50
"""Generated requests for each call: at every change, and in a soak."""
RUN_SECONDS = 1400
REQUEST_SECONDS = 60
SCHEMATHESIS = f"""\
{sys.executable} -m schemathesis.cli --config-file schemathesis.toml run openapi.json --checks all
--exclude-checks use_after_free --seed {SEED} --request-timeout {REQUEST_SECONDS}
--generation-database none""".split()
FITTING = {
    "get_history": "a window may begin after its end, and a metric may belong to the other kind of element",
    "get_averages": "a window may begin after its end",
    "inject_fault": "a kind of fault may not apply to a target",
    "move_members": "members and incidents may not exist any more",
    "split_incident": "a member may not exist any more",
    "merge_incident": "an incident may not exist any more",
}
"""Calls whose fields depend on each other or on the state, so that a valid request may get 404, 409 or 422."""
CONFIG = "".join(
    f"""\
[[operations]]
include-operation-id = "{call}"
checks.positive_data_acceptance.expected-statuses = ["2xx", "404", "409", "422"]

"""
    for call in FITTING
)


@pytest.fixture(scope="module")
def victim() -> Iterator[Running]:
    """Start a separate system: the requests may stop, start and break anything in it."""
    with Running(seed=11, speed=SPEED, desired=Desired(running=False)) as running:
        yield running


def filled_in(rest: Rest) -> Body:
    document: Body = rest.http.get("/openapi.json").json()
    topology = rest("get_topology")
    nodes, links = ([each["id"] for each in topology[sort]] for sort in ("nodes", "links"))
    for path, names in (
        ("/api/metrics", nodes),
        ("/api/metrics/history", nodes + links),
        ("/api/incidents", nodes + links),
        ("/api/observations", nodes + links),
    ):
        (node,) = (one for one in document["paths"][path]["get"]["parameters"] if one["name"] == "node")
        node["schema"] = {"type": "string", "enum": names}
    for order, field in (("ConfigOrder", "targets"), ("FaultOrder", "target")):
        part = document["components"]["schemas"][order]["properties"][field]
        part.get("items", part)["enum"] = nodes + links
    return document


def run_schemathesis(victim: Running, folder: Path, examples: int, *phases: str) -> None:
    with Rest(victim.url) as rest:
        (folder / "openapi.json").write_text(json.dumps(filled_in(rest)))
        (folder / "schemathesis.toml").write_text(CONFIG)
        ended = subprocess.run(
            [*SCHEMATHESIS, "--max-examples", str(examples), "--url", victim.url, "--phases", ",".join(phases)],
            cwd=folder,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2_000:]
        for phase in phases:
            assert f"✅ {phase.capitalize()}" in ended.stdout, ended.stdout[-5_000:]
        assert rest("get_health") == {"status": "ok"}
        assert set(rest("get_status")["services"].values()) == {"up"}


budget = pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.soak)])


@budget
def test_generated_requests_get_only_described_answers(victim: Running, tmp_path: Path, examples: int) -> None:
    run_schemathesis(victim, tmp_path, examples, "examples", "coverage", "fuzzing")


@budget
def test_generated_chains_of_linked_calls_get_only_described_answers(
    victim: Running, tmp_path: Path, examples: int
) -> None:
    with Rest(victim.url) as rest:
        rest("inject_fault", send={"kind": "high_cpu", "target": "server-3"})
        rest.wait("an incident to begin with", lambda: rest("list_incidents")["recent_incidents"])
    run_schemathesis(victim, tmp_path, examples, "stateful")
