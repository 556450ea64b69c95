"""Approved states are kept whole, in files of their owner alone; an intent says what nobody asked for."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from network.devices.evidence.intent import DeviceIntent, expected

from network.devices.evidence.baseline import Approval, BaselineFolder
from network.devices.evidence.meaning import evidence_of
from network.devices.evidence.snapshot import DeviceSnapshot
from shared.domain.errors import DiskFull, SettingError
from tests.network.devices.evidence.test_normal import RAW, WHOLE

NOW = "2026-12-01T00:00:00Z"


def test_a_state_is_proposed_then_approved(tmp_path: Path) -> None:
    store = BaselineFolder(tmp_path / "states")
    state = DeviceSnapshot("r/1..", {"link/eth0/mtu": "1500", "nft/inet f": "table"})
    assert store.read("r/1..") is None
    assert store.propose(state, "ada", NOW).approval is Approval.PROPOSED
    other = DeviceSnapshot("r/1..", {"link/eth0/mtu": "9000"}, frozenset({"nft"}))
    assert store.propose(other, "bob", NOW).snapshot == state
    approved = store.approve(other, "bob", NOW)
    assert approved == store.read("r/1..")
    assert approved.snapshot.facts == {"link/eth0/mtu": "9000", "nft/inet f": "table"}, "what was not read is kept"
    assert approved.snapshot.missing == frozenset()
    (file,) = (tmp_path / "states").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", ["", "{}", "[" * 5000, '{"version": 9}', "\x00"])
def test_a_spoiled_file_names_the_remedy(tmp_path: Path, content: str) -> None:
    store = BaselineFolder(tmp_path)
    store.file("r1").write_text(content)
    with pytest.raises(SettingError, match="approve the device again"):
        store.read("r1")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((DiskFull, SettingError), match="file"):
        BaselineFolder(tmp_path / "file" / "below").approve(DeviceSnapshot("r1", {}), "ada", NOW)


def test_an_intent_refuses_what_is_extra_and_what_its_file_lacks() -> None:
    found, saved = WHOLE["r1"], RAW["r1"].sections["saved"].text
    plain = DeviceIntent("r1", interfaces=("eth0", "eth1", "eth2"), routing=saved)
    metrics = {
        f"{each.point.element} {each.point.metric}" for each in evidence_of(expected(plain, found), found).differing
    }
    extra = {"r1 filter_bgp", "r1 filter_http", "r1 blackhole_routes", "r1 permanent_neighbors", "r1:eth0 shaping"}
    assert extra <= metrics
    assert not any(
        name in metric for metric in metrics for name in ("bgp_", "ospf_", "isis_") if "filter" not in metric
    )
    stated = DeviceIntent(
        "r1", addresses={"eth0": ("10.87.1.1/24",), "eth1": ("10.87.12.9/30",)}, routing=saved.replace("65001", "65009")
    )
    metrics = {
        f"{each.point.element} {each.point.metric}" for each in evidence_of(expected(stated, found), found).differing
    }
    assert {"r1:eth1 address", "r1 bgp_asn"} <= metrics and "r1:eth0 address" not in metrics


def test_an_intent_adopts_what_it_does_not_state() -> None:
    for name in ("s1", "c1"):
        evidence = evidence_of(expected(DeviceIntent(name), WHOLE[name]), WHOLE[name])
        assert (evidence.differing, evidence.unexplained) == ((), ())
