"""Watches the state of one device: reads it after a change and on a slow beat, and compares it with the approved one.

Rules
1. What an operator approves counts from the next reading on: the file is read again when it has changed.
2. Where the inventory trusts the first state, that is stored as proposed. Else nothing differs until a person approves.
3. A reading that fails leaves the last one; it is repeated on the beat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from network.devices.console import Console, NoAnswer
from network.devices.evidence.baseline import Baseline, BaselineFolder
from network.devices.evidence.collecting import ServiceFiles, collect
from network.devices.evidence.meaning import evidence_of
from network.devices.evidence.metrics import DIFFERS, DeviceEvidence
from network.devices.evidence.normal import normalised
from network.devices.evidence.normal.processes import ROUTING_DAEMONS
from network.devices.evidence.snapshot import DeviceSnapshot, joined
from shared.domain.errors import NmsError
from shared.domain.instant import iso

READ_EVERY = 10.0
"""Seconds between two readings of the state without a change."""
APART = 0.4
"""The least seconds between two readings."""
BY = "the first state"


@dataclass
class StateWatch:
    """`now`: network time. `trust_first`: whether the first state counts until a person approves one."""

    console: Console
    baselines: BaselineFolder
    trust_first: bool
    now: Callable[[], float]
    services: Sequence[ServiceFiles] = ()
    routing: bool = True
    snapshot: DeviceSnapshot | None = None
    evidence: DeviceEvidence | None = None
    trouble: str = ""
    readings: int = 0
    _baseline: Baseline | None = None
    _changed: float = 0.0
    _event: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def device(self) -> str:
        return self.console.device

    @property
    def approved(self) -> DeviceSnapshot | None:
        return self._baseline.snapshot if self._baseline is not None else None

    def nudge(self) -> None:
        """Read at once, since something happened."""
        self._event.set()

    async def run(self) -> None:
        while True:
            await self.read()
            await asyncio.sleep(APART)
            try:
                async with asyncio.timeout(READ_EVERY):
                    await self._event.wait()
            except TimeoutError:
                pass
            self._event.clear()

    async def read(self) -> None:
        self.readings += 1
        raw = await collect(self.console, self.services, self.routing)
        if isinstance(raw, NoAnswer):
            self.trouble = raw.reason
            return
        self.snapshot = normalised(raw)
        try:
            await asyncio.to_thread(self._read_baseline, self.snapshot)
        except NmsError as error:
            self.trouble, self.evidence = str(error), None
            return
        self.trouble = ""
        approved = self.approved
        self.evidence = None if approved is None else evidence_of(approved, self.snapshot, self.services)

    def points(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Return what is read, and what of it differs: pairs of an element and an evidence metric."""
        if self.evidence is None:
            return [], []
        read = [(point.element, str(point.metric)) for point in self.evidence.states]
        states = self.evidence.states.items()
        return read, [(point.element, str(point.metric)) for point, state in states if state == DIFFERS]

    def _is_whole(self, snapshot: DeviceSnapshot) -> bool:
        """Return whether nothing is missing but the configuration of daemons that the device does not run."""
        routes = any(
            path.startswith(joined("process", daemon)) for path in snapshot.facts for daemon in ROUTING_DAEMONS
        )
        without = ("frr/",) if routes else ("frr", "saved")
        return all(path.startswith(without) for path in snapshot.missing)

    def _read_baseline(self, snapshot: DeviceSnapshot) -> None:
        """Raises SettingError or DiskFull."""
        file = self.baselines.file(self.device)
        changed = file.stat().st_mtime if file.exists() else 0.0
        if self._baseline is None or changed != self._changed:
            self._baseline, self._changed = self.baselines.read(self.device), changed
        if self._baseline is None and self.trust_first and self._is_whole(snapshot):
            self._baseline = self.baselines.propose(snapshot, BY, iso(self.now()))
            self._changed = file.stat().st_mtime
