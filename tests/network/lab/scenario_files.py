"""The scenario files beside the checkout, and small ones for tests."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml
from _pytest.mark import ParameterSet

ROOT = Path(__file__).parents[3]


def checkout() -> Path:
    """Return the main checkout; this one can be a worktree of it, which is somewhere else."""
    git = ROOT / ".git"
    return Path(git.read_text().split()[1]).parents[2] if git.is_file() else ROOT


FOLDER = checkout().parent / "shared" / "data" / "nika" / "scenarios"


def files() -> list[Path]:
    return sorted(FOLDER.glob("*.yaml"))


def text_of(name: str) -> str:
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        pytest.skip(f"{path} is not there: the scenario files are beside the checkout")
    return path.read_text()


def each_file() -> list[ParameterSet]:
    """One parameter for each file; without files, one that skips."""
    reason = f"no scenario file is in {FOLDER}: they are beside the checkout"
    missing = pytest.param(None, marks=pytest.mark.skip(reason=reason))
    return [pytest.param(path, id=path.stem) for path in files()] or [missing]


SMALL: dict[str, object] = {
    "schema": "nika-pack/1",
    "scenario": "small",
    "limits": {"all": {"cpus": 0.5, "mem_mib": 128}},
    "nodes": [
        {"name": "r1", "role": "router", "loopback": "10.255.0.1/32", "router_id": "10.255.0.1"},
        {"name": "r2", "role": "router", "loopback": "10.255.0.2/32", "router_id": "10.255.0.2"},
        {"name": "h1", "role": "host", "gateway": "10.254.0.1"},
    ],
    "links": [
        {
            "name": "r1:eth0--r2:eth0",
            "a": "r1:eth0",
            "a_ip": "10.0.0.0/31",
            "b": "r2:eth0",
            "b_ip": "10.0.0.1/31",
            "metric": 10,
            "igp": "active",
        },
        {
            "name": "h1:eth0--r1:eth1",
            "a": "r1:eth1",
            "a_ip": "10.254.0.1/30",
            "b": "h1:eth0",
            "b_ip": "10.254.0.2/30",
            "metric": 1,
            "igp": "passive",
        },
    ],
    "routing": {"ospf": {"area": "0.0.0.0", "network_type": "non-broadcast on active links (poll-interval 10)"}},
}


def small(**changes: object) -> str:
    """Return the text of a small file. A key of `changes` is a path such as `nodes__0__name`; None removes a field."""
    content = copy.deepcopy(SMALL)
    for path, value in changes.items():
        at: object = content
        *parents, last = (int(part) if part.isdecimal() else part for part in path.split("__"))
        for part in parents:
            at = at[part]  # type: ignore[index]
        if value is None:
            del at[last]  # type: ignore[attr-defined]
        elif isinstance(at, list) and isinstance(last, int) and last == len(at):
            at.append(value)
        else:
            at[last] = value  # type: ignore[index]
    return yaml.safe_dump(content)
