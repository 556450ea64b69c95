"""The delay that load adds is learnt from a link's own busy times, or from its peers, and a slow link stays slow."""

from __future__ import annotations

import numpy as np
import pytest

from services.detector.core.layout import Floats
from services.detector.core.queueing import KNOWN, Queueing

LINKS = 3
USUAL = np.full(LINKS, 40.0)
UNKNOWN = np.zeros(LINKS)
HEALTHY = np.full(LINKS, True)
SERVICE_MS = 0.5


def waiting(load: float) -> float:
    """The delay that load adds to a queue of M/M/1, beyond that at the usual load."""
    return SERVICE_MS * (load / (100 - load) - USUAL[0] / (100 - USUAL[0]))


def of_each(value: float) -> Floats:
    return np.full(LINKS, value)


def busy(beats: int, load: float = 80.0) -> Queueing:
    queueing = Queueing()
    queueing.rebuild(np.full(LINKS, -1))
    for _ in range(beats):
        queueing.learn(of_each(waiting(load)), of_each(load), USUAL, HEALTHY)
    return queueing


@pytest.mark.parametrize("load", [65.0, 75.0, 85.0])
def test_a_link_that_was_busy_knows_what_its_load_adds(load: float) -> None:
    assert busy(30).added(of_each(load), USUAL, UNKNOWN) == pytest.approx(waiting(load), rel=0.1, abs=0.05)


def test_a_link_that_was_never_busy_takes_the_word_of_others() -> None:
    idle = busy(30, load=41.0)
    assert not idle.known().size
    assert (idle.added(of_each(80.0), USUAL, UNKNOWN) == 0).all()
    assert (idle.added(of_each(80.0), USUAL, of_each(1.0)) > 1).all()


def test_the_usual_load_and_a_missing_sample_add_nothing() -> None:
    known = busy(30)
    for load in (40.0, 20.0, np.nan):
        assert (known.added(of_each(load), USUAL, UNKNOWN) == 0).all()


def test_a_slow_link_in_a_burst_does_not_explain_itself() -> None:
    queueing = busy(int(KNOWN))
    before = queueing.added(of_each(80.0), USUAL, UNKNOWN)
    for _ in range(3):  # by then it is raised, and no longer healthy
        queueing.learn(of_each(waiting(80.0) + 40), of_each(80.0), USUAL, HEALTHY)
    queueing.learn(of_each(waiting(80.0) + 40), of_each(80.0), USUAL, ~HEALTHY)
    assert (queueing.added(of_each(80.0), USUAL, UNKNOWN) < 1.5 * before).all()


def test_a_full_link_has_a_bounded_allowance() -> None:
    assert (busy(30).added(of_each(100.0), USUAL, UNKNOWN) < waiting(96.0)).all()
