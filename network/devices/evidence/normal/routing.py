"""Normalises the answers of `vtysh`: the configuration, and what the neighbours look like. Pure.

A line of the configuration belongs to the daemon that shows it: if the daemon does not run, the line is missing, not
gone. Which daemon shows which line was tried with FRR 8.4 by ending one daemon after another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from network.devices.evidence.normal.facts import Facts, UnreadableAnswer
from network.devices.evidence.snapshot import PRESENT, joined

SHARED = "shared"
"""The owner of lines that every daemon shows."""
BELOW = " > "
BEGIN, END = "Current configuration:", "end"
ONLY_SAVED, NOT_SAVED = "only saved", "not saved"
MAX_DOCUMENTS = 64
_VOLATILE = re.compile(r"frr version |Building configuration|Current configuration")
_CONTEXT_WITH_MEANING = re.compile(r"(router|route-map) ")
_BARE_CONTEXT = re.compile(r"(interface|vrf|line|address-family|key chain) ")
_OWNERS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), owner)
    for pattern, owner in (
        (r"(router bgp|bgp|rpki)\b", "bgpd"),
        (
            r"route-map .* > (match|set) (as-path|.*community|comm-list|large-comm-list|local-preference|origin)\b",
            "bgpd",
        ),
        (r"route-map .* > (match|set) (rpki|peer|evpn|weight|aggregator|atomic-aggregate|originator-id)\b", "bgpd"),
        (r"router ospf6\b|interface .* > ipv6 ospf6\b", "ospf6d"),
        (r"router ospf\b|interface .* > ip ospf\b", "ospfd"),
        (r"router isis\b|interface .* > (ipv?6? router isis|isis)\b", "isisd"),
        (r"router ripng\b|interface .* > ipv6 ripng\b", "ripngd"),
        (r"router rip\b|interface .* > ip rip\b", "ripd"),
        (r"router openfabric\b|interface .* > .*openfabric\b", "fabricd"),
        (r"router eigrp\b|interface .* > .*eigrp\b", "eigrpd"),
        (r"router babel\b|interface .* > babel\b", "babeld"),
        (r"(ip|ipv6) (m?route)\b|vrf .* > ipv?6? route\b", "staticd"),
        (r"bfd\b", "bfdd"),
        (r"(mpls ldp|l2vpn)\b", "ldpd"),
        (r"ip (pim|igmp|msdp|multicast)\b|interface .* > ip (pim|igmp)\b", "pimd"),
        (r"interface .* > vrrp\b", "vrrpd"),
        (r"pbr-map\b", "pbrd"),
        (r"(interface|vrf|ip router-id|ip nht|ip protocol|(no )?ipv?6? forwarding)\b", "zebra"),
    )
)
OWNERS = frozenset({SHARED, *(owner for _, owner in _OWNERS)})


def owner_of(line: str) -> str:
    return next((owner for pattern, owner in _OWNERS if pattern.match(line)), SHARED)


def running_configuration(text: str) -> tuple[str, str]:
    """Return the configuration, and what follows it. Raises UnreadableAnswer if a part of it is missing."""
    _, begin, rest = text.partition(BEGIN)
    config, end, after = rest.partition(f"\n{END}\n")
    if not (begin and end):
        raise UnreadableAnswer("no whole configuration")
    return config, after


def configuration_lines(text: str) -> Iterator[str]:
    """Yield each line with the lines above it that it belongs to, as in `router bgp 1 > neighbor 10.0.0.2 shutdown`."""
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        stripped = " ".join(line.split())
        if not stripped or stripped.startswith(("!", "#")) or _VOLATILE.match(stripped):
            continue
        if stripped == END or stripped.startswith("exit"):
            continue
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        path = BELOW.join([*(each for _, each in above), stripped])
        above.append((indent, stripped))
        if not _BARE_CONTEXT.match(stripped):
            yield path


def configuration_facts(text: str) -> Facts:
    lines = list(configuration_lines(text))
    contexts = {line.rpartition(BELOW)[0] for line in lines}
    kept = [line for line in lines if line not in contexts or _CONTEXT_WITH_MEANING.match(line.rpartition(BELOW)[2])]
    return {joined("frr", owner_of(line), line): PRESENT for line in kept}


def saved_facts(running: Mapping[str, str], saved: str) -> Facts:
    """Return the lines in which the saved configuration differs from the running one."""
    stored = configuration_facts(saved)
    shown = {path.split("/", 2)[1] for path in running} | {SHARED}
    facts = {path: ONLY_SAVED for path in stored if path not in running and path.split("/", 2)[1] in shown}
    facts |= {path: NOT_SAVED for path in running if path not in stored}
    return {path.replace("frr/", "saved/", 1): value for path, value in facts.items()}


def observed_facts(text: str) -> Facts:
    """Return the states of neighbours and the areas of interfaces, from the JSON documents that the text contains."""
    observed: Facts = {}
    for document in _documents(text):
        for part in (_ospf_interfaces, _ospf_neighbours, _isis_neighbours, _bgp_peers):
            try:
                observed |= part(document)
            except (AttributeError, KeyError, TypeError, ValueError):  # another version of FRR has another form
                continue
    return observed


def _documents(text: str) -> Iterator[dict[str, object]]:
    decoder = json.JSONDecoder()
    at = 0
    for _ in range(MAX_DOCUMENTS):
        at = text.find("{", at)
        if at < 0:
            return
        try:
            document, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
            continue
        if isinstance(document, dict):
            yield document


# Documents of a device: the shapes are checked by use, and a wrong one gives no fact.
def _ospf_interfaces(document: dict) -> Facts:  # type: ignore[type-arg]
    found = document.get("interfaces", {})
    return {
        joined("ospf", "interface", name, "area"): str(each["area"]) for name, each in found.items() if "area" in each
    }


def _ospf_neighbours(document: dict) -> Facts:  # type: ignore[type-arg]
    facts: Facts = {}
    for router, adjacencies in document.get("neighbors", {}).items():
        for each in adjacencies:
            interface = str(each["ifaceName"]).partition(":")[0]
            facts[joined("ospf", "neighbour", interface, str(router))] = str(each["nbrState"]).partition("/")[0]
    return facts


def _isis_neighbours(document: dict) -> Facts:  # type: ignore[type-arg]
    circuits = [circuit for area in document.get("areas", []) for circuit in area.get("circuits", [])]
    return {
        joined("isis", "neighbour", str(each["interface"]), str(each["adj"])): str(each["state"])
        for each in circuits
        if "adj" in each
    }


def _bgp_peers(document: dict) -> Facts:  # type: ignore[type-arg]
    facts: Facts = {}
    for family in document.values():
        for peer, each in family.get("peers", {}).items() if isinstance(family, dict) else ():
            facts[joined("bgp", "neighbour", str(peer))] = str(each["state"])
            facts[joined("bgp", "neighbour", str(peer), "received")] = str(each.get("pfxRcd", 0))
    return facts
