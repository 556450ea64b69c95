"""What differences of the configuration of routing mean. Pure.

Lines are compared by what they are about: `network 10.0.0.0/24 area 0` and `... area 66` are one change of an area,
`router bgp 65001` and `router bgp 65601` are one change of the number, whatever stands below them, and
`route-map OUT permit 5` and `... deny 5` are one change of an entry.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from network.devices.evidence.difference import masked
from network.devices.evidence.meaning.findings import Findings, StateFinding, Surroundings
from network.devices.evidence.metrics import EvidenceMetric
from network.devices.evidence.normal.routing import BELOW
from network.devices.evidence.snapshot import parts

FLOOD = 20
"""New announcements of one router from which they are a flood."""
BGP_HEADER = re.compile(r"router bgp (\d+)((?: vrf \S+)?)$")
MAP_HEADER = re.compile(r"route-map (\S+) (permit|deny) (\d+)$")
COMMUNITY = r"(community|large-community|extcommunity|comm-list|large-comm-list)\b"
INTO_NOTHING = re.compile(r"ipv?6? route (\S+) (Null0|blackhole|reject)\b")
DEFAULT_ROUTE = re.compile(r"(ip route 0\.0\.0\.0/0|ipv6 route ::/0) ")


@dataclass(frozen=True)
class _RoutingLine:
    """`context`: the lines above it. `topic`: what two lines share that are the same setting with another value."""

    path: str
    context: str
    text: str
    topic: str

    @property
    def whole(self) -> str:
        return f"{self.context}{BELOW}{self.text}" if self.context else self.text


@dataclass(frozen=True)
class _Change:
    """`before`, `after`: None if the line is new, or gone."""

    before: _RoutingLine | None
    after: _RoutingLine | None

    @property
    def line(self) -> _RoutingLine:
        line = self.after or self.before
        assert line is not None, "a change has a line"
        return line

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(line.path for line in (self.before, self.after) if line is not None)

    @property
    def sentence(self) -> str:
        context = f" of `{self.line.context}`" if self.line.context else ""
        if self.before is None:
            sentence = f"the line `{self.line.text}`{context} is not approved"
        elif self.after is None:
            sentence = f"the approved line `{self.line.text}`{context} is gone"
        else:
            sentence = f"the line `{self.after.text}`{context} differs; approved is `{self.before.text}`"
        return masked(sentence)


def routing_findings(around: Surroundings) -> Findings:
    changes = _changes(around)
    for change in changes:
        finding = _finding(around, change)
        yield replace(finding, paths=(*finding.paths, *_below(around, change)))
    extra = [change for change in changes if change.before is None and _announces(change.line)]
    if len(extra) >= FLOOD:
        paths = tuple(path for change in extra for path in change.paths)
        sentence = f"the router announces {len(extra)} networks that are not approved"
        yield around.node(EvidenceMetric.BGP_LIMITS, sentence, *paths)
    for each in around.below("saved"):
        line = parts(each.path, 3)[2]
        what = each.found or f"no longer {each.approved}"
        yield around.node(EvidenceMetric.ROUTING_CONFIG, masked(f"the line `{line}` is {what}"), each.path)


def _changes(around: Surroundings) -> list[_Change]:
    """Return the changed lines; lines that differ only in the number or the action above them have not changed."""
    before = {_key(line): line for line in _lines(each.path for each in around.below("frr") if each.approved)}
    after = {_key(line): line for line in _lines(each.path for each in around.below("frr") if each.found)}
    changes = [_Change(before[key], after[key]) for key in before.keys() & after.keys() if _is_header(before[key])]
    new: dict[str, list[_RoutingLine]] = defaultdict(list)
    for key in sorted(after.keys() - before.keys(), reverse=True):
        new[after[key].topic].append(after[key])
    for key in sorted(before.keys() - after.keys()):
        same = new[before[key].topic]
        changes.append(_Change(before[key], same.pop() if same else None))
    changes += [_Change(None, line) for lines in new.values() for line in lines]
    return sorted(changes, key=lambda change: change.paths)


def _lines(paths: Iterable[str]) -> list[_RoutingLine]:
    lines = []
    for path in paths:
        context, _, text = parts(path, 3)[2].rpartition(BELOW)
        lines.append(_RoutingLine(path, context, text, _topic(context, text)))
    return lines


def _is_header(line: _RoutingLine) -> bool:
    return not line.context and bool(BGP_HEADER.match(line.text) or MAP_HEADER.match(line.text))


def _header_topic(line: str) -> str:
    """Return a line without the number of BGP and the actions of route maps that stand above it."""
    first, below, rest = line.partition(BELOW)
    first = BGP_HEADER.sub(r"router bgp\2", MAP_HEADER.sub(r"route-map \1 \3", first))
    return first + below + rest


def _key(line: _RoutingLine) -> str:
    return _header_topic(line.whole)


def _below(around: Surroundings, change: _Change) -> list[str]:
    """Return the paths of lines that differ only in the line above them that has changed."""
    if not (change.before and change.after and _is_header(change.line)):
        return []
    uppers = tuple(f"{path}{BELOW}" for path in change.paths)
    lines = _lines(each.path for each in around.below("frr") if each.path.startswith(uppers))
    keys = Counter(map(_key, lines))
    return [line.path for line in lines if keys[_key(line)] == 2]


_TOPICS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(network \S+) area \S+"), r"\1 area"),
    (re.compile(r"(ip ospf (?:area|cost|hello-interval|dead-interval|network|priority))( \S+)+"), r"\1"),
    (re.compile(r"((?:no )?isis \S+) .*"), r"\1"),
    (re.compile(r"(net|is-type|hostname|log \S+|description) .*"), r"\1"),
    (
        re.compile(r"(neighbor \S+ (?:remote-as|timers|password|maximum-prefix|update-source|description|weight)) .*"),
        r"\1",
    ),
    (re.compile(r"(neighbor \S+ (?:route-map|prefix-list|filter-list|distribute-list)) \S+ (in|out)"), r"\1 \2"),
    (re.compile(r"((?:ip|ipv6) prefix-list \S+ seq \d+) .*"), r"\1"),
    (re.compile(r"((?:set|match) (?:\S+-)?\S+) .*"), r"\1"),
    (re.compile(r"((?:ospf|bgp) router-id) .*"), r"\1"),
    (re.compile(r"((?:ip|ipv6) route \S+) .*"), r"\1"),
    (re.compile(r"(timers \S+).*"), r"\1"),
)


def _topic(context: str, text: str) -> str:
    upper = _header_topic(context)
    for pattern, topic in _TOPICS:
        if pattern.fullmatch(text):
            return f"{upper}{BELOW}{pattern.sub(topic, text)}"
    return f"{upper}{BELOW}{text}"


def _announces(line: _RoutingLine) -> bool:
    return (
        line.context.startswith("router bgp")
        and re.match(r"(network|aggregate-address|redistribute) ", line.text) is not None
    )


def _finding(around: Surroundings, change: _Change) -> StateFinding:
    line = change.line
    if line.context.startswith("interface ") or (not line.context and line.text.startswith("interface ")):
        return _of_interface(around, change)
    for pattern, metric in _METRICS:
        if pattern.match(line.whole):
            found = metric if isinstance(metric, EvidenceMetric) else metric(change)
            return around.node(found, _sentence(change, found), *change.paths)
    return around.node(EvidenceMetric.ROUTING_CONFIG, change.sentence, *change.paths)


def _sentence(change: _Change, metric: EvidenceMetric) -> str:
    before, after = change.before, change.after
    if metric is EvidenceMetric.BGP_ASN and before and after:
        return f"BGP has the number of another system: `{after.text}`; approved is `{before.text}`"
    if metric is EvidenceMetric.BGP_NETWORKS:
        return f"the router no longer announces what is approved: `{change.line.text}` is gone"
    if metric is EvidenceMetric.BGP_EXTRA_NETWORKS:
        return f"the router announces what is not approved: `{change.line.text}`"
    return change.sentence


def _of_interface(around: Surroundings, change: _Change) -> StateFinding:
    name = (change.line.context or change.line.text).split()[1]
    text = change.line.text
    metric = EvidenceMetric.ROUTING_CONFIG
    if re.match(r"(ip|ipv6) address ", text):
        if name == "lo" and change.before is None:
            return around.node(EvidenceMetric.BGP_EXTRA_NETWORKS, change.sentence, *change.paths)
        return around.interface(name, EvidenceMetric.ADDRESS, change.sentence, *change.paths)
    if text in ("shutdown", "no shutdown"):
        return around.interface(name, EvidenceMetric.ENABLED, change.sentence, *change.paths)
    if re.match(r"ipv?6? ospf6? area ", text):
        metric = EvidenceMetric.OSPF_AREAS if change.before and change.after else EvidenceMetric.OSPF_NETWORKS
    elif re.match(r"ipv?6? ospf6? (hello-interval|dead-interval|retransmit-interval|transmit-delay)", text):
        metric = EvidenceMetric.OSPF_TIMERS
    elif re.match(r"ipv?6? ospf6? passive", text):
        metric = EvidenceMetric.OSPF_NETWORKS
    elif re.match(r"(ipv?6? router isis|(no )?isis)\b", text):
        metric = EvidenceMetric.ISIS_CONFIG
    return around.node(metric, change.sentence, *change.paths)


def _of_announcement(change: _Change) -> EvidenceMetric:
    return EvidenceMetric.BGP_NETWORKS if change.after is None else EvidenceMetric.BGP_EXTRA_NETWORKS


def _of_number(change: _Change) -> EvidenceMetric:
    return EvidenceMetric.BGP_ASN if change.before and change.after else EvidenceMetric.ROUTING_CONFIG


def _of_area(change: _Change) -> EvidenceMetric:
    return EvidenceMetric.OSPF_AREAS if change.before and change.after else EvidenceMetric.OSPF_NETWORKS


def _of_route(change: _Change) -> EvidenceMetric:
    if change.after and INTO_NOTHING.match(change.after.text):
        return EvidenceMetric.BLACKHOLE_ROUTES
    return EvidenceMetric.DEFAULT_ROUTE if DEFAULT_ROUTE.match(change.line.text) else EvidenceMetric.STATIC_ROUTES


_BGP = r"router bgp .* > "
_METRICS: tuple[tuple[re.Pattern[str], EvidenceMetric | Callable[[_Change], EvidenceMetric]], ...] = (
    (re.compile(r"router bgp \d+( vrf \S+)?$"), _of_number),
    (re.compile(rf"{_BGP}(network|aggregate-address|redistribute) "), _of_announcement),
    (re.compile(rf"{_BGP}neighbor \S+ maximum-prefix"), EvidenceMetric.BGP_LIMITS),
    (re.compile(rf"{_BGP}neighbor \S+ (route-map|prefix-list|filter-list|distribute-list)"), EvidenceMetric.BGP_POLICY),
    (re.compile(rf"{_BGP}(no )?neighbor "), EvidenceMetric.BGP_NEIGHBORS),
    (re.compile(rf"{_BGP}(no )?bgp ebgp-requires-policy"), EvidenceMetric.BGP_POLICY),
    (re.compile(rf"route-map .* > (match|set) {COMMUNITY}"), EvidenceMetric.BGP_COMMUNITIES),
    (re.compile(r"bgp (large-|ext)?community-list "), EvidenceMetric.BGP_COMMUNITIES),
    (
        re.compile(r"(route-map|ip prefix-list|ipv6 prefix-list|(ipv6 )?access-list|bgp as-path) "),
        EvidenceMetric.BGP_POLICY,
    ),
    (re.compile(r"router ospf6?.* > network "), _of_area),
    (re.compile(r"router ospf6?.* > area "), EvidenceMetric.OSPF_AREAS),
    (re.compile(r"router ospf6?.* > timers "), EvidenceMetric.OSPF_TIMERS),
    (re.compile(r"router ospf6?.* > (no )?passive-interface"), EvidenceMetric.OSPF_NETWORKS),
    (re.compile(r"router isis\b"), EvidenceMetric.ISIS_CONFIG),
    (re.compile(r"(vrf \S+ > )?ipv?6? route "), _of_route),
    (re.compile(r"(no )?ipv?6? forwarding"), EvidenceMetric.FORWARDING),
)
