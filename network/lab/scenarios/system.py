"""The files that each node needs as a machine of its own: names, resolvers, and the order in which names are sought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from network.lab.plan import LabFile

MAX_RESOLVERS = 3
"""The C library uses the first three resolvers of a node and no other."""


def resolver_file(resolvers: Iterable[str], search: str = "") -> LabFile:
    """Without resolvers the file is almost empty, so that those of the machine do not show through."""
    lines = [f"search {search}"] if search else []
    lines += [f"nameserver {each}" for each in resolvers]
    return LabFile("/etc/resolv.conf", "".join(f"{line}\n" for line in lines or ["# no resolver"]))


def lookup_file() -> LabFile:
    """A machine can answer names of `.local` by multicast; a node asks its file and its resolvers."""
    return LabFile("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n")


def hosts_file(node: str, names: Mapping[str, str]) -> LabFile:
    """`names`: the address of each known name. The own name of the node is always there."""
    lines = ["127.0.0.1 localhost", f"127.0.1.1 {node}"]
    lines += [f"{address} {name}" for name, address in names.items() if name != node]
    return LabFile("/etc/hosts", "".join(f"{line}\n" for line in lines))
