"""One action on two devices: on both or on none."""

from __future__ import annotations

import itertools

import pytest

from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.plans import DevicePlan, PlanStep
from network.devices.actions.together import apply_together, confirm_together, resume_together, revert_together
from network.port import Outcome, Receipt
from tests.network.devices.actions.nodes import LocalConsole, Node

numbers = itertools.count(1)


def smaller(node: Node, action_id: str, *more: PlanStep) -> DevicePlan:
    set_mtu = ("ip", "link", "set", "dev", "eth0", "mtu")
    steps = (PlanStep((*set_mtu, "1400"), undo=((*set_mtu, "1500"),)), *more)
    return DevicePlan(action_id, "restore_mtu", node.name, f"{node.name}:eth0", steps, "mtu", seconds=30)


def mtus(pair: tuple[Node, Node]) -> list[str]:
    return [node.sh("ip link show dev eth0 | grep -o 'mtu [0-9]*'").strip() for node in pair]


@pytest.fixture
def actuators(pair: tuple[Node, Node]) -> list[DeviceActuator]:
    for node in pair:
        node.run("ip", "link", "set", "dev", "eth0", "mtu", "1500")
    return [DeviceActuator(LocalConsole(node)) for node in pair]


async def test_on_both(pair: tuple[Node, Node], actuators: list[DeviceActuator]) -> None:
    action_id = f"inc-both-{next(numbers)}.a1"
    plans = [smaller(node, action_id) for node in pair]
    receipt = await apply_together(list(zip(actuators, plans, strict=True)), 0.0, 30.0)
    assert receipt.outcome is Outcome.DONE and mtus(pair) == ["mtu 1400"] * 2
    assert await confirm_together(actuators, action_id) is None
    resumed = await resume_together(actuators, action_id, 1.0)
    assert isinstance(resumed, Receipt) and resumed.outcome is Outcome.DONE
    assert (await revert_together(actuators, action_id, 0.0, 30.0)).outcome is Outcome.DONE
    assert mtus(pair) == ["mtu 1500"] * 2


@pytest.mark.parametrize("broken", [PlanStep(("nonsense",)), PlanStep(("false",))], ids=["refused", "failing"])
async def test_on_none(pair: tuple[Node, Node], actuators: list[DeviceActuator], broken: PlanStep) -> None:
    action_id = f"inc-none-{next(numbers)}.a1"
    plans = [smaller(pair[0], action_id), smaller(pair[1], action_id, broken)]
    receipt = await apply_together(list(zip(actuators, plans, strict=True)), 0.0, 30.0)
    assert receipt.outcome is Outcome.FAILED
    assert mtus(pair) == ["mtu 1500"] * 2


async def test_what_only_one_device_kept_is_undone(pair: tuple[Node, Node], actuators: list[DeviceActuator]) -> None:
    """The manager died between two confirmations, and the other device undid the action in the meantime."""
    action_id = f"inc-one-{next(numbers)}.a1"
    plans = [smaller(node, action_id) for node in pair]
    await apply_together(list(zip(actuators, plans, strict=True)), 0.0, 30.0)
    await actuators[0].confirm(action_id)
    await actuators[1].revert(action_id, 0.0, 30.0)
    assert mtus(pair) == ["mtu 1400", "mtu 1500"]
    resumed = await resume_together(actuators, action_id, 1.0)
    assert isinstance(resumed, Receipt) and resumed.outcome is Outcome.FAILED
    assert mtus(pair) == ["mtu 1500"] * 2
    assert await resume_together(actuators, "inc-nobody.a1", 1.0) is None
