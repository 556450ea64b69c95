"""`python -m network.lab.building.trial FOLDER`: tries what a laboratory asks of the kernel, in namespaces of its own.

It writes the file `report` in the folder: a line `NAME` for what works, `NAME: REASON` for what does not. All that it
made ends with it, except the folder and a cgroup, which its caller removes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from network.lab.building import linux
from network.lab.building.cgroups import Cgroup
from network.lab.building.wiring import FORWARD_ALL
from network.lab.plan import LabLimits

LAB, REPORT = "doctor", "report"
EGRESS = """table netdev trial {
  chain out { type filter hook egress device "pair0" priority 0; }
}
"""
WITHIN = 20.0


def main(folder: Path) -> int:
    for name, work in TRIALS.items():
        try:
            work(folder)
        except (OSError, subprocess.SubprocessError, RuntimeError, KeyError) as error:
            line = f"{name}: {' '.join(str(error).split())}\n"
        else:
            line = f"{name}\n"
        with (folder / REPORT).open("a") as report:
            report.write(line)
    return 0


def _namespaces(_: Path) -> None:
    linux.unshare(linux.NEW_NETWORK | linux.NEW_MOUNTS | linux.NEW_HOST_NAME | linux.NEW_IPC | linux.NEW_PROCESSES)
    linux.mount("none", Path("/"), flags=linux.RECURSIVE | linux.PRIVATE)
    if child := os.fork():  # the first process in new namespaces has to stay, so it does the rest
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _overlay(folder: Path) -> None:
    places = [folder / name for name in ("own", "work", "root")]
    for place in places:
        place.mkdir()
    own, work, root = places
    os.setxattr(own, "trusted.overlay.opaque", b"y")
    linux.mount("overlay", root, "overlay", options=f"lowerdir=/,upperdir={own},workdir={work},volatile")
    linux.unmount(root)


def _cgroups(_: Path) -> None:
    cgroup = Cgroup(LAB, "trial")
    cgroup.make()
    cgroup.limit(LabLimits(cpus=0.5, memory_mib=64))
    cgroup.freeze()
    cgroup.thaw()
    cgroup.use()


def _bridges(_: Path) -> None:
    _ip(
        f"link add name trial type bridge mcast_snooping 0 group_fwd_mask {FORWARD_ALL}",
        "link add name pair0 type veth peer name pair1",
        "link set dev pair0 up master trial",
        "link set dev pair0 type bridge_slave learning off isolated on",
        "link set dev pair1 up",
    )


def _tables(_: Path) -> None:
    _ip("rule add priority 100 iif lo to 198.51.100.0/24 lookup 88", "route add 198.51.100.0/24 dev pair1 table 88")


def _sysctls(_: Path) -> None:
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _filters(_: Path) -> None:
    _run(["nft", "-f", "-"], "table inet trial {\n  chain in { type filter hook input priority 0; }\n}\n")


def _egress(_: Path) -> None:
    _run(["nft", "-f", "-"], EGRESS)


def _tun(_: Path) -> None:
    _run(["ip", "tuntap", "add", "dev", "tap0", "mode", "tap"], "")


def _shaping(_: Path) -> None:
    _run(["tc", "qdisc", "add", "dev", "pair1", "root", "tbf", "rate", "1mbit", "burst", "8kb", "limit", "64kb"], "")


def _ip(*lines: str) -> None:
    _run(["ip", "-batch", "-"], "\n".join((*lines, "")))


def _run(words: Sequence[str], text: str) -> None:
    done = subprocess.run(words, input=text, text=True, capture_output=True, timeout=WITHIN, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{words[0]}: {done.stderr or done.stdout}")


TRIALS: Mapping[str, Callable[[Path], None]] = {
    "namespaces": _namespaces,
    "overlay": _overlay,
    "cgroups": _cgroups,
    "bridges": _bridges,
    "routing tables": _tables,
    "sysctls": _sysctls,
    "packet filters": _filters,
    "egress filters": _egress,
    "tap interfaces": _tun,
    "shaping": _shaping,
}
"""In this order: what follows uses the namespaces and the interfaces of what comes before."""
FOR_FAULTS = frozenset({"egress filters", "tap interfaces", "shaping"})
"""A laboratory comes up without these; some kinds of fault cannot be injected then."""


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
