"""Measures the loop without each ingredient of its judgement, and prints what each one earns.

python -m benchmarks.ablation [--faults N] [--seed S]... [--quiet-hours H] [--world NAME]... [--ingredient NAME]...

The list of ingredients, with the worlds in which each could pay, is in `ingredients.py`. With --world, all run in these
worlds instead. A line shows by how much each figure changes without the ingredient, with all seeds together.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.ingredients import CROWDED, DETECTOR, INGREDIENTS, LOADED, OWN_WORLDS, UNREPAIRED
from benchmarks.rows import Row, finish
from benchmarks.switches import Ingredient
from benchmarks.worlds import HERE, MUSTS
from network.simulator import DEFAULT, World
from network.simulator.world_file import read_world
from nms.corpus.scenarios import CASCADE_LOAD
from nms.simulate import Loop, simulate
from nms.worlds import WorldReport, desired_in, measure, run_campaign
from services.gateway.scoring.scorecard import ScorecardReport
from shared.domain.catalogue import faults_that
from shared.domain.kinds import Mode

WEIGHTS: Mapping[str, float] = {
    "right_node": -1.0,
    "right_kind": -1.0,
    "repaired": -1.0,
    "needless": 1.0,
    "wrong_actions": 1.0,
    "false_per_hour": 0.1,
    "actions_per_hour": 1.0,
}
"""Figure -> what one more of it costs. A false anomaly that starts no action only takes a person's attention."""
QUIET = ("false_per_hour", "actions_per_hour")
AT_ONCE = 3
OUTAGES = faults_that(lambda fault: fault.moves_traffic)
MINUTES = 180.0
"""Seconds for which an outage lasts if nobody repairs it."""
SHARES: Mapping[str, float] = {"slow-leak": 0.25}
"""World -> the share of the faults that is injected there; a leak takes up to 15 minutes."""
CHANCE = 3.0
"""A loss below this may be chance: another order of events moves one fault, which counts in three figures."""

Figures = Mapping[str, float]


def figures(report: WorldReport) -> Figures:
    body: Mapping[str, float] = report.model_dump()
    return {name: float(body[name]) for name in WEIGHTS}


def summed(changes: Iterable[Figures]) -> Figures:
    every = tuple(changes)
    return {name: round(sum(change[name] for change in every), 2) for name in WEIGHTS}


def loss(change: Figures) -> float:
    """Return what a change of the figures costs; below 0 for a change to the better."""
    return round(sum(WEIGHTS[name] * by for name, by in change.items()), 2)


def world_named(name: str) -> World:
    return OWN_WORLDS[name] if name in OWN_WORLDS else read_world(HERE / f"{name}.yaml")


def world_names() -> list[str]:
    return sorted([*SITUATIONS, *OWN_WORLDS, *(file.stem for file in HERE.glob("*.yaml") if file != MUSTS)])


def crowded(faults: int, seed: int) -> Figures:
    """Return the figures of the default world with several faults at once, at elements that may be neighbours."""
    return of_score(simulate(faults, seed=seed, at_once=AT_ONCE))


def loaded(faults: int, seed: int) -> Figures:
    """Return the figures of outages in a busy network, of which each is repaired."""
    return _under_load(faults, seed, Mode.AUTO)


def unrepaired(faults: int, seed: int) -> Figures:
    """Return the figures of outages in a busy network that last for minutes, since no action is approved."""
    return _under_load(faults, seed, Mode.APPROVE, duration=MINUTES)


def _under_load(faults: int, seed: int, mode: Mode, duration: float | None = None) -> Figures:
    world = World.model_validate({"faults": {"kinds": sorted(OUTAGES), "duration": duration}})
    desired = desired_in(world, faults).model_copy(update={"mode": mode})
    loop = Loop(seed=seed, desired=desired, load=CASCADE_LOAD, world=world)
    run_campaign(loop, faults)
    return of_score(loop.scorecard.report())


def of_score(score: ScorecardReport) -> Figures:
    of_faults = {
        "right_node": score.right_node,
        "right_kind": score.right_kind,
        "repaired": score.repaired,
        "needless": score.needless_actions,
        "wrong_actions": score.missed_actions,
    }
    return {name: float(of_faults.get(name, 0)) for name in WEIGHTS}


SITUATIONS: Mapping[str, Callable[[int, int], Figures]] = {CROWDED: crowded, LOADED: loaded, UNREPAIRED: unrepaired}
"""Name -> what runs there: the default world with faults that the files of the worlds have not."""


@dataclass
class Runs:
    """Runs the loop in worlds. Worlds that differ only in their faults have the same hours without faults."""

    faults: int
    seed: int
    quiet_hours: float
    _usual: dict[str, Figures] = field(default_factory=dict)
    _quiet: dict[tuple[str, str], Figures] = field(default_factory=dict)
    """Name of an ingredient that is off, and a world without its faults -> the figures of the quiet hours."""

    def usual(self, world: str) -> Figures:
        if world not in self._usual:
            self._usual[world] = self._measured("", world)
        return self._usual[world]

    def change(self, ingredient: Ingredient, world: str) -> Figures:
        """Return by how much each figure changes without the ingredient."""
        before = self.usual(world)
        # Without an anomaly nothing behind the detector runs, and hours of that need no second look.
        silent = ingredient.room != DETECTOR and not any(before[name] for name in QUIET)
        with ingredient.off():
            after = self._measured(ingredient.name, world, quiet=before if silent else None)
        return {name: round(after[name] - before[name], 2) for name in WEIGHTS}

    def _measured(self, off: str, name: str, quiet: Figures | None = None) -> Figures:
        if name in SITUATIONS:
            return SITUATIONS[name](self.faults, self.seed)
        world = world_named(name)
        calm = off, world.model_copy(update={"faults": DEFAULT.faults}).model_dump_json()
        known = quiet or self._quiet.get(calm)
        faults = max(1, round(self.faults * SHARES.get(name, 1.0)))
        found = figures(measure(world, faults, self.seed, 0.0 if known else self.quiet_hours))
        self._quiet.setdefault(calm, {one: (known or found)[one] for one in QUIET})
        return {**found, **self._quiet[calm]}


@dataclass(frozen=True)
class Earnings:
    """What one ingredient earns: for each world, how the figures change without it."""

    ingredient: Ingredient
    changes: Mapping[str, Figures]

    @property
    def best(self) -> str:
        """The world in which it pays most."""
        return max(self.changes, key=lambda world: loss(self.changes[world]))

    @property
    def total(self) -> Figures:
        return summed(self.changes.values())

    @property
    def verdict(self) -> str:
        most = loss(self.changes[self.best])
        if most >= CHANCE:
            return f"pays ({self.best})"
        if self.ingredient.safety:
            return "safety, not measured here"
        return f"too little to tell ({self.best})" if most > 0 else "does not pay"


def line(what: str, where: str, change: Figures, verdict: str = "") -> str:
    cells = " ".join(f"{change[name]:>+8g}" if change[name] else f"{'.':>8}" for name in WEIGHTS)
    return f"  {what:<60} {where:<14} {cells} {loss(change):>+8g}  {verdict}".rstrip()


def heading() -> str:
    short = ("node", "kind", "repaired", "needless", "wrong", "false/h", "acts/h", "loss")
    return f"  {'without':<60} {'in':<14} {' '.join(f'{name:>8}' for name in short)}"


def show(earned: Earnings) -> None:
    """Print a line for each world where anything changes, and the sum with the verdict."""
    title = f"{earned.ingredient.room}: {earned.ingredient.name}"
    for world, change in earned.changes.items():
        if any(change.values()):
            print(line(title, world, change))
    print(line(title, f"{len(earned.changes)} worlds", earned.total, earned.verdict))
    sys.stdout.flush()


def rows(all_earned: Sequence[Earnings]) -> list[Row]:
    return [
        Row(f"{earned.ingredient.name}: {earned.verdict}", loss(earned.changes[earned.best]), unit="loss")
        for earned in all_earned
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--seed", type=int, action="append", metavar="S", help="1 if none is given")
    parser.add_argument("--quiet-hours", type=float, default=0.5)
    parser.add_argument("--world", action="append", choices=world_names(), metavar="NAME")
    parser.add_argument("--ingredient", action="append", choices=[one.name for one in INGREDIENTS], metavar="NAME")
    given = parser.parse_args(arguments)
    runs = [Runs(given.faults, seed, given.quiet_hours) for seed in given.seed or (1,)]
    chosen = [one for one in INGREDIENTS if not given.ingredient or one.name in given.ingredient]
    print(heading())
    all_earned = []
    for ingredient in chosen:
        worlds = given.world or ingredient.worlds
        earned = Earnings(
            ingredient, {world: summed(one.change(ingredient, world) for one in runs) for world in worlds}
        )
        show(earned)
        all_earned.append(earned)
    return finish("Ablation: the largest loss in a world without each ingredient", "ablation", rows(all_earned))


if __name__ == "__main__":
    sys.exit(main())
