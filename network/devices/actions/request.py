"""What a recipe gets: the action, the state of the device, the approved state, and what the inventory says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from network.devices.actions.live import LiveDetails
from network.devices.actions.plans import DEAD_MAN_SECONDS, DevicePlan, NewText, PlanStep, Words
from network.devices.evidence.difference import StateDifference
from network.devices.evidence.normal.processes import MAX_COMM
from network.devices.evidence.snapshot import DeviceSnapshot, is_below
from network.port import Refusal

MAX_WORD = 4096
"""The longest word that a recipe gives to a device, except the text of a file."""


@dataclass(frozen=True)
class ServiceCare:
    """How to handle one service of a device.

    `process`: the name of its process. `start`: the words that start it. `reload`: the words that make it read its
    files again; empty: it is restarted. `check`: the words that check one of its files, with `FILE` where the name of
    the file belongs; empty: as its program is usually checked.
    """

    process: str
    start: Words = ()
    reload: Words = ()
    check: Words = ()

    @property
    def name(self) -> str:
        """Return the name of its process as the kernel keeps it."""
        return self.process[:MAX_COMM]


@dataclass(frozen=True)
class DeviceCare:
    """What the inventory says about the handling of a device. Empty: it says nothing.

    `management`: the address of the device at which it is managed. `manager`: the address from which it is managed.
    `services`: by their name, such as `dns`. `restart_routing`: restarts all daemons of routing together.
    `approved_files`: the approved text of configuration files, by path.
    """

    management: str = ""
    manager: str = ""
    services: Mapping[str, ServiceCare] = field(default_factory=dict)
    restart_routing: Words = ()
    reboot: Words = ()
    approved_files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ActionRequest:
    """`target`: a node, an interface `node:ifname` or a service `dns/node`. `differences`: all of the device, from the
    approved state. `paths`: of the differences that the action repairs; empty: all that fit. `arguments`: further
    details by name, such as `neighbor`.
    """

    action_id: str
    kind: str
    target: str
    snapshot: DeviceSnapshot
    differences: tuple[StateDifference, ...] = ()
    care: DeviceCare = DeviceCare()
    live: LiveDetails = field(default_factory=LiveDetails)
    paths: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    seconds: int = DEAD_MAN_SECONDS

    @property
    def device(self) -> str:
        return self.snapshot.device

    @property
    def interface(self) -> str:
        """The name of the target on the device; empty if the target is no interface of it."""
        node, _, name = self.target.rpartition(":")
        return name if node == self.device else ""

    @property
    def service(self) -> str:
        name, _, node = self.target.partition("/")
        return name if node == self.device else ""

    @cached_property
    def by_path(self) -> Mapping[str, StateDifference]:
        return {difference.path: difference for difference in self.differences}

    def found(self, path: str) -> str | None:
        return self.snapshot.facts.get(path)

    def approved(self, path: str) -> str | None:
        difference = self.by_path.get(path)
        return difference.approved if difference else self.snapshot.facts.get(path)

    def differing(self, *prefixes: str) -> tuple[StateDifference, ...]:
        """Return the differences below any of the prefixes, in their order."""
        return tuple(each for each in self.differences if any(is_below(each.path, prefix) for prefix in prefixes))

    def wanted(self, *prefixes: str) -> tuple[StateDifference, ...]:
        """Return those that the action repairs."""
        below = self.differing(*prefixes)
        return tuple(each for each in below if each.path in self.paths) if self.paths else below

    def facts_below(self, prefix: str) -> Mapping[str, str]:
        return {path: value for path, value in self.snapshot.facts.items() if is_below(path, prefix)}

    def plan(
        self,
        steps: Sequence[PlanStep],
        diff: str,
        disturbs: str = "",
        checks: Sequence[Words] = (),
        texts: Sequence[NewText] = (),
        restarts: bool = False,
    ) -> DevicePlan:
        return DevicePlan(
            self.action_id,
            self.kind,
            self.device,
            self.target,
            tuple(steps),
            diff,
            disturbs,
            tuple(checks),
            tuple(texts),
            self.seconds,
            restarts,
        )

    def refuse(self, why: str) -> Refusal:
        return Refusal(f"{self.kind} of {self.target}: {why}")

    def unknown(self, *paths: str) -> Refusal | None:
        """Refuse if the state at a path could not be read. A part below it may be unknown: nothing there differs."""
        blind = next((path for path in paths if not self.snapshot.knows(path)), None)
        return None if blind is None else self.refuse(f"the state of {blind} could not be read; read the device again")


Made = DevicePlan | Refusal


def first_refusal(refusals: Iterable[Refusal | None]) -> Refusal | None:
    return next((refusal for refusal in refusals if refusal is not None), None)


def flaw_of_word(word: str) -> str:
    """Return what is wrong with a word for a device; empty if nothing is."""
    if not word or len(word) > MAX_WORD:
        return "is empty or too long"
    return "has a control character" if any(ord(char) < 32 or ord(char) == 127 for char in word) else ""
