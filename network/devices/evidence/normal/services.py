"""Normalises the files that configure the services of a device. Pure.

service/dns/record/db.example/web0 A = 10.0.0.3         service/dns/file/named.conf/options > recursion no = present
service/dhcp/subnet/10.0.0.0 netmask 255.255.255.0 = present
service/dhcp/subnet/10.0.0.0 netmask 255.255.255.0/option routers = 10.0.0.1
service/http/file/nginx.conf/http > server > listen 80 = present
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from network.devices.evidence.collecting import ABSENT, Section, ServiceFiles
from network.devices.evidence.normal.facts import Facts, UnreadableAnswer, add, without_comments
from network.devices.evidence.normal.statements import statements
from network.devices.evidence.normal.zones import is_zone, zone_records
from network.devices.evidence.snapshot import PRESENT, joined

BELOW = " > "
SUBNET = re.compile(r"subnet6? \S+( netmask \S+)?")
KEYED = re.compile(r"(option \S+|[\w-]+) (.+)", re.DOTALL)
MANY = frozenset({"range", "pool", "include", "deny", "allow"})
"""Statements of `dhcpd` that a block can have several times."""


def service_facts(files: ServiceFiles, sections: Mapping[str, Section]) -> tuple[Facts, set[str]]:
    """Return the facts, and what is missing."""
    facts: Facts = {}
    for path in files.files:
        section = sections.get(path)
        if section is None or section.status not in (0, ABSENT):
            return {}, {joined("service", files.service)}
        if section.status == ABSENT:
            continue
        try:
            facts |= _file(files.service, _name(path, files.files), section.text)
        except UnreadableAnswer:
            # A file that its program could not read either: the lines are all that is known of it.
            facts |= _lines(files.service, _name(path, files.files), section.text)
    return facts, set()


def _name(path: str, paths: tuple[str, ...]) -> str:
    name = path.rpartition("/")[2]
    return name if sum(each.rpartition("/")[2] == name for each in paths) == 1 else path


def _file(service: str, file: str, text: str) -> Facts:
    if is_zone(text):
        return zone_records(service, file, text)
    if "{" not in text and ";" not in text:
        return _lines(service, file, text)
    found = list(statements(text))
    if any(SUBNET.fullmatch(block) for blocks, line in found for block in (*blocks, line)):
        return _dhcp(service, found)
    counts = Counter(BELOW.join((*blocks, line)) for blocks, line in found)
    return {
        joined("service", service, "file", file, line): PRESENT if count == 1 else f"{count} times"
        for line, count in counts.items()
    }


def _lines(service: str, file: str, text: str) -> Facts:
    lines = without_comments(text.splitlines(), "#", ";", "//")
    return {joined("service", service, "file", file, " ".join(line.split())): PRESENT for line in lines}


def _dhcp(service: str, found: list[tuple[tuple[str, ...], str]]) -> Facts:
    facts: Facts = {}
    for blocks, line in found:
        inner = next((at for at, block in enumerate(blocks) if SUBNET.fullmatch(block)), None)
        if inner is not None:
            upper = joined("service", service, "subnet", _network(blocks[inner]), "")
            facts[upper[:-1]] = PRESENT
            _setting(facts, upper, BELOW.join((*blocks[inner + 1 :], "")), line)
        elif SUBNET.fullmatch(line):
            facts[joined("service", service, "subnet", _network(line))] = PRESENT
        else:
            _setting(facts, joined("service", service, "global", ""), BELOW.join((*blocks, "")), line)
    return facts


def _network(block: str) -> str:
    """Return the network of a block, without a `/` so that options can stand below it."""
    return block.partition(" ")[2].replace("/", " length ")


def _setting(facts: Facts, upper: str, blocks: str, line: str) -> None:
    match = KEYED.fullmatch(line)
    if match is None or match.group(1) in MANY:
        facts[f"{upper}{blocks}{line}"] = PRESENT
    else:
        add(facts, f"{upper}{blocks}{match.group(1)}", match.group(2))
