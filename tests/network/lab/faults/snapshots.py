"""What a laboratory is, as far as a fault could change it: two equal snapshots mean that nothing is left of a fault."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from network.lab.faults.access import LabAccess
from network.lab.faults.changes.programs import content_of
from network.lab.faults.changes.routing import running_configuration
from network.lab.faults.changes.workers import stat_of

FILES = ("/etc/frr/frr.conf", "/etc/resolv.conf", "/etc/dhcp/dhcpd.conf", "/etc/bind/db.lab")
PASSING = frozenset({"sleep", "nsenter", "sh", "timeout", "dhclient-script", "usage", "vtysh"})
"""Processes that come and go by themselves."""
FACTS = ("ifname", "flags", "mtu", "qdisc", "operstate", "master", "address", "link_netnsid")


def snapshot(lab: LabAccess) -> dict[str, object]:
    found: dict[str, object] = {}
    for node in (each.name for each in lab.plan.nodes):
        for name, words in {
            "addresses": ["ip", "-j", "address"],
            "links": ["ip", "-j", "link"],
            "routes": ["ip", "-N", "-4", "route", "show", "table", "all"],
            "rules": ["nft", "-s", "list", "ruleset"],
            "queues": ["tc", "qdisc", "show"],
            "permanent": ["ip", "neigh", "show", "nud", "permanent"],
        }.items():
            found[f"{node} {name}"] = _plain(name, lab.network(node, words).output)
        found[f"{node} configuration"] = running_configuration(lab, node)
        found[f"{node} processes"] = sorted(_names(lab, node) - PASSING)
        found[f"{node} cores"] = lab.cores(node)
        for path in FILES:
            found[f"{node} {path}"] = content_of(lab, node, path)
        settings = ["sh", "-c", "grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf | grep -v stable_secret"]
        found[f"{node} settings"] = sorted(lab.network(node, settings).output.splitlines())
    found["hidden links"] = _plain("links", lab.cables(["ip", "-j", "link"]).output)
    found["hidden ports"] = sorted(re.sub(r"@\S+", "", lab.cables(["bridge", "link"]).output).splitlines())
    found["hidden rules"] = lab.cables(["nft", "list", "ruleset"]).output
    found["hidden queues"] = lab.cables(["tc", "qdisc", "show"]).output
    found["hidden processes"] = sorted(each for each in _names(lab, "") if each in ("relay", "python3", "python"))
    return found


def _plain(name: str, output: str) -> object:
    if name == "links":
        return [{key: each.get(key) for key in FACTS} for each in json.loads(output or "[]")]
    if name == "addresses":
        return [
            (link["ifname"], sorted((a["local"], a["prefixlen"], a.get("broadcast")) for a in link["addr_info"]))
            for link in json.loads(output or "[]")
            if link
        ]
    if name == "routes":
        return sorted(re.sub(r" nhid \d+| linkdown", "", line).strip() for line in output.splitlines())
    return sorted(output.splitlines()) if name == "queues" else output


def settled(lab: LabAccess, within: float = 60.0) -> dict[str, object]:
    """Return a snapshot that is the same as the one before it: routes take some seconds."""
    end, last = time.monotonic() + within, snapshot(lab)
    while (now := snapshot(lab)) != last and time.monotonic() < end:
        last = now
        time.sleep(2.0)
    return now


def _names(lab: LabAccess, node: str) -> set[str]:
    names = set()
    for number in lab.processes(node):
        try:
            name = Path(f"/proc/{number}/comm").read_text().strip()
        except OSError:
            continue
        if stat_of(number):
            names.add(name)
    return names


def difference(before: dict[str, object], after: dict[str, object]) -> dict[str, tuple[object, object]]:
    """Return what differs, and of long texts only the lines that do."""
    return {key: _lines(before[key], after.get(key)) for key in before if before[key] != after.get(key)}


def _lines(one: object, other: object) -> tuple[object, object]:
    if isinstance(one, str) and isinstance(other, str):
        one, other = one.splitlines(), other.splitlines()
    if isinstance(one, list) and isinstance(other, list):
        return [each for each in one if each not in other], [each for each in other if each not in one]
    return one, other
