"""Makes the normalised snapshot of a device from its raw answers. Pure: garbage gives missing parts, never an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from network.devices.evidence.collecting import ABSENT, RawState, Section
from network.devices.evidence.normal import kernel, processes, queues, routing
from network.devices.evidence.normal.facts import Facts, UnreadableAnswer, add, without_comments
from network.devices.evidence.normal.leases import BY_DHCP, DhcpLease, leases
from network.devices.evidence.normal.packet_filters import ruleset
from network.devices.evidence.normal.services import service_facts
from network.devices.evidence.snapshot import DeviceSnapshot, joined

BAD_FORMS = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading an answer of another form than expected can raise: the answer comes from a device."""
PROGRAM_FAILED = "the program failed or is not there"
DEFAULT_ROUTE = joined("route", "main", kernel.DEFAULT)


class _Gathering:
    """The facts of one device under way; a part that cannot be read becomes missing."""

    def __init__(self, raw: RawState) -> None:
        self.raw = raw
        self.facts: Facts = {}
        self.missing: set[str] = set()

    def text(self, name: str, absent_is_empty: bool = False) -> str:
        section = self.raw.sections.get(name, Section(-1, ""))
        if section.status == ABSENT and absent_is_empty:
            return ""
        if section.status != 0:
            raise UnreadableAnswer(PROGRAM_FAILED)
        return section.text

    def read(self, parts: Iterable[str], facts: Callable[[], Facts]) -> None:
        try:
            found = facts()
        except BAD_FORMS:
            self.missing.update(parts)
        else:
            self.facts |= found


def normalised(raw: RawState) -> DeviceSnapshot:
    gathering = _Gathering(raw)
    _kernel(gathering)
    _processes(gathering)
    _files(gathering)
    observed = _routing(gathering)
    for files in raw.services:
        found, missing = service_facts(files, raw.sections)
        gathering.facts |= found
        gathering.missing |= missing
    facts = dict(sorted(gathering.facts.items()))
    return DeviceSnapshot(raw.device, facts, frozenset(gathering.missing), dict(sorted(observed.items())))


def _kernel(gathering: _Gathering) -> None:
    text, read = gathering.text, gathering.read
    known = _leases(gathering)
    read(("link", "address"), lambda: kernel.interface_facts(kernel.interfaces(text("address"))))
    read(("route",), lambda: kernel.routes(text("route"), known))
    read(("rule",), lambda: kernel.rules(text("rule"), "rule"))
    read(("rule6",), lambda: kernel.rules(text("rule6"), "rule6"))
    read(("neighbour",), lambda: kernel.neighbours(text("neighbour")))
    read(("sysctl",), lambda: kernel.settings(text("sysctl")))
    read(("nft",), lambda: ruleset(text("nft")))
    read(("qdisc",), lambda: queues.disciplines(text("qdisc")))
    read(("filter", "class"), lambda: queues.filters(text("filter")))
    if "qdisc" in gathering.missing:
        gathering.missing |= {"filter", "class"}
    if known and DEFAULT_ROUTE not in gathering.facts:
        gathering.missing.add(DEFAULT_ROUTE)  # the server, and not this device, decides whether there is one


def _leases(gathering: _Gathering) -> Mapping[str, DhcpLease]:
    try:
        return leases(gathering.text("lease"))
    except BAD_FORMS:
        gathering.missing |= {DEFAULT_ROUTE, "resolver"}  # a server may have taught them
        return {}


def _processes(gathering: _Gathering) -> None:
    text = gathering.text
    gathering.read(("listen",), lambda: processes.listeners(text("listen")))
    owners = {
        name for path, names in gathering.facts.items() if path.startswith("listen/") for name in names.split(",")
    } | {files.process for files in gathering.raw.services if files.process}

    gathering.read(("process",), lambda: processes.daemon_facts(processes.processes(text("process")), owners))
    gathering.read(("busy",), lambda: _busy(gathering))


def _busy(gathering: _Gathering) -> Facts:
    text = gathering.text
    limits = processes.capacity(text("uptime"), text("cores"), text("memory"), text("quota"))
    return processes.busy_facts(processes.processes(text("process")), gathering.facts, limits)


def _files(gathering: _Gathering) -> None:
    text = gathering.text
    leased = {address for lease in _leases(gathering).values() for address in lease.resolvers}
    gathering.read(("resolver",), lambda: _resolver(text("resolver", absent_is_empty=True), leased))
    gathering.read(("hosts",), lambda: _hosts(text("hosts", absent_is_empty=True)))
    if leased and not any(path.startswith("resolver/nameserver") for path in gathering.facts):
        gathering.missing.add("resolver")


def _resolver(text: str, leased: set[str]) -> Facts:
    facts: Facts = {}
    servers: list[str] = []
    for line in without_comments(text.splitlines(), "#", ";"):
        keyword, *values = line.split()
        if keyword == "nameserver":
            servers += values[:1]
        else:
            facts[joined("resolver", keyword)] = " ".join(values)
    if servers and set(servers) <= leased:
        servers = [BY_DHCP]
    return facts | {joined("resolver", "nameserver", str(at)): each for at, each in enumerate(servers, 1)}


def _hosts(text: str) -> Facts:
    facts: Facts = {}
    for line in without_comments(text.splitlines(), "#"):
        address, *names = line.partition("#")[0].split()
        add(facts, joined("hosts", address), " ".join(sorted(names)))
    return facts


def _routing(gathering: _Gathering) -> Facts:
    """Return what is worth a look and no setting."""
    if gathering.raw.routing is None:
        gathering.missing |= {"frr", "saved"}
        return {}
    answer = gathering.raw.routing.replace("\r", "")

    def lines() -> Facts:
        return routing.configuration_facts(routing.running_configuration(answer)[0])

    gathering.read(("frr", "saved"), lines)
    if "frr" in gathering.missing:
        return {}
    running = {path: value for path, value in gathering.facts.items() if path.startswith("frr/")}
    gathering.read(("saved",), lambda: routing.saved_facts(running, gathering.text("saved", absent_is_empty=True)))
    gathering.missing |= {joined("frr", owner) for owner in _silent(gathering, running)}
    return routing.observed_facts(routing.running_configuration(answer)[1])


def _silent(gathering: _Gathering, running: Mapping[str, str]) -> set[str]:
    """Return the daemons that do not run, so that their lines cannot be seen."""
    shown = {path.split("/", 2)[1] for path in running}
    if "process" in gathering.missing:
        return set(routing.OWNERS - shown)
    runs = {name for name in routing.OWNERS if joined("process", name) in gathering.facts}
    return set(routing.OWNERS - runs - {routing.SHARED})
