"""Finds out whether this machine can have a laboratory, and what is missing: rights, programs, the kernel's parts.

Rule: it tries the kernel instead of reading its version, and leaves nothing behind.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from network.lab.building import cgroups, trial
from network.lab.building.layout import FOLDER, LabPlace
from network.lab.building.management import ROUTING_GROUP, SNMP_ACCOUNT
from network.lab.building.removal import alone
from network.lab.errors import LabError


class NeededFor(StrEnum):
    EVERY = "every laboratory"
    ROUTERS = "routers"
    SERVICES = "services of some scenarios"
    FAULTS = "some kinds of fault"


@dataclass(frozen=True)
class DebianPackage:
    """`files`: patterns of paths, or names of programs; the package is there if all are."""

    name: str
    files: tuple[str, ...]
    needed: NeededFor


PACKAGES = (
    DebianPackage("iproute2", ("ip", "tc", "bridge", "ss"), NeededFor.EVERY),
    DebianPackage("util-linux", ("nsenter", "setsid"), NeededFor.EVERY),
    DebianPackage("procps", ("pgrep", "pkill", "ps", "sysctl", "kill"), NeededFor.EVERY),
    DebianPackage("findutils", ("xargs",), NeededFor.EVERY),
    DebianPackage("openssh-server", ("/usr/sbin/sshd",), NeededFor.EVERY),
    DebianPackage("snmpd", ("/usr/sbin/snmpd",), NeededFor.EVERY),
    DebianPackage("busybox", ("busybox",), NeededFor.EVERY),
    DebianPackage("sudo", ("sudo",), NeededFor.EVERY),
    DebianPackage("fping", ("fping",), NeededFor.EVERY),
    DebianPackage("curl", ("curl",), NeededFor.EVERY),
    DebianPackage("nftables", ("nft",), NeededFor.EVERY),
    DebianPackage("frr", ("/usr/lib/frr/zebra", "vtysh"), NeededFor.ROUTERS),
    DebianPackage("frr-snmp", ("/usr/lib/*/frr/modules/zebra_snmp.so",), NeededFor.ROUTERS),
    DebianPackage("bind9", ("/usr/sbin/named",), NeededFor.SERVICES),
    DebianPackage("isc-dhcp-server", ("/usr/sbin/dhcpd",), NeededFor.SERVICES),
    DebianPackage("isc-dhcp-client", ("dhclient",), NeededFor.SERVICES),
    DebianPackage("isc-dhcp-relay", ("/usr/sbin/dhcrelay",), NeededFor.SERVICES),
    DebianPackage("nginx", ("/usr/sbin/nginx",), NeededFor.SERVICES),
    DebianPackage("openssl", ("openssl",), NeededFor.SERVICES),
    DebianPackage("frr-rpki-rtrlib", ("/usr/lib/*/frr/modules/bgpd_rpki.so",), NeededFor.SERVICES),
    DebianPackage("stayrtr", ("stayrtr",), NeededFor.SERVICES),
    DebianPackage("apache2-utils", ("ab",), NeededFor.FAULTS),
    DebianPackage("stress-ng", ("stress-ng",), NeededFor.FAULTS),
    DebianPackage("ethtool", ("ethtool",), NeededFor.FAULTS),
)
TRIAL_WITHIN = 60.0


@dataclass(frozen=True)
class Diagnosis:
    """`lack`: what is missing, with the remedy; empty if it is there."""

    what: str
    needed: NeededFor
    lack: str = ""
    package: str = ""

    @property
    def prevents(self) -> bool:
        """Whether no laboratory can be built."""
        return bool(self.lack) and self.needed is NeededFor.EVERY


def examine(folder: Path = FOLDER) -> list[Diagnosis]:
    """`folder`: of all laboratories, where the file systems of nodes would be."""
    if sys.platform != "linux":
        return [Diagnosis("Linux", NeededFor.EVERY, f"this is {sys.platform}: use a machine with Linux")]
    return [*_basics(), *(_kernel(folder) if os.geteuid() == 0 else ())]


def check_machine() -> None:
    """Raises LabError if no laboratory can be built, before anything is begun. The kernel is not tried."""
    if lacks := [each for each in _basics() if each.prevents]:
        raise LabError(f"{lacks[0].what} is missing: {lacks[0].lack}; `nms lab doctor` lists all")


def _basics() -> Iterator[Diagnosis]:
    yield Diagnosis("Linux", NeededFor.EVERY)
    yield Diagnosis("root", NeededFor.EVERY, "" if os.geteuid() == 0 else "run it as root, such as with sudo")
    yield from map(_package, PACKAGES)
    yield from _accounts()


def packages(found: list[Diagnosis]) -> list[str]:
    """Return the packages to install."""
    return [each.package for each in found if each.package and each.lack]


def _package(package: DebianPackage) -> Diagnosis:
    missing = [file for file in package.files if not _is_there(file)]
    lack = f"{', '.join(missing)}: install the package" if missing else ""
    return Diagnosis(package.name, package.needed, lack, package.name)


def _is_there(file: str) -> bool:
    if "*" in file:
        return any(True for _ in Path("/").glob(file.lstrip("/")))
    return shutil.which(file) is not None


def _accounts() -> Iterator[Diagnosis]:
    """The packages make these accounts; a node has copies of them."""
    accounts = {entry.pw_name for entry in pwd.getpwall()}
    groups = {entry.gr_name for entry in grp.getgrall()}
    for name, needed, package in ((SNMP_ACCOUNT, NeededFor.EVERY, "snmpd"), (ROUTING_GROUP, NeededFor.ROUTERS, "frr")):
        lack = "" if name in accounts else f"the package {package} makes it: install or configure that"
        yield Diagnosis(f"account {name}", needed, lack)
    lack = "" if "frrvty" in groups else "the package frr makes it: install or configure that"
    yield Diagnosis("group frrvty", NeededFor.ROUTERS, lack)


def _kernel(folder: Path) -> Iterator[Diagnosis]:
    place = LabPlace(folder / trial.LAB)
    with alone(place):
        place.folder.mkdir(parents=True)
        try:
            done = subprocess.run(
                [sys.executable, "-m", trial.__name__, str(place.folder)],
                capture_output=True,
                text=True,
                timeout=TRIAL_WITHIN,
                check=False,
                cwd=Path(trial.__file__).parents[3],
            )
            report = place.folder / trial.REPORT
            lines = report.read_text().splitlines() if report.exists() else []
        finally:
            shutil.rmtree(place.folder)
            cgroups.remove(trial.LAB)
    reasons = {name: reason for name, _, reason in (line.partition(": ") for line in lines)}
    for name in trial.TRIALS:
        needed = NeededFor.FAULTS if name in trial.FOR_FAULTS else NeededFor.EVERY
        reason = reasons.get(name, " ".join(done.stderr.split()) or "it was not tried")
        lack = (
            f"the kernel refuses it ({reason}): use another kernel, or a container with more rights" if reason else ""
        )
        yield Diagnosis(name, needed, lack)
