"""A DNS server that answers for its own zones and for nothing else. Pure.

A changed zone is loaded by `rndc reload` or by the signal HUP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from network.lab.plan import LabDirectory, LabFile, LabProgram
from network.lab.scenarios.parts import NodePart

NAMED = "/usr/sbin/named"
USER = "bind"
CONFIGURATION = "/etc/bind/named.conf"
TTL = 3_600
"""Seconds; where a scenario states no other number."""
THREADS = 1
"""With one thread for each core of the machine, a server would need several times the memory."""


@dataclass(frozen=True)
class ServedZone:
    """`ns`: the record of the server itself. `records`: addresses by name, relative to the zone."""

    name: str
    ns: str
    records: Mapping[str, str]
    ttl: int = TTL

    @property
    def file(self) -> str:
        return f"/etc/bind/db.{self.name}"


def dns_server(zones: Sequence[ServedZone]) -> NodePart:
    blocks = "".join(f'zone "{zone.name}" {{ type primary; file "{zone.file}"; }};\n' for zone in zones)
    options = (
        'directory "/var/cache/bind"',
        "recursion no",
        "listen-on { any; }",
        "listen-on-v6 { none; }",
        "allow-query { any; }",
        "allow-transfer { none; }",
        "notify no",
        "dnssec-validation no",
    )
    text = "options {\n" + "".join(f"    {line};\n" for line in options) + "};\n" + blocks
    return NodePart(
        files=(LabFile(CONFIGURATION, text), *(LabFile(zone.file, zone_text(zone)) for zone in zones)),
        directories=(LabDirectory("/run/named", USER), LabDirectory("/var/cache/bind", USER)),
        programs=(
            LabProgram("named", (NAMED, "-f", "-4", "-n", str(THREADS), "-u", USER, "-c", CONFIGURATION), "named"),
        ),
    )


def zone_text(zone: ServedZone) -> str:
    head = f"$TTL {zone.ttl}\n@ IN SOA {zone.ns} hostmaster 1 {zone.ttl} 600 86400 {zone.ttl}\n@ IN NS {zone.ns}\n"
    return head + "".join(f"{name} IN A {address}\n" for name, address in zone.records.items())
