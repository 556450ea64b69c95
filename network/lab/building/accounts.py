"""The accounts of a node: those of the machine without their passwords, and the one of the manager.

Rules

1. The files of the machine are read, and never changed: a node has its own copies.
2. Nobody logs in with a password: each is `*`. sshd takes the manager's key, and no other account.
3. The manager runs as root what `RIGHTS` lists, and nothing else.
"""

from __future__ import annotations

import grp
import pwd
from collections.abc import Mapping, Sequence
from pathlib import Path

from network.lab.building.layout import ACCOUNT
from network.lab.building.programs import RESTART, START

HOME = f"/home/{ACCOUNT}"
SHELL = "/bin/sh"
FIRST_NUMBER, LAST_NUMBER = 900, 989
"""Where a free number for the account is looked for: those of system accounts, without the highest, which Debian gives
out first.
"""
GROUPS = ("frrvty", "frr", "adm")
"""`frrvty`: to use vtysh. `frr`: to read its files. `adm`: to read /var/log."""
RIGHTS: Mapping[str, str] = {
    "/usr/sbin/ip": "interfaces, addresses, routes, neighbours",
    "/usr/bin/ip": "the same: its other path",
    "/usr/sbin/bridge": "ports of a switch",
    "/usr/sbin/nft": "packet filters",
    "/usr/sbin/tc": "queues and filters of an interface",
    "/usr/sbin/sysctl": "forwarding, reverse path filters",
    "/usr/sbin/ethtool": "what an interface offers",
    "/usr/bin/ss": "which program has a socket",
    "/usr/bin/kill": "to end a process that does not belong here",
    "/usr/bin/vtysh": "to write the configuration of the routing daemons to its file",
    START: "to start a service, as `systemctl start` does elsewhere",
    RESTART: "to restart a service, or all daemons of routing together",
    SHELL: "the dead-man: it undoes an action when the manager is gone, with several commands and files",
}


def account_number() -> int:
    """Return a number that neither an account nor a group of the machine has. Raises StopIteration if all are taken."""
    taken = {entry.pw_uid for entry in pwd.getpwall()} | {entry.gr_gid for entry in grp.getgrall()}
    return next(number for number in range(FIRST_NUMBER, LAST_NUMBER + 1) if number not in taken)


def account_files(number: int) -> dict[str, str]:
    """Return the text of each file of accounts, by its path."""
    return {
        "/etc/passwd": _lines("/etc/passwd") + f"{ACCOUNT}:x:{number}:{number}:manager:{HOME}:{SHELL}\n",
        "/etc/group": _groups(number),
        "/etc/shadow": _without_passwords("/etc/shadow") + f"{ACCOUNT}:*:20000:0:99999:7:::\n",
        "/etc/gshadow": _without_passwords("/etc/gshadow") + f"{ACCOUNT}:*::\n",
    }


def sudoers() -> str:
    lines = [
        "Defaults env_reset",
        'Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
        "root ALL=(ALL:ALL) ALL",
    ]
    for program, reason in RIGHTS.items():
        lines += [f"# {reason}", f"{ACCOUNT} ALL=(root) NOPASSWD: {program}"]
    return "".join(f"{line}\n" for line in lines)


def _lines(path: str) -> str:
    """Return the entries of the machine without an account of the same name."""
    lines = Path(path).read_text().splitlines()
    return "".join(f"{line}\n" for line in lines if line and not line.startswith(f"{ACCOUNT}:"))


def _groups(number: int) -> str:
    lines = []
    for line in _lines("/etc/group").splitlines():
        name, _, rest = line.partition(":")
        members = rest.rpartition(":")[2]
        lines.append(line + (f",{ACCOUNT}" if members else ACCOUNT) if name in GROUPS else line)
    return "".join(f"{line}\n" for line in (*lines, f"{ACCOUNT}:x:{number}:"))


def _without_passwords(path: str) -> str:
    if not Path(path).exists():
        return ""
    entries = (line.split(":") for line in _lines(path).splitlines())
    return "".join(f"{_entry(fields)}\n" for fields in entries)


def _entry(fields: Sequence[str]) -> str:
    return ":".join((fields[0], "*", *fields[2:]))
