"""Which protocols a rule of a packet filter names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from network.devices.evidence.meaning.rules import Field
from network.devices.evidence.meaning.values import NAMES, MatchedNumbers
from network.devices.evidence.metrics import EvidenceMetric

TCP, UDP, ICMP, ICMP6, OSPF = NAMES["tcp"], NAMES["udp"], 1, 58, 89
UNREACHABLE, FRAGMENTATION_NEEDED, TOO_BIG = 3, 4, 2
ECHOES = (0, 8, 128, 129)
Packet = Mapping[Field, int]
Matches = Sequence[tuple[Field, MatchedNumbers]]


def _ports(protocol: int, *ports: int) -> tuple[Packet, ...]:
    return tuple({Field.PROTOCOL: protocol, field: port} for port in ports for field in (Field.DPORT, Field.SPORT))


def _stations(*addresses: int) -> tuple[Packet, ...]:
    return tuple({Field.STATION: address} for address in addresses)


PACKETS: Mapping[EvidenceMetric, tuple[Packet, ...]] = {
    EvidenceMetric.FILTER_ARP: ({Field.FRAME: NAMES["arp"]},),
    EvidenceMetric.FILTER_BGP: _ports(TCP, 179),
    EvidenceMetric.FILTER_OSPF: ({Field.PROTOCOL: OSPF},),
    EvidenceMetric.FILTER_ISIS: _stations(0x0180C2000014, 0x0180C2000015, 0x09002B000005),
    EvidenceMetric.FILTER_DNS: _ports(UDP, 53) + _ports(TCP, 53),
    EvidenceMetric.FILTER_HTTP: _ports(TCP, 80, 443),
    EvidenceMetric.FILTER_DHCP: _ports(UDP, 67, 68),
}
"""What a packet of each protocol has. A rule names a protocol if its matches accept one of its packets."""
NAMED: Mapping[EvidenceMetric, str] = {
    EvidenceMetric.FILTER_ARP: "ARP",
    EvidenceMetric.FILTER_BGP: "TCP port 179 (BGP)",
    EvidenceMetric.FILTER_OSPF: "IP protocol 89 (OSPF)",
    EvidenceMetric.FILTER_ISIS: "frames of IS-IS",
    EvidenceMetric.FILTER_ICMP: "ICMP",
    EvidenceMetric.FILTER_DNS: "port 53 (DNS)",
    EvidenceMetric.FILTER_HTTP: "TCP port 80 or 443 (HTTP)",
    EvidenceMetric.FILTER_DHCP: "UDP port 67 or 68 (DHCP)",
    EvidenceMetric.FILTER_FRAGMENTATION: "the ICMP message that a packet is too big",
    EvidenceMetric.FILTER_OTHER: "packets",
}
KNOWN_PORTS = frozenset(
    packet[field]
    for packets in PACKETS.values()
    for packet in packets
    for field in packet
    if field.value.endswith("port")
)
OVER_IP = frozenset({Field.PROTOCOL, Field.SPORT, Field.DPORT, Field.ICMP_TYPE, Field.ICMP_CODE})


@dataclass(frozen=True)
class _Combined:
    """The matches of a rule by field; each field has to accept in all of them."""

    by_field: Mapping[Field, tuple[MatchedNumbers, ...]]

    def accepts(self, packet: Packet) -> bool:
        """A field that the rule does not look at accepts; one that the packet has not does not."""
        return all(
            field in packet and all(packet[field] in each for each in matches)
            for field, matches in self.by_field.items()
        )

    def looks_at(self, *fields: Field) -> bool:
        return any(field in self.by_field for field in fields)

    def allows(self, field: Field, number: int) -> bool:
        return all(number in each for each in self.by_field.get(field, ()))


def protocols_of(matches: Matches, family: str = "inet") -> frozenset[EvidenceMetric]:
    """Return the metrics of the protocols that a rule names; `FILTER_OTHER` if it has others too, or names none."""
    if family == "arp":
        return frozenset({EvidenceMetric.FILTER_ARP})
    combined = _combined(matches)
    if not combined.by_field:
        return frozenset({EvidenceMetric.FILTER_OTHER})
    found = {metric for metric, packets in PACKETS.items() if any(map(combined.accepts, packets))}
    found |= _icmp(combined)
    if not found or _has_others(combined):
        found.add(EvidenceMetric.FILTER_OTHER)
    return frozenset(found)


def _combined(matches: Iterable[tuple[Field, MatchedNumbers]]) -> _Combined:
    by_field: dict[Field, tuple[MatchedNumbers, ...]] = {}
    for field, each in matches:
        by_field[field] = (*by_field.get(field, ()), each)
    frames = by_field.get(Field.FRAME, ())
    if frames and all(NAMES["ip"] in each or NAMES["ip6"] in each for each in frames):
        del by_field[Field.FRAME]  # it narrows the rule to IP, and names no protocol above it
    return _Combined(by_field)


def _icmp(combined: _Combined) -> set[EvidenceMetric]:
    if not combined.looks_at(Field.PROTOCOL) or combined.looks_at(Field.SPORT, Field.DPORT, Field.FRAME):
        return set()
    if not (combined.allows(Field.PROTOCOL, ICMP) or combined.allows(Field.PROTOCOL, ICMP6)):
        return set()
    if not combined.looks_at(Field.ICMP_TYPE):
        return {EvidenceMetric.FILTER_ICMP}
    found = set()
    if any(combined.allows(Field.ICMP_TYPE, kind) for kind in ECHOES):
        found.add(EvidenceMetric.FILTER_ICMP)
    version4 = combined.allows(Field.PROTOCOL, ICMP) and combined.allows(Field.ICMP_TYPE, UNREACHABLE)
    version6 = combined.allows(Field.PROTOCOL, ICMP6) and combined.allows(Field.ICMP_TYPE, TOO_BIG)
    if (version4 and combined.allows(Field.ICMP_CODE, FRAGMENTATION_NEEDED)) or version6:
        found.add(EvidenceMetric.FILTER_FRAGMENTATION)
    return found


def _has_others(combined: _Combined) -> bool:
    """Whether the rule drops what no metric of a protocol stands for."""
    ports = [*combined.by_field.get(Field.SPORT, ()), *combined.by_field.get(Field.DPORT, ())]
    if ports:
        return all(each.others_than(KNOWN_PORTS) for each in ports)
    if combined.looks_at(Field.PROTOCOL) and not combined.looks_at(Field.ICMP_TYPE):
        protocols = combined.by_field[Field.PROTOCOL]
        return all(each.others_than((ICMP, ICMP6, OSPF)) for each in protocols)
    return False
