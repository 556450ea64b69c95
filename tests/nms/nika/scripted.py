"""A laboratory and a product that follow a script: how long each call takes, and whether it answers, fails or hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nms.nika.mapping import LoopCause
from nms.nika.parts import LabProof, LoopAction, LoopVerdict

FOREVER = 50_000.0


class Way(StrEnum):
    """How a call goes."""

    WELL = "well"
    FAILS = "fails"
    HANGS = "hangs"


@dataclass
class ScriptedNetwork:
    """The truth that laboratory and product share. `leaves`: a line that a repair leaves behind."""

    faulty: bool = False
    built: bool = False
    leaves: tuple[str, ...] = ()
    repaired: bool = False


@dataclass
class ScriptedLaboratory:
    network: ScriptedNetwork = field(default_factory=ScriptedNetwork)
    ways: Mapping[str, Way] = field(default_factory=dict)
    lands: bool = True
    shows: bool = True
    green: bool = True
    worse: tuple[str, ...] = ()
    undoable: bool = True
    cable: str = ""
    calls: list[str] = field(default_factory=list)

    async def _call(self, name: str) -> None:
        self.calls.append(name)
        way = self.ways.get(name, Way.WELL)
        await asyncio.sleep(FOREVER if way is Way.HANGS else 0.5)
        if way is Way.FAILS:
            raise OSError(f"{name} is broken")

    async def build(self) -> None:
        self.network.built = True
        await self._call("build")

    async def baseline(self) -> LabProof:
        await self._call("baseline")
        return LabProof(self.green, "every check holds" if self.green else "pc gets no answer from web")

    async def remember(self) -> None:
        await self._call("remember")

    async def inject(self) -> None:
        self.network.faulty = self.lands
        await self._call("inject")

    async def landed(self) -> LabProof:
        await self._call("landed")
        return LabProof(self.network.faulty, "the rule is there" if self.network.faulty else "no rule")

    async def symptom(self) -> LabProof:
        await self._call("symptom")
        seen = self.network.faulty and self.shows
        return LabProof(seen, "no answer" if seen else "all answer")

    def not_repairable(self) -> str:
        return self.cable

    async def regressions(self) -> tuple[str, ...]:
        await self._call("regressions")
        return (*self.worse, *(self.network.leaves if self.network.repaired else ()))

    async def undo(self) -> None:
        await self._call("undo")
        self.network.faulty = self.network.faulty and not self.undoable

    async def tear_down(self) -> None:
        self.network.built = False
        await self._call("tear_down")


@dataclass
class ScriptedLoop:
    """Notices the fault `detects` seconds after it is there, names `causes` at `names`, acts at `acts` once permitted.

    None: never. `imagines`: it names its causes although there is no fault.
    """

    network: ScriptedNetwork
    causes: tuple[LoopCause, ...] = ()
    detects: float | None = 2.0
    names: float | None = 5.0
    acts: float | None = 10.0
    heals: bool = True
    imagines: bool = False
    settles: float | None = None
    ways: Mapping[str, Way] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    permitted: bool = False
    acted_at: float | None = None
    _since: float | None = None

    async def _call(self, name: str) -> None:
        self.calls.append(name)
        way = self.ways.get(name, Way.WELL)
        if way is Way.HANGS:
            await asyncio.sleep(FOREVER)
        if way is Way.FAILS:
            raise OSError(f"{name} is broken")

    def _age(self) -> float:
        """Seconds since there is something to notice; -1: there is nothing."""
        now = asyncio.get_running_loop().time()
        if self._since is None and (self.network.faulty or self.imagines):
            self._since = now
        return -1.0 if self._since is None else now - self._since

    async def start(self) -> None:
        await self._call("start")

    async def permit(self) -> None:
        await self._call("permit")
        self.permitted = True

    async def verdict(self) -> LoopVerdict:
        await self._call("verdict")
        age = self._age()
        self._act(age)
        named = self.names is not None and age >= self.names
        settled = self.settles is not None and age >= self.settles
        anomaly = self.detects is not None and age >= self.detects
        return LoopVerdict(anomaly, self.causes if named else (), settled)

    def _act(self, age: float) -> None:
        due = self.permitted and self.acts is not None and age >= self.acts
        if due and self.acted_at is None:
            self.acted_at = asyncio.get_running_loop().time()
            if self.heals:
                self.network.faulty, self.network.repaired = False, True

    async def actions(self) -> tuple[LoopAction, ...]:
        if self.acted_at is None:
            return ()
        return (LoopAction("i1.a1", "restart_process", "dns/dns_pod0", "verified", True),)

    async def stop(self) -> None:
        await self._call("stop")
