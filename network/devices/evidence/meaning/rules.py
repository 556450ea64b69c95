"""Reads the text of a rule of `nft`: what it matches of a packet, and what it does. Pure.

Only what names a protocol is read: protocols, ports, types of ICMP and of frames. Any other match (addresses,
interfaces, `ct state`, `limit`, `numgen`, a concatenation of fields) narrows a rule, and is taken as fulfilled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import takewhile

from network.devices.evidence.meaning.values import NAMES, MatchedNumbers, accepted, elements_of

_TOKEN = re.compile(r'"[^"]*"|\{[^}]*\}|[^\s{}"]+')
_OPERATORS = frozenset({"==", "!=", "<", "<=", ">", ">=", "eq", "ne", "lt", "le", "gt", "ge"})
_TRANSPORTS = frozenset({"tcp", "udp", "udplite", "sctp", "dccp", "th"})
CHANGES = frozenset({"dnat", "snat", "masquerade", "redirect", "tproxy", "queue", "notrack", "set"})
COPIES = frozenset({"fwd", "dup"})
ICMP_NAMES = {**NAMES, "redirect": 5}
ICMP6_NAMES = {**NAMES, "packet-too-big": 2, "destination-unreachable": 1, "echo-request": 128, "echo-reply": 129}


class Field(StrEnum):
    PROTOCOL = "protocol"
    """The number of the protocol above IP."""
    SPORT = "sport"
    DPORT = "dport"
    ICMP_TYPE = "icmp type"
    ICMP_CODE = "icmp code"
    FRAME = "frame"
    """The type of an Ethernet frame."""
    STATION = "station"
    """An Ethernet address, read as a number."""


class Effect(StrEnum):
    DROPS = "drops"
    """It drops or rejects."""
    ACCEPTS = "accepts"
    JUMPS = "jumps"
    CHANGES = "changes"
    """It changes packets or their way."""
    COPIES = "copies"
    """It sends packets out of another interface."""
    NOTHING = "nothing"


@dataclass(frozen=True)
class RuleText:
    """`target`: the chain of a jump. `uses`: the sets that it looks into."""

    text: str
    matches: tuple[tuple[Field, MatchedNumbers], ...]
    effect: Effect
    target: str = ""
    uses: tuple[str, ...] = ()


def rule_texts(text: str, sets: Mapping[str, tuple[str, ...]]) -> Iterator[RuleText]:
    """Yield what a rule does; a rule with a map of verdicts does several things."""
    bare = re.sub(r" # \d+$", "", text)
    tokens = _TOKEN.findall(bare)
    uses = tuple(token[1:] for token in tokens if token.startswith("@") and not token.startswith("@l"))
    matches, maps = _matches(list(takewhile(lambda token: token != "reject", tokens)), sets)
    effect, target = _effect(tokens)
    plain = RuleText(bare, tuple(matches), effect, target, uses)
    if not maps:
        yield plain
    for field, names, elements in maps:
        for element in elements:
            value, _, verdict = element.rpartition(":")
            effect, target = _effect(verdict.split())
            also = ((field, accepted("==", value.strip(), sets, names)),) if field else ()
            yield replace(plain, matches=(*matches, *also), effect=effect, target=target)


_Matches = list[tuple[Field, MatchedNumbers]]
_Maps = list[tuple[Field | None, Mapping[str, int], list[str]]]


def _matches(tokens: list[str], sets: Mapping[str, tuple[str, ...]]) -> tuple[_Matches, _Maps]:
    matches: _Matches = []
    maps: _Maps = []
    at = 0
    while at < len(tokens):
        length, implied, field, names = _field(tokens[at : at + 2])
        if "." in (tokens[at - 1 : at] + tokens[at + length : at + length + 1]):
            at += length
            continue  # a field of a concatenation
        matches += implied
        at += length
        if at < len(tokens) and tokens[at] == "vmap":
            maps.append((field, names, elements_of(tokens[at + 1]) if at + 1 < len(tokens) else []))
            at += 2
        elif field and at < len(tokens):
            operator = tokens[at] if tokens[at] in _OPERATORS else "=="
            at += tokens[at] in _OPERATORS
            value = tokens[at] if at < len(tokens) else ""
            if at + 1 < len(tokens) and tokens[at + 1] in ("and", "&", "map"):
                value = "?"
            matches.append(
                (field, _station(value) if field is Field.STATION else accepted(operator, value, sets, names))
            )
            at += 1
    return matches, maps


def _field(tokens: list[str]) -> tuple[int, _Matches, Field | None, Mapping[str, int]]:
    """Return how many words name a field, what they imply, the field, and the names of its values."""
    match tokens:
        case [protocol, ("sport" | "dport") as port] if protocol in _TRANSPORTS:
            return 2, _implied(protocol), Field(port), NAMES
        case [protocol, _] if protocol in _TRANSPORTS:
            return 2, _implied(protocol), None, NAMES
        case ["icmp", ("type" | "code") as what]:
            return 2, _implied("icmp"), Field(f"icmp {what}"), ICMP_NAMES
        case ["icmpv6", ("type" | "code") as what]:
            return 2, _implied("icmpv6"), Field(f"icmp {what}"), ICMP6_NAMES
        case ["ip", "protocol"] | ["ip6", "nexthdr"] | ["meta", "l4proto"]:
            return 2, [], Field.PROTOCOL, NAMES
        case ["ether", "type"] | ["meta", "protocol"]:
            return 2, [], Field.FRAME, NAMES
        case ["ether", "daddr"]:
            return 2, [], Field.STATION, NAMES
        case ["arp", _]:
            return 2, [(Field.FRAME, MatchedNumbers(((NAMES["arp"],) * 2,)))], None, NAMES
    return 1, [], None, NAMES


def _implied(protocol: str) -> _Matches:
    number = NAMES.get(protocol)
    return [(Field.PROTOCOL, MatchedNumbers(((number, number),)))] if number is not None else []


def _station(value: str) -> MatchedNumbers:
    if re.fullmatch(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}", value):
        number = int(value.replace(":", ""), 16)
        return MatchedNumbers(((number, number),))
    return MatchedNumbers((), known=False)


def _effect(tokens: list[str]) -> tuple[Effect, str]:
    for at, token in enumerate(tokens):
        match token:
            case "drop" | "reject":
                return Effect.DROPS, ""
            case "accept":
                return Effect.ACCEPTS, ""
            case "jump" | "goto":
                return Effect.JUMPS, "".join(tokens[at + 1 : at + 2])
            case _ if token in COPIES:
                return Effect.COPIES, ""
            case _ if token in CHANGES and not (token == "redirect" and "type" in tokens[:at]):
                return Effect.CHANGES, ""
    return Effect.NOTHING, ""
