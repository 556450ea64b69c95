"""Each sentence of the published rules of scoring, by an example worked out by hand."""

from __future__ import annotations

import random
from statistics import fmean

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nms.nika.ontology import FAULT_IDS
from nms.nika.peers import PEERS
from nms.nika.resources import NikaPair, link, node
from nms.nika.scoring import NO_ANSWER, NikaAnswer, NikaScore, SetScore, estimate, read_flag, score, set_score
from tests.nms.nika.plans import DATA, NEEDS_DATA

A, B, C = (NikaPair(node(name), "bgp_max_prefix_exceeded") for name in "abc")
ALL, NONE = SetScore(1.0, 1.0, 1.0), SetScore(0.0, 0.0, 0.0)


def pairs(*some: NikaPair) -> NikaAnswer:
    return NikaAnswer(True, some)


@pytest.mark.parametrize(
    ("answered", "truth", "expected"),
    [
        ("", "", ALL),  # both empty: 1 in all of them
        ("a", "", NONE),  # healthy, and any pair: 0
        ("", "a", NONE),  # precision is undefined: 0
        ("a", "a", ALL),
        ("b", "a", NONE),
        ("ab", "a", SetScore(0.5, 1.0, 0.6667)),
        ("a", "ab", SetScore(1.0, 0.5, 0.6667)),
        ("abc", "a", SetScore(0.3333, 1.0, 0.5)),
        ("aabbb", "ab", ALL),  # duplicates are ignored
        ("ab", "bc", SetScore(0.5, 0.5, 0.5)),
        ("abcd", "abe", SetScore(0.5, 0.6667, 0.5714)),  # F1 of the exact values, not of the rounded ones
    ],
)
def test_sets_are_scored(answered: str, truth: str, expected: SetScore) -> None:
    assert set_score(answered, truth) == expected


def test_right_place_and_wrong_fault_are_scored_apart() -> None:
    answer = pairs(NikaPair(node("a"), "ospf_acl_block"))
    assert score(answer, [A]) == NikaScore(rca=NONE, localization=ALL, fault_type=NONE, detection=1.0)


def test_right_fault_and_wrong_place_are_scored_apart() -> None:
    assert score(pairs(B), [A]) == NikaScore(rca=NONE, localization=NONE, fault_type=ALL, detection=1.0)


def test_a_link_is_not_the_node_at_its_end() -> None:
    truth = [NikaPair(link("a:eth0--b:eth0"), "link_down")]
    assert score(pairs(NikaPair(node("a"), "link_down")), truth).localization == NONE


def test_half_of_two_labels() -> None:
    half = score(pairs(A), [A, B])
    assert half.rca.f1 == half.localization.f1 == 0.6667
    assert half.fault_type.f1 == 1.0


def test_detection_is_separate() -> None:
    assert score(NikaAnswer(True, (C,)), [A]).detection == 1.0
    assert score(NikaAnswer(False, (A,)), [A]) == NikaScore(ALL, ALL, ALL, 0.0)
    assert score(NikaAnswer(None, (A,)), [A]).detection == 0.0


def test_a_healthy_case() -> None:
    assert score(NikaAnswer(False, ()), []) == NikaScore(ALL, ALL, ALL, 1.0)
    assert score(NikaAnswer(True, (A,)), []) == NikaScore(NONE, NONE, NONE, 0.0)
    assert score(NikaAnswer(False, (A,)), []) == NikaScore(NONE, NONE, NONE, 1.0)


@pytest.mark.parametrize("truth", [[], [A]])
def test_nothing_handed_in_or_an_invalid_list_is_0_in_all(truth: list[NikaPair]) -> None:
    assert score(NO_ANSWER, truth) == NikaScore(NONE, NONE, NONE, 0.0)
    assert score(NikaAnswer(False, None), truth).rca == NONE


@pytest.mark.parametrize(
    ("value", "flag"),
    [
        *((True, True), (1, True), ("yes", True), ("True", True)),
        *((False, False), (0, False), ("False", False), ("0", False)),
        *((None, None), ("maybe", None), (2, None), ("", None), ([], None)),
    ],
)
def test_a_flag_is_read_as_nika_reads_it(value: object, flag: bool | None) -> None:
    assert read_flag(value) is flag


CORE = [[A]] * 23 + [[]] * 3


def means(answer: NikaAnswer) -> list[float]:
    scores = [score(answer, truth) for truth in CORE]
    return [
        round(fmean(values), 3)
        for values in zip(*[(one.rca.f1, one.localization.f1, one.detection) for one in scores], strict=True)
    ]


def test_the_trivial_agents_have_the_stated_figures() -> None:
    """Who reports an anomaly and hands in an empty list is right in the pairs of the three healthy cases; the stated 0
    is of an agent without a list."""
    assert means(NikaAnswer(False, ())) == [0.115, 0.115, 0.115]
    assert means(NikaAnswer(True, None)) == [0.0, 0.0, 0.885]
    assert means(NikaAnswer(True, ())) == [0.115, 0.115, 0.885]


def test_an_interval_of_26_cases_is_as_wide_as_stated() -> None:
    chance = random.Random(1)
    values = [float(chance.random() < 0.7) for _ in range(26)]
    found = estimate(values)
    assert found is not None
    assert found == estimate(values)
    assert found.low < found.mean < found.high
    assert (found.high - found.low) / 2 == pytest.approx(0.17, abs=0.03)
    assert estimate([]) is None


@given(st.lists(st.sampled_from([0.0, 0.5, 0.6667, 1.0]), min_size=1, max_size=40))
def test_an_interval_holds_its_mean(values: list[float]) -> None:
    found = estimate(values, resamples=200)
    assert found is not None
    assert min(values) <= found.low <= found.high <= max(values)
    assert found.count == len(values)


@NEEDS_DATA
def test_the_fault_ids_are_the_published_ones() -> None:
    published = yaml.safe_load((DATA / "ontology.yaml").read_text())["faults"]
    assert {row["id"]: row["resource"] for row in published} == dict(FAULT_IDS)
    assert len(FAULT_IDS) == 75


@NEEDS_DATA
def test_the_figures_of_the_peers_are_the_published_ones() -> None:
    rows = [line for line in (DATA / "scoring.md").read_text().splitlines() if line.startswith("| ")]
    for peer in PEERS:
        cells = next(row for row in rows if peer.agent in row).replace("*", "").split("|")
        figures = [f"{value:.3f}".lstrip("0") for value in (peer.rca, peer.localization, peer.detection)]
        assert [cells[2].split()[0], cells[3].strip(), cells[4].strip()] == figures
        assert cells[2].split()[1:] == [f"[{peer.low:.3f},".replace("0.", "."), f"{peer.high:.3f}]".replace("0.", ".")]
        assert cells[5].split()[0] == f"{peer.faults_rca:.3f}".lstrip("0")
        assert cells[6].strip() == f"{peer.healthy:.3f}".lstrip("0")
