"""Nodes of namespaces, each with its own network, processes, /run, /etc and /var, and a console to a node."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from network.devices.console import Answer, NoAnswer, Trouble

PREFIX = "a-"
INIT = r"""
mount --make-rprivate /
mount -t tmpfs -o mode=755,size=64m none /run
for place in etc var; do
  mkdir -p "/run/over/$place/upper" "/run/over/$place/work"
  mount -t overlay overlay -o "lowerdir=/$place,upperdir=/run/over/$place/upper,workdir=/run/over/$place/work" "/$place"
done
mkdir -p /run/frr /run/sshd && chown frr:frr /run/frr && rm -f /var/run && ln -s /run /var/run
hostname "$1"
ip link set lo up
echo ready
while :; do sleep 1000 & wait $!; done
"""
END_WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""A test that is killed leaves no node behind."""
NEEDED = ("setpriv", "unshare", "nsenter", "ip", "nft", "tc", "vtysh")


def skip_without_parts() -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if os.geteuid() != 0:
        missing.insert(0, "the rights of root")
    if missing:
        pytest.skip(f"nodes of namespaces need {', '.join(missing)}")


class Attached:
    """A node that runs already. `pid`: of its first process."""

    def __init__(self, name: str, pid: int) -> None:
        self.name = name
        self.pid = pid

    def words(self, *words: str) -> list[str]:
        return ["nsenter", "-t", str(self.pid), "-n", "-m", "-p", "-u", "--", *words]

    def run(self, *words: str, check: bool = True, text: str | None = None) -> str:
        done = subprocess.run(
            self.words(*words), input=text, stdin=None if text else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert not check or done.returncode == 0, (words, done.stdout)
        return done.stdout

    def sh(self, lines: str, check: bool = True) -> str:
        return self.run("sh", "-c", lines, check=check)


class Node(Attached):
    def __init__(self, name: str) -> None:
        words = [
            *END_WITH_US,
            "unshare",
            "--net",
            "--mount",
            "--pid",
            "--uts",
            "--fork",
            "--kill-child",
            "--mount-proc",
        ]
        self._outer = subprocess.Popen(
            [*words, "sh", "-c", INIT, "init", PREFIX + name], stdout=subprocess.PIPE, start_new_session=True
        )
        assert self._outer.stdout is not None
        assert self._outer.stdout.readline() == b"ready\n"
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        super().__init__(PREFIX + name, int(children.read_text().split()[0]))

    def cable(self, interface: str, other: Node, its_interface: str) -> None:
        own = f"{self.pid}x{interface}"[-14:]
        far = f"{other.pid}y{its_interface}"[-14:]
        for words in (
            ["ip", "link", "add", own, "type", "veth", "peer", "name", far],
            ["ip", "link", "set", own, "netns", str(self.pid)],
            ["ip", "link", "set", far, "netns", str(other.pid)],
        ):
            subprocess.run(words, check=True)
        self.run("ip", "link", "set", own, "name", interface)
        other.run("ip", "link", "set", far, "name", its_interface)
        self.run("ip", "link", "set", interface, "up")
        other.run("ip", "link", "set", its_interface, "up")

    def start(self, *words: str) -> None:
        """Start a program that stays in the foreground."""
        self.run("setsid", "--fork", "sh", "-c", 'exec "$@" </dev/null >/dev/null 2>&1', "sh", *words)

    def routing(self, config: str, *daemons: str) -> None:
        """Start FRR with zebra and some daemons."""
        self.run("sh", "-c", "cat > /etc/frr/frr.conf && chown frr:frr /etc/frr/frr.conf", text=config)
        wanted = "".join(f"{daemon}=yes\n" for daemon in daemons)
        self.run("sh", "-c", "cat >> /etc/frr/daemons", text=f"\n{wanted}watchfrr_enable=no\n")
        self.run("/usr/lib/frr/watchfrr.sh", "start", "all")

    def close(self) -> None:
        os.kill(self._outer.pid, signal.SIGKILL)
        self._outer.wait()
        if self._outer.stdout:
            self._outer.stdout.close()


class LocalConsole:
    """A console to a node: a shell of the node reads the lines, as one behind a connection does.

    `shell`: its words. `before`: called with the number of each request, before it and after it; it may end this
    process.
    """

    def __init__(
        self, node: Attached, shell: Sequence[str] = ("sh",), before: Callable[[str], None] | None = None
    ) -> None:
        self._node = node
        self._shell = shell
        self._before = before or (lambda moment: None)
        self._requests = 0

    @property
    def device(self) -> str:
        return self._node.name

    async def run(self, words: Sequence[str], *, root: bool = False, within: float = 10.0) -> Answer | NoAnswer:
        return await self._execute(self._node.words(*words), None, within)

    async def script(self, lines: str, *, root: bool = False, within: float = 10.0) -> Answer | NoAnswer:
        return await self._execute(self._node.words(*self._shell), lines, within)

    async def routing(self, commands: Sequence[str], *, within: float = 10.0) -> Answer | NoAnswer:
        flags = [word for command in commands for word in ("-c", command)]
        return await self._execute(self._node.words("vtysh", *flags), None, within)

    async def _execute(self, words: Sequence[str], lines: str | None, within: float) -> Answer | NoAnswer:
        self._requests += 1
        self._before(f"before {self._requests}")
        process = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        try:
            text = None if lines is None else lines.encode()
            output, _ = await asyncio.wait_for(process.communicate(text), within)
        except TimeoutError:
            process.kill()
            await process.wait()
            return NoAnswer(Trouble.TIMED_OUT, f"{self.device} did not answer within {within} s")
        self._before(f"after {self._requests}")
        return Answer(process.returncode or 0, output)


def until(holds: Callable[[], bool], within: float = 20.0) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return holds()
