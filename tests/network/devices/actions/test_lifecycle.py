"""The life of an action on a device: each end that it can have, and what makes a device refuse it."""

from __future__ import annotations

import asyncio
import itertools
import time
from pathlib import Path

import pytest

from network.devices.actions import device_scripts
from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.plans import DevicePlan, NewText, PlanStep, put_steps
from network.devices.console import Console
from network.port import Outcome, Receipt
from tests.network.devices.actions.nodes import LocalConsole, Node, until

SHELLS = (("dash",), ("bash", "--posix"), ("busybox", "sh"))
numbers = itertools.count(1)


def mtu(node: Node) -> str:
    return node.sh("ip link show dev eth0 | grep -o 'mtu [0-9]*'").strip()


AS_BEFORE, AS_PLANNED = "mtu 1500", "mtu 1400"


def smaller_mtu(*more: PlanStep, action_id: str = "", seconds: int = 30, **fields: object) -> DevicePlan:
    step = PlanStep(
        ("ip", "link", "set", "dev", "eth0", "mtu", "1400"), (("ip", "link", "set", "dev", "eth0", "mtu", "1500"),)
    )
    return DevicePlan(
        action_id=action_id or f"inc-{next(numbers)}.a1", kind="restore_mtu", device="a-near", target="a-near:eth0",
        steps=(step, *more), diff="mtu 1500 -> 1400", seconds=seconds, **fields,  # type: ignore[arg-type]
    )  # fmt: skip


async def apply(console: Console, plan: DevicePlan) -> Receipt:
    return await DeviceActuator(console).apply(plan, 100.0, 130.0)


@pytest.fixture(autouse=True)
def as_before(node: Node) -> None:
    node.run("ip", "link", "set", "dev", "eth0", "mtu", "1500")


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
async def test_what_is_confirmed_stays_and_can_still_be_reverted(node: Node, shell: tuple[str, ...]) -> None:
    console = LocalConsole(node, shell)
    actuator, plan = DeviceActuator(console), smaller_mtu(seconds=1)
    receipt = await actuator.apply(plan, 100.0, 130.0)
    assert receipt.outcome is Outcome.DONE, receipt
    assert 100.0 < (receipt.took_effect or 0) < 130.0
    assert mtu(node) == AS_PLANNED
    assert await actuator.confirm(plan.action_id) is None
    await asyncio.sleep(1.5)
    assert mtu(node) == AS_PLANNED, "the dead-man undid what was confirmed"
    assert await actuator.confirm(plan.action_id) is None
    reverted = await actuator.revert(plan.action_id, 100.0, 130.0)
    assert reverted.outcome is Outcome.DONE and reverted.undoing
    assert mtu(node) == AS_BEFORE
    assert "sleep 1\n" not in node.run("ps", "ax", "-o", "args")


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
async def test_the_device_undoes_what_nobody_confirms(node: Node, shell: tuple[str, ...]) -> None:
    console, plan = LocalConsole(node, shell), smaller_mtu(seconds=1)
    receipt = await apply(console, plan)
    assert receipt.outcome is Outcome.DONE, receipt
    assert mtu(node) == AS_PLANNED
    assert until(lambda: mtu(node) == AS_BEFORE, 4.0)
    refusal = await DeviceActuator(console).confirm(plan.action_id)
    assert refusal is not None and "nobody confirmed it in time" in refusal.reason
    resumed = await DeviceActuator(console).resume(plan.action_id, 200.0)
    assert isinstance(resumed, Receipt) and resumed.outcome is Outcome.FAILED


async def test_a_plan_that_was_reverted_before_its_confirmation_is_undone_at_once(node: Node) -> None:
    console, plan = LocalConsole(node), smaller_mtu()
    await apply(console, plan)
    reverted = await DeviceActuator(console).revert(plan.action_id, 100.0, 130.0)
    assert reverted.outcome is Outcome.DONE
    assert mtu(node) == AS_BEFORE


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
async def test_a_step_that_fails_midway_takes_back_those_before_it(node: Node, shell: tuple[str, ...]) -> None:
    mark = "/run/third-step"
    plan = smaller_mtu(PlanStep(("ip", "link", "set", "dev", "nope", "up"), (("false",),)), PlanStep(("touch", mark)))
    receipt = await apply(LocalConsole(node, shell), plan)
    assert receipt.outcome is Outcome.FAILED
    assert receipt.reason.startswith("step 2 failed (") and "undone" in receipt.reason
    assert mtu(node) == AS_BEFORE
    assert node.sh(f"ls {mark}", check=False).startswith("ls: cannot access")


async def test_a_step_that_hangs_is_ended_and_taken_back(node: Node) -> None:
    begun = time.monotonic()
    receipt = await apply(LocalConsole(node), smaller_mtu(PlanStep(("sleep", "60"), within=1)))
    assert receipt.outcome is Outcome.FAILED
    assert time.monotonic() - begun < 10.0
    assert mtu(node) == AS_BEFORE


async def test_an_undo_that_fails_is_reported_and_can_be_repeated(node: Node) -> None:
    node.sh("rm -f /run/ready")
    plan = smaller_mtu(PlanStep(("true",), undo=(("cat", "/run/ready"),)))
    console = LocalConsole(node)
    await apply(console, plan)
    receipt = await DeviceActuator(console).revert(plan.action_id, 100.0, 110.0)
    assert receipt.outcome is Outcome.FAILED
    assert "failed to undo a step (cat: /run/ready" in receipt.reason
    assert mtu(node) == AS_BEFORE, "one failure kept the other steps from being undone"
    node.sh("touch /run/ready")
    assert (await DeviceActuator(console).revert(plan.action_id, 100.0, 110.0)).outcome is Outcome.DONE


async def test_the_same_action_is_neither_armed_nor_applied_twice(node: Node) -> None:
    count = "/run/applied-count"
    node.sh(f"rm -f {count}")
    plan = smaller_mtu(PlanStep(("sh", "-c", f"echo once >> {count}")))
    receipts = await asyncio.gather(*(apply(LocalConsole(node), plan) for _ in range(5)))
    assert [receipt.outcome for receipt in receipts] == [Outcome.DONE] * 5, receipts
    assert node.run("cat", count) == "once\n"
    workers = node.sh(f"ps ax -o args | grep '[n]ms-actions.*worker' | grep -c {plan.action_id}").strip()
    assert workers in ("1", "2"), "the worker and its clock, and no other"
    await DeviceActuator(LocalConsole(node)).confirm(plan.action_id)
    assert (await apply(LocalConsole(node), plan)).outcome is Outcome.DONE
    assert node.run("cat", count) == "once\n"


async def test_another_plan_with_the_same_id_is_refused(node: Node) -> None:
    await apply(LocalConsole(node), smaller_mtu(action_id="inc-same.a1"))
    receipt = await apply(LocalConsole(node), smaller_mtu(PlanStep(("true",)), action_id="inc-same.a1"))
    assert receipt.outcome is Outcome.FAILED and "another plan" in receipt.reason
    assert mtu(node) == AS_PLANNED


async def test_an_id_that_is_no_name_of_a_file_is_an_id(node: Node) -> None:
    plan = smaller_mtu(action_id="../../etc/$(reboot); ' \n.a1")
    console = LocalConsole(node)
    assert (await apply(console, plan)).outcome is Outcome.DONE
    assert (await DeviceActuator(console).revert(plan.action_id, 0.0, 30.0)).outcome is Outcome.DONE
    assert mtu(node) == AS_BEFORE


async def test_only_the_newest_records_stay(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("network.devices.actions.rendering.RECORDS_KEPT", 4)
    console = LocalConsole(node)
    waiting = smaller_mtu(action_id="inc-waiting.a1", seconds=60)
    await apply(console, waiting)
    for number in range(6):
        plan = smaller_mtu(action_id=f"inc-many-{number}.a1")
        await apply(console, plan)
        await DeviceActuator(console).confirm(plan.action_id)
    names = node.sh(f"ls -A {device_scripts.ROOT}").split()
    assert {name for name in names if "many" in name} == {f"inc-many-{number}.a1" for number in (2, 3, 4, 5)}
    assert "inc-waiting.a1" in names
    gone = await DeviceActuator(console).revert("inc-many-0.a1", 0.0, 30.0)
    assert gone.outcome is Outcome.FAILED and "no record" in gone.reason
    await DeviceActuator(console).revert(waiting.action_id, 0.0, 30.0)


async def test_a_worker_that_the_device_killed_in_a_step_is_made_good(node: Node) -> None:
    plan = smaller_mtu(PlanStep(("sleep", "15")))
    console = LocalConsole(node)
    applying = asyncio.create_task(apply(console, plan))
    await asyncio.sleep(1.0)
    assert mtu(node) == AS_PLANNED
    workers = [line.split()[0] for line in node.run("ps", "ax", "-o", "pid,args").splitlines() if "/worker new" in line]
    node.run("kill", "-9", *workers)
    receipt = await applying
    assert receipt.outcome is Outcome.RUNNING, "the step may have run, so the outcome is open"
    resumed = await DeviceActuator(console).resume(plan.action_id, 200.0)
    assert isinstance(resumed, Receipt) and resumed.outcome is Outcome.FAILED
    assert mtu(node) == AS_BEFORE


class TestRefusals:
    async def refused(self, node: Node, plan: DevicePlan, shell: tuple[str, ...] = ("sh",)) -> str:
        receipt = await apply(LocalConsole(node, shell), plan)
        assert receipt.outcome is Outcome.FAILED
        assert receipt.reason.endswith(("nothing was changed", "this request changed nothing"))
        assert mtu(node) == AS_BEFORE
        assert ".new." not in node.sh(f"ls -A {device_scripts.ROOT}", check=False)
        return receipt.reason

    async def test_a_program_that_is_missing(self, node: Node) -> None:
        reason = await self.refused(node, smaller_mtu(PlanStep(("nonsense", "x"))))
        assert "no program with this name; install it (nonsense)" in reason

    @pytest.mark.parametrize("tool", ["setsid", "flock", "timeout"])
    async def test_no_setsid(self, node: Node, tool: str) -> None:
        hidden = node.run("sh", "-c", f"command -v {tool}").strip()
        node.run("sh", "-c", f"touch /run/nothing; chmod 644 /run/nothing; mount --bind /run/nothing {hidden}")
        try:
            assert f"install it ({tool})" in await self.refused(node, smaller_mtu())
        finally:
            node.run("umount", hidden)

    async def test_a_check_that_fails(self, node: Node) -> None:
        reason = await self.refused(node, smaller_mtu(checks=(("sh", "-c", "echo line 3: no such word; exit 2"),)))
        assert "a check before the change failed (line 3: no such word)" in reason

    @pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
    @pytest.mark.parametrize("size", ["8k", "16k"])
    async def test_a_full_disk(self, node: Node, shell: tuple[str, ...], size: str) -> None:
        node.sh(f"mkdir -p {device_scripts.ROOT}; mount -t tmpfs -o size={size} none {device_scripts.ROOT}")
        try:
            node.sh(f"head -c 100000 /dev/zero > {device_scripts.ROOT}/fill", check=False)
            assert "is full" in await self.refused(node, smaller_mtu(), shell)
        finally:
            node.run("umount", device_scripts.ROOT)

    async def test_a_run_directory_that_is_read_only(self, node: Node) -> None:
        node.sh(f"mkdir -p {device_scripts.ROOT}; mount -t tmpfs -o ro none {device_scripts.ROOT}")
        try:
            assert "cannot be written" in await self.refused(node, smaller_mtu())
        finally:
            node.run("umount", device_scripts.ROOT)

    async def test_a_directory_of_somebody_else(self, node: Node) -> None:
        node.sh(
            f"mkdir -p {device_scripts.ROOT}; mount -t tmpfs none {device_scripts.ROOT}\n"
            f"chown 65534 {device_scripts.ROOT}"
        )
        try:
            assert "not a directory of root" in await self.refused(node, smaller_mtu())
        finally:
            node.run("umount", device_scripts.ROOT)

    async def test_an_account_without_the_rights_of_root(self, node: Node) -> None:
        shell = ("setpriv", "--reuid=65534", "--clear-groups", "sh")
        assert "has not the rights of root" in await self.refused(node, smaller_mtu(), shell)

    async def test_no_sudo(self, node: Node) -> None:
        shell = ("sh", "-c", "echo 'sudo: a password is required' >&2; exit 1")
        reason = await self.refused(node, smaller_mtu(), shell)
        assert "sudo: a password is required" in reason

    async def test_a_file_that_changed_since_the_plan(self, node: Node) -> None:
        text = NewText("/etc/motd", "new", "0" * 64)
        reason = await self.refused(node, smaller_mtu(*put_steps([text], "x"), texts=(text,)))
        assert "/etc/motd has changed since the plan" in reason
        assert not [name for name in node.sh("ls -A /etc").split() if ".nms-" in name]


def test_the_scripts_hold_no_path_of_ours() -> None:
    """What varies is an argument; only the two directories of the records are constants."""
    text = device_scripts.WORKER + device_scripts.ARM + device_scripts.SEND
    assert "/run/nms" not in text and "/var/lib" not in text
    assert Path(device_scripts.ROOT).parent == Path("/run")
