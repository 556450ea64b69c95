"""Faults of load: real traffic, real requests, real work of a processor."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

from network.lab.faults.change import FaultChange
from network.lab.faults.changes.cables import CableCap
from network.lab.faults.changes.limits import CoreLimit
from network.lab.faults.changes.workers import FaultWorker
from network.lab.faults.observe import address_at, fetches, first_address, own_program, pings
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.recipe import FaultCase, Made, Recipe, integer, number, text
from network.lab.faults.recipes.links import cables_at
from network.lab.faults.recipes.nodes import node_busy
from network.lab.plan import LabRole
from shared.domain.kinds import ElementKind

_NODE = frozenset({ElementKind.NODE})
AGAIN = 'while :; do "$@"; sleep 0.2; done'
"""A constant line: runs the words that follow it again and again."""
TRAFFIC_PORT = 5_201
MBIT = 1_000_000
USUAL_CAP = 20.0
"""Mbit/s, where the cable has more: a node cannot fill more than some hundreds with the CPU that it may use."""
QUEUE_SECONDS = 0.1
"""How long a frame waits at most at a capped end."""
BURST = 16_000
FULL_REQUESTS = 100_000
"""Requests of one run of `ab`; it is started again."""
FETCHES = 3
FETCH_WITHIN = 15.0
SLOWER = 2.0
"""A download is hurt if it takes so many times as long as before."""
LEAST_CONNECTIONS = 20


def _again(*words: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", AGAIN, "sh", *words)


def median_seconds(case: FaultCase, node: str, url: str) -> float:
    """Return the median time of some downloads; the longest time if most fail."""
    found = fetches(case.lab, node, url, FETCHES, FETCH_WITHIN)
    times = sorted(each.seconds if each.status == 200 else FETCH_WITHIN for each in found) or [FETCH_WITHIN]
    return times[len(times) // 2]


def congestion(case: FaultCase) -> Made:
    """Several flows of TCP between two nodes want more than the capped cable carries."""
    pair = _flow(case)
    if isinstance(pair, NotLanded):
        return pair
    source, sink, address = pair
    changes: list[FaultChange] = []
    for cable, ports in cables_at(case):
        rate = round((case.number("rate") or min(cable.capacity, USUAL_CAP)) * MBIT)
        changes.append(CableCap(cable.name, ports, rate, BURST, max(BURST, round(rate / 8 * QUEUE_SECONDS))))
    if not changes:
        return NotLanded(f"no cable is in {case.target.name}")
    server = _again("iperf3", "-s", "-1", "-p", str(TRAFFIC_PORT), "-B", address)
    client = ("iperf3", "-c", address, "-p", str(TRAFFIC_PORT), "-P", str(case.integer("streams")), "-t", "86400")
    return (
        *changes,
        FaultWorker(sink, server, f"{case.id}.0", load="traffic"),
        FaultWorker(source, _again(*client), f"{case.id}.1", load="traffic"),
    )


def _flow(case: FaultCase) -> tuple[str, str, str] | NotLanded:
    """Return the source, the sink and its address: the ends of the link, unless the request names others."""
    ends = case.target.ends
    source = case.text("source") or next((end.node for end in ends if address_at(case.plan, end)), "")
    sinks = [(end.node, address_at(case.plan, end)) for end in ends if end.node != source]
    sink, address = next(((node, own) for node, own in sinks if own), ("", ""))
    if named := case.text("sink"):
        found = next((node for node in case.plan.nodes if node.name == named), None)
        sink, address = named, first_address(found) if found else ""
    if not source or not sink or not address:
        return NotLanded("the ends of the link have no addresses: name nodes with --set source=NODE --set sink=NODE")
    return source, sink, address


def congested(case: FaultCase) -> Landed | NotLanded:
    pair = _flow(case)
    if isinstance(pair, NotLanded):
        return pair
    result = pings(case.lab, pair[0], pair[2], count=10)
    limit = 1000 * QUEUE_SECONDS / 4
    if result.median < limit and result.lost < 5:
        return NotLanded(f"a ping over the link takes {result.median:.1f} ms, and {result.lost:.0f} % are lost")
    return Landed(f"a ping over the link takes {result.median:.1f} ms, and {result.lost:.0f} % are lost")


def contention(case: FaultCase) -> Made:
    """A node may use a part of a core only, and own work wants all of it."""
    before = case.lab.cores(case.node)
    if before is None:
        return NotLanded(f"{case.node} has no limit of its CPU time to change")
    count = case.integer("stress_cpus")
    words = ("stress-ng", "--quiet", "--cpu", str(count), "--switch", "1")
    return (
        CoreLimit(case.node, before, case.number("cpu_quota")),
        FaultWorker(case.node, words, f"{case.id}.0", load="cpu"),
    )


def downloads_before(case: FaultCase) -> dict[str, float]:
    found = _download(case)
    return {"seconds": median_seconds(case, *found)} if found else {}


def _download(case: FaultCase) -> tuple[str, str] | None:
    """Return who downloads what: the node itself as a receiver, another one as a sender; None: no URL is known."""
    url = case.text("probe_url")
    if url:
        return case.text("observer") or case.node, url
    return None


def slow_download(case: FaultCase) -> Landed | NotLanded:
    busy = node_busy(case)
    found, before = _download(case), case.figures.get("seconds")
    if isinstance(busy, NotLanded) or found is None or before is None:
        return busy
    now = median_seconds(case, *found)
    if now < SLOWER * before:
        return NotLanded(f"a download of {found[0]} takes {now:.2f} s, and {before:.2f} s before the fault")
    return Landed(f"{busy.proof}; a download of {found[0]} takes {now:.2f} s, and {before:.2f} s before the fault")


def web_dos_attack(case: FaultCase) -> Made:
    attacker = case.text("attacker_device") or _some_other(case)
    url = case.text("attack_url") or case.text("probe_url")
    if not attacker or not any(node.name == attacker for node in case.plan.nodes):
        return NotLanded("no node attacks: name one with --set attacker_device=NODE")
    address = _address_in(url) or first_address(case.target.node)
    if not address:
        return NotLanded(f"{case.node} has no address by its plan: name a URL with --set attack_url=URL")
    url = url or f"http://{address}/"
    words = _again("ab", "-q", "-r", "-s", "10", "-n", str(FULL_REQUESTS), "-c", str(case.integer("concurrency")), url)
    changes = [
        FaultWorker(attacker, words, f"{case.id}.{each}", load="requests" if each == 0 else "")
        for each in range(case.integer("workers"))
    ]
    held = case.integer("held_connections")
    if held:
        slow = tuple(own_program("hold", address, str(held)))
        changes.append(FaultWorker(attacker, slow, f"{case.id}.{len(changes)}", inside=False))
    return tuple(changes)


def _some_other(case: FaultCase) -> str:
    nodes = [node.name for node in case.plan.nodes if node.role in (LabRole.HOST, LabRole.SERVER)]
    return next((name for name in nodes if name != case.node), "")


def _address_in(url: str) -> str:
    """Return the address of a URL; empty: it has a name instead."""
    found = re.match(r"https?://([^/:]+)", url)
    try:
        return str(IPv4Address(found[1])) if found else ""
    except ValueError:
        return ""


def connections_to(case: FaultCase, node: str) -> int:
    """Return how many connections to the web server of a node are open."""
    ran = case.lab.network(node, ["ss", "-Htn", "state", "established", "sport", "=", ":80"])
    return len(ran.output.splitlines())


def attacked(case: FaultCase) -> Landed | NotLanded:
    count = connections_to(case, case.node)
    if count < LEAST_CONNECTIONS:
        return NotLanded(f"{case.node} has {count} connections to its web server")
    observer, url, before = case.text("observer_device"), case.text("probe_url"), case.figures.get("seconds")
    proof = f"{case.node} has {count} connections to its web server"
    if not observer or not url or before is None:
        return Landed(proof)
    now = median_seconds(case, observer, url)
    if now < SLOWER * before:
        return NotLanded(f"{proof}; a request of {observer} takes {now:.3f} s, and {before:.3f} s before")
    return Landed(f"{proof}; a request of {observer} takes {now:.3f} s, and {before:.3f} s before")


def requests_before(case: FaultCase) -> dict[str, float]:
    observer, url = case.text("observer_device"), case.text("probe_url")
    return {"seconds": median_seconds(case, observer, url)} if observer and url else {}


def load_balancer_overload(case: FaultCase) -> Made:
    """Legitimate clients want more than the balancer can do with the part of a core that it has."""
    before = case.lab.cores(case.node)
    if before is None:
        return NotLanded(f"{case.node} has no limit of its CPU time to change")
    clients = [name for name in case.text("load_client_hosts").replace(",", " ").split() if name]
    clients = clients or [_some_other(case)]
    unknown = [name for name in clients if not any(node.name == name for node in case.plan.nodes)]
    if unknown or not clients[0]:
        return NotLanded("no such node sends requests: name some with --set load_client_hosts=NODE,NODE")
    url = case.text("vip_url") or f"http://{first_address(case.target.node)}/"
    words = _again("ab", "-q", "-r", "-s", "10", "-n", str(FULL_REQUESTS), "-c", str(case.integer("concurrency")), url)
    changes: list[FaultChange] = [CoreLimit(case.node, before, case.number("cpu_quota"))]
    for each in range(max(case.integer("load_workers"), len(clients))):
        changes.append(
            FaultWorker(
                clients[each % len(clients)],
                words,
                f"{case.id}.{each}",
                load="requests" if each < len(clients) else "",
            )
        )
    return tuple(changes)


def overload_before(case: FaultCase) -> dict[str, float]:
    observer = case.text("client_host")
    return (
        {"seconds": median_seconds(case, observer, case.text("vip_url"))} if observer and case.text("vip_url") else {}
    )


def overloaded(case: FaultCase) -> Landed | NotLanded:
    busy = node_busy(case)
    observer, before = case.text("client_host"), case.figures.get("seconds")
    if isinstance(busy, NotLanded) or not observer or before is None:
        return busy
    now = median_seconds(case, observer, case.text("vip_url"))
    if now < SLOWER * before:
        return NotLanded(f"a request of {observer} takes {now:.3f} s, and {before:.3f} s before")
    return Landed(f"{busy.proof}; a request of {observer} takes {now:.3f} s, and {before:.3f} s before")


CONTENTION = (
    number("cpu_quota", 0.05, "cores that the node may use", 0.01, 64),
    integer("stress_cpus", 8, "processes that want a core each", 1, 64),
    text("probe_url", "what is downloaded to prove the symptom; empty: the use of the CPU proves it"),
    text("observer", "the node that downloads; empty: the node itself"),
)
RECIPES = (
    Recipe(
        "congestion",
        frozenset({ElementKind.LINK, ElementKind.INTERFACE}),
        congestion,
        (
            number("rate", 0, "Mbit/s that the cable carries; 0: its capacity by plan, at most 20", 0, 100_000),
            integer("streams", 4, "flows of TCP", 1, 64),
            text("source", "the node that sends; empty: the first end of the link"),
            text("sink", "the node that receives; empty: the other end"),
        ),
        symptom=congested,
        within=20,
    ),
    Recipe(
        "receiver_resource_contention",
        _NODE,
        contention,
        CONTENTION,
        symptom=slow_download,
        baseline=downloads_before,
        within=60,
    ),
    Recipe(
        "sender_resource_contention",
        _NODE,
        contention,
        CONTENTION,
        symptom=slow_download,
        baseline=downloads_before,
        within=60,
    ),
    Recipe(
        "web_dos_attack",
        _NODE,
        web_dos_attack,
        (
            text("attacker_device", "the node that attacks; empty: another host"),
            text("attack_url", "what it requests; empty: probe_url, or the page of the node"),
            text("observer_device", "the node that measures; empty: the connections prove it"),
            text("probe_url", "what the observer requests"),
            integer("workers", 12, "how many programs send requests", 1, 64),
            integer("concurrency", 128, "requests at the same time of each program", 1, 2_000),
            integer("held_connections", 400, "connections that are held open by requests without an end", 0, 5_000),
        ),
        symptom=attacked,
        baseline=requests_before,
        within=60,
    ),
    Recipe(
        "load_balancer_overload",
        _NODE,
        load_balancer_overload,
        (
            text("load_client_hosts", "the nodes that send requests, with commas; empty: another host"),
            text("vip_url", "what they request; empty: the page of the node"),
            text("client_host", "the node that measures; empty: the use of the CPU proves it"),
            number("cpu_quota", 0.2, "cores that the balancer may use", 0.01, 64),
            integer("load_workers", 4, "how many programs send requests", 1, 64),
            integer("concurrency", 200, "requests at the same time of each program", 1, 2_000),
        ),
        symptom=overloaded,
        baseline=overload_before,
        within=60,
    ),
)
