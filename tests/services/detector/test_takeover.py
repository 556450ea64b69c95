"""At whatever tick a detector stops, each anomaly is raised once and cleared once over the whole run."""

from __future__ import annotations

from collections import Counter
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from services.detector.core import AnomalyEvent, Detector, Published, reconcile
from shared.domain.config import Thresholds
from shared.domain.events import Anomaly, AnomalyCleared, AnomalyRaised
from shared.domain.kinds import IncidentState
from shared.domain.telemetry import TICK_SECONDS, Tick
from shared.testing import anomaly, cleared, incident, member
from tests.services.detector.synthetic import START, Synthetic, observed

REPLAY = round(90 / TICK_SECONDS)
LENGTH = 1_200
FIRST_KILL, LAST_KILL = 420, 1_150
LONGEST_GAP = 24
"""Ticks between a kill and the successor's first event: six seconds."""


def eventful(tick: int, element: str, metric: str, value: float) -> float | None:
    if element == "node-1" and metric == "cpu_usage" and (500 <= tick < 640 or 700 <= tick < 712):
        return value + 55  # beyond two thirds of the spare room: less is no anomaly
    if element == "node-2" and 560 <= tick < 600:
        return 0.0 if metric == "reachable" else None
    if element == "node-3" and metric == "memory_usage" and 500 <= tick < 640:
        return value + (tick - 500) * TICK_SECONDS * 0.9
    if element == "node-1--node-2" and metric == "up" and (460 <= tick < 480 or 760 <= tick < 900):
        return 0.0
    if element == "node-2--node-3" and metric == "up" and 600 <= tick < 700:
        return float((tick - 600) % 4 >= 2)
    if element == "node-3--node-4" and metric == "latency" and tick >= 800:
        return value + 25
    return value


@cache
def telemetry() -> list[Tick]:
    return list(Synthetic(effect=eventful, missing=0.01).ticks(LENGTH))


def identity(event: AnomalyEvent) -> tuple[str, str, str]:
    element = event.about
    metric = event.anomaly.metric if isinstance(event, AnomalyRaised) else event.metric
    return event.subject, element, metric


@cache
def unbroken() -> Counter[tuple[str, str, str]]:
    detector = Detector(Thresholds())
    return Counter(map(identity, observed(detector, telemetry())))


def run_with_kills(kills: list[tuple[int, int]]) -> list[AnomalyEvent]:
    """Return all published events; each kill is (last judged tick, ticks until the successor)."""
    stream: list[AnomalyEvent] = []
    detector, begin = Detector(Thresholds()), 0
    for last, gap in [*kills, (LENGTH, 0)]:
        stream += observed(detector, telemetry()[begin : last + 1])
        if last == LENGTH:
            break
        detector, published, begin = Detector(Thresholds()), Published(), last + 1 + gap
        for event in stream:
            published.note(event)
        replayed = observed(detector, telemetry()[max(0, begin - REPLAY) : begin])
        stream += reconcile(detector, replayed, published)
    return stream


kill = st.tuples(st.integers(FIRST_KILL, LAST_KILL), st.integers(1, LONGEST_GAP))


@settings(max_examples=60, deadline=None)
@given(st.lists(kill, min_size=1, max_size=2))
def test_after_a_takeover_each_anomaly_was_raised_once_and_cleared_once(kills: list[tuple[int, int]]) -> None:
    kills = sorted(kills)
    if len(kills) > 1 and kills[1][0] <= kills[0][0] + kills[0][1]:
        kills = kills[:1]
    stream = run_with_kills(kills)
    assert Counter(map(identity, stream)) == unbroken()
    ids = Counter(event.id for event in stream)
    assert set(ids.values()) == {1}
    raised: set[str] = set()
    for event in stream:
        if isinstance(event, AnomalyRaised):
            raised.add(event.id)
        else:
            assert event.anomaly_id in raised


def test_the_run_without_a_kill_has_anomalies_of_each_sort() -> None:
    assert {metric for _, _, metric in unbroken()} == {"cpu_usage", "reachable", "memory_usage", "up", "latency"}
    assert sum(count for (subject, _, _), count in unbroken().items() if subject == "anomaly.raised") == 8


def test_an_adopted_anomaly_keeps_its_identity_and_is_cleared_when_it_ends() -> None:
    first = Detector(Thresholds())
    events = observed(first, telemetry()[:520])
    published = Published()
    for event in events:
        published.note(event)
    second = Detector(Thresholds())
    second.adopt(published.open())
    later = observed(second, telemetry()[510:1_000])
    cpu = next(a for a in first.open() if a.metric == "cpu_usage")
    clearings = (event for event in later if isinstance(event, AnomalyCleared))
    assert next(event.anomaly_id for event in clearings if event.about == "node-1") == cpu.id


def test_a_repeated_event_does_not_change_what_is_open() -> None:
    detector = Detector(Thresholds())
    events = observed(detector, telemetry()[:900])
    once, twice = Published(), Published()
    for event in events:
        once.note(event)
    for event in [*events, *events]:
        twice.note(event)
    assert once.open() == twice.open() == detector.open()


LONG_AGO = START - 7_200


def held(element: str, metric: str = "cpu_usage") -> Anomaly:
    return anomaly(element, metric, LONG_AGO)


def test_an_open_member_of_an_incident_is_cleared_although_the_stream_has_lost_it() -> None:
    old = [held("node-1"), held("node-2", "reachable"), held("node-1--node-2", "up")]
    published, successor = Published(), Detector(Thresholds())
    published.note_incident(incident(old))
    first, *later = list(Synthetic().ticks(8))
    assert reconcile(successor, successor.observe(first), published) == []
    assert successor.open() == sorted(old, key=lambda a: (a.at, a.id)), "they have the published identity"
    events = observed(successor, later)
    assert sorted(event.id for event in events) == sorted(f"{a.id}.cleared" for a in old)


def test_an_open_member_that_is_still_out_of_line_is_not_raised_again() -> None:
    old = held("node-1")
    published, successor = Published(), Detector(Thresholds())
    published.note_incident(incident([old]))
    hot = Synthetic(effect=lambda _t, e, m, v: v + 60 if (e, m) == ("node-1", "cpu_usage") else v)
    first, *later = list(hot.ticks(20))
    events = reconcile(successor, successor.observe(first), published)
    assert events + observed(successor, later) == []
    assert successor.open() == [old]


def test_the_stream_overrules_an_incident_record_that_is_older() -> None:
    old, new = held("node-1"), anomaly("node-1", "cpu_usage", LONG_AGO + 100)
    published = Published()
    published.note_incident(incident([old, member(held("node-2"), cleared_at=LONG_AGO + 5)]))
    published.note_incident(incident([held("node-3")], state=IncidentState.RESOLVED))
    assert published.open() == [old]
    for event in (AnomalyRaised(anomaly=old), cleared(old), AnomalyRaised(anomaly=new)):
        published.note(event)
    assert published.open() == [new]
    published.note(cleared(new))
    assert published.open() == []


def test_an_older_anomaly_of_the_stream_does_not_hide_a_newer_one_of_an_incident() -> None:
    old, latest = held("node-1"), anomaly("node-1", "cpu_usage", LONG_AGO + 100)
    published = Published()
    published.note_incident(incident([latest]))
    for event in (AnomalyRaised(anomaly=old), cleared(old)):
        published.note(event)
    assert published.open() == [latest]
