"""The subjects of a tap: NATS patterns, narrowed to what is permitted, or refused if nothing matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.extras.tap.subjects import covers, families, known, subscriptions
from shared.domain.errors import SettingError


@pytest.mark.parametrize(
    ("patterns", "narrow"),
    [
        (["anomaly.*"], ("anomaly.*",)),
        (["anomaly.raised"], ("anomaly.raised",)),
        (["anomaly.>"], ("anomaly.*",)),
        ([">"], (*families()[:-2], "log.*.*", "deadletter.*")),
        (["*.*"], tuple(family for family in families() if family != "log.>")),
        (["*.>"], (*families()[:-2], "log.*.*", "deadletter.*")),
        (["*.raised"], ("anomaly.raised",)),
        (["*.escalated"], ("incident.escalated", "remediation.escalated")),
        (["metrics.3"], ("metrics.3",)),
        (["log.*.error", "log.>"], ("log.*.*",)),
        (["*.*.error"], ("log.*.error",)),
        (["log.rca.>"], ("log.rca.*",)),
        (["fault.started", "fault.started"], ("fault.started",)),
    ],
)
def test_a_pattern_is_narrowed_to_what_the_broker_permits(patterns: list[str], narrow: tuple[str, ...]) -> None:
    assert subscriptions(patterns) == narrow


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("", "is no subject: write words with dots between"),
        ("anomaly..raised", "is no subject"),
        (".anomaly", "is no subject"),
        ("two words", "is no subject"),
        ("anomaly.\x07", "is no subject"),
        ("anomaly.>.more", "nothing can follow it"),
        ("ano*.raised", "stand for whole words"),
        ("anomalies.*", "there are metrics.*, fault.*, anomaly.*"),
        ("control.network", "nothing that a tap may read"),
        ("$SRV.>", "nothing that a tap may read"),
        ("anomaly", "nothing that a tap may read"),
        ("anomaly.rised", "there are anomaly.raised, anomaly.cleared"),
        ("metrics.all", "nothing is published on"),
        (
            "log.*",
            "there are metrics.*, fault.*, anomaly.*, incident.*, diagnosis.*, remediation.*, stability.*, log.>",
        ),
        ("log.injector.loud", "there are log.injector.info, log.injector.success"),
    ],
)
def test_a_pattern_that_matches_no_subject_is_refused(pattern: str, says: str) -> None:
    with pytest.raises(SettingError, match=re.escape(says)):
        subscriptions([pattern])


@given(st.text(max_size=30))
def test_any_text_is_narrowed_or_refused(text: str) -> None:
    try:
        narrow = subscriptions([text])
    except SettingError:
        return
    assert narrow
    assert all(any(covers(family, subject) for family in families()) for subject in narrow)


@given(st.sampled_from(known()), st.lists(st.booleans(), min_size=3, max_size=3))
def test_every_known_subject_matches_its_wildcards(subject: str, stars: list[bool]) -> None:
    pattern = ".".join("*" if star else word for word, star in zip(subject.split("."), stars, strict=False))
    assert any(covers(narrow, subject) for narrow in subscriptions([pattern]))


def test_covering_patterns_follow_the_rules_of_nats() -> None:
    assert covers("a.>", "a.b.c")
    assert covers("a.*", "a.b")
    assert not covers("a.*", "a.b.c")
    assert not covers("a.>", "a")
    assert not covers("a.b", "a.*")
    assert not covers("a.*", "a.>")
