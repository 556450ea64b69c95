"""Faults of links and interfaces: down, detached, flapping, slow, lossy, corrupting, capped, with a wrong MTU."""

from __future__ import annotations

import hashlib

from network.lab.faults.change import FaultChange
from network.lab.faults.changes.cables import CableCap, CableRules, PortReset, PortsMade, carrier_changes
from network.lab.faults.changes.interfaces import InterfaceDetached, InterfaceDown, InterfaceMtu, state_of
from network.lab.faults.changes.kernel import link_of
from network.lab.faults.changes.workers import FaultWorker
from network.lab.faults.observe import address_at, own_program, pings
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.recipe import FaultCase, Made, Recipe, integer, number
from network.lab.faults.target import cables_of
from network.lab.plan import LabCable, LabPort
from shared.domain.kinds import ElementKind

NODE, LINK, INTERFACE = ElementKind.NODE, ElementKind.LINK, ElementKind.INTERFACE
RANDOM_OF = 1_000_000
"""Rules drop by a random number below this one."""
MARK_FROM = 0x4C420000
"""The marks of frames that a relay has carried; the rest of the number follows from the id of the fault."""
SAMPLE = 40
"""Pings that prove a loss or a delay."""


def interface_state(case: FaultCase, port: LabPort) -> FaultChange | NotLanded:
    """Return the change that takes an interface down."""
    before = state_of(case.lab, port.node, port.interface)
    if before is None:
        return NotLanded(f"{port} is not there: clear the other faults of {port.node} first")
    if not before.up:
        return NotLanded(f"{port} is down already: enable it first")
    return InterfaceDown(port.node, port.interface, before)


def link_down(case: FaultCase) -> Made:
    changes = [interface_state(case, end) for end in case.target.ends]
    wrong = [each for each in changes if isinstance(each, NotLanded)]
    return wrong[0] if wrong else tuple(each for each in changes if isinstance(each, FaultChange))


def link_dead(case: FaultCase) -> Landed | NotLanded:
    """Each end of a dead cable has no carrier, or is down itself."""
    for end in case.target.ends:
        link = link_of(case.lab, end.node, end.interface)
        if link is None or link.operstate == "UP":
            return NotLanded(f"{end} still has a carrier")
    return Landed("no end has a carrier")


def link_detach(case: FaultCase) -> Made:
    port = case.target.port
    if port is None:
        return NotLanded("name an interface")
    before = state_of(case.lab, port.node, port.interface)
    if before is None:
        return NotLanded(f"{port} is not there: clear the other faults of {port.node} first")
    holder = FaultWorker("", ("unshare", "--net", "sleep", "infinity"), f"{case.id}.0")
    return holder, InterfaceDetached(port.node, port.interface, before, holder)


def short_name(head: str, long: str) -> str:
    """Return a name for an interface or a table that follows from a longer one."""
    return head + hashlib.sha256(long.encode()).hexdigest()[:10]


def mtu_mismatch(case: FaultCase) -> Made:
    changes = []
    for end in case.target.ends if case.integer("both") else case.target.ends[:1]:
        before = state_of(case.lab, end.node, end.interface)
        if before is None:
            return NotLanded(f"{end} is not there: clear the other faults of {end.node} first")
        changes.append(InterfaceMtu(end.node, end.interface, before, case.integer("mtu")))
    return tuple(changes)


def mtu_symptom(case: FaultCase) -> Landed | NotLanded:
    pair = pinged_pair(case)
    if pair is None:
        return Landed("no end has an address: the MTU itself is the symptom")
    node, address = pair
    size = case.integer("mtu")
    small = pings(case.lab, node, address, whole=True)
    big = pings(case.lab, node, address, size=size, whole=True)
    if not small.times or big.times:
        return NotLanded(f"a packet of {size} bytes still passes from {node} to {address}, or a small one does not")
    return Landed(f"from {node} to {address} a small packet passes, and one of {size} bytes must not be fragmented")


def pinged_pair(case: FaultCase) -> tuple[str, str] | None:
    """Return a node and an address such that a ping crosses the cable; None if no end has an address."""
    for ends in [cable.ends for cable, _ in cables_at(case)]:
        for one in ends:
            for other in ends:
                if one != other and (address := address_at(case.plan, other)) and address_at(case.plan, one):
                    return one.node, address
    return None


def cables_at(case: FaultCase) -> tuple[tuple[LabCable, tuple[str, ...]], ...]:
    """Return the cables of the target, each with its ends in the hidden network: of a node, all its cables."""
    cables = cables_of(case.plan, case.node) if case.target.kind is NODE else (case.target.cable,)
    return tuple((each, tuple(map(case.lab.port, each.ends))) for each in cables if each is not None)


def link_flap(case: FaultCase) -> Made:
    changes: list[FaultChange] = []
    way = "carrier" if case.integer("carrier") else "silent"
    times = (f"{case.number('down_time'):g}", f"{case.number('up_time'):g}")
    for number_, (cable, ports) in enumerate(cables_at(case)):
        words = tuple(own_program("flap", *times, way, *ports))
        changes += [PortsMade(cable.name, ports, False), FaultWorker("", words, f"{case.id}.{number_}")]
    return tuple(changes) or NotLanded(f"{case.target.name} has no cable")


def flap_symptom(case: FaultCase) -> Landed | NotLanded:
    """Half of the pings of a longer time get no answer."""
    pair = pinged_pair(case)
    if pair is None:
        return Landed("no end has an address: that the worker runs is the proof")
    period = case.number("down_time") + case.number("up_time")
    count = max(SAMPLE, round(2 * period / 0.2))
    result = pings(case.lab, *pair, count=count)
    if not result.times or result.lost < 5:
        return NotLanded(f"{result.lost:.0f} % of the pings over the link are lost")
    return Landed(f"{result.lost:.0f} % of {count} pings over the link are lost, and the others arrive")


def capacity_bottleneck(case: FaultCase) -> Made:
    rate = round(case.number("rate") * 1000)
    shape = (rate, case.integer("burst"), case.integer("limit"))
    return tuple(CableCap(cable.name, ports, *shape) for cable, ports in cables_at(case)) or _no_cable(case)


def _no_cable(case: FaultCase) -> NotLanded:
    return NotLanded(f"no cable is in {case.target.name}")


def relayed(case: FaultCase, delay: float, jitter: float, corrupted: float, towards: tuple[str, ...] = ()) -> Made:
    """Let a relay carry the frames of the target's cables. `towards`: at these ends alone; empty: at all.

    `delay`, `jitter`: milliseconds. `corrupted`: percent.
    """
    changes: list[FaultChange] = []
    for number_, (cable, ends) in enumerate(cables_at(case)):
        ports = tuple(port for port in ends if not towards or port in towards)
        mark = MARK_FROM + int(hashlib.sha256(f"{case.id}.{number_}".encode()).hexdigest()[:4], 16)
        words = own_program("relay", f"{delay:g}", f"{jitter:g}", f"{corrupted:g}", str(mark), *ports)
        taps = tuple(f"t{port}" for port in ports)
        rules = tuple(
            (port, f'meta mark != {mark} counter fwd to "{tap}"') for port, tap in zip(ports, taps, strict=True)
        )
        changes.append(FaultWorker("", tuple(words), f"{case.id}.{number_}", ready=taps))
        changes.append(CableRules(cable.name, short_name("f", cable.name), rules))
    return tuple(changes) or _no_cable(case)


def packet_corruption(case: FaultCase) -> Made:
    return relayed(case, 0, 0, case.number("corruption_percentage"))


def until_reset(case: FaultCase) -> tuple[PortReset, ...]:
    """Let the fault end when an end of a cable is reset, if it is a fault of a port."""
    cables = cables_at(case) if case.integer("port") else ()
    return tuple(PortReset(cable.name, ports, carrier_changes(case.lab, ports)) for cable, ports in cables)


def high_latency(case: FaultCase) -> Made:
    made = relayed(case, case.number("delay_ms"), case.number("jitter_ms"), 0)
    return made if isinstance(made, NotLanded) else (*until_reset(case), *made)


def latency_symptom(case: FaultCase) -> Landed | NotLanded:
    """The delay applies once in each direction."""
    pair = pinged_pair(case)
    if pair is None:
        return Landed("no end has an address: that the relay runs is the proof")
    result = pings(case.lab, *pair)
    wanted = 2 * (case.number("delay_ms") - case.number("jitter_ms"))
    if not result.times or result.median < wanted:
        return NotLanded(f"a ping over the link takes {result.median:.1f} ms, not {wanted:g} ms or more")
    return Landed(f"a ping over the link takes {result.median:.1f} ms")


def packet_loss(case: FaultCase) -> Made:
    share = round(case.number("loss") / 100 * RANDOM_OF)
    rule = "counter drop" if share >= RANDOM_OF else f"numgen random mod {RANDOM_OF} < {share} counter drop"
    changes = [
        CableRules(cable.name, short_name("f", cable.name), tuple((port, rule) for port in ports))
        for cable, ports in cables_at(case)
    ]
    return (*until_reset(case), *changes) if changes else _no_cable(case)


def loss_symptom(case: FaultCase) -> Landed | NotLanded:
    pair = pinged_pair(case)
    if pair is None:
        return Landed("no end has an address: the rules are the proof")
    result = pings(case.lab, *pair, count=SAMPLE, size=1_000, gap=0.02)
    if len(result.times) == SAMPLE:
        return NotLanded(f"none of {SAMPLE} pings over the link is lost")
    return Landed(f"{result.lost:.0f} % of {SAMPLE} pings over the link are lost")


def corruption_symptom(case: FaultCase) -> Landed | NotLanded:
    """The link loses packets with a wrong checksum; an answer with a wrong byte does not count as a right one."""
    pair = pinged_pair(case)
    if pair is None:
        return Landed("no end has an address: that the relay runs is the proof")
    wrong = 0
    before = _checksum_errors(case, pair)
    result = pings(case.lab, *pair, count=SAMPLE, size=1_000, gap=0.02)
    wrong = _checksum_errors(case, pair) - before
    if len(result.times) == SAMPLE and wrong <= 0:
        return NotLanded(f"none of {SAMPLE} pings over the link is lost or has a wrong checksum")
    return Landed(f"{result.lost:.0f} % of {SAMPLE} pings over the link are lost, {wrong} had a wrong checksum")


def _checksum_errors(case: FaultCase, pair: tuple[str, str]) -> int:
    """Return how many packets with a wrong checksum the ends of the link have received."""
    total = 0
    for node in dict.fromkeys(end.node for end in case.target.ends):
        lines = case.lab.run(node, ["cat", "/proc/net/snmp"]).output.splitlines()
        tables = {
            (a.split(":")[0]): (a.split()[1:], b.split()[1:]) for a, b in zip(lines[::2], lines[1::2], strict=False)
        }
        for protocol, field in (("Icmp", "InCsumErrors"), ("Ip", "InHdrErrors")):
            names, values = tables.get(protocol, ([], []))
            if field in names and len(names) == len(values) and values[0].isdigit():
                total += int(values[names.index(field)])
    return total


def dns_lookup_latency(case: FaultCase) -> Made:
    """The frames towards the server wait: each of its answers is late by that time, a ping too."""
    if case.target.port is None or case.target.cable is None:
        return _no_cable(case)
    return relayed(case, case.number("delay_ms"), 0, 0, (case.lab.port(case.target.port),))


def lookup_symptom(case: FaultCase) -> Landed | NotLanded:
    port = case.target.port
    address = address_at(case.plan, port) if port else ""
    asker = next((end.node for end in case.target.ends[1:] if address_at(case.plan, end)), "")
    if not address or not asker:
        return Landed("no neighbour with an address can ask: that the relay runs is the proof")
    result = pings(case.lab, asker, address)
    if result.median < case.number("delay_ms"):
        return NotLanded(f"an answer of {address} takes {result.median:.0f} ms")
    return Landed(f"an answer of {address} takes {result.median:.0f} ms")


def _set(*kinds: ElementKind) -> frozenset[ElementKind]:
    return frozenset(kinds)


LOSSY = number("loss", 10, "percent of the frames that are lost in each direction", 0.01, 100)
LATE = number("delay_ms", 50, "milliseconds in each direction", 0.1, 10_000)
OF_PORT = integer("port", 1, "1: it ends when an end of the cable is reset, as a fault of a port; 0: it stays", 0, 1)
JITTER = number("jitter_ms", 0, "milliseconds by which the delay varies", 0, 5_000)
CORRUPTED = number("corruption_percentage", 8, "percent of the frames with one wrong bit, each direction", 0.01, 100)
FLAPS = (
    number("down_time", 1, "seconds for which the cable is dead", 0.1, 600),
    number("up_time", 1, "seconds for which it carries frames", 0.1, 600),
    integer("carrier", 1, "1: the ends see no carrier; 0: they see nothing", 0, 1),
)
CAPPED = (
    number("rate", 200, "kbit/s in each direction", 1, 10_000_000),
    integer("burst", 65_536, "bytes that pass at once", 1_600, 100_000_000),
    integer("limit", 512_000, "bytes that wait at most", 1_600, 100_000_000),
)
MTU = (integer("mtu", 500, "bytes", 68, 9_000), integer("both", 1, "1: at both ends; 0: at the named one", 0, 1))

RECIPES = (
    Recipe("link_down", _set(LINK, INTERFACE), link_down, symptom=link_dead),
    Recipe("link_detach", _set(INTERFACE), link_detach),
    Recipe("link_flap", _set(LINK, INTERFACE), link_flap, FLAPS, symptom=flap_symptom, within=30),
    Recipe("link_capacity_bottleneck", _set(LINK, INTERFACE), capacity_bottleneck, CAPPED),
    Recipe(
        "link_packet_corruption", _set(LINK, INTERFACE), packet_corruption, (CORRUPTED,), symptom=corruption_symptom
    ),
    Recipe("mtu_mismatch", _set(LINK, INTERFACE), mtu_mismatch, MTU, symptom=mtu_symptom),
    Recipe("high_latency", _set(NODE, LINK, INTERFACE), high_latency, (LATE, JITTER, OF_PORT), symptom=latency_symptom),
    Recipe("packet_loss", _set(NODE, LINK, INTERFACE), packet_loss, (LOSSY, OF_PORT), symptom=loss_symptom),
    Recipe(
        "dns_lookup_latency",
        _set(INTERFACE),
        dns_lookup_latency,
        (number("delay_ms", 1_000, "milliseconds for each answer", 1, 30_000),),
        symptom=lookup_symptom,
    ),
)
