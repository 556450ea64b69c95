"""Schemathesis over the whole API, every check it has: no call answers what the description does not say.

Rules: what the description cannot know, the names of this network's nodes and links, the test fills in, so that a valid
request is one that can be carried out. Loosened are two calls whose fields have to fit each other, and that what was
deleted is gone: a fault that was ended stays in the list.
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
"""Requests made up for each call: where every change is tested, and in a soak."""
RUN_SECONDS = 1400
REQUEST_SECONDS = 60
HUNTER = f"""\
{sys.executable} -m schemathesis.cli --config-file schemathesis.toml run openapi.json --checks all
--exclude-checks use_after_free --seed {SEED} --request-timeout {REQUEST_SECONDS}
--generation-database none""".split()
FITTING = {
    "get_history": "a window may begin after its end, a metric be one of the other sort of element",
    "get_averages": "a window may begin after its end",
    "inject_fault": "a kind of fault may not strike such a target",
    "move_members": "a member and an incident may be none any more",
    "split_incident": "a member may be none any more",
    "merge_incident": "an incident may be none any more",
}
"""The calls whose fields have to fit each other or the moment, so that what is valid may be refused: 409 or 422."""
CONFIG = "".join(
    f"""\
[[operations]]
include-operation-id = "{call}"
checks.positive_data_acceptance.expected-statuses = ["2xx", "404", "409", "422"]

"""
    for call in FITTING
)


@pytest.fixture(scope="module")
def prey() -> Iterator[Running]:
    """Start a system that nobody else uses: what is sent to it may stop, start and break whatever there is."""
    with Running(seed=11, speed=SPEED, desired=Desired(running=False)) as running:
        yield running


def filled_in(rest: Rest) -> Body:
    """Return the served description with the names of what there is."""
    document: Body = rest.http.get("/openapi.json").json()
    topology = rest("get_topology")
    nodes, links = ([each["id"] for each in topology[sort]] for sort in ("nodes", "links"))
    for path, names in (
        ("/api/metrics", nodes),
        ("/api/metrics/history", nodes + links),
        ("/api/incidents", nodes + links),
    ):
        (node,) = (one for one in document["paths"][path]["get"]["parameters"] if one["name"] == "node")
        node["schema"] = {"type": "string", "enum": names}
    for order, field in (("ConfigOrder", "targets"), ("FaultOrder", "target")):
        part = document["components"]["schemas"][order]["properties"][field]
        part.get("items", part)["enum"] = nodes + links
    return document


def hunt(prey: Running, folder: Path, examples: int, *phases: str) -> None:
    """Let Schemathesis go through some of its phases; fail with what it found."""
    with Rest(prey.url) as rest:
        (folder / "openapi.json").write_text(json.dumps(filled_in(rest)))
        (folder / "schemathesis.toml").write_text(CONFIG)
        ended = subprocess.run(
            [*HUNTER, "--max-examples", str(examples), "--url", prey.url, "--phases", ",".join(phases)],
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
def test_no_request_however_made_is_answered_otherwise_than_described(
    prey: Running, tmp_path: Path, examples: int
) -> None:
    hunt(prey, tmp_path, examples, "examples", "coverage", "fuzzing")


@budget
def test_no_chain_of_calls_along_their_links_is_answered_otherwise_than_described(
    prey: Running, tmp_path: Path, examples: int
) -> None:
    with Rest(prey.url) as rest:
        rest("inject_fault", send={"kind": "high_cpu", "target": "server-3"})
        rest.wait("an incident to begin with", lambda: rest("list_incidents")["recent_incidents"])
    hunt(prey, tmp_path, examples, "stateful")
