"""Builders, and a bench around one remediator core: tests feed it messages and read the events that it publishes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from services.remediator.core import GateLimits, Remediator
from shared.domain.catalogue import metrics_of
from shared.domain.events import (
    Action,
    Anomaly,
    Cause,
    DiagnosisMade,
    Event,
    Execute,
    Executed,
    Incident,
    IncidentOpened,
    IncidentResolved,
    IncidentUpdated,
    Member,
    Proposal,
    RemediationEscalated,
    RemediationEvent,
)
from shared.domain.instant import iso
from shared.domain.kinds import ActionKind, ElementKind, FaultKind, IncidentState, Mode, Resolution, Severity
from shared.domain.telemetry import Tick, split
from shared.domain.topology import default_topology, partitions_for
from shared.testing import EVERYTHING
from shared.testing import telemetry as ticks_of

NETWORK = default_topology()
PARTITIONS = partitions_for(NETWORK)
T0 = 1_000.0
QUIET: Mapping[str, float] = {
    "cpu_usage": 30.0,
    "memory_usage": 40.0,
    "latency": 5.0,
    "packet_loss": 0.0,
    "throughput": 100.0,
    "reachable": 1.0,
    "utilization": 20.0,
    "up": 1.0,
    "admin_up": 1.0,
    "transitions": 0.0,
}
BROKEN: Mapping[str, float] = {
    "cpu_usage": 95.0,
    "memory_usage": 95.0,
    "latency": 90.0,
    "packet_loss": 20.0,
    "throughput": 100.0,
    "reachable": 0.0,
    "utilization": 99.0,
    "up": 0.0,
    "admin_up": 1.0,
    "transitions": 0.0,
}


def telemetry(
    at: float, values: Mapping[str, float] = QUIET, but: Mapping[tuple[str, str], float | None] | None = None
) -> list[Tick]:
    """`values`: the value of each metric; `but`: the exceptions."""
    some = but or {}

    def column(names: list[str], metric: str) -> list[float | None]:
        return [some.get((name, metric), values[metric]) for name in names]

    return [
        ticks_of(
            int(at * 4),
            at=at,
            nodes=(nodes, {spec.name: column(nodes, spec.name) for spec in metrics_of(ElementKind.NODE)}),
            links=(links, {spec.name: column(links, spec.name) for spec in metrics_of(ElementKind.LINK)}),
            partition=partition,
        )
        for partition, (nodes, links) in split(NETWORK, PARTITIONS).items()
    ]


FITS = {
    FaultKind.HIGH_CPU: (ActionKind.RESTART_PROCESS, ActionKind.REBOOT_NODE),
    FaultKind.HIGH_MEMORY: (ActionKind.CLEAR_CACHE, ActionKind.RESTART_PROCESS, ActionKind.REBOOT_NODE),
    FaultKind.HIGH_LATENCY: (ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
    FaultKind.PACKET_LOSS: (ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
    FaultKind.NODE_DOWN: (ActionKind.REBOOT_NODE,),
    FaultKind.LINK_DOWN: (ActionKind.ENABLE_LINK, ActionKind.OPTIMIZE_ROUTING),
    FaultKind.LINK_FLAP: (ActionKind.RESET_INTERFACE, ActionKind.OPTIMIZE_ROUTING),
    FaultKind.CONGESTION: (ActionKind.RATE_LIMIT, ActionKind.OPTIMIZE_ROUTING),
}


def anomaly(element: str, metric: str, since: float = T0) -> Anomaly:
    return Anomaly(
        id=f"{element}.{metric}.{int(since * 4)}",
        element=element,
        metric=metric,
        value=95,
        expected=30,
        threshold=80,
        score=9,
        severity=Severity.CRITICAL,
        since=since,
        at=since + 0.5,
    )


def cause(
    element: str, kind: FaultKind, members: Iterable[str] = (), confidence: float = 0.9, actions: object = None
) -> Cause:
    kinds: Iterable[ActionKind] = FITS[kind] if actions is None else actions  # type: ignore[assignment]
    return Cause(
        element=element,
        kind=kind,
        confidence=confidence,
        members=tuple(members),
        actions=tuple(Proposal(action=action, target=element) for action in kinds),
    )


class Trouble:
    """An incident as correlator and rca report it."""

    def __init__(self, *elements: tuple[str, str], since: float = T0, id: str = "") -> None:
        self.members = [Member(anomaly=anomaly(e, m, since), why="test") for e, m in elements]
        self.id = id or self.members[0].anomaly.id
        self.since = since
        self.revision = 0
        self.state = IncidentState.OPEN

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(member.anomaly.id for member in self.members)

    def opened(self) -> IncidentOpened:
        return IncidentOpened(incident=self._incident(self.since + 0.5))

    def join(self, element: str, metric: str, since: float) -> IncidentUpdated:
        self.members.append(Member(anomaly=anomaly(element, metric, since), why="test"))
        return IncidentUpdated(incident=self._incident(since + 0.5))

    def clear(self, at: float, *ids: str) -> IncidentUpdated:
        chosen = ids or self.ids
        self.members = [
            m.model_copy(update={"cleared": at}) if m.anomaly.id in chosen and m.open else m for m in self.members
        ]
        return IncidentUpdated(incident=self._incident(at))

    def resolve(self, at: float, merged_into: str | None = None) -> IncidentResolved:
        self.state = IncidentState.RESOLVED
        how = Resolution.MERGED if merged_into else Resolution.AUTO_RESOLVED
        more = {"resolved": at, "resolution": how, "merged_into": merged_into}
        return IncidentResolved(incident=self._incident(at).model_copy(update=more))

    def diagnosis(self, at: float, *causes: Cause, revision: int | None = None) -> DiagnosisMade:
        return DiagnosisMade(incident_id=self.id, revision=revision or self.revision, at=at, causes=causes)

    def _incident(self, at: float) -> Incident:
        self.revision += 1
        return Incident(
            id=self.id,
            revision=self.revision,
            state=self.state,
            severity=Severity.CRITICAL,
            pattern="test",
            onset=self.since,
            opened=self.since + 0.5,
            updated=at,
            members=tuple(self.members),
        )


FAILED = "the remediator failed on this incident"


class Bench:
    """One core, its clock, and all events that it published. By default its telemetry shows everything broken."""

    def __init__(self, mode: Mode = Mode.AUTO, limits: GateLimits | None = None, now: float = T0) -> None:
        self.core = Remediator(NETWORK, limits or GateLimits(), mode)
        self.core.known.offered = EVERYTHING
        self.now = now
        self.shows: list[Tick] | None = telemetry(now, BROKEN)
        for ago in range(200, 20, -20):
            self.see(telemetry(now - ago))
        self.may_fail = False
        self.holders: dict[str, str] = {}
        self.published: list[Event] = []
        self.when: list[float] = []

    def see(self, ticks: list[Tick]) -> None:
        for tick in ticks:
            self.core.observe(tick.partition, tick, tick.instant)

    def look(self) -> None:
        self.see([replace(tick, at=iso(self.now)) for tick in self.shows or ()])

    def receive(self, *events: Event) -> list[Event]:
        self.look()
        out: list[Event] = []
        for event in events:
            out += [*self.core.absorb(event, self.now), *self.claim()]
        return self._record(out)

    def until(self, instant: float) -> list[Event]:
        """Advance the clock as a shell would: only to the times at which something is due."""
        out: list[Event] = []
        while (due := self.core.next_due(self.now)) is not None and due <= instant:
            assert due > self.now or not out, "a due time that is not in the future would never let a shell sleep"
            self.now = max(self.now, due)
            self.look()
            out += [*self.core.advance(self.now), *self.claim()]
            after = self.core.next_due(self.now)
            assert after is None or after > self.now, f"due at {after}, and it is {self.now}"
        self.now = max(self.now, instant)
        self.look()
        return self._record([*out, *self.core.advance(self.now), *self.claim()])

    def claim(self) -> list[Event]:
        """Answer the claims as a shell does; `holders` maps a target to the action of another process that holds it."""
        out: list[Event] = []
        while asked := self.core.claims():
            for action in asked:
                out += self.core.claimed(action, self.holders.get(action.target), self.now)
        return out

    def ran(
        self, action: Action | str, took_effect: float | None = None, ran: bool = True, **more: object
    ) -> list[Event]:
        id_ = action if isinstance(action, str) else action.id
        effect = self.now if took_effect is None else took_effect
        answer = Executed(action_id=id_, incident_id="x", fence=1, ran=ran, took_effect=effect if ran else None)
        return self.receive(answer.model_copy(update=more))

    @property
    def commands(self) -> list[Execute]:
        return [event for event in self.published if isinstance(event, Execute)]

    @property
    def steps(self) -> list[str]:
        """The published events in short form, such as `a1 proposed`."""
        return [short(event) for event in self.published]

    def _record(self, out: list[Event]) -> list[Event]:
        failed = [event.reason for event in out if isinstance(event, RemediationEscalated) and FAILED in event.reason]
        assert self.may_fail or not failed, failed
        self.published += out
        self.when += [self.now] * len(out)
        return out


def short(event: Event) -> str:
    name = event.subject.partition(".")[2]
    if isinstance(event, RemediationEvent):
        return f"a{event.action.attempt} {name}"
    if isinstance(event, Execute):
        return f"a{event.action_id.rpartition('.a')[2]} {'revert' if event.revert else name}"
    return name


def shorts(events: Iterable[Event]) -> list[str]:
    return [short(event) for event in events]
