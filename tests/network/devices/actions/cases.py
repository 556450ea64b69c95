"""What the tests of the playbooks share: requests, read or made by hand, and the whole state of a node as lines."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.plans import DevicePlan
from network.devices.actions.request import ActionRequest, DeviceCare
from network.devices.console import NoAnswer
from network.devices.evidence.collecting import ServiceFiles, collect
from network.devices.evidence.difference import StateDifference, compared
from network.devices.evidence.normal import normalised
from network.devices.evidence.snapshot import DeviceSnapshot
from network.port import Outcome, Refusal
from tests.network.devices.actions.nodes import LocalConsole, Node

MANAGEMENT, MANAGER = "172.29.90.2", "172.29.90.1"
CARE = DeviceCare(management=MANAGEMENT, manager=MANAGER)
FACTS = {f"address/mgmt0/{MANAGEMENT}/24": "global", "link/mgmt0/admin": "up"}
numbers = itertools.count(1)

Difference = tuple[str, str | None, str | None]


def request(
    kind: str,
    target: str,
    *differences: Difference,
    facts: Mapping[str, str] | None = None,
    care: DeviceCare = CARE,
    device: str = "a-near",
    missing: frozenset[str] = frozenset(),
    **fields: Any,
) -> ActionRequest:
    """`differences`: path, approved value, found value."""
    found = {path: now for path, _, now in differences if now is not None}
    return ActionRequest(
        action_id=f"inc-{kind}-{next(numbers)}.a1",
        kind=kind,
        target=target,
        snapshot=DeviceSnapshot(device, {**FACTS, **(facts or {}), **found}, missing),
        differences=tuple(StateDifference(*each) for each in differences),
        care=care,
        **fields,
    )


async def read(node: Node, services: Sequence[ServiceFiles] = ()) -> DeviceSnapshot:
    raw = await collect(LocalConsole(node), services)
    assert not isinstance(raw, NoAnswer), raw
    return normalised(raw)


async def evident(
    node: Node, kind: str, target: str, approved: DeviceSnapshot, care: DeviceCare = CARE, **fields: Any
) -> ActionRequest:
    """Make a request from what is read of the node now."""
    found = await read(node)
    differences = compared(approved, found)
    return ActionRequest(f"inc-{kind}-{next(numbers)}.a1", kind, target, found, differences, care, **fields)


async def planned(node: Node, asked: ActionRequest) -> DevicePlan:
    made = await DeviceActuator(LocalConsole(node)).plan(asked)
    assert isinstance(made, DevicePlan), made
    return made


async def refused(node: Node, asked: ActionRequest) -> str:
    made = await DeviceActuator(LocalConsole(node)).plan(asked)
    assert isinstance(made, Refusal), made
    return made.reason


async def carried_out(node: Node, plan: DevicePlan) -> None:
    actuator = DeviceActuator(LocalConsole(node))
    receipt = await actuator.apply(plan, 0.0, 60.0)
    assert receipt.outcome is Outcome.DONE, receipt
    assert await actuator.confirm(plan.action_id) is None


async def taken_back(node: Node, plan: DevicePlan) -> None:
    receipt = await DeviceActuator(LocalConsole(node)).revert(plan.action_id, 0.0, 60.0)
    assert receipt.outcome is Outcome.DONE, receipt


async def repair(
    node: Node,
    asked: ActionRequest,
    state: Callable[[Node], object],
    approved: object,
    *shown: str,
    undo: bool = True,
) -> DevicePlan:
    """Plan and apply an action against a fault that is there; undo it, and apply it again under another id."""
    faulty = state(node)
    assert faulty != approved, "the fault is not there"
    plan = await planned(node, asked)
    text = "\n".join((*plan.commands, plan.diff))
    assert all(part in text for part in shown), text
    await carried_out(node, plan)
    assert (now := state(node)) == approved, different(now, approved)
    if undo:
        await taken_back(node, plan)
        assert (now := state(node)) == faulty, different(now, faulty)
    return plan


def different(now: object, wanted: object) -> object:
    """What is in one of two lists of lines only."""
    if not isinstance(now, list) or not isinstance(wanted, list):
        return now, wanted
    return [each for each in now if each not in wanted], [each for each in wanted if each not in now]


COMMANDS = (
    "ip -o link show | sed 's/ qlen.*link/ link/'",
    "ip -o address show scope global",
    "ip -o route show table all | grep -v fe80 | grep -v 'table local' | sort",
    "ip -o neigh show nud permanent",
    "nft -s list ruleset",
    "tc qdisc show | grep -v noqueue",
    "cat /etc/resolv.conf",
)


def whole_state(node: Node, commands: Sequence[str] = COMMANDS) -> list[str]:
    return [line.strip() for command in commands for line in node.sh(command, check=False).splitlines()]
