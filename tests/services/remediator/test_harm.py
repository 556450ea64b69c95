"""The remediator's own look: whatever telemetry holds and lacks, it answers, and what it cannot know it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.remediator.core.evidence import Evidence
from services.remediator.core.harm import Look
from services.remediator.gate import Proof
from shared.config import Thresholds
from shared.kinds import FaultKind
from tests.services.remediator.build import NETWORK, QUIET, T0, cause, telemetry

NODE, LINK = "server-1", "core-router-1--core-router-2"
OF_LINKS = (FaultKind.LINK_DOWN, FaultKind.LINK_FLAP, FaultKind.CONGESTION)
EXAMPLES = 100


def look(samples: dict[float, dict[str, float]]) -> Look:
    """Look at T0 at a network of which ticks were seen so many seconds ago, with these values beside quiet ones."""
    evidence = Evidence(NETWORK)
    for ago in sorted(samples, reverse=True):
        for tick in telemetry(T0 - ago, {**QUIET, **samples[ago]}):
            evidence.take(tick.partition, tick, T0 - ago)
    return Look(evidence, NETWORK, Thresholds(), T0)


values = st.floats(0, 100)
ticks = st.fixed_dictionaries({name: values for name in QUIET if name not in ("reachable", "up")})


@settings(max_examples=EXAMPLES, deadline=None)
@given(samples=st.dictionaries(st.floats(0, 300), ticks, max_size=12), kind=st.sampled_from(FaultKind))
def test_a_look_answers_whatever_was_seen(samples: dict[float, dict[str, float]], kind: FaultKind) -> None:
    finding = look(samples).of(cause(LINK if kind in OF_LINKS else NODE, kind, ()))
    assert finding.reason
    if not samples:
        assert finding.proof is Proof.UNKNOWN


LONG_AGO = (200.0, 150.0, 100.0, 60.0, 30.0)
NOW = tuple(tick / 4 for tick in range(13))


@pytest.mark.parametrize(
    ("lately", "pace", "proof"),
    [((14.0, 4.0), 0.6, Proof.PROVED), ((14.0, 4.0), 0.0, Proof.HARMLESS), ((4.0,), 0.6, Proof.UNKNOWN)],
    ids=["it still grows", "it has stopped", "nobody looked while it grew"],
)
def test_memory_that_has_grown_is_harm_only_where_it_still_grows(
    lately: tuple[float, ...], pace: float, proof: Proof
) -> None:
    usual = {ago: {"memory_usage": 40.0} for ago in LONG_AGO}
    grown = {ago: {"memory_usage": 58.0 - pace * ago} for ago in (*lately, *NOW)}
    finding = look(usual | grown).of(cause(NODE, FaultKind.HIGH_MEMORY, ()))
    assert finding.proof is proof, finding
