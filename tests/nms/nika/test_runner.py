"""The course of a case: phases in order and once, void where the laboratory fails, always cleaned up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nms.nika.cases import NikaCase
from nms.nika.course import CLEANING, NEEDED_FOR, Course, CourseKind, CoursePhase, PhaseEnd, next_phase, phases_of
from nms.nika.limits import LIMITS, CaseLimits
from nms.nika.mapping import LoopCause
from nms.nika.resources import NikaPair, node
from nms.nika.runner import CaseRecord, CaseRun
from tests.nms.nika.scripted import ScriptedLaboratory, ScriptedLoop, ScriptedNetwork, Way
from tests.nms.nika.virtual import run

P = CoursePhase
TRUTH = NikaPair(node("dns_pod0"), "dns_service_down")
CASE = NikaCase("dev-020", "core", "dc_clos", "dns_service_down", truth=(TRUTH,))
HEALTHY_CASE = NikaCase("quiet", "core", "dc_clos", "healthy")
CAUSE = LoopCause("dns/dns_pod0", "dns_service_down")
WARM, COLD = Course(CourseKind.WARM), Course(CourseKind.COLD)


def parts(**script: object) -> tuple[ScriptedLaboratory, ScriptedLoop]:
    """Return both parts; a script is of the one that has such a field."""
    network = ScriptedNetwork(leaves=script.pop("leaves", ()))  # type: ignore[arg-type]
    own = {name: value for name, value in script.items() if name in ScriptedLaboratory.__dataclass_fields__}
    loop = ScriptedLoop(network, (CAUSE,))
    others = {name: value for name, value in script.items() if name not in own}
    return ScriptedLaboratory(network, **own), replace(loop, **others)  # type: ignore[arg-type]


def go(course: Course, laboratory: ScriptedLaboratory, loop: ScriptedLoop | None) -> CaseRecord:
    case = HEALTHY_CASE if course.healthy else CASE
    record = run(CaseRun(case, course, laboratory, loop).run())
    assert not laboratory.network.built
    return record


def ends(record: CaseRecord) -> dict[CoursePhase, PhaseEnd]:
    return {each.phase: each.end for each in record.phases}


def test_a_warm_case_that_goes_well() -> None:
    laboratory, loop = parts()
    record = go(WARM, laboratory, loop)
    assert [each.phase for each in record.phases] == list(phases_of(WARM))
    assert set(ends(record).values()) == {PhaseEnd.PASSED}
    assert record.void == ""
    assert record.repaired
    assert record.watched.verdict.causes == (CAUSE,)
    assert record.regressions == record.left_over == ()
    assert record.times.detect == pytest.approx(2, abs=2)
    assert record.times.verdict == pytest.approx(5, abs=2)
    assert record.times.repair is not None
    assert record.times.repair > record.times.verdict


def test_a_warm_product_acts_only_after_the_effect_is_proved() -> None:
    """Otherwise a quick repair would look like a fault that never landed."""
    laboratory, loop = parts(acts=0.0, detects=0.0, names=0.0)
    record = go(WARM, laboratory, loop)
    proved = next(each for each in record.phases if each.phase is P.SYMPTOM)
    assert proved.end is PhaseEnd.PASSED
    assert loop.acted_at is not None
    assert loop.acted_at >= proved.began + proved.seconds
    assert record.repaired


def test_a_cold_product_starts_after_the_proof_and_its_time_counts_from_there() -> None:
    laboratory, loop = parts()
    record = go(COLD, laboratory, loop)
    order = [each.phase for each in record.phases]
    assert order.index(P.SYMPTOM) < order.index(P.START) < order.index(P.VERDICT)
    assert P.WATCH not in order
    assert record.times.detect == pytest.approx(2, abs=1.5)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ({"ways": {"build": Way.FAILS}}, "build: OSError: build is broken"),
        ({"ways": {"build": Way.HANGS}}, "build: not within 300 s"),
        ({"green": False}, "baseline: not within 300 s: pc gets no answer from web"),
        ({"ways": {"remember": Way.FAILS}}, "remember: OSError"),
        ({"ways": {"inject": Way.HANGS}}, "inject: not within 120 s"),
        ({"lands": False}, "land: not within 240 s: no rule"),
        ({"shows": False}, "symptom: not within 300 s: all answer"),
    ],
)
def test_a_failure_of_the_laboratory_is_void_and_cleaned_up(script: dict[str, object], says: str) -> None:
    laboratory, loop = parts(**script)
    record = go(COLD, laboratory, loop)
    assert record.void.startswith(says)
    assert "start" not in loop.calls
    assert ("undo" in laboratory.calls) is ("inject" in laboratory.calls)
    assert laboratory.calls[-1] == "tear_down"


@pytest.mark.parametrize("way", [Way.FAILS, Way.HANGS])
@pytest.mark.parametrize("course", [WARM, COLD])
def test_a_product_that_does_not_start_hands_in_nothing(course: Course, way: Way) -> None:
    laboratory, loop = parts()
    loop.ways = {"start": way}
    record = go(course, laboratory, loop)
    assert record.void == ""
    assert not record.handed_in
    assert not record.repaired
    assert loop.calls[-1] == "stop"
    assert P.VERDICT not in ends(record)


def test_a_product_that_falls_silent_has_the_verdict_that_is_known() -> None:
    laboratory, loop = parts()
    loop.ways = {"verdict": Way.FAILS}
    record = go(COLD, laboratory, loop)
    assert record.handed_in
    assert not record.watched.verdict.is_anomaly
    assert record.remarks == ("the product did not answer: OSError: verdict is broken",)
    assert not record.repaired


def test_without_a_cause_the_verdict_counts_at_the_end_of_its_time() -> None:
    laboratory, loop = parts(names=None, acts=None)
    record = go(COLD, laboratory, loop)
    verdict = next(each for each in record.phases if each.phase is P.VERDICT)
    assert verdict.seconds == pytest.approx(LIMITS[P.VERDICT], abs=2)
    assert record.watched.verdict.is_anomaly
    assert record.watched.verdict.causes == ()


def test_a_fault_that_went_away_without_an_action_is_no_repair() -> None:
    laboratory, loop = parts(acts=None)

    async def expires() -> CaseRecord:
        async def end() -> None:
            await asyncio.sleep(80)
            laboratory.network.faulty = False

        task = asyncio.create_task(end())
        record = await CaseRun(CASE, COLD, laboratory, loop).run()
        await task
        return record

    record = run(expires())
    assert not record.repaired
    assert ends(record)[P.REPAIR] is PhaseEnd.FAILED


def test_what_a_repair_leaves_behind_is_a_regression() -> None:
    record = go(WARM, *parts(leaves=("pc: a second default route",)))
    assert record.repaired
    assert record.regressions == ("pc: a second default route",)


def test_without_a_repair_only_what_remains_after_the_undo_is_a_regression() -> None:
    laboratory, loop = parts(heals=False, leaves=("b: metric of eth1 is 100",))
    laboratory.network.repaired = True  # it acted, to no effect, and left a line
    record = go(WARM, laboratory, loop)
    assert not record.repaired
    assert record.regressions == ("b: metric of eth1 is 100",)


def test_a_product_that_gives_up_ends_the_wait_for_its_repair() -> None:
    record = go(COLD, *parts(acts=None, settles=20.0))
    repair = next(each for each in record.phases if each.phase is P.REPAIR)
    assert repair.seconds < 10
    assert "the product does nothing more" in repair.reason


def test_a_healthy_case_is_watched_to_the_end() -> None:
    laboratory, loop = parts()
    record = go(replace(COLD, healthy=True), laboratory, loop)
    assert {"inject", "undo", "landed"}.isdisjoint(laboratory.calls)
    assert not record.watched.verdict.is_anomaly
    assert record.actions == ()
    assert record.void == ""


def test_a_false_alarm_of_a_healthy_case_is_its_verdict() -> None:
    record = go(replace(WARM, healthy=True), *parts(imagines=True))
    assert record.watched.verdict == replace(record.watched.verdict, is_anomaly=True, causes=(CAUSE,))
    assert record.actions


def test_a_rehearsal_needs_no_product() -> None:
    course = Course(CourseKind.REHEARSAL)
    laboratory, _ = parts()
    record = go(course, laboratory, None)
    assert [each.phase for each in record.phases] == list(phases_of(course))
    assert record.void == ""
    assert laboratory.calls[-1] == "tear_down"


def test_an_undo_that_does_not_work_is_seen() -> None:
    laboratory, _ = parts(undoable=False)
    record = go(Course(CourseKind.REHEARSAL), laboratory, None)
    assert ends(record)[P.LEFT_OVER] is PhaseEnd.TIMED_OUT


calls = ["build", "baseline", "remember", "inject", "landed", "symptom", "regressions", "undo", "tear_down"]
ways = st.sampled_from(list(Way))


@settings(max_examples=150)
@given(
    kind=st.sampled_from(list(CourseKind)),
    healthy=st.booleans(),
    of_laboratory=st.dictionaries(st.sampled_from(calls), ways, max_size=3),
    of_loop=st.dictionaries(st.sampled_from(["start", "permit", "verdict", "stop"]), ways, max_size=2),
    flags=st.fixed_dictionaries({name: st.booleans() for name in ("green", "lands", "shows", "undoable", "heals")}),
    cancel_after=st.none() | st.floats(0, 900),
)
def test_whatever_happens_no_phase_is_repeated_and_all_is_cleaned_up(
    kind: CourseKind,
    healthy: bool,
    of_laboratory: dict[str, Way],
    of_loop: dict[str, Way],
    flags: dict[str, bool],
    cancel_after: float | None,
) -> None:
    laboratory, loop = parts(**flags)
    laboratory.ways, loop.ways = of_laboratory, of_loop
    course = Course(kind, healthy)
    one = CaseRun(HEALTHY_CASE if healthy else CASE, course, laboratory, None if kind is CourseKind.REHEARSAL else loop)

    async def main() -> None:
        task = asyncio.create_task(one.run())
        if cancel_after is not None:
            await asyncio.sleep(cancel_after)
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())
    if laboratory.calls:
        assert laboratory.calls[-1] == "tear_down"
    assert laboratory.calls.count("tear_down") == min(1, len(laboratory.calls))
    assert laboratory.calls.count("undo") == min(1, laboratory.calls.count("inject")) <= 1
    assert loop.calls.count("stop") == loop.calls.count("start") <= 1


@given(st.data(), st.sampled_from(list(CourseKind)), st.booleans())
def test_every_way_through_the_state_machine_ends_and_cleans_up(
    data: st.DataObject, kind: CourseKind, healthy: bool
) -> None:
    course, taken = Course(kind, healthy), dict[CoursePhase, PhaseEnd]()
    while (phase := next_phase(course, taken)) is not None:
        assert phase not in taken
        assert phase in phases_of(course)
        taken[phase] = data.draw(st.sampled_from(list(PhaseEnd)))
    assert P.TEAR_DOWN in taken
    for phase in CLEANING & NEEDED_FOR.keys():
        assert (phase in taken) is not NEEDED_FOR[phase].isdisjoint(taken)
    if P.VERDICT in taken:
        assert all(taken[each] is PhaseEnd.PASSED for each in taken if each in (P.BUILD, P.INJECT, P.LAND, P.SYMPTOM))


def test_every_phase_has_a_bound() -> None:
    assert set(LIMITS) == set(CoursePhase)
    assert all(0 < CaseLimits().of(phase) < 1_000 for phase in CoursePhase)
