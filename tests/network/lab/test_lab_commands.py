"""`nms lab`: the commands of docs/how-to/lab.md, on a laboratory with a name and a network of the test's own."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from network.lab.building.layout import LabPlace, LabSettings
from network.lab.building.removal import alone, remove
from tests.network.lab.small_lab import require_a_laboratory, small_settings

ROOT = Path(__file__).parents[3]
PATIENCE = 240.0

DOCTOR = "nms lab doctor"
UP = "nms lab up"
LOOK = ("nms lab status", "nms lab status --checks", "nms lab shell core-router-1 vtysh -c 'show ip ospf neighbor'")
SSH = "ssh -i /run/nms-lab/default/id_ed25519 -o UserKnownHostsFile=/run/nms-lab/default/known_hosts nms@172.29.88.10 sudo ip -brief address"  # noqa: E501
DOWN = "nms lab down"


def run(words: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        words, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, env=environment, check=False
    )


def nms(*words: str) -> subprocess.CompletedProcess[str]:
    return run([sys.executable, "-m", "nms", *words])


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[LabSettings]:
    require_a_laboratory()
    settings = small_settings("doc", tmp_path / "labs")
    yield settings
    with alone(settings.place):
        remove(settings.place)


def of_the_page(command: str, settings: LabSettings) -> list[str]:
    """Return the words of a command, for the laboratory of the test."""
    words = shlex.split(command)
    own = ["--name", settings.name, "--folder", str(settings.folder)]
    own += ["--subnet", str(settings.subnet)] if command.startswith(UP) else []
    return [*words[1:3], *own, *words[3:]]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_page_works(settings: LabSettings) -> None:
    place: LabPlace = settings.place
    built = nms(*of_the_page(UP, settings))
    assert built.returncode == 0, built.stderr
    assert built.stdout.strip() == str(place.inventory)
    shown, checked, asked = (nms(*of_the_page(command, settings)) for command in LOOK)
    assert "16 of 16 nodes" in shown.stdout
    assert checked.returncode == 0
    assert checked.stdout.count("holds") > 20
    assert asked.stdout.count("Full/") == 5
    line = SSH.replace("/run/nms-lab/default", str(place.folder)).replace("172.29.88.10", str(settings.subnet[10]))
    assert "mgmt0" in run(["ssh", "-F", "none", *shlex.split(line)[1:]]).stdout
    nms("lab", "shell", "--name", settings.name, "--folder", str(settings.folder), "server-1", "pkill", "named")
    broken = nms("lab", "status", "--checks", "--json", "--name", settings.name, "--folder", str(settings.folder))
    assert broken.returncode == 1
    failing = {check["kind"] for check in json.loads(broken.stdout)["checks"] if not check["holds"]}
    assert failing == {"resolves", "fetches", "runs"}
    assert "is up" in nms(*of_the_page(UP, settings)).stderr
    assert nms(*of_the_page(DOWN, settings)).stdout == f"{settings.name}: removed\n"
    assert nms(*of_the_page(DOWN, settings)).returncode == 0
    assert not settings.folder.exists()


def test_doctor_names_what_is_missing() -> None:
    done = run([sys.executable, "-m", *shlex.split(DOCTOR)])
    assert "Linux" in done.stdout
    assert ("missing" in done.stdout) >= (done.returncode != 0)
    found = json.loads(nms("lab", "doctor", "--json").stdout)
    assert {"what", "needed_for", "lack"} == found[0].keys()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("up", "/nowhere.yaml"), 2, "/nowhere.yaml: No such file or directory: give default, or a YAML file"),
        (("up", "--subnet", "10.0.0.1/8"), 2, "--subnet 10.0.0.1/8: 10.0.0.1/8 has host bits set"),
        (("up", "--name", "../x"), 2, "--name: at most 40 small letters"),
        (("status", "--name", "nobody"), 1, "there is no laboratory nobody"),
        (("shell", "--name", "nobody", "r1"), 1, "there is no laboratory nobody"),
        (("down", "--name", "/"), 2, "--name: at most 40 small letters"),
    ],
)
def test_an_error_says_what_to_do(words: tuple[str, ...], code: int, says: str, tmp_path: Path) -> None:
    done = nms("lab", words[0], "--folder", str(tmp_path / "none"), *words[1:])
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert not (tmp_path / "none").exists()
