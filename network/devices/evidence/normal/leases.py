"""Reads what a DHCP server taught a device, so that it does not count as a setting of the device. Pure.

Rule: what any lease taught counts. A client that renews a lease keeps its route, even if the server names another
gateway by now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BY_DHCP = "by DHCP"
_LEASE = re.compile(r"^lease \{(.*?)^\}", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r'^\s*(interface|option [\w-]+)\s+"?([^";]*)"?;', re.MULTILINE)


@dataclass(frozen=True)
class DhcpLease:
    interface: str
    routers: tuple[str, ...]
    resolvers: tuple[str, ...]


def leases(text: str) -> dict[str, DhcpLease]:
    """Return what the leases of each interface taught, from the files of `dhclient`."""
    found: dict[str, DhcpLease] = {}
    for block in _LEASE.findall(text):
        options = dict(_LINE.findall(block))
        name = options.get("interface", "")
        earlier = found.get(name, DhcpLease(name, (), ()))
        routers, resolvers = (_list(options.get(f"option {each}")) for each in ("routers", "domain-name-servers"))
        found[name] = DhcpLease(name, earlier.routers + routers, earlier.resolvers + resolvers)
    return found


def _list(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
