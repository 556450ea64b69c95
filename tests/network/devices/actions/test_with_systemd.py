"""A device with systemd may end all processes of a session that ends: what undoes an action is in a unit of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.plans import DevicePlan, PlanStep
from network.port import Outcome
from tests.network.devices.actions.nodes import END_WITH_US, Attached, LocalConsole, skip_without_parts, until

pytestmark = pytest.mark.slow
SYSTEMD = "/lib/systemd/systemd"
GROUPS = Path("/sys/fs/cgroup")
OWN = "a-systemd"
"""The part of each hierarchy of control groups that it gets; it sees no other process of the machine."""
INIT = f"""
mount --make-rprivate / && mount -t tmpfs none /run && mount -t tmpfs none /tmp && mount -t proc proc /proc
umount -R /sys/fs/cgroup && mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd
mkdir -p /run/systemd/system
for unit in /lib/systemd/system/*.target.wants/* /etc/systemd/system/*.target.wants/*; do
  ln -sf /dev/null "/run/systemd/system/${{unit##*/}}"
done
export container=lxc
exec {SYSTEMD} --system --unit=basic.target --log-target=null --show-status=0
"""
"""It starts nothing of the machine: no unit that another one wants."""
JOIN = f'for group in {GROUPS}/*/{OWN}; do echo $$ > $group/cgroup.procs; done; exec "$@"'
SESSION = "session-7.scope"
MTU = ("ip", "link", "set", "dev", "lo", "mtu")


class DeviceWithSystemd(Attached):
    def words(self, *words: str) -> list[str]:
        return [
            "sh",
            "-c",
            JOIN,
            "sh",
            "nsenter",
            "-t",
            str(self.pid),
            "-n",
            "-m",
            "-p",
            "-u",
            "-i",
            "-C",
            "--",
            *words,
        ]


@pytest.fixture
def device() -> Iterator[DeviceWithSystemd]:
    skip_without_parts()
    if not Path(SYSTEMD).exists() or shutil.which("systemd-run") is None:
        pytest.skip("a device with systemd needs the package systemd")
    groups = [each / OWN for each in GROUPS.iterdir() if each.is_mount() and each.name != "cpuset"]
    if not (GROUPS / "systemd").is_dir():
        pytest.skip("systemd in namespaces needs the control group hierarchy of systemd")
    for group in groups:
        group.mkdir(exist_ok=True)
    words = ["unshare", "--pid", "--mount", "--net", "--uts", "--ipc", "--cgroup", "--fork", "--kill-child"]
    outer = subprocess.Popen(
        [*END_WITH_US, "sh", "-c", JOIN, "sh", *words, "sh", "-c", INIT],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        assert until(lambda: bool(children.read_text().split()))
        made = DeviceWithSystemd("a-systemd", int(children.read_text().split()[0]))
        if not until(lambda: "running" in made.run("systemctl", "is-system-running", check=False), 20.0):
            pytest.skip("systemd does not start in namespaces of this machine")
        yield made
    finally:
        os.kill(outer.pid, signal.SIGKILL)
        outer.wait()
        for group in groups:
            until(lambda own=group: not any(path.read_text().split() for path in own.rglob("cgroup.procs")))  # type: ignore[misc]
            for folder in sorted((each for each in group.rglob("*") if each.is_dir()), reverse=True):
                folder.rmdir()
            group.rmdir()


async def test_the_dead_man_outlives_its_session(device: DeviceWithSystemd) -> None:
    step = PlanStep((*MTU, "60000"), undo=((*MTU, "65536"),))
    plan = DevicePlan("inc-session.a1", "restore_mtu", "a-systemd", "a-systemd:lo", (step,), "mtu", seconds=4)
    session = ("systemd-run", "--quiet", "--scope", f"--unit={SESSION}", "sh")
    console = LocalConsole(device, session)
    receipt = await DeviceActuator(console).apply(plan, 0.0, 30.0)
    assert receipt.outcome is Outcome.DONE, receipt
    units = device.run("systemctl", "list-units", "--no-legend", "--plain", "nms-action-*")
    assert "nms-action-inc-session.a1.service" in units
    device.run("systemctl", "stop", SESSION, check=False)

    def mtu() -> str:
        return device.run("ip", "link", "show", "dev", "lo").split("mtu ")[1].split()[0]

    assert mtu() == "60000"
    assert until(lambda: mtu() == "65536", 8.0), "nobody confirmed it"


async def test_a_program_that_a_step_starts_outlives_the_action(device: DeviceWithSystemd) -> None:
    device.run("cp", "/bin/sleep", "/run/daemon")
    start = ("nms_start", "daemon", "50", "/run/daemon", "300")
    plan = DevicePlan(
        "inc-start.a1", "restart_service", "a-systemd", "x/a-systemd", (PlanStep(start),), "start", seconds=30
    )
    actuator = DeviceActuator(LocalConsole(device))
    receipt = await actuator.apply(plan, 0.0, 30.0)
    assert receipt.outcome is Outcome.DONE, receipt
    assert await actuator.confirm(plan.action_id) is None
    assert until(lambda: "inc-start" not in device.run("systemctl", "list-units", "--no-legend", "nms-action-*"))
    assert "/run/daemon 300" in device.run("ps", "ax", "-o", "args")
