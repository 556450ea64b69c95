"""Runs one case: takes each phase of its course, with a bound in time, and records what came of it.

Rules
1. `course` decides which phase follows. This module only carries phases out.
2. A phase ends by its answer, by its bound, or by an exception, which counts as a failure of that phase: a defect of
   one laboratory must not end the run of the others.
3. When the run is cancelled, what was begun is cleaned up first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from nms.nika.cases import NikaCase
from nms.nika.course import Course, CoursePhase, PhaseEnd, is_repaired, is_void, next_phase
from nms.nika.finality import WatchedVerdict
from nms.nika.limits import CaseLimits
from nms.nika.parts import CaseLaboratory, CaseLoop, LabProof, LoopAction

P = CoursePhase


@dataclass(frozen=True)
class PhaseRecord:
    """`began`: seconds since the begin of the case. `reason`: why it did not pass, or what proved it."""

    phase: CoursePhase
    end: PhaseEnd
    began: float
    seconds: float
    reason: str = ""


@dataclass(frozen=True)
class CaseTimes:
    """Seconds since the injection began, or in a cold case since the product was started; None: never."""

    detect: float | None = None
    verdict: float | None = None
    repair: float | None = None


@dataclass(frozen=True)
class CaseRecord:
    """What happened in a case. `not_begun`: why it was not even begun.

    `regressions`: what was worse than before the fault: after the repair, or else after the undo. `remarks`: what a
    reader has to know besides, one sentence each.
    """

    case: NikaCase
    course: Course
    not_begun: str = ""
    phases: tuple[PhaseRecord, ...] = ()
    watched: WatchedVerdict = field(default_factory=WatchedVerdict)
    handed_in: bool = False
    times: CaseTimes = field(default_factory=CaseTimes)
    repaired: bool = False
    not_repairable: str = ""
    actions: tuple[LoopAction, ...] = ()
    regressions: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def void(self) -> str:
        """Why the case does not count; empty if it counts."""
        ends = {record.phase: record.end for record in self.phases}
        if self.not_begun or not is_void(ends):
            return self.not_begun
        first = next(record for record in self.phases if record.end is not PhaseEnd.PASSED)
        return f"{first.phase}: {first.reason}"


class CaseRun:
    """`await CaseRun(...).run()` once. `loop`: None in a rehearsal."""

    def __init__(
        self,
        case: NikaCase,
        course: Course,
        laboratory: CaseLaboratory,
        loop: CaseLoop | None = None,
        limits: CaseLimits | None = None,
    ) -> None:
        self._case, self._course = case, course
        self._laboratory, self._loop = laboratory, loop
        self._limits = limits or CaseLimits()
        self._records: list[PhaseRecord] = []
        self._watcher: asyncio.Task[None] | None = None
        self._watched = self._final = WatchedVerdict()
        self._zero: float | None = None
        self._repaired_at: float | None = None
        self._handed_in = False
        self._actions: tuple[LoopAction, ...] = ()
        self._worse: dict[CoursePhase, tuple[str, ...]] = {}
        self._remarks: list[str] = []
        self._seen = ""
        self._phases: dict[CoursePhase, Callable[[], Awaitable[str]]] = {
            P.BUILD: self._build,
            P.BASELINE: self._baseline,
            P.REMEMBER: self._remember,
            P.WATCH: self._watch,
            P.INJECT: self._inject,
            P.LAND: self._land,
            P.SYMPTOM: self._symptom,
            P.START: self._start,
            P.VERDICT: self._verdict,
            P.REPAIR: self._repair,
            P.PROOF: self._proof,
            P.REGRESSION: self._regression,
            P.STOP: self._stop,
            P.UNDO: self._undo,
            P.LEFT_OVER: self._left_over,
            P.TEAR_DOWN: self._tear_down,
        }

    async def run(self) -> CaseRecord:
        """Raises CancelledError after cleaning up."""
        self._began = _now()
        cancelled: asyncio.CancelledError | None = None
        try:
            while (phase := next_phase(self._course, {each.phase: each.end for each in self._records})) is not None:
                began = _now()
                try:
                    end, reason = await self._bounded(phase)
                except asyncio.CancelledError as error:
                    cancelled, end, reason = error, PhaseEnd.CANCELLED, "the run was ended"
                self._records.append(PhaseRecord(phase, end, began - self._began, _now() - began, reason))
        finally:
            await self._end_watch()
        if cancelled is not None:
            raise cancelled
        return self._record()

    async def _bounded(self, phase: CoursePhase) -> tuple[PhaseEnd, str]:
        self._seen = ""
        bound = self._limits.of(phase)
        try:
            async with asyncio.timeout(bound):
                reason = await self._phases[phase]()
        except TimeoutError:
            return PhaseEnd.TIMED_OUT, f"not within {bound:g} s{self._seen and f': {self._seen}'}"
        except Exception as error:
            return PhaseEnd.FAILED, f"{type(error).__name__}: {error}"
        return (PhaseEnd.FAILED, reason) if reason else (PhaseEnd.PASSED, self._seen)

    # --- the phases: each returns why it failed, or nothing

    async def _build(self) -> str:
        await self._laboratory.build()
        return ""

    async def _baseline(self) -> str:
        return await self._until(self._laboratory.baseline)

    async def _remember(self) -> str:
        await self._laboratory.remember()
        return ""

    async def _watch(self) -> str:
        await self._begin_watch()
        await asyncio.sleep(self._limits.warm_up)
        return ""

    async def _inject(self) -> str:
        if self._watched.detected is not None:
            self._remarks.append("an anomaly was reported before the fault: a false alarm")
        self._watched, self._zero = WatchedVerdict(), _now()
        await self._laboratory.inject()
        return ""

    async def _land(self) -> str:
        return await self._until(self._laboratory.landed)

    async def _symptom(self) -> str:
        return await self._until(self._laboratory.symptom)

    async def _start(self) -> str:
        self._zero = _now()
        await self._begin_watch()
        return ""

    async def _verdict(self) -> str:
        if self._zero is None:  # a healthy case that is warm
            self._zero = _now()
        patience = self._limits.healthy_watch if self._case.healthy else self._limits.phases[P.VERDICT]
        until = _now() + patience
        assert self._loop is not None
        await self._loop.permit()
        while not self._watched.is_final(_now()) and _now() < until:
            await asyncio.sleep(self._limits.poll)
        self._final = self._watched
        self._handed_in = True
        return ""

    async def _repair(self) -> str:
        until = _now() + self._limits.phases[P.REPAIR]
        while _now() < until:
            settled = self._watched.verdict.settled
            if await self._is_gone():
                self._repaired_at = _now()
                return "" if any(each.started for each in self._actions) else "the fault went away without any action"
            if settled:
                return f"the product does nothing more: {self._seen}"
            await asyncio.sleep(self._limits.lab_poll)
        return f"not within {self._limits.phases[P.REPAIR]:g} s: {self._seen}"

    async def _proof(self) -> str:
        await asyncio.sleep(self._limits.stays)
        return "" if await self._is_gone() else f"it came back: {self._seen}"

    async def _regression(self) -> str:
        return await self._compare(P.REGRESSION)

    async def _stop(self) -> str:
        await self._end_watch()
        assert self._loop is not None
        with suppress(Exception):  # the product may be the one that failed; its last actions are known then
            self._actions = await self._loop.actions()
        await self._loop.stop()
        return ""

    async def _undo(self) -> str:
        await self._laboratory.undo()
        return ""

    async def _left_over(self) -> str:
        while not await self._is_gone():
            await asyncio.sleep(self._limits.lab_poll)
        return await self._compare(P.LEFT_OVER)

    async def _tear_down(self) -> str:
        await self._laboratory.tear_down()
        return ""

    # --- what they share

    async def _until(self, look: Callable[[], Awaitable[LabProof]]) -> str:
        """LabLook until it holds; the bound of the phase ends it else."""
        while True:
            proof = await look()
            self._seen = proof.evidence
            if proof.holds:
                return ""
            await asyncio.sleep(self._limits.lab_poll)

    async def _is_gone(self) -> bool:
        for look in (self._laboratory.landed, self._laboratory.symptom):
            proof = await look()
            self._seen = proof.evidence
            if proof.holds:
                return False
        return True

    async def _compare(self, phase: CoursePhase) -> str:
        """Compare until nothing is worse. A network needs its time, so the last comparison counts."""
        self._worse[phase] = ("nothing could be compared",)
        while worse := await self._laboratory.regressions():
            self._worse[phase] = worse
            self._seen = worse[0]
            await asyncio.sleep(self._limits.lab_poll)
        self._worse[phase] = ()
        return ""

    async def _begin_watch(self) -> None:
        assert self._loop is not None
        await self._loop.start()
        self._watcher = asyncio.create_task(self._keep_watching(self._loop))

    async def _keep_watching(self, loop: CaseLoop) -> None:
        silent = False
        while True:
            try:
                verdict, self._actions = await loop.verdict(), await loop.actions()
                self._watched = self._watched.then(verdict, self._actions, _now())
            except Exception as error:
                if not silent:
                    self._remarks.append(f"the product did not answer: {type(error).__name__}: {error}")
                silent = True
            await asyncio.sleep(self._limits.poll)

    async def _end_watch(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.cancel()
            await asyncio.wait([watcher])

    def _record(self) -> CaseRecord:
        ends = {record.phase: record.end for record in self._records}
        failed = [each for each in self._records if each.phase in (P.STOP, P.UNDO, P.TEAR_DOWN)]
        self._remarks += [f"{each.phase}: {each.reason}" for each in failed if each.end is not PhaseEnd.PASSED]
        left_over = self._worse.get(P.LEFT_OVER, ())
        watched = self._final if self._handed_in else self._watched
        return CaseRecord(
            case=self._case,
            course=self._course,
            phases=tuple(self._records),
            watched=watched,
            handed_in=self._handed_in,
            times=CaseTimes(self._since(watched.detected), self._since(watched.since), self._since(self._repaired_at)),
            repaired=is_repaired(ends),
            not_repairable="" if self._case.healthy else self._laboratory.not_repairable(),
            actions=self._actions,
            regressions=self._worse.get(P.REGRESSION, left_over),
            left_over=left_over,
            remarks=tuple(self._remarks),
        )

    def _since(self, at: float | None) -> float | None:
        return None if at is None or self._zero is None else max(0.0, at - self._zero)


def _now() -> float:
    return asyncio.get_running_loop().time()
