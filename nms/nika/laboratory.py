"""The laboratory of a case as it is: namespaces, FRR, and faults from outside.

Rules
1. Programs of the laboratory block, so they run in one thread: two never change it at the same time.
2. When a phase is cut off, its thread stops at its next program. `tear_down` waits for it, then removes what there is.
3. A fault has a time to live that is longer than any case: nothing but the undo ends it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from network.lab.building.checks import CheckResult, described, run_checks
from network.lab.building.construction import build
from network.lab.building.handle import LabHandle
from network.lab.building.layout import LabSettings
from network.lab.building.removal import alone, remove
from network.lab.errors import LabError
from network.lab.plan import LabCheck, LabPlan
from nms.nika.cases import NikaCase
from nms.nika.golden import NodeLook, facts_of, looks_of, worse
from nms.nika.injection import CaseFault
from nms.nika.parts import LabProof

T = TypeVar("T")
LOOKS_AT_ONCE, CHECKS_AT_ONCE = 6, 200
LOOK_WITHIN = 15.0
AGAIN = 1.0
"""Seconds until another try to remove a laboratory that is still being built."""


class Stopped(Exception):
    """Raised in the thread of a laboratory whose phase was cut off."""


class NikaLaboratory:
    """A `CaseLaboratory`."""

    def __init__(self, case: NikaCase, plan: LabPlan, settings: LabSettings) -> None:
        self._case, self._plan, self._settings = case, plan, settings
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="laboratory")
        self._stopping = threading.Event()
        self._handle: LabHandle | None = None
        self._fault: CaseFault | None = None
        self._healthy: dict[NodeLook, frozenset[str]] = {}
        self._open: Sequence[LabCheck] = plan.checks

    async def build(self) -> None:
        self._handle = await self._in_thread(self._built)

    async def baseline(self) -> LabProof:
        """Ask what has not held yet, and all once more when it has."""
        found = await self._failing(self._open)
        if not found and self._open is not self._plan.checks:
            found = await self._failing(self._plan.checks)
        self._open = [result.check for result in found] or self._plan.checks
        if not found:
            return LabProof(True, f"all {len(self._plan.checks)} checks hold")
        return LabProof(False, f"{len(found)} of {len(self._plan.checks)} checks fail: {_sentence(found[0])}")

    async def remember(self) -> None:
        self._healthy = await self._looked()

    async def inject(self) -> None:
        self._fault = await self._in_thread(lambda: CaseFault.made(self._settings.place.folder, self._case))

    async def landed(self) -> LabProof:
        return await self._in_thread(self._made.landed)

    async def symptom(self) -> LabProof:
        return await self._in_thread(self._made.symptom)

    def not_repairable(self) -> str:
        return self._fault.not_repairable() if self._fault else ""

    async def regressions(self) -> tuple[str, ...]:
        """Compare the states first: while they differ, the network may not have settled, and the checks would wait."""
        found = worse(self._healthy, await self._looked())
        if found:
            return found
        return tuple(map(_sentence, await self._failing(self._plan.checks)))

    async def undo(self) -> None:
        if self._fault is not None:
            await self._in_thread(self._fault.undo)

    async def tear_down(self) -> None:
        self._stopping.set()
        while True:
            try:
                await asyncio.to_thread(self._removed)
                break
            except LabError:  # a build that was cut off still has the lock
                await asyncio.sleep(AGAIN)
        self._thread.shutdown(wait=False, cancel_futures=True)

    # --- what they share

    def _built(self) -> LabHandle:
        self._removed()  # what a killed run has left
        return build(self._plan, self._settings, lambda moment: self._go_on())

    def _removed(self) -> None:
        """Raises LabError while another process or thread builds it."""
        place = self._settings.place
        with alone(place):
            remove(place)

    @property
    def _lab(self) -> LabHandle:
        if self._handle is None:
            raise LabError("the laboratory is not built: build it first")
        return self._handle

    @property
    def _made(self) -> CaseFault:
        if self._fault is None:
            raise LabError("no fault was injected: inject it first")
        return self._fault

    async def _failing(self, checks: Sequence[LabCheck]) -> list[CheckResult]:
        """Those of one node are asked together."""
        lab = self._lab
        ordered = sorted(checks, key=lambda check: check.node)

        def every() -> list[CheckResult]:
            found: list[CheckResult] = []
            for start in range(0, len(ordered), CHECKS_AT_ONCE):
                self._go_on()
                found += run_checks(lab, ordered[start : start + CHECKS_AT_ONCE])
            return [result for result in found if not result.holds]

        return await self._in_thread(every)

    async def _looked(self) -> dict[NodeLook, frozenset[str]]:
        """Return what every program of the state says; without those that gave no answer."""
        lab = self._lab

        def look(each: NodeLook) -> frozenset[str] | None:
            self._go_on()
            try:
                answer = lab.run(each.node, each.argv, within=LOOK_WITHIN, own_cgroup=False)
            except LabError:
                return None
            return None if answer.status else facts_of(each.look, answer.text)

        def every() -> dict[NodeLook, frozenset[str]]:
            looks = looks_of(self._plan)
            with ThreadPoolExecutor(LOOKS_AT_ONCE) as pool:
                found = list(pool.map(look, looks))
            return {each: facts for each, facts in zip(looks, found, strict=True) if facts is not None}

        return await self._in_thread(every)

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise Stopped

    async def _in_thread(self, work: Callable[[], T]) -> T:
        self._stopping.clear()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except asyncio.CancelledError:
            self._stopping.set()
            raise


def _sentence(result: CheckResult) -> str:
    return f"{described(result.check)}: {result.reason}"
