"""Which sessions there are between devices, and whether each is established, from the quick looks at both ends. Pure.

Rules
1. A session is known once it was established, or once an end has it configured (BGP lists every configured peer).
2. A known session is established if each end that could be read says so. An end that could not be read says nothing; if
   neither could be read, the state is not known.
3. The ends of a session are found by the address of the neighbour, else by the link at the interface.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from network.devices.pulse.reading import BGP, DevicePulse, NeighbourPulse
from shared.domain.element_names import port_name, session_name
from shared.domain.topology import Topology, link_id

MOST_SESSIONS = 50_000


@dataclass
class Sessions:
    """`owners`: the node of each address. `known`: the sessions that should be established."""

    topology: Topology
    owners: Mapping[str, str] = field(default_factory=dict)
    known: dict[str, None] = field(default_factory=dict)

    def states(self, pulses: Mapping[str, DevicePulse]) -> dict[str, bool]:
        """Return the sessions whose state is known. `pulses`: by device; a device without an answer has none."""
        seen: dict[str, dict[str, bool]] = {}
        for device, pulse in pulses.items():
            for neighbour in pulse.neighbours:
                if (session := self._session(device, neighbour)) is not None:
                    ends = seen.setdefault(session, {})
                    ends[device] = ends.get(device, True) and neighbour.up
                    if neighbour.up or neighbour.protocol == BGP:
                        self._learn(session)
        return {session: state for session in self.known if (state := self._state(session, seen, pulses)) is not None}

    def _learn(self, session: str) -> None:
        if len(self.known) < MOST_SESSIONS:
            self.known[session] = None

    def _state(
        self, session: str, seen: Mapping[str, Mapping[str, bool]], pulses: Mapping[str, DevicePulse]
    ) -> bool | None:
        protocol = session.partition("/")[0]
        says = [
            seen.get(session, {}).get(end, False)
            for end in self.topology.ends(session)
            if (pulse := pulses.get(end)) is not None and protocol not in pulse.missing
        ]
        return all(says) if says else None

    def _session(self, device: str, neighbour: NeighbourPulse) -> str | None:
        links = self._links_at(device, neighbour.interface)
        other = self.owners.get(neighbour.address) or next((end for _, end in links), None)
        if other is None or other == device:
            return None
        over = next((link for link, end in links if end == other), None)
        if neighbour.protocol == BGP or over is None:
            over = link_id(device, other)
        return session_name(neighbour.protocol, over)

    def _links_at(self, device: str, interface: str) -> list[tuple[str, str]]:
        """Return the link at an interface with its other end; all that may be it, if interfaces are not known."""
        if not interface or device not in self.topology.node_by_id:
            return []
        port = port_name(device, interface)
        links = [self.topology.link_by_id[link] for link in self.topology.links_of[device]]
        ported = [link for link in links if port in link.ports]
        return [(link.id, link.target if link.source == device else link.source) for link in ported]


def link_states(topology: Topology, pulses: Mapping[str, DevicePulse]) -> Iterator[tuple[str, str, float]]:
    """Yield `up` and `admin_up` of the links whose interfaces are known: link, metric, 1 or 0.

    A link is up if each end that could be read is up, and not known if neither could be read. An interface that is gone
    is down.
    """
    for link in topology.links:
        if not link.has_ports:
            continue
        ends = [(link.source, link.source_port), (link.target, link.target_port)]
        read = [
            pulse.interfaces.get(interface)
            for node, interface in ends
            if (pulse := pulses.get(node)) is not None and "interfaces" not in pulse.missing
        ]
        if read:
            yield link.id, "up", float(all(one is not None and one.up for one in read))
            yield link.id, "admin_up", float(all(one is not None and one.enabled for one in read))


def owners_of(addresses: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the node of each address. `addresses`: pairs of a node and an address, with or without a prefix length.

    An address that two nodes have belongs to neither.
    """
    found: dict[str, str] = {}
    twice: set[str] = set()
    for node, address in addresses:
        bare = address.partition("/")[0]
        if found.setdefault(bare, node) != node:
            twice.add(bare)
    return {address: node for address, node in found.items() if address not in twice}
