"""Answers of real devices, one reading a file: FRR 8.4, nftables 1.0, iproute2 6.1, in the nodes of the small lab.

To read them again, as root: `python -m tests.network.devices.evidence.captured`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from network.devices.console import NoAnswer
from network.devices.evidence.collecting import RawState, Section, ServiceFiles, collect
from tests.network.devices.evidence.small_lab import SmallLab, SmallNode

DATA = Path(__file__).parent / "data"
SERVICES: Mapping[str, tuple[ServiceFiles, ...]] = {
    "s1": (
        ServiceFiles("dns", ("/etc/bind/named.conf", "/etc/bind/db.example.lab"), "named", ("udp 53", "tcp 53")),
        ServiceFiles("dhcp", ("/etc/dhcp/dhcpd.conf",), "dhcpd", ("udp 67",)),
        ServiceFiles("http", ("/etc/nginx/nginx.conf",), "nginx", ("tcp 80",)),
    )
}
EXTRAS = """
tc qdisc add dev eth1 root handle 1: htb default 10
tc class add dev eth1 parent 1: classid 1:10 htb rate 1gbit
ip rule add from 10.9.0.0/16 lookup 100 priority 100
ip route add 10.8.0.0/16 via 10.87.2.10 table 100
ip route add unreachable 10.7.0.0/16
ip neigh replace 10.87.2.77 lladdr 02:00:00:00:00:77 dev br0 nud permanent
"""
RULESET = """
table inet edge {
  set blocked { type ipv4_addr; flags interval; elements = { 192.0.2.0/24, 198.51.100.7 }; }
  set seen { type ipv4_addr; flags dynamic,timeout; timeout 1m; }
  chain work { counter accept; }
  chain in {
    type filter hook input priority 0; policy accept;
    ct state vmap { invalid : drop, established : accept }
    ip saddr @blocked counter drop
    tcp dport { 22, 179 } jump work comment "ours"
    update @seen { ip saddr }
  }
}
table netdev port {
  chain in { type filter hook ingress device eth2 priority 0; }
}
"""
NAMES = ("r1", "r2", "s1", "h1", "c1")


def read(node: SmallNode) -> RawState:
    raw = asyncio.run(collect(node, SERVICES.get(node.device, ()), node.device.startswith("r")))
    assert not isinstance(raw, NoAnswer), raw.reason
    return raw


def stored(name: str) -> RawState:
    document = json.loads((DATA / f"{name}.json").read_text())
    sections = {section: Section(status, text) for section, (status, text) in document["sections"].items()}
    return RawState(name, sections, document["routing"], SERVICES.get(name, ()))


def store(raw: RawState) -> None:
    sections = {name: [section.status, section.text] for name, section in raw.sections.items()}
    (DATA / f"{raw.device}.json").write_text(
        json.dumps({"sections": sections, "routing": raw.routing}, indent=1) + "\n"
    )


def with_section(raw: RawState, name: str, text: str, status: int = 0) -> RawState:
    return replace(raw, sections={**raw.sections, name: Section(status, text)})


if __name__ == "__main__":
    lab = SmallLab()
    try:
        lab.up()
        lab["r2"].shell(EXTRAS)
        lab["r2"].shell(f"nft -f - <<'E'\n{RULESET}E")
        for name in NAMES:
            store(read(lab[name]))
    finally:
        lab.close()
