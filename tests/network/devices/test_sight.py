"""Silence of a device is a fault of the network only when nothing else can explain it."""

from __future__ import annotations

import itertools

import pytest

from network.devices.console import NoAnswer, Trouble
from network.devices.sight import DeviceSignals, Sight, sight_of

LATE = NoAnswer(Trouble.TIMED_OUT, "r1 does not answer SNMP; check snmpd")
REFUSED = NoAnswer(Trouble.REFUSED, "r1 refuses the account; add its key")
GONE = NoAnswer(Trouble.UNREACHABLE, "r1 cannot be reached; check the way")
UNSENT = NoAnswer(Trouble.NOT_ASKED, "the variable X is not set; set it")
FINE = DeviceSignals(snmp=True, ssh=True, ping=True)


@pytest.mark.parametrize(
    ("signals", "sight", "reachable", "part"),
    [
        (FINE, Sight.CLEAR, True, ""),
        (
            DeviceSignals(snmp=LATE, ssh=True),
            Sight.PARTLY_BLIND,
            True,
            "runs, but SNMP is lost: r1 does not answer SNMP",
        ),
        (DeviceSignals(snmp=True, ssh=REFUSED), Sight.PARTLY_BLIND, True, "SSH is lost: r1 refuses the account"),
        (DeviceSignals(snmp=LATE, ssh=REFUSED, seen=False), Sight.PARTLY_BLIND, True, "SNMP is lost"),
        (DeviceSignals(snmp=LATE, ssh=GONE, ping=True, seen=False), Sight.PARTLY_BLIND, True, "runs"),
        (DeviceSignals(snmp=LATE, ssh=GONE, ping=False, seen=True), Sight.BLIND, None, "its neighbours see it"),
        (DeviceSignals(snmp=LATE, ssh=GONE, ping=False), Sight.BLIND, None, "no neighbour can say"),
        (DeviceSignals(snmp=LATE, ssh=UNSENT, seen=False), Sight.DOWN, False, "it is down"),
        (DeviceSignals(), Sight.BLIND, None, "not asked yet"),
    ],
)
def test_a_device_beside_others_that_answer(
    signals: DeviceSignals, sight: Sight, reachable: bool | None, part: str
) -> None:
    found = sight_of({"r1": signals, "r2": FINE}, gateway=None).devices["r1"]
    assert (found.sight, found.reachable) == (sight, reachable)
    assert part in found.sentence and bool(found.sentence) == (sight is not Sight.CLEAR)


def test_a_manager_that_is_cut_off_blames_no_device() -> None:
    silent = {name: DeviceSignals(snmp=LATE, ssh=GONE, ping=False, seen=False) for name in ("r1", "r2")}
    for gateway in (False, None):
        found = sight_of(silent, gateway)
        assert found.cut_off and "the manager is cut off" in found.sentence
        assert {each.sight for each in found.devices.values()} == {Sight.CUT_OFF}
    beside_the_gateway = sight_of(silent, gateway=True)
    assert not beside_the_gateway.cut_off
    assert {each.sight for each in beside_the_gateway.devices.values()} == {Sight.DOWN}


def test_only_a_device_that_nobody_sees_is_down() -> None:
    """Of every combination of signals."""
    answers = (True, None, LATE, REFUSED, GONE, UNSENT)
    for snmp, ssh, ping, seen, gateway in itertools.product(
        answers, answers, (True, False, None), (True, False, None), (True, False, None)
    ):
        signals = DeviceSignals(snmp, ssh, ping, seen)
        found = sight_of({"r1": signals, "r2": FINE}, gateway).devices["r1"]
        if found.sight is Sight.DOWN:
            assert seen is False and True not in (snmp, ssh, ping) and REFUSED not in (snmp, ssh)
        assert (found.reachable is False) == (found.sight is Sight.DOWN)
