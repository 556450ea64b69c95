"""A client written only from the documents handles a whole incident, and imports none of the product's code."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.running import Running
from tests.contract.rest import Rest

STRANGER = Path(__file__).with_name("stranger.py")
LIBRARIES = frozenset({"httpx", "nats", "websockets"})
TAKES_AT_MOST = 300.0


def imported() -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(STRANGER.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import is one of ours"
            found.add((node.module or "").partition(".")[0])
    return found


def test_the_stranger_imports_nothing_of_the_product() -> None:
    assert imported() <= LIBRARIES | sys.stdlib_module_names
    assert imported() >= LIBRARIES
    text = STRANGER.read_text()
    assert not {"importlib", "__import__", "exec(", "eval("} & set(text.split()), "and does not get it by a detour"


@pytest.mark.timeout(TAKES_AT_MOST + 120)
def test_the_stranger_handles_an_incident(system: Running, rest: Rest, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(STRANGER), system.url, system.nats_url],
        capture_output=True,
        text=True,
        timeout=TAKES_AT_MOST,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["fault"]["ended_by"] == "action"
    assert seen["resolution"] == "manual_intervention", "a person approved the action"
    assert seen["sequence"][0] == "anomaly.raised"
    assert {"remediation.verified", "incident.resolved"} <= set(seen["sequence"])
    assert not any(event.startswith("fault.") for event in seen["sequence"]), "the truth is in a trace of its own"
    assert seen["scorecard"]["repaired"] >= 1
    assert seen["resumed"] != "snapshot", "what was missed was known, and a snapshot came instead"
    assert rest("get_config")["mode"] == "auto"
    rest.heal()
