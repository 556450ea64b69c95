"""Whatever tick a detector dies at, each anomaly is raised once and cleared once over the whole run."""

from __future__ import annotations

from collections import Counter
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from services.detector.core import Detector, Happening, Published, reconcile
from shared.domain.config import Thresholds
from shared.domain.events import Anomaly, AnomalyCleared, AnomalyRaised
from shared.domain.kinds import IncidentState
from shared.domain.telemetry import TICK_SECONDS, Tick
from shared.testing import anomaly, cleared, incident, member
from tests.services.detector.synthetic import START, Synthetic

REPLAY = round(90 / TICK_SECONDS)
LENGTH = 1_200
FIRST_KILL, LAST_KILL = 420, 1_150
LONGEST_GAP = 24
"""Ticks between a kill and the successor's first word: six seconds."""


def eventful(tick: int, element: str, metric: str, value: float) -> float | None:
    """Lay faults of each sort onto the telemetry, some short, some long, some one after the other."""
    if element == "node-1" and metric == "cpu_usage" and (500 <= tick < 640 or 700 <= tick < 712):
        return value + 55  # beyond two thirds of the spare room: less is no harm
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


def identity(happening: Happening) -> tuple[str, str, str]:
    element = happening.about
    metric = happening.anomaly.metric if isinstance(happening, AnomalyRaised) else happening.metric
    return happening.subject, element, metric


@cache
def unbroken() -> Counter[tuple[str, str, str]]:
    detector = Detector(Thresholds())
    return Counter(identity(h) for tick in telemetry() for h in detector.observe(tick))


def run_with_kills(kills: list[tuple[int, int]]) -> list[Happening]:
    """Return what the stream holds in the end: each kill is (last tick that was judged, ticks until the successor)."""
    stream: list[Happening] = []
    detector, begin = Detector(Thresholds()), 0
    for last, gap in [*kills, (LENGTH, 0)]:
        stream += [h for tick in telemetry()[begin : last + 1] for h in detector.observe(tick)]
        if last == LENGTH:
            break
        detector, published, begin = Detector(Thresholds()), Published(), last + 1 + gap
        for happening in stream:
            published.note(happening)
        replayed = [h for tick in telemetry()[max(0, begin - REPLAY) : begin] for h in detector.observe(tick)]
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
    ids = Counter(happening.id for happening in stream)
    assert set(ids.values()) == {1}
    raised: set[str] = set()
    for happening in stream:
        if isinstance(happening, AnomalyRaised):
            raised.add(happening.id)
        else:
            assert happening.anomaly_id in raised


def test_the_unbroken_run_has_something_of_each_sort() -> None:
    assert {metric for _, _, metric in unbroken()} == {"cpu_usage", "reachable", "memory_usage", "up", "latency"}
    assert sum(count for (subject, _, _), count in unbroken().items() if subject == "anomaly.raised") == 8


def test_what_the_stream_holds_open_keeps_its_identity_and_is_cleared_when_it_is_over() -> None:
    first = Detector(Thresholds())
    said = [h for tick in telemetry()[:520] for h in first.observe(tick)]
    published = Published()
    for happening in said:
        published.note(happening)
    second = Detector(Thresholds())
    second.adopt(published.open())
    later = [h for tick in telemetry()[510:1_000] for h in second.observe(tick)]
    cpu = next(a for a in first.open() if a.metric == "cpu_usage")
    assert next(h.anomaly_id for h in later if isinstance(h, AnomalyCleared) and h.about == "node-1") == cpu.id


def test_what_hears_everything_twice_says_the_same() -> None:
    detector = Detector(Thresholds())
    said = [h for tick in telemetry()[:900] for h in detector.observe(tick)]
    once, twice = Published(), Published()
    for happening in said:
        once.note(happening)
    for happening in [*said, *said]:
        twice.note(happening)
    assert once.open() == twice.open() == detector.open()


LONG_AGO = START - 7_200


def held(element: str, metric: str = "cpu_usage") -> Anomaly:
    """An anomaly of two hours before the first tick."""
    return anomaly(element, metric, LONG_AGO)


def test_what_an_open_incident_holds_is_cleared_although_the_stream_forgot_it() -> None:
    old = [held("node-1"), held("node-2", "reachable"), held("node-1--node-2", "up")]
    published, successor = Published(), Detector(Thresholds())
    published.hold(incident(old))
    first, *later = list(Synthetic().ticks(8))
    assert reconcile(successor, successor.observe(first), published) == []
    assert successor.open() == sorted(old, key=lambda a: (a.at, a.id)), "the stream's identity, though never seen here"
    said = [h for tick in later for h in successor.observe(tick)]
    assert sorted(h.id for h in said) == sorted(f"{a.id}.cleared" for a in old)


def test_what_an_open_incident_holds_and_is_still_so_is_not_raised_again() -> None:
    old = held("node-1")
    published, successor = Published(), Detector(Thresholds())
    published.hold(incident([old]))
    hot = Synthetic(effect=lambda _t, e, m, v: v + 60 if (e, m) == ("node-1", "cpu_usage") else v)
    first, *later = list(hot.ticks(20))
    said = reconcile(successor, successor.observe(first), published)
    assert said + [h for tick in later for h in successor.observe(tick)] == []
    assert successor.open() == [old]


def test_the_stream_knows_better_than_a_record_that_lags_behind() -> None:
    old, new = held("node-1"), anomaly("node-1", "cpu_usage", LONG_AGO + 100)
    published = Published()
    published.hold(incident([old, member(held("node-2"), cleared_at=LONG_AGO + 5)]))
    published.hold(incident([held("node-3")], state=IncidentState.RESOLVED))
    assert published.open() == [old]
    for happening in (AnomalyRaised(anomaly=old), cleared(old), AnomalyRaised(anomaly=new)):
        published.note(happening)
    assert published.open() == [new]
    published.note(cleared(new))
    assert published.open() == []


def test_an_older_anomaly_of_the_stream_does_not_hide_the_one_that_an_incident_holds() -> None:
    old, latest = held("node-1"), anomaly("node-1", "cpu_usage", LONG_AGO + 100)
    published = Published()
    published.hold(incident([latest]))
    for happening in (AnomalyRaised(anomaly=old), cleared(old)):
        published.note(happening)
    assert published.open() == [latest]
