"""The remediator's own telemetry: a finding for all that it contains or lacks, and UNKNOWN if it is not enough."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.remediator.core.evidence import Evidence
from services.remediator.core.harm import Look
from services.remediator.gate import Proof
from shared.domain.config import Thresholds
from shared.domain.events import RemediationBlocked, RemediationProposed
from shared.domain.kinds import ActionKind, FaultKind, Mode
from tests.services.remediator.build import NETWORK, QUIET, T0, Bench, Trouble, cause, telemetry

NODE, LINK = "server-1", "core-router-1--core-router-2"
OF_LINKS = (FaultKind.LINK_DOWN, FaultKind.LINK_FLAP, FaultKind.CONGESTION)
EXAMPLES = 100


def look(samples: dict[float, dict[str, float]]) -> Look:
    """Return a look at T0. `samples`: the age of each tick, and its values where they differ from quiet ones."""
    evidence = Evidence(NETWORK)
    for ago in sorted(samples, reverse=True):
        for tick in telemetry(T0 - ago, {**QUIET, **samples[ago]}):
            evidence.take(tick.partition, tick, T0 - ago)
    return Look(evidence, NETWORK, Thresholds(), T0)


values = st.floats(0, 100)
ticks = st.fixed_dictionaries({name: values for name in QUIET if name not in ("reachable", "up")})


@settings(max_examples=EXAMPLES, deadline=None)
@given(samples=st.dictionaries(st.floats(0, 300), ticks, max_size=12), kind=st.sampled_from(tuple(FaultKind)))
def test_a_look_gives_a_finding_for_any_telemetry(samples: dict[float, dict[str, float]], kind: FaultKind) -> None:
    finding = look(samples).of(cause(LINK if kind in OF_LINKS else NODE, kind, ()))
    assert finding.reason
    if not samples:
        assert finding.proof is Proof.UNKNOWN


LONG_AGO = (200.0, 150.0, 100.0, 60.0, 30.0)
NOW = tuple(tick / 4 for tick in range(13))


@pytest.mark.parametrize(
    ("lately", "pace", "proof"),
    [((14.0, 4.0), 0.6, Proof.PROVED), ((14.0, 4.0), 0.0, Proof.HARMLESS), ((4.0,), 0.6, Proof.UNKNOWN)],
    ids=["it still grows", "it has stopped", "no samples while it grew"],
)
def test_memory_that_has_grown_is_harm_only_where_it_still_grows(
    lately: tuple[float, ...], pace: float, proof: Proof
) -> None:
    usual = {ago: {"memory_usage": 40.0} for ago in LONG_AGO}
    grown = {ago: {"memory_usage": 58.0 - pace * ago} for ago in (*lately, *NOW)}
    finding = look(usual | grown).of(cause(NODE, FaultKind.HIGH_MEMORY, ()))
    assert finding.proof is proof, finding


def test_a_fault_never_becomes_usual() -> None:
    evidence = Evidence(NETWORK)

    def see(ago: float, latency: float) -> None:
        for tick in telemetry(T0 - ago, {**QUIET, "latency": latency}):
            evidence.take(tick.partition, tick, T0 - ago)

    def proof(of: float = 0.0) -> Proof:
        return Look(evidence, NETWORK, Thresholds(), T0 - of).of(cause(LINK, FaultKind.HIGH_LATENCY, ())).proof

    for ago in range(1400, 1000, -20):
        see(ago, QUIET["latency"])
    evidence.begin_trouble("i", [("core-router-1", "latency")], T0 - 1000)  # a link suffers with its node
    for ago in range(1000, 400, -20):
        see(ago, QUIET["latency"] + 40)
        assert proof(ago) is Proof.PROVED, f"after {1000 - ago} s"
    evidence.end_trouble("i", T0 - 400)
    for ago in (400, 380, 360):
        see(ago, QUIET["latency"])
        assert proof(ago) is Proof.NOT_SEEN
    evidence.begin_trouble("j", [(LINK, "latency")], T0 - 350)
    see(340, QUIET["latency"] + 40)
    assert proof(340) is Proof.PROVED, "what was usual before the first trouble still is"


def test_samples_of_an_open_incident_do_not_count_as_usual() -> None:
    bench = Bench(Mode.APPROVE)
    bench.shows = telemetry(T0, {**QUIET, "latency": QUIET["latency"] + 40})
    trouble = Trouble((LINK, "latency"))
    bench.receive(trouble.opened(), trouble.diagnosis(T0, cause(LINK, FaultKind.HIGH_LATENCY, trouble.ids)))
    for _ in range(30):
        bench.until(bench.now + 20)
    assert bench.core.known.evidence.usual(LINK, "latency") == QUIET["latency"]
    waiting = next(event.action.id for event in bench.published if isinstance(event, RemediationProposed))
    bench.core.approve(waiting, "sam", bench.now)
    assert [run.id for run in bench.core.actions() if run.started is not None] == [waiting]
    bench.receive(trouble.clear(bench.now), trouble.resolve(bench.now))
    for _ in range(6):
        bench.until(bench.now + 20)
    assert bench.core.known.evidence.usual(LINK, "latency") == QUIET["latency"] + 40


def test_usual_values_are_known_in_a_young_network_with_open_incidents() -> None:
    evidence = Evidence(NETWORK)

    def see(at: float, **values: float) -> None:
        for tick in telemetry(T0 + at, {**QUIET, **values}):
            evidence.take(tick.partition, tick, T0 + at)

    for at in range(12):
        see(at)
    evidence.begin_trouble("i", [("core-router-1", "latency")], T0 + 12)
    for at in range(12, 100):
        see(at, latency=60.0, memory_usage=QUIET["memory_usage"] + 1)
    assert evidence.usual("core-router-1", "latency") == QUIET["latency"]
    assert evidence.usual("core-router-1", "memory_usage") == QUIET["memory_usage"] + 1, "load is judged apart"


def test_few_samples_from_before_an_incident_count_as_usual_after_a_start_during_it() -> None:
    evidence = Evidence(NETWORK)
    for at in (0.0, 20.0):
        for tick in telemetry(T0 + at):
            evidence.remember(tick.partition, [tick])
    evidence.begin_trouble("i", [(LINK, "packet_loss")], T0 + 29)
    assert evidence.usual(LINK, "packet_loss") is None, "nothing was seen but two samples"
    for at in range(30, 60):
        for tick in telemetry(T0 + at, {**QUIET, "packet_loss": 7.8}):
            evidence.take(tick.partition, tick, T0 + at)
    assert evidence.usual(LINK, "packet_loss") == QUIET["packet_loss"]


def test_a_flap_before_an_action_is_no_harm_after_it() -> None:
    evidence = Evidence(NETWORK)
    for ago in range(8, -1, -1):
        for tick in telemetry(T0 - ago / 4, but={(LINK, "up"): 0.0 if ago > 4 else 1.0}):
            evidence.take(tick.partition, tick, T0 - ago / 4)
    flap = cause(LINK, FaultKind.LINK_FLAP, ())
    assert Look(evidence, NETWORK, Thresholds(), T0).of(flap).proof is Proof.PROVED
    assert Look(evidence, NETWORK, Thresholds(), T0, since=T0 - 1.25).of(flap).proof is Proof.NOT_SEEN
    assert Look(evidence, NETWORK, Thresholds(), T0, since=T0).of(flap).proof is Proof.UNKNOWN


def test_a_tick_without_a_value_of_an_element_is_no_newer_sample_of_it() -> None:
    evidence = Evidence(NETWORK)
    for at, up in ((0.0, 1.0), (0.25, None)):
        for tick in telemetry(T0 + at, but={(LINK, "up"): up}):
            evidence.take(tick.partition, tick, T0 + at)
    assert evidence.newest(LINK) == T0 + 0.25
    assert evidence.newest_of(LINK, T0 + 0.25) == T0
    assert evidence.newest_of("core-router-1", T0 + 0.25) == T0 + 0.25


def test_harm_seen_before_the_last_action_there_starts_no_action() -> None:
    bench, first = Bench(), Trouble((LINK, "up"))
    bench.receive(first.opened(), first.diagnosis(T0, cause(LINK, FaultKind.LINK_FLAP, first.ids)))
    bench.until(T0 + 0.5)
    bench.shows = telemetry(bench.now)
    bench.ran(bench.commands[0].action_id)
    bench.now += 0.25
    bench.receive(first.clear(bench.now))
    second = Trouble((LINK, "packet_loss"), since=bench.now)
    flap = cause(LINK, FaultKind.LINK_FLAP, second.ids, actions=[ActionKind.OPTIMIZE_ROUTING])
    bench.receive(second.opened(), second.diagnosis(bench.now, flap))
    bench.until(bench.now + 1)
    assert [command.kind for command in bench.commands] == [ActionKind.RESET_INTERFACE]
    assert isinstance(bench.published[-1], RemediationBlocked)
    assert "was up in all" in bench.published[-1].reason


# --- how rare the symptoms are, and how long harm lasts


def seen_for(seconds: float, **values: float) -> Evidence:
    """Return what was seen in ten quiet minutes, and then in seconds with these values at every element."""
    evidence = Evidence(NETWORK)
    for ago in range(600, 0, -20):
        for tick in telemetry(T0 - seconds - ago):
            evidence.take(tick.partition, tick, T0 - seconds - ago)
    for quarter in range(int(seconds * 4), -1, -1):
        for tick in telemetry(T0 - quarter / 4, {**QUIET, **values}):
            evidence.take(tick.partition, tick, T0 - quarter / 4)
    return evidence


@pytest.mark.parametrize(
    ("score", "seconds", "proof"),
    [
        (9.0, 1, Proof.PROVED),
        (6.0, 1, Proof.HARMLESS),
        (6.0, 12, Proof.PROVED),
        (2.0, 12, Proof.HARMLESS),
        (2.0, 40, Proof.PROVED),
    ],
)
def test_the_commoner_the_symptoms_the_longer_cpu_load_has_to_last(score: float, seconds: float, proof: Proof) -> None:
    look = Look(seen_for(seconds, cpu_usage=95.0), NETWORK, Thresholds(), T0, score=score)
    assert look.of(cause("server-1", FaultKind.HIGH_CPU, ())).proof is proof


def test_memory_that_is_usually_close_to_its_limit_is_left_to_a_person() -> None:
    evidence = Evidence(NETWORK)
    for ago in range(900, 40, -20):
        for tick in telemetry(T0 - ago, {**QUIET, "memory_usage": 78.0}):
            evidence.take(tick.partition, tick, T0 - ago)
    evidence.begin_trouble("i", [("server-1", "memory_usage")], T0 - 40)
    for quarter in range(160, -1, -1):
        for tick in telemetry(T0 - quarter / 4, {**QUIET, "memory_usage": 95.0}):
            evidence.take(tick.partition, tick, T0 - quarter / 4)
    leak = cause("server-1", FaultKind.HIGH_MEMORY, ())
    common = Look(evidence, NETWORK, Thresholds(), T0, score=2.0).of(leak)
    assert (common.proof, "usually" in common.reason) == (Proof.UNKNOWN, True)
    assert Look(evidence, NETWORK, Thresholds(), T0, score=6.0).of(leak).proof is Proof.PROVED


def test_memory_above_its_threshold_is_no_harm_before_its_past_is_known() -> None:
    evidence, leak = Evidence(NETWORK), cause("server-1", FaultKind.HIGH_MEMORY, ())
    for tick in telemetry(T0, {**QUIET, "memory_usage": 90.0}):
        evidence.take(tick.partition, tick, T0)
    assert Look(evidence, NETWORK, Thresholds(), T0, score=9.0).of(leak).proof is Proof.UNKNOWN


@pytest.mark.parametrize(("usual", "proof"), [(90.0, Proof.HARMLESS), (60.0, Proof.PROVED)])
def test_memory_that_is_usually_above_its_threshold_is_no_harm(usual: float, proof: Proof) -> None:
    evidence, leak = Evidence(NETWORK), cause("server-1", FaultKind.HIGH_MEMORY, ())
    for ago in (*range(900, 20, -20), *range(20, -1, -1)):
        for tick in telemetry(T0 - ago, {**QUIET, "memory_usage": usual if ago > 20 else 92.0}):
            evidence.take(tick.partition, tick, T0 - ago)
    assert Look(evidence, NETWORK, Thresholds(), T0, score=9.0).of(leak).proof is proof


def test_a_spike_of_memory_is_not_on_its_way_to_the_limit() -> None:
    evidence, leak = Evidence(NETWORK), cause("server-1", FaultKind.HIGH_MEMORY, ())
    for quarter in range(4 * 120, -1, -1):
        ago = quarter / 4
        for tick in telemetry(T0 - ago, {**QUIET, "memory_usage": 40.0 + max(0.0, 30.0 - 6 * ago)}):
            evidence.take(tick.partition, tick, T0 - ago)
    assert Look(evidence, NETWORK, Thresholds(), T0, score=6.0).of(leak).proof is Proof.HARMLESS


def test_a_flap_between_the_samples_is_harm() -> None:
    evidence, flap = Evidence(NETWORK), cause(LINK, FaultKind.LINK_FLAP, ())
    for ago in range(5, -1, -1):
        for tick in telemetry(T0 - ago, but={(LINK, "transitions"): 4.0 if ago else 0.0}):
            evidence.take(tick.partition, tick, T0 - ago)
    assert Look(evidence, NETWORK, Thresholds(), T0).of(flap).proof is Proof.PROVED
