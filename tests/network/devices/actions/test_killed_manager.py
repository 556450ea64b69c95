"""A manager that is killed at any instant: the device is as before or as planned, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.rendering import root
from network.port import Outcome, Receipt
from tests.network.devices.actions.manager import COUNT, plan_with_three_steps
from tests.network.devices.actions.nodes import LocalConsole, Node, until

SECONDS = 2
"""Of the dead-man."""
BEFORE, PLANNED = ("mtu 1500", False), ("mtu 1400", True)
MOMENTS = [f"{side} {request}" for request in (1, 2, 3) for side in ("before", "after")]


def state(node: Node) -> tuple[str, bool]:
    mtu = node.sh("ip link show dev eth0 | grep -o 'mtu [0-9]*'").strip()
    return mtu, "172.29.90.9" in node.run("ip", "address", "show", "dev", "lo")


def records(node: Node, action_id: str) -> list[str]:
    return node.sh(f"ls {root(False)}/{action_id}", check=False).split()


def counted(node: Node, action_id: str) -> int:
    return node.run("cat", COUNT, check=False).split().count(action_id)


def start_manager(node: Node, action_id: str, moment: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tests.network.devices.actions.manager", node.name, str(node.pid), action_id]
    return subprocess.Popen([*words, str(SECONDS), moment], start_new_session=True, stderr=subprocess.DEVNULL)


def end_manager(manager: subprocess.Popen[bytes]) -> None:
    """Kill it and the shell of its connection."""
    if manager.poll() is None:
        os.killpg(manager.pid, signal.SIGKILL)
    manager.wait()


@pytest.fixture(autouse=True)
def as_before(node: Node) -> None:
    node.sh("ip link set dev eth0 mtu 1500; ip address flush dev lo scope global", check=False)
    assert state(node) == BEFORE


async def check_recovery(node: Node, action_id: str, confirmed: bool) -> None:
    """The device ends by itself in one of the two states; a new manager learns which, and repeats nothing."""
    busy = ("is.new", "is.armed", "is.applying", "is.applied", "is.undoing")
    ended = until(lambda: not any(name.startswith(busy) for name in records(node, action_id)), 15.0)
    assert ended, records(node, action_id)
    assert state(node) == (PLANNED if confirmed else BEFORE)
    assert counted(node, action_id) <= 1
    actuator = DeviceActuator(LocalConsole(node))
    resumed = await actuator.resume(action_id, 0.0)
    done = isinstance(resumed, Receipt) and resumed.outcome is Outcome.DONE
    assert done == confirmed, resumed
    if resumed is not None:
        again = await actuator.apply(plan_with_three_steps(node.name, action_id, SECONDS), 0.0, 20.0)
        assert (again.outcome is Outcome.DONE) == confirmed
        assert counted(node, action_id) <= 1
        assert state(node) == (PLANNED if confirmed else BEFORE)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
async def test_killed_between_two_requests(node: Node, moment: str) -> None:
    action_id = f"inc-{moment.replace(' ', '-')}.a1"
    manager = start_manager(node, action_id, moment)
    assert manager.wait(timeout=30) == -signal.SIGKILL
    now = state(node)
    assert now == (PLANNED if moment in ("after 2", "before 3", "after 3") else BEFORE)
    await check_recovery(node, action_id, confirmed=moment == "after 3")


@pytest.mark.slow
async def test_killed_with_its_connection_at_any_time(node: Node) -> None:
    """From before the first request to after the last one, in steps of 30 ms."""
    seen = set()
    for number in range(16):
        action_id = f"inc-at-{number}.a1"
        node.sh(f"rm -f {COUNT}; ip link set dev eth0 mtu 1500; ip address flush dev lo scope global", check=False)
        manager = start_manager(node, action_id, "never")
        until(lambda name=action_id: name in node.sh(f"ls -A {root(False)}", check=False), 10.0)  # type: ignore[misc]
        time.sleep(number * 0.03)
        finished = manager.poll() is not None
        end_manager(manager)
        time.sleep(0.05)
        confirmed = until(lambda name=action_id: "is.kept" in records(node, name), 0.3)  # type: ignore[misc]
        seen.add((finished, confirmed, counted(node, action_id)))
        await check_recovery(node, action_id, confirmed)
    assert {confirmed for _, confirmed, _ in seen} == {False, True}, "the kills met one side only"


async def test_a_manager_that_comes_back_gives_up_what_was_only_armed(node: Node) -> None:
    manager = start_manager(node, "inc-armed.a1", "before 2")
    manager.wait(timeout=30)
    resumed = await DeviceActuator(LocalConsole(node)).resume("inc-armed.a1", 0.0)
    assert isinstance(resumed, Receipt) and resumed.outcome is Outcome.FAILED
    assert state(node) == BEFORE and counted(node, "inc-armed.a1") == 0


async def test_a_manager_that_comes_back_confirms_what_was_applied(node: Node) -> None:
    manager = start_manager(node, "inc-applied.a1", "after 2")
    manager.wait(timeout=30)
    actuator = DeviceActuator(LocalConsole(node))
    resumed = await actuator.resume("inc-applied.a1", 0.0)
    assert isinstance(resumed, Receipt) and resumed.outcome is Outcome.DONE
    assert await actuator.confirm("inc-applied.a1") is None
    time.sleep(SECONDS + 1)
    assert state(node) == PLANNED and counted(node, "inc-applied.a1") == 1
