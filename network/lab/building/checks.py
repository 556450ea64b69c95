"""Runs the checks of a plan: what has to hold before anything is injected.

Rules

1. What a node has to tell is asked for once: all its pings in one `fping`, all its questions to FRR in one `vtysh`.
2. A check runs in the node, with its files and its network, but outside its limits: it measures what it is about.
3. An answer that is not there, or has another form, is a check that does not hold, with the answer as the reason.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from network.lab.building.handle import LabAnswer, LabHandle
from network.lab.plan import CheckKind, LabCheck

AT_ONCE = 8
PING_MS, PING_AGAIN = 500, 1
"""How long a ping waits for its answer, and how often it is repeated."""
LOOKUP_S, FETCH_S = 3, 10
ASK_WITHIN = 30.0
WAIT_S = 180.0
"""How long a laboratory may take until all holds: OSPF takes up to 40 s for a neighbour, IS-IS and BGP longer."""
LOOK_EVERY = 0.25
LONGEST_REASON = 160


@dataclass(frozen=True)
class CheckResult:
    """`reason`: what was found instead, in one line; empty if the check holds."""

    check: LabCheck
    holds: bool
    reason: str = ""


Found = Iterator[CheckResult]
Examine = Callable[[LabHandle, str, Sequence[LabCheck]], Found]


def run_checks(lab: LabHandle, checks: Iterable[LabCheck] | None = None) -> list[CheckResult]:
    """Run some checks, or all of the plan, each once. Raises LabError if a node is not there."""
    wanted = list(lab.plan.checks if checks is None else checks)
    groups: dict[tuple[str, Examine], list[LabCheck]] = {}
    for check in wanted:
        groups.setdefault((check.node, _EXAMINES[check.kind]), []).append(check)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = pool.map(lambda item: list(item[0][1](lab, item[0][0], item[1])), groups.items())
        found = {result.check: result for part in parts for result in part}
    return [found[check] for check in wanted]


def wait_until_healthy(lab: LabHandle, within: float = WAIT_S) -> list[CheckResult]:
    """Repeat what does not hold until all holds at once, or the time is over. Return what does not hold then."""
    end = time.monotonic() + within
    failing = [result for result in run_checks(lab) if not result.holds]
    while failing and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
        failing = [result for result in run_checks(lab, [each.check for each in failing]) if not result.holds]
        if not failing:
            failing = [result for result in run_checks(lab) if not result.holds]
    return failing


def described(check: LabCheck) -> str:
    """Return a line such as `pc-1 ping 10.0.0.1`."""
    return " ".join(part for part in (check.node, str(check.kind), check.target, check.expected) if part)


def _ask(lab: LabHandle, node: str, words: Sequence[str]) -> LabAnswer:
    return lab.run(node, words, within=ASK_WITHIN, own_cgroup=False)


def _result(check: LabCheck, holds: bool, reason: str) -> CheckResult:
    return CheckResult(check, holds, "" if holds else " ".join(reason.split())[:LONGEST_REASON])


def _pings(lab: LabHandle, node: str, checks: Sequence[LabCheck]) -> Found:
    targets = list(dict.fromkeys(check.target for check in checks))
    answer = _ask(lab, node, ["fping", "-r", str(PING_AGAIN), "-t", str(PING_MS), *targets])
    states = dict(line.split(" is ", 1) for line in answer.text.splitlines() if " is " in line)
    for check in checks:
        state = states.get(check.target, answer.text if not states else "unreachable")
        wanted = "alive" if check.kind is CheckKind.PING else "unreachable"
        yield _result(check, state.startswith(wanted), f"it is {state}")


def _lookups(lab: LabHandle, node: str, checks: Sequence[LabCheck]) -> Found:
    """With the files of the node, as its programs do it."""
    for check in checks:
        words = ["timeout", str(LOOKUP_S), "getent", "ahostsv4", check.target]
        answer = _ask(lab, node, words)
        addresses = list(dict.fromkeys(line.split()[0] for line in answer.text.splitlines() if "STREAM" in line))
        yield _result(check, check.expected in addresses, f"it has {', '.join(addresses) or 'no address'}")


def _fetches(lab: LabHandle, node: str, checks: Sequence[LabCheck]) -> Found:
    for check in checks:
        words = ["curl", "-s", "-o", "/dev/null", "-m", str(FETCH_S), "-w", "%{http_code}", check.target]
        answer = _ask(lab, node, words)
        yield _result(check, answer.text.strip() == "200", f"curl ends with {answer.status}, HTTP {answer.text}")


_ROUTING: Mapping[CheckKind, str] = {
    CheckKind.OSPF: "show ip ospf neighbor json",
    CheckKind.ISIS: "show isis neighbor json",
    CheckKind.BGP: "show bgp summary json",
}


def _routing(lab: LabHandle, node: str, checks: Sequence[LabCheck]) -> Found:
    commands = list(dict.fromkeys(map(_command, checks)))
    answer = _ask(lab, node, ["vtysh", *(word for command in commands for word in ("-c", command))])
    documents = dict(zip(commands, _documents(answer.text), strict=False))
    for check in checks:
        found = documents.get(_command(check))
        if found is None:
            yield _result(check, False, f"vtysh: {answer.text}")
        elif check.kind is CheckKind.BGP_PREFIX:
            yield _result(check, bool(_at(found, "paths")), "it has no such prefix")
        else:
            count = _COUNTS[check.kind](found)
            yield _result(check, str(count) == check.expected, f"it has {count}")


def _command(check: LabCheck) -> str:
    return _ROUTING.get(check.kind) or f"show bgp ipv4 unicast {check.target} json"


def _documents(text: str) -> Iterator[object]:
    """Yield each JSON document of an answer; a command that FRR does not know leaves an error message instead."""
    decoder, at = json.JSONDecoder(), 0
    while (start := text.find("{", at)) >= 0:
        try:
            document, at = decoder.raw_decode(text, start)
        except json.JSONDecodeError:
            return
        yield document


def _at(document: object, *keys: str) -> object:
    """Return what is at a place of a JSON document; None if the document has another form."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _entries(document: object) -> list[object]:
    if isinstance(document, dict):
        return list(document.values())
    return list(document) if isinstance(document, list) else []


def _ospf_neighbours(document: object) -> int:
    every = [each for group in _entries(_at(document, "neighbors")) for each in _entries(group)]
    states = [str(_at(each, "nbrState") or _at(each, "state") or "") for each in every]
    return sum(state.startswith("Full") for state in states)


def _isis_adjacencies(document: object) -> int:
    circuits = [each for area in _entries(_at(document, "areas")) for each in _entries(_at(area, "circuits"))]
    return sum(_at(circuit, "state") == "Up" for circuit in circuits)


def _bgp_sessions(document: object) -> int:
    """A peer with several address families counts once."""
    peers = [item for family in _entries(document) for item in _items(_at(family, "peers"))]
    return len({name for name, peer in peers if _at(peer, "state") == "Established"})


def _items(document: object) -> list[tuple[str, object]]:
    return list(document.items()) if isinstance(document, dict) else []


_COUNTS: Mapping[CheckKind, Callable[[object], int]] = {
    CheckKind.OSPF: _ospf_neighbours,
    CheckKind.ISIS: _isis_adjacencies,
    CheckKind.BGP: _bgp_sessions,
}


def _processes(lab: LabHandle, node: str, checks: Sequence[LabCheck]) -> Found:
    names = {each.name for each in lab.processes(node)}
    for check in checks:
        yield _result(check, check.target in names, f"there are {', '.join(sorted(names))}")


def _leases(lab: LabHandle, node: str, checks: Sequence[LabCheck]) -> Found:
    answer = lab.in_network(node, ["ip", "-json", "-4", "address"])
    interface = lab.plan.node(node).dhcp
    addresses = [
        str(_at(info, "local"))
        for entry in _entries(json.loads(answer.text) if answer.status == 0 else [])
        if _at(entry, "ifname") == interface or not interface
        for info in _entries(_at(entry, "addr_info"))
    ]
    for check in checks:
        network = IPv4Network(check.target)
        holds = any(IPv4Address(address) in network for address in addresses)
        yield _result(check, holds, f"it has {', '.join(addresses) or 'no address'}")


_EXAMINES: Mapping[CheckKind, Examine] = {
    CheckKind.PING: _pings,
    CheckKind.NO_PING: _pings,
    CheckKind.RESOLVES: _lookups,
    CheckKind.FETCHES: _fetches,
    CheckKind.OSPF: _routing,
    CheckKind.ISIS: _routing,
    CheckKind.BGP: _routing,
    CheckKind.BGP_PREFIX: _routing,
    CheckKind.RUNS: _processes,
    CheckKind.LEASE: _leases,
}
