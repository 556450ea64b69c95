"""`python -m network.lab.building.birth REPORT`: makes the namespaces of a laboratory and the first process of each.

Input: a JSON document, a `Births`. It writes the file REPORT, a `BirthReport` in JSON.

Rules
1. It is a program of its own since it forks, which a process with threads must not do.
2. A process joins its cgroup before it does anything else, so that it can be ended through its
   cgroup.
3. The first process of a node is `sleep`, with SIGCHLD ignored: the kernel then reaps all orphans of the node.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from network.lab.building import linux

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
SLEEP = shutil.which("sleep") or "/bin/sleep"
DEV_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}


@dataclass(frozen=True)
class NodeBirth:
    """`cgroups`: the files to write 0 to. `layers`: mounted folders of the machine that the node shows, each with the
    folders `own` and `work` for what differs there. `binds`: files and folders of the machine, which the node can read,
    by their path in the node. `figures`: its cgroups, by the name of the controller. `sysctls`: set while the node has
    no interface yet; those that need an interface are left out.
    """

    name: str
    cgroups: tuple[str, ...]
    root: str
    layers: tuple[tuple[str, str, str], ...]
    binds: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    sysctls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HiddenBirth:
    """A network namespace that belongs to no node."""

    name: str
    cgroups: tuple[str, ...]
    sysctls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Births:
    nodes: tuple[NodeBirth, ...]
    hidden: tuple[HiddenBirth, ...]


@dataclass(frozen=True)
class BirthReport:
    """`numbers`: of the first processes, by name. `errors`: why one could not be made, by name."""

    numbers: Mapping[str, int]
    errors: Mapping[str, str]


def main(report_file: Path) -> int:
    births = msgspec.json.decode(sys.stdin.buffer.read(), type=Births)
    every: tuple[NodeBirth | HiddenBirth, ...] = (*births.hidden, *births.nodes)
    started = [(birth.name, *_fork(birth)) for birth in every]
    numbers, errors = dict[str, int](), dict[str, str]()
    for name, child, reader in started:
        with open(reader, "rb") as file:  # noqa: PTH123 - a pipe: it ends when the first process runs its program
            report = file.read().decode()
        os.waitpid(child, 0)
        number, _, error = report.partition("\n")
        if error or not number:
            errors[name] = error.strip() or "it ended at once"
        else:
            numbers[name] = int(number)
    report_file.write_bytes(msgspec.json.encode(BirthReport(numbers, errors)))
    return 0


def _fork(birth: NodeBirth | HiddenBirth) -> tuple[int, int]:
    """Return the child, which ends soon, and the end of a pipe with its report."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    try:
        os.close(reader)
        os.setsid()
        _join(birth.cgroups)
        if isinstance(birth, NodeBirth):
            _enter_own_namespaces(birth)
        else:
            linux.unshare(linux.NEW_NETWORK)
            _set(birth.sysctls)
        first = os.fork()
        if first:
            _tell(writer, f"{first}\n")
            os._exit(0)
        if isinstance(birth, NodeBirth):
            _change_root(birth)
        _become_first(birth.name)
    except BaseException as error:
        _tell(writer, f"\n{error}")
    os._exit(1)


def _tell(writer: int, text: str) -> None:
    with open(writer, "w", closefd=False) as file:
        file.write(text)


def _join(files: Iterable[str]) -> None:
    for file in files:
        Path(file).write_text("0")


def _enter_own_namespaces(birth: NodeBirth) -> None:
    linux.unshare(linux.NEW_NETWORK | linux.NEW_MOUNTS | linux.NEW_HOST_NAME | linux.NEW_IPC | linux.NEW_PROCESSES)
    linux.mount("none", Path("/"), flags=linux.RECURSIVE | linux.PRIVATE)
    socket.sethostname(birth.name)
    _set(birth.sysctls)
    root = Path(birth.root)
    for folder, own, work in birth.layers:
        options = f"lowerdir={folder},upperdir={own},workdir={work},volatile"
        linux.mount("overlay", root / folder.lstrip("/"), "overlay", options=options)
    for path, source in birth.binds.items():
        target = root / path.lstrip("/")
        linux.mount(source, target, flags=linux.BIND)
        linux.mount("none", target, flags=linux.BIND | linux.REMOUNT | linux.READ_ONLY)
    _make_devices(root / "dev")


def _set(sysctls: Mapping[str, str]) -> None:
    for key, value in sysctls.items():
        with suppress(FileNotFoundError):
            sysctl_file(key).write_text(value)


def sysctl_file(key: str) -> Path:
    """Return the file of a key such as `net.ipv4.conf.eth0.rp_filter`; a name with dots is written with slashes."""
    return Path("/proc/sys") / (key if "/" in key else key.replace(".", "/"))


def _make_devices(dev: Path) -> None:
    """Fill /dev with what programs expect; the socket /dev/log is the node's own."""
    linux.mount("tmpfs", dev, "tmpfs", linux.NO_SUID, "mode=755,size=65536k")
    for name in DEVICES:
        (dev / name).touch()
        linux.mount(f"/dev/{name}", dev / name, flags=linux.BIND)
    for name, to in DEV_LINKS.items():
        (dev / name).symlink_to(to)
    for name in ("pts", "shm"):
        (dev / name).mkdir()
    (dev / "shm").chmod(0o1777)
    linux.mount("devpts", dev / "pts", "devpts", linux.NO_SUID, "newinstance,ptmxmode=0666,mode=620,gid=5")


def _change_root(birth: NodeBirth) -> None:
    """Run this in the first process of the node: a /proc shows the processes of the namespace that mounted it."""
    root = Path(birth.root)
    linux.mount("proc", root / "proc", "proc", linux.NO_SUID | linux.NO_DEVICES | linux.NO_EXECUTION)
    _protect(root / "proc")
    linux.mount("sysfs", root / "sys", "sysfs", linux.READ_ONLY | linux.NO_SUID | linux.NO_DEVICES)
    figures = root / "sys/fs/cgroup"
    linux.mount("tmpfs", figures, "tmpfs", linux.NO_SUID | linux.NO_DEVICES, "mode=755,size=1024k")
    for name, source in birth.figures.items():
        folder = figures / name
        folder.mkdir(exist_ok=True)
        linux.mount(source, folder, flags=linux.BIND)
    linux.pivot_root(root)


def _protect(proc: Path) -> None:
    """Let a node change the settings of its own network, and nothing else of the machine's kernel."""
    settings, network = proc / "sys", proc / "sys/net"
    linux.mount(str(settings), settings, flags=linux.BIND)
    linux.mount(str(network), network, flags=linux.BIND)
    linux.mount("none", settings, flags=linux.BIND | linux.REMOUNT | linux.READ_ONLY)
    if (proc / "sysrq-trigger").exists():
        linux.mount("/dev/null", proc / "sysrq-trigger", flags=linux.BIND)


def _become_first(name: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.execve(SLEEP, ["sleep", "infinity"], {"LAB_NODE": name})


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
