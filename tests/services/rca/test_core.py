"""Each kind of fault is recognised by its signature; explained and missing symptoms change the ranking."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.rca.calibration import learn
from services.rca.core import PRIOR, Calibration, diagnose
from shared.domain.errors import SettingError
from shared.domain.events import MAX_MEMBERS, AnomalyRaised, Cause, DiagnosisMade, Incident, Member
from shared.domain.kinds import ActionKind, FaultKind, IncidentState, Severity, Shape
from shared.domain.topology import Topology, tiered_topology
from tests.services.correlator.builders import NETWORK, T0, node_down, ports, raised

ACCESS_1 = "edge-switch-1--server-1"
UPLINK_1 = "core-router-1--edge-switch-1"
CORE_23 = "core-router-2--core-router-3"
DOUBTFUL = 0.2
"""Confidence below which the remediator waits for long."""
LEAK, FLAP = {"shape": Shape.RAMP}, {"shape": Shape.FLAP}


def incident_of(*symptoms: AnomalyRaised, over: tuple[str, ...] = ()) -> Incident:
    """`over`: the ids of the symptoms that have cleared."""
    members = tuple(
        Member(anomaly=s.anomaly, why="test", cleared=T0 + 9 if s.anomaly.id in over else None) for s in symptoms
    )
    return Incident(
        id="incident",
        revision=1,
        state=IncidentState.OPEN,
        severity=Severity.WARNING,
        pattern="test",
        onset=T0,
        opened=T0,
        updated=T0,
        members=members,
    )


def made(
    *symptoms: AnomalyRaised, at: float = 1.0, over: tuple[str, ...] = (), topology: Topology = NETWORK
) -> DiagnosisMade:
    return diagnose(incident_of(*symptoms, over=over), topology, T0 + at, PRIOR)


def first(*symptoms: AnomalyRaised, at: float = 1.0, over: tuple[str, ...] = ()) -> Cause:
    return made(*symptoms, at=at, over=over).causes[0]


INCIDENTS: dict[str, tuple[list[AnomalyRaised], str, FaultKind]] = {
    "a busy server": ([raised("server-1", "cpu_usage")], "server-1", FaultKind.HIGH_CPU),
    "a busy core slows its traffic": (
        [raised("core-router-1", "cpu_usage"), raised("core-router-1", "latency"), raised("server-4", "latency")],
        "core-router-1",
        FaultKind.HIGH_CPU,
    ),
    "a leak": ([raised("server-2", "memory_usage", **LEAK)], "server-2", FaultKind.HIGH_MEMORY),
    "a slow link": ([raised(UPLINK_1, "latency"), raised("server-1", "latency")], UPLINK_1, FaultKind.HIGH_LATENCY),
    "a lossy link is slow too": (
        [raised(UPLINK_1, "packet_loss"), raised(UPLINK_1, "latency"), raised("server-1", "packet_loss")],
        UPLINK_1,
        FaultKind.PACKET_LOSS,
    ),
    "a slow node": (ports("edge-switch-1", "latency"), "edge-switch-1", FaultKind.HIGH_LATENCY),
    "a slow node, one link missing": (ports("edge-switch-1", "latency")[1:], "edge-switch-1", FaultKind.HIGH_LATENCY),
    "a lossy core": (
        [*ports("core-router-3", "packet_loss"), *ports("core-router-3", "latency")],
        "core-router-3",
        FaultKind.PACKET_LOSS,
    ),
    "a slow access link is one place with its server": (
        [raised(ACCESS_1, "latency"), raised("server-1", "latency")],
        ACCESS_1,
        FaultKind.HIGH_LATENCY,
    ),
    "a server that is down": (node_down("server-1"), "server-1", FaultKind.NODE_DOWN),
    "a core that is down, and the consequences": (
        [
            *node_down("core-router-1"),
            raised(CORE_23, "utilization"),
            raised(CORE_23, "packet_loss"),
            raised(CORE_23, "latency"),
            raised("core-router-3--edge-switch-5", "utilization"),
            raised("core-router-3", "cpu_usage"),
            raised("server-4", "packet_loss"),
            raised("server-7", "latency"),
        ],
        "core-router-1",
        FaultKind.NODE_DOWN,
    ),
    "a link that is down": ([raised(ACCESS_1, "up"), raised("server-1", "packet_loss")], ACCESS_1, FaultKind.LINK_DOWN),
    "an uplink that is down and the load that moved": (
        [
            raised(UPLINK_1, "up"),
            raised("core-router-2--edge-switch-1", "utilization"),
            raised("core-router-2--edge-switch-1", "latency"),
            raised("core-router-2", "cpu_usage"),
        ],
        UPLINK_1,
        FaultKind.LINK_DOWN,
    ),
    "a flap": ([raised(UPLINK_1, "up", **FLAP), raised("server-1", "packet_loss")], UPLINK_1, FaultKind.LINK_FLAP),
    "congestion": (
        [
            raised(UPLINK_1, "utilization"),
            raised(UPLINK_1, "latency"),
            raised(UPLINK_1, "packet_loss"),
            raised("core-router-1", "cpu_usage"),
            raised("server-1", "packet_loss"),
        ],
        UPLINK_1,
        FaultKind.CONGESTION,
    ),
}


@pytest.mark.parametrize("name", INCIDENTS)
def test_the_first_cause_does_not_depend_on_the_order_of_the_symptoms(name: str) -> None:
    symptoms, element, kind = INCIDENTS[name]
    for seed in range(5):
        shuffled = list(symptoms)
        random.Random(seed).shuffle(shuffled)
        cause = first(*shuffled)
        assert (cause.element, cause.kind) == (element, kind)
        assert cause.confidence > 0.5
        assert cause.evidence
        assert cause.actions


def test_links_that_are_down_without_their_node_are_link_faults() -> None:
    assert first(*node_down("edge-switch-2")[:-1]).kind is FaultKind.LINK_DOWN
    assert first(*node_down("edge-switch-2")).kind is FaultKind.NODE_DOWN


def test_one_slow_link_of_a_node_is_a_fault_of_the_link() -> None:
    assert first(raised("core-router-1--core-router-2", "latency")).element == "core-router-1--core-router-2"


def test_carried_symptoms_make_a_weak_cause_at_the_worst_place() -> None:
    cause = first(raised("server-4", "latency", score=3.0), raised("server-6", "latency", score=30.0))
    assert cause.element == "server-6"
    assert cause.confidence < 0.3


def test_two_faults_in_one_incident_are_the_first_two_causes() -> None:
    causes = made(raised("server-1", "memory_usage"), raised(ACCESS_1, "up"), raised("server-1", "packet_loss")).causes
    assert [(c.element, c.kind) for c in causes[:2]] == [
        (ACCESS_1, FaultKind.LINK_DOWN),
        ("server-1", FaultKind.HIGH_MEMORY),
    ]


def test_the_cause_of_the_open_symptoms_comes_first() -> None:
    link, leak = raised(ACCESS_1, "up"), raised("server-1", "memory_usage")
    assert first(link, leak, over=(link.anomaly.id,)).kind is FaultKind.HIGH_MEMORY


def test_load_that_lasts_longer_than_the_outage_that_moved_it_is_the_next_cause() -> None:
    outage, full = node_down("core-router-1"), [raised(CORE_23, m) for m in ("utilization", "latency", "packet_loss")]
    over = tuple(symptom.anomaly.id for symptom in outage)
    causes = made(*outage, *full, over=over).causes
    assert [c.key for c in causes[:2]] == [("core-router-1", FaultKind.NODE_DOWN), (CORE_23, FaultKind.CONGESTION)]


def test_a_fault_at_a_link_of_a_node_that_answers_again_is_the_next_cause() -> None:
    outage, full = node_down("core-router-3"), [raised(CORE_23, m) for m in ("utilization", "latency", "packet_loss")]
    over = tuple(symptom.anomaly.id for symptom in outage)
    causes = made(*outage, *full, over=over).causes
    assert [c.key for c in causes[:2]] == [("core-router-3", FaultKind.NODE_DOWN), (CORE_23, FaultKind.CONGESTION)]


def test_a_link_that_stays_down_at_a_node_that_answers_again_has_a_cause_of_its_own() -> None:
    outage = node_down("core-router-3")
    still = next(symptom.anomaly.id for symptom in outage if symptom.anomaly.element == CORE_23)
    over = tuple(symptom.anomaly.id for symptom in outage if symptom.anomaly.id != still)
    first_cause, next_cause, *_ = made(*outage, over=over).causes
    assert (first_cause.kind, set(first_cause.members)) == (FaultKind.NODE_DOWN, set(over))
    assert (next_cause.key, next_cause.members) == ((CORE_23, FaultKind.LINK_DOWN), (still,))


def test_a_cause_stays_first_while_only_carried_symptoms_are_open() -> None:
    link, symptom = raised(ACCESS_1, "packet_loss"), raised("server-6", "packet_loss")
    before, after = first(link, symptom), first(link, symptom, over=(link.anomaly.id,))
    assert before.key == after.key
    assert after.fit < before.fit


MEMBERS = {
    "busy": ([raised("server-1", "cpu_usage"), raised("server-1", "latency")], {"server-1.cpu_usage.0"}),
    "a server that is down": (
        [*node_down("server-1"), raised("server-6", "packet_loss")],
        {"server-1.reachable.0", f"{ACCESS_1}.up.0"},
    ),
    "loss and the delay it makes": (
        [raised(ACCESS_1, "latency"), raised(ACCESS_1, "packet_loss"), raised("server-1", "latency", 3.0)],
        {f"{ACCESS_1}.latency.0", f"{ACCESS_1}.packet_loss.0"},
    ),
    "one place": (
        [raised(ACCESS_1, "latency"), raised("server-1", "latency"), raised("server-6", "latency")],
        {f"{ACCESS_1}.latency.0"},
    ),
    "a link": (
        [raised(UPLINK_1, "latency"), raised("edge-switch-1", "latency")],
        {f"{UPLINK_1}.latency.0"},
    ),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_a_cause_names_the_members_that_its_repair_must_clear(name: str) -> None:
    symptoms, members = MEMBERS[name]
    assert set(first(*symptoms).members) == members


FIRST_ACTION = {
    FaultKind.HIGH_CPU: ActionKind.RESTART_PROCESS,
    FaultKind.HIGH_MEMORY: ActionKind.CLEAR_CACHE,
    FaultKind.HIGH_LATENCY: ActionKind.RESET_INTERFACE,
    FaultKind.PACKET_LOSS: ActionKind.RESET_INTERFACE,
    FaultKind.NODE_DOWN: ActionKind.REBOOT_NODE,
    FaultKind.LINK_DOWN: ActionKind.ENABLE_LINK,
    FaultKind.LINK_FLAP: ActionKind.RESET_INTERFACE,
    FaultKind.CONGESTION: ActionKind.RATE_LIMIT,
}


def test_the_first_action_is_the_one_that_ends_the_fault() -> None:
    seen = set()
    for symptoms, element, kind in INCIDENTS.values():
        proposal = first(*symptoms).actions[0]
        assert (proposal.action, proposal.target) == (FIRST_ACTION[kind], element)
        seen.add(kind)
    assert seen == set(FaultKind)


def test_evidence_has_values_and_units() -> None:
    cause = first(raised("server-1", "cpu_usage", value=93.1, expected=41.0, threshold=80.0))
    assert cause.evidence[0] == "cpu_usage of server-1 is 93.1 % where 41.0 % is expected (limit 80.0)"


def test_the_same_incident_gives_the_same_diagnosis() -> None:
    symptoms, _, _ = INCIDENTS["a core that is down, and the consequences"]
    assert made(*symptoms) == made(*symptoms)


def test_an_element_that_is_not_in_the_topology_is_ignored() -> None:
    assert made(raised("nowhere", "cpu_usage")).causes == ()


def test_the_time_of_a_diagnosis_grows_less_than_with_the_square_of_its_members() -> None:
    """Ten times the members: a comparison of all pairs would take a hundred times as long."""
    wide = tiered_topology(cores=8, edges=100, servers=400)
    symptoms = [*node_down("core-router-1", topology=wide)]
    symptoms += [raised(f"server-{i}", "packet_loss") for i in range(1, 401)]
    symptoms += [raised(link, "utilization") for link in wide.links_of["core-router-2"]]
    few, many = incident_of(*symptoms[: len(symptoms) // 10]), incident_of(*symptoms[:MAX_MEMBERS])
    ratios = []
    for _ in range(5):
        seconds = [seconds_of(incident, wide) for incident in (few, many)]
        ratios.append(seconds[1] / seconds[0])
    assert diagnose(many, wide, T0 + 1, PRIOR).causes[0].key == ("core-router-1", FaultKind.NODE_DOWN)
    assert min(ratios) < 30


def seconds_of(incident: Incident, topology: Topology) -> float:
    began = time.process_time()
    for _ in range(3):
        diagnose(incident, topology, T0 + 1, PRIOR)
    return time.process_time() - began


PLACES = sorted([*NETWORK.node_by_id, *NETWORK.link_by_id])
METRICS = (
    ("cpu_usage", "memory_usage", "latency", "packet_loss", "reachable"),
    ("utilization", "latency", "packet_loss", "up"),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.integers(0, 3), st.booleans()), min_size=1, max_size=20))
def test_every_incident_has_one_to_five_different_causes(picks: list[tuple[str, int, bool]]) -> None:
    symptoms = [
        raised(e, METRICS[NETWORK.is_link(e)][m], shape=Shape.FLAP if flap else Shape.STEP) for e, m, flap in picks
    ]
    causes = made(*symptoms).causes
    assert 1 <= len(causes) <= 5
    assert len({cause.key for cause in causes}) == len(causes)
    assert all(set(cause.members) <= {symptom.anomaly.id for symptom in symptoms} and cause.members for cause in causes)


# --- confidence ---------------------------------------------------------------------------------------------------


def test_a_calibration_is_a_monotone_map() -> None:
    steps = [PRIOR.confidence(n / 100) for n in range(101)]
    assert steps == sorted(steps)
    assert PRIOR.confidence(-1) == PRIOR.confidence(0)
    with pytest.raises(SettingError):
        Calibration((0.0, 1.0), (0.9, 0.1))


def calibration_error(calibration: Calibration, pairs: Iterable[tuple[float, bool]], bins: int = 10) -> float:
    """Return the expected calibration error: the mean difference of confidence and the share that was right."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for fit, verified in pairs:
        confidence = calibration.confidence(fit)
        groups.setdefault(min(bins - 1, int(confidence * bins)), []).append((confidence, verified))
    total = sum(len(group) for group in groups.values())
    gaps = (abs(sum(c for c, _ in group) - sum(v for _, v in group)) for group in groups.values())
    return sum(gaps) / total if total else 0.0


def test_a_learnt_calibration_has_a_smaller_error_than_the_prior() -> None:
    chance = random.Random(7)
    pairs = [(fit := chance.random(), chance.random() < fit**3) for _ in range(500)]
    fresh = [(fit := chance.random(), chance.random() < fit**3) for _ in range(2000)]
    learnt = learn(pairs)
    assert learnt.pairs == 500
    assert calibration_error(learnt, fresh) < 0.08 < calibration_error(PRIOR, fresh)


def test_outcomes_of_causes_that_fit_do_not_raise_the_confidence_of_others() -> None:
    learnt = learn([(0.9, True)] * 500)
    assert learnt.confidence(0.9) > 0.97
    assert learnt.confidence(0.1) < 0.3


# --- several causes at once, and the state of an element


def test_an_enabled_link_that_is_down_is_hardly_believed_to_be_disabled() -> None:
    unknown, disabled, enabled = (first(raised(UPLINK_1, "up", enabled=known)) for known in (None, False, True))
    assert {cause.kind for cause in (unknown, disabled, enabled)} == {FaultKind.LINK_DOWN}
    assert unknown.confidence == disabled.confidence > 0.8
    assert enabled.confidence < DOUBTFUL
    assert "enabled" in " ".join(enabled.evidence)


@pytest.mark.parametrize(("latency", "also"), [(25.0, False), (120.0, True)])
def test_loss_explains_only_as_much_latency_as_sending_again_takes(latency: float, also: bool) -> None:
    lossy = raised(UPLINK_1, "packet_loss", value=5.0, expected=0.0)
    slow = raised(UPLINK_1, "latency", value=latency, expected=15.0)
    causes = made(lossy, slow).causes
    assert [cause.kind for cause in causes if cause.also][:1] == [FaultKind.PACKET_LOSS]
    assert (FaultKind.HIGH_LATENCY in {cause.kind for cause in causes if cause.also}) is also


def test_what_outlasts_the_load_of_a_link_has_another_cause() -> None:
    crowded = [raised(UPLINK_1, metric) for metric in ("utilization", "latency", "packet_loss")]
    assert first(*crowded).kind is FaultKind.CONGESTION
    assert first(*crowded, over=(crowded[0].anomaly.id,)).kind is FaultKind.PACKET_LOSS


def test_a_repair_need_not_clear_what_another_cause_is_known_by() -> None:
    busy, leak = raised("server-1", "cpu_usage"), raised("server-1", "memory_usage", **LEAK)
    causes = [cause for cause in made(busy, leak).causes if cause.also]
    assert {(cause.kind, cause.members) for cause in causes} == {
        (FaultKind.HIGH_CPU, (busy.anomaly.id,)),
        (FaultKind.HIGH_MEMORY, (leak.anomaly.id,)),
    }
