"""A manager as a process of its own: it applies and confirms one plan, and can die at any moment.

`python -m tests.network.devices.actions.manager NAME PID ACTION SECONDS MOMENT`. It kills itself at the moment, such as
`after 2`: when the second request to the device was answered.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.plans import DevicePlan, PlanStep
from network.port import Outcome
from tests.network.devices.actions.nodes import Attached, LocalConsole

COUNT = "/run/applied-count"


def plan_with_three_steps(device: str, action_id: str, seconds: int) -> DevicePlan:
    """Each step takes long enough that a kill can meet it. The second one counts how often it ran."""
    return DevicePlan(
        action_id=action_id,
        kind="restore_mtu",
        device=device,
        target=f"{device}:eth0",
        steps=(
            PlanStep(
                ("ip", "link", "set", "dev", "eth0", "mtu", "1400"),
                undo=(("ip", "link", "set", "dev", "eth0", "mtu", "1500"),),
            ),
            PlanStep(("sh", "-c", f"sleep 0.1; echo {action_id} >> {COUNT}; sleep 0.1")),
            PlanStep(
                ("ip", "address", "replace", "172.29.90.9/32", "dev", "lo"),
                undo=(("ip", "address", "del", "172.29.90.9/32", "dev", "lo"),),
            ),
        ),
        diff="mtu 1500 -> 1400, address 172.29.90.9/32 on lo",
        seconds=seconds,
    )


async def manage(node: Attached, action_id: str, seconds: int, moment: str) -> None:
    def die(now: str) -> None:
        if now == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    actuator = DeviceActuator(LocalConsole(node, before=die))
    receipt = await actuator.apply(plan_with_three_steps(node.name, action_id, seconds), 0.0, 20.0)
    if receipt.outcome is Outcome.DONE:
        await actuator.confirm(action_id)


if __name__ == "__main__":
    name, pid, action, limit, last = sys.argv[1:]
    asyncio.run(manage(Attached(name, int(pid)), action, int(limit), last))
