"""`nms baseline` reads a real device over SSH, changes nothing on it, and shows no secret."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.network.devices.bed import Bed, bed, skip_unless_possible
from tests.nms.test_cli import nms

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    skip_unless_possible("nft", "tc")
    with bed(tmp_path_factory.mktemp("bed")) as made:
        made.add("r1")
        made.trust()
        made.inventory()
        yield made


def baseline(ground: Bed, command: str, *more: str) -> subprocess.CompletedProcess[str]:
    return nms("baseline", command, "--inventory", str(ground.folder / "inventory.yaml"), *more)


def test_propose_differ_and_approve(ground: Bed) -> None:
    first = baseline(ground, "diff")
    assert first.returncode == 0, first.stderr
    assert "proposed by" in first.stdout and "look at it and approve it" in first.stderr
    device = ground.devices["r1"]
    device.run("nft", "add table inet f; add chain inet f i { type filter hook input priority 0; }")
    device.run("nft", 'add rule inet f i tcp dport 179 drop comment "password HUSH"')
    differs = baseline(ground, "diff")
    assert differs.returncode == 1, differs.stdout
    assert "filter_bgp of r1: " in differs.stdout and "+nft/inet f/chain i/rule/tcp dport 179" in differs.stdout
    assert "HUSH" not in differs.stdout
    body = json.loads(baseline(ground, "diff", "--json", "r1").stdout)
    assert [each["metric"] for each in body["r1"]["evidence"]] == ["filter_bgp"]
    approved = baseline(ground, "approve", "--by", "ada", "r1")
    assert approved.returncode == 0 and "r1: approved by ada at " in approved.stdout
    assert baseline(ground, "diff").returncode == 0
    shown = baseline(ground, "show")
    assert "nft/inet f = table" in shown.stdout and "HUSH" not in shown.stdout
    assert (ground.folder / "baseline" / "r1.json").stat().st_mode & 0o077 == 0


def test_errors_name_the_fact(ground: Bed, tmp_path: Path) -> None:
    unknown = baseline(ground, "diff", "r9")
    assert unknown.returncode == 2 and "there is no device 'r9'" in unknown.stderr
    lost = nms("baseline", "diff", "--inventory", str(tmp_path / "none.yaml"))
    assert lost.returncode == 2
    text = (ground.folder / "inventory.yaml").read_text()
    (ground.folder / "away.yaml").write_text(text.replace(ground.devices["r1"].address, "172.29.86.77"))
    away = nms("baseline", "approve", "--inventory", str(ground.folder / "away.yaml"), "--folder", str(tmp_path))
    assert away.returncode == 1 and "not approved: " in away.stderr
    assert list(tmp_path.iterdir()) == []
