"""Injects faults into a laboratory, and clears them: each change is in the journal before it is made."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from network.lab.errors import LabError
from network.lab.faults.access import LabAccess
from network.lab.faults.change import collide
from network.lab.faults.changes.cables import PortReset
from network.lab.faults.journal import FaultStage, Journal, LabFaultEntry
from network.lab.faults.proof import Landed, NotLanded, all_of
from network.lab.faults.recipe import FaultCase, FaultRequest, Recipe
from network.lab.faults.table import RECIPES
from network.lab.faults.target import target_of

LANDS_WITHIN = 15.0
"""Seconds until the changes of a fault can be seen; daemons that start take some."""
LOOK_EVERY = 0.2
WATCHED_WITHIN = 10.0
"""Seconds until the process that clears expired faults runs."""
WATCH = (sys.executable, "-m", "network.lab.faults.watch")

StartWatch = Callable[[LabAccess], None]


@dataclass(frozen=True)
class LabFault:
    """A fault in the journal. `left`: seconds until it ends by itself. `trouble`: what could not be undone."""

    id: str
    kind: str
    target: str
    stage: FaultStage
    left: float
    trouble: str = ""


class LabInjector:
    def __init__(self, lab: LabAccess, start_watch: StartWatch) -> None:
        """`start_watch`: starts the process that clears expired faults, so that it outlives this one."""
        self._lab = lab
        self._journal = Journal(lab.folder)
        self._start_watch = start_watch

    def inject(self, request: FaultRequest) -> Landed | NotLanded:
        """Apply a fault and prove it. A fault that cannot be proved is undone. Raises LabError."""
        with self._journal.locked():
            entry = self._prepared(request)
            if isinstance(entry, NotLanded):
                return entry
            self._journal.write(entry)
            self._watched()
            result = self._applied(entry)
            if isinstance(result, NotLanded):
                failed = self._undone(entry)
                return NotLanded(f"{result.reason}; then: {failed}") if failed else result
            self._journal.write(msgspec.structs.replace(entry, stage=FaultStage.IN_FORCE))
            return result

    def landed(self, fault_id: str) -> Landed | NotLanded:
        """Look whether the changes of a fault are still there: an action may have repaired it."""
        entry = self._journal.read(fault_id)
        if entry is None:
            return NotLanded(f"there is no fault {fault_id}")
        return self._proof(entry)

    def symptom(self, fault_id: str, within: float | None = None) -> Landed | NotLanded:
        """Wait until the network suffers. `within`: seconds; None: as long as the kind of fault takes."""
        entry = self._journal.read(fault_id)
        if entry is None:
            return NotLanded(f"there is no fault {fault_id}")
        recipe, case = self._case(entry)
        look = recipe.symptom
        if look is None:
            return Landed(f"{recipe.kind} has no symptom of its own")
        return _waited(lambda: look(case), recipe.within if within is None else within)

    def clear(self, fault_id: str) -> NotLanded | None:
        """Restore what was there before a fault. None: done, or there is no such fault. Raises LabError."""
        with self._journal.locked():
            entry = self._journal.read(fault_id)
            failed = self._undone(entry) if entry else ""
            return NotLanded(failed) if failed else None

    def clear_all(self) -> dict[str, str]:
        """Clear all faults, the youngest first. Return what could not be undone, by fault. Raises LabError."""
        with self._journal.locked():
            failed = {entry.id: self._undone(entry) for entry in reversed(self._journal.entries())}
        return {fault_id: reason for fault_id, reason in failed.items() if reason}

    def faults(self) -> list[LabFault]:
        now = time.monotonic()
        return [
            LabFault(each.id, each.request.kind, each.request.target, each.stage, each.seconds_left(now), each.trouble)
            for each in self._journal.entries()
        ]

    def over(self) -> list[str]:
        """Return the faults whose time is over, and those of a port that was reset."""
        now = time.monotonic()
        return [each.id for each in self._journal.entries() if each.seconds_left(now) <= 0 or self._was_reset(each)]

    def _was_reset(self, entry: LabFaultEntry) -> bool:
        resets = [each for each in entry.changes if isinstance(each, PortReset)]
        in_force = entry.stage is FaultStage.IN_FORCE
        return in_force and any(isinstance(each.holds(self._lab), NotLanded) for each in resets)

    def _prepared(self, request: FaultRequest) -> LabFaultEntry | NotLanded:
        """Return what would be done, or why it cannot be done. Nothing is changed."""
        if wrong := request.fault():
            return NotLanded(wrong)
        recipe = RECIPES.get(request.kind)
        if recipe is None:
            return NotLanded(f"{request.kind} is no kind of fault of the laboratory: see `nms lab faults --kinds`")
        others = self._journal.entries()
        if any(each.id == request.id for each in others):
            return NotLanded(f"there is a fault {request.id} already: clear it first")
        target = target_of(self._lab.plan, request.target, recipe.accepts)
        values = recipe.values(request.parameters)
        if isinstance(target, NotLanded):
            return target
        if isinstance(values, NotLanded):
            return values
        case = FaultCase(request.id, self._lab, target, values)
        changes = recipe.changes(case)
        if isinstance(changes, NotLanded):
            return changes
        touched = frozenset[str]().union(*(each.touches for each in changes))
        for other in others:
            if common := collide(touched, other.touches):
                return NotLanded(f"{common} is changed by the fault {other.id} ({other.request.kind}): clear it first")
        figures = recipe.baseline(case) if recipe.baseline else {}
        expires = time.monotonic() + request.seconds
        return LabFaultEntry(request, FaultStage.APPLYING, expires, values, figures, changes)  # type: ignore[arg-type]

    def _case(self, entry: LabFaultEntry) -> tuple[Recipe, FaultCase]:
        """Raises LabError."""
        recipe = RECIPES.get(entry.request.kind)
        target = target_of(self._lab.plan, entry.request.target, recipe.accepts if recipe else ())
        if recipe is None or isinstance(target, NotLanded):
            raise LabError(f"the fault {entry.id} is of another version: build the laboratory again")
        return recipe, FaultCase(entry.id, self._lab, target, entry.values, entry.figures)

    def _applied(self, entry: LabFaultEntry) -> Landed | NotLanded:
        for change in entry.changes:
            try:
                failed = change.apply(self._lab)
            except (OSError, LabError) as error:
                failed = str(error)
            if failed:
                return NotLanded(failed)
        return _waited(lambda: self._proof(entry), LANDS_WITHIN)

    def _proof(self, entry: LabFaultEntry) -> Landed | NotLanded:
        recipe, case = self._case(entry)
        found = all_of(change.holds(self._lab) for change in entry.changes)
        if isinstance(found, NotLanded) or recipe.landed is None:
            return found
        return all_of((found, recipe.landed(case)))

    def _undone(self, entry: LabFaultEntry) -> str:
        """Undo all changes, the last one first. What fails is kept in the journal; the rest is undone all the same."""
        self._journal.write(msgspec.structs.replace(entry, stage=FaultStage.CLEARING))
        failed = []
        for change in reversed(entry.changes):
            try:
                failed.append(change.undo(self._lab))
            except (OSError, LabError) as error:
                failed.append(str(error))
        trouble = "; ".join(reason for reason in failed if reason)
        if trouble:
            self._journal.write(msgspec.structs.replace(entry, stage=FaultStage.CLEARING, trouble=trouble))
        else:
            self._journal.remove(entry.id)
        return trouble

    def _watched(self) -> None:
        """Make sure that a process clears the fault in time, whatever happens to this one. Raises LabError."""
        if self._journal.is_watched():
            return
        self._start_watch(self._lab)
        end = time.monotonic() + WATCHED_WITHIN
        while not self._journal.is_watched():
            if time.monotonic() > end:
                raise LabError("the process that clears expired faults does not start: see the log of the laboratory")
            time.sleep(LOOK_EVERY)


def _waited(look: Callable[[], Landed | NotLanded], within: float) -> Landed | NotLanded:
    end = time.monotonic() + within
    while True:
        result = look()
        if isinstance(result, Landed) or time.monotonic() > end:
            return result
        time.sleep(LOOK_EVERY)
