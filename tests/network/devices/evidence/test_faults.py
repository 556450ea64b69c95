"""Injects each fault that a device can show into the small lab: exactly the expected evidence, and none elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from network.devices.evidence.difference import as_text, compared
from network.devices.evidence.meaning import evidence_of
from network.devices.evidence.normal import normalised
from network.devices.evidence.snapshot import DeviceSnapshot
from tests.network.devices.evidence.captured import SERVICES, read
from tests.network.devices.evidence.small_faults import FAULTS, SmallFault, settle
from tests.network.devices.evidence.small_lab import SmallLab, lacking

WHY = lacking()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(WHY), reason=f"the small lab {WHY}")]


@pytest.fixture(scope="module")
def lab() -> Iterator[SmallLab]:
    lab = SmallLab()
    try:
        lab.up()
        yield lab
    finally:
        lab.close()


@pytest.fixture(scope="module")
def approved(lab: SmallLab) -> dict[str, DeviceSnapshot]:
    return snapshots(lab)


def snapshots(lab: SmallLab) -> dict[str, DeviceSnapshot]:
    return {name: normalised(read(node)) for name, node in lab.nodes.items()}


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_is_exactly_its_evidence(fault: SmallFault, lab: SmallLab, approved: dict[str, DeviceSnapshot]) -> None:
    try:
        fault.apply(lab)
        time.sleep(fault.symptom)
        shown = {}
        for name, found in snapshots(lab).items():
            evidence = evidence_of(approved[name], found, SERVICES.get(name, ()))
            shown |= {f"{each.point.element} {each.point.metric}": each.sentence for each in evidence.differing}
    finally:
        fault.undo(lab)
        settle(lab)
    assert set(shown) == fault.evidence, shown
    left = {name: compared(approved[name], found) for name, found in snapshots(lab).items()}
    assert not any(left.values()), [as_text(name, found) for name, found in left.items() if found]


def test_authorised_noise_is_no_difference(lab: SmallLab, approved: dict[str, DeviceSnapshot]) -> None:
    """Routes of OSPF come and go, leases are renewed, counters and neighbours change, for longer than a lease."""
    for _ in range(4):
        lab["h1"].call("ping", "-c", "3", "-i", "0.2", "10.87.2.10", check=False)
        lab["c1"].call("ping", "-c", "3", "-i", "0.2", "10.87.2.10", check=False)
        lab["r2"].shell("ip neigh flush all; vtysh -c 'clear ip ospf process'")
        lab["r1"].shell("vtysh -c 'clear ip bgp *'")
        time.sleep(9)
        for name, found in snapshots(lab).items():
            assert compared(approved[name], found) == (), as_text(name, compared(approved[name], found))
    settle(lab)
