"""Actions through SSH and sudo, as a manager runs them: the device keeps its promise when the connection is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from network.devices.actions import device_scripts
from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.plans import DevicePlan, PlanStep
from network.devices.inventory.reading import read_device_inventory
from network.devices.ssh.console import SshConsole, console_of
from network.port import Outcome, Receipt
from tests.network.devices.actions.nodes import until
from tests.network.devices.bed import Bed, TestDevice, bed, sh, skip_unless_possible

pytestmark = pytest.mark.slow
ADDRESS = "172.29.86.200/32"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    skip_unless_possible("sudo", "ip")
    with bed(tmp_path_factory.mktemp("bed")) as made:
        r1 = made.add("r1")
        for root in (device_scripts.ROOT, device_scripts.DURABLE_ROOT):
            r1.run("sh", "-c", f"mkdir -p {root} && mount -t tmpfs none {root}")
        made.trust()
        made.inventory()
        try:
            yield made
        finally:
            for root in (device_scripts.ROOT, device_scripts.DURABLE_ROOT):
                sh("rmdir", root, check=False)


@pytest.fixture
def r1(ground: Bed) -> TestDevice:
    device = ground.devices["r1"]
    device.run("ip", "address", "flush", "dev", "lo", "scope", "global", check=False)
    return device


@pytest.fixture
async def console(ground: Bed) -> AsyncIterator[SshConsole]:
    made = fresh(ground)
    yield made
    await made.close()


def fresh(ground: Bed) -> SshConsole:
    inventory = read_device_inventory(ground.folder / "inventory.yaml")
    found = console_of(inventory.by_name["r1"], inventory)
    assert isinstance(found, SshConsole)
    return found


def plan(action_id: str, *more: PlanStep, seconds: int = 30) -> DevicePlan:
    add = ("ip", "address", "add", ADDRESS, "dev", "lo")
    step = PlanStep(add, undo=((*add[:2], "del", *add[3:]),))
    return DevicePlan(action_id, "restore_address", "r1", "r1:lo", (step, *more), "address", seconds=seconds)


def is_there(r1: TestDevice) -> bool:
    return ADDRESS in r1.run("ip", "address", "show", "dev", "lo")


async def test_the_life_of_an_action(console: SshConsole, r1: TestDevice) -> None:
    actuator = DeviceActuator(console)
    receipt = await actuator.apply(plan("inc-ssh.a1"), 0.0, 30.0)
    assert receipt.outcome is Outcome.DONE, receipt
    assert is_there(r1)
    assert await actuator.confirm("inc-ssh.a1") is None
    assert (await actuator.revert("inc-ssh.a1", 0.0, 30.0)).outcome is Outcome.DONE
    assert not is_there(r1)


async def test_the_dead_man_outlives_the_connection(ground: Bed, r1: TestDevice) -> None:
    console = fresh(ground)
    receipt = await DeviceActuator(console).apply(plan("inc-lost.a1", seconds=2), 0.0, 30.0)
    assert receipt.outcome is Outcome.DONE, receipt
    for pid in r1.sshd_pids():
        if b"-D" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)  # of a session, and not the one that listens
    await console.close()
    assert is_there(r1)
    assert until(lambda: not is_there(r1), 6.0), "nobody confirmed it"


async def test_a_connection_that_is_lost_while_a_step_runs(ground: Bed, r1: TestDevice) -> None:
    """The step ends, and the manager that comes back learns its outcome."""
    console = fresh(ground)
    slow = plan("inc-midway.a1", PlanStep(("sleep", "2")), PlanStep(("touch", "/run/nms-actions/seen")))
    applying = asyncio.create_task(DeviceActuator(console).apply(slow, 0.0, 30.0))
    assert await asyncio.to_thread(until, lambda: is_there(r1))
    await console.close()
    lost = await applying
    assert lost.outcome is Outcome.RUNNING, lost
    again = fresh(ground)
    resumed = await DeviceActuator(again).resume("inc-midway.a1", 5.0)
    assert isinstance(resumed, Receipt) and resumed.outcome is Outcome.DONE, resumed
    assert r1.run("ls", "/run/nms-actions/seen")
    assert await DeviceActuator(again).confirm("inc-midway.a1") is None
    await again.close()


async def test_others_can_use_the_shell_while_a_step_runs(console: SshConsole, r1: TestDevice) -> None:
    applying = asyncio.create_task(
        DeviceActuator(console).apply(plan("inc-slow.a1", PlanStep(("sleep", "6"))), 0.0, 30.0)
    )
    await asyncio.sleep(0.5)
    begun = time.monotonic()
    answer = await console.run(["true"], root=True, within=6.0)
    assert time.monotonic() - begun < 5.0, answer
    assert (await applying).outcome is Outcome.DONE
    await DeviceActuator(console).revert("inc-slow.a1", 0.0, 30.0)


async def test_an_account_without_sudo_changes_nothing(ground: Bed, r1: TestDevice) -> None:
    console = fresh(ground)
    r1.run("mv", "/etc/sudoers.d/nms", "/etc/sudoers.d/.nms")
    try:
        receipt = await DeviceActuator(console).apply(plan("inc-none.a1"), 0.0, 30.0)
        assert receipt.outcome is Outcome.FAILED and "changed nothing" in receipt.reason, receipt
        assert not is_there(r1)
    finally:
        r1.run("mv", "/etc/sudoers.d/.nms", "/etc/sudoers.d/nms")
        await console.close()
