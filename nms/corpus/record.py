"""Records one run of the corpus: the loop in its scenario, as a recording with its labels in a folder of its own."""

from __future__ import annotations

import hashlib
import math
import os
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from network.simulator import World
from nms.corpus.cases import LARGEST, CaseWriter, DetectLabel
from nms.corpus.choices import Scenario
from nms.corpus.labels import LabelRecorder
from nms.corpus.recorder import FAMILIES, LoopRecorder
from nms.corpus.scenarios import RunPlan, plan
from nms.extras.recording.export import into_tables
from nms.extras.recording.ledger import RecordingLedger
from nms.simulate import Loop
from shared.domain.config import Desired
from shared.domain.events import Event
from shared.domain.kinds import EndedBy, Resolution
from shared.domain.telemetry import Tick
from shared.domain.topology import Topology, sized_topology
from shared.platform.own_catalogue import VARIABLE as CATALOGUE
from shared.recordings.choices import Format
from shared.recordings.manifest import File, Manifest, facts_of, put

RUN, TRUTH, INCIDENTS = "run.json", "truth.json", "incidents.json"
OVER = "the run is over"
CUT_OFF = "the run was cut off"


class RunParameters(BaseModel):
    """Everything that decides the bytes of a run. `product`: the version of NMS. `world_sha256`: of the world's file;
    `catalogue_sha256`: of the file in NMS_CATALOGUE, if it was set.
    """

    model_config = ConfigDict(frozen=True)

    scenario: Scenario
    nodes: int
    world: str
    run: int
    seed: int
    format: Format
    world_sha256: str
    catalogue_sha256: str | None
    product: str

    @property
    def group(self) -> str:
        """What the runs of one scenario, size and world have in common."""
        return f"{self.scenario}-{self.nodes}-{self.world}"

    @property
    def name(self) -> str:
        return f"{self.group}-{self.run}"

    @property
    def place(self) -> tuple[str, int, int, int]:
        """Sorts the runs of a corpus: by world, size, scenario in the order of the documents, and number."""
        return self.world, self.nodes, list(Scenario).index(self.scenario), self.run


def own_catalogue_sha256() -> str | None:
    """Return the checksum of the file in NMS_CATALOGUE, whose rows are in use; None if there is none."""
    path = os.environ.get(CATALOGUE)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else None


class RunCounts(BaseModel):
    """`repaired`: faults that an action ended. `samples`: of an element, that were due. `missing`: those that never
    came.
    """

    model_config = ConfigDict(frozen=True)

    faults: int
    repaired: int
    anomalies: int
    incidents: int
    actions: int
    samples: int
    missing: int
    bytes: int


class RunFacts(BaseModel):
    """The content of `run.json`. `warm_up`, `seconds`: the length before and after the end of the warm-up."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["nms-corpus-run"] = "nms-corpus-run"
    parameters: RunParameters
    network_seed: int
    interval: float
    warm_up: float
    seconds: float
    counts: RunCounts
    detect: DetectLabel | None
    files: Mapping[str, File]


def plan_of(parameters: RunParameters, topology: Topology, world: World) -> RunPlan:
    """Raises SettingError."""
    return plan(parameters.scenario, topology, world, parameters.group, parameters.seed, parameters.run)


def record_run(folder: Path, parameters: RunParameters, world: World) -> RunFacts:
    """Write a run to an empty folder; `run.json` is written last. Raises OSError, DiskFull, SettingError."""
    topology = sized_topology(parameters.nodes)
    wanted = plan_of(parameters, topology, world)
    running = _RunningLoop(folder, topology, wanted)
    running.run()
    manifest = running.ledger.finish(OVER)
    if parameters.format is not Format.JSONL:
        journals = {family: running.ledger.path(family) for family in running.ledger.families}
        manifest = into_tables(folder, journals, manifest, parameters.format, lambda done: None)
    detect = running.write_labels()
    facts = RunFacts(
        parameters=parameters,
        network_seed=wanted.network_seed,
        interval=wanted.world.sampling.interval,
        warm_up=wanted.warm_up,
        seconds=wanted.seconds,
        counts=running.counts(),
        detect=detect,
        files=_files(folder, manifest),
    )
    put(folder / RUN, facts.model_dump_json(indent=1) + "\n")
    return facts


def _files(folder: Path, manifest: Manifest) -> dict[str, File]:
    """Return facts of all files. Those of the recording are in its manifest."""
    names = sorted(path.name for path in folder.iterdir())
    return {name: manifest.files.get(name) or facts_of(folder / name, 0) for name in names}


class _RunningLoop:
    """A loop whose messages go to the ledger as they come, so that memory does not grow with the length of a run."""

    def __init__(self, folder: Path, topology: Topology, wanted: RunPlan) -> None:
        self._folder, self._plan = folder, wanted
        desired = Desired(running=False)
        self.ledger = RecordingLedger(folder, FAMILIES, topology, wanted.network_seed)
        self._recorder, self._labels = LoopRecorder(self.ledger), LabelRecorder()
        self._loop = Loop(
            topology,
            wanted.network_seed,
            desired,
            load=wanted.load,
            world=wanted.world,
            seen=self._seen,
            sampled=self._sampled,
        )
        is_case = len(wanted.faults) == 1 and len(topology.nodes) <= LARGEST
        self._case = CaseWriter(folder, topology, wanted.faults[0]) if is_case else None
        self._begin = self._loop.now + wanted.warm_up
        self._recorder.settings(desired, self._loop.now)

    def run(self) -> None:
        """Raises OSError; the files are closed then."""
        due = deque(sorted(self._plan.faults, key=lambda fault: fault.after))
        whole = self._plan.warm_up + self._plan.seconds
        try:
            for _ in range(math.ceil(whole / self._loop.network.interval)):
                while due and self._loop.now >= self._begin + due[0].after:
                    fault = due.popleft()
                    self._loop.inject(fault.kind, fault.element, fault.strength, fault.lasts)
                self._loop.step()
            if self._case:
                self._case.close()
        except BaseException:
            with suppress(OSError):
                self.ledger.finish(CUT_OFF)
            if self._case:
                with suppress(OSError):
                    self._case.close()
            raise

    def _seen(self, event: Event, now: float) -> None:
        self._recorder.event(event, now)
        self._labels.take(event)

    def _sampled(self, tick: Tick) -> None:
        self._recorder.tick(tick)
        if self._case:
            self._case.take(tick)

    def write_labels(self) -> DetectLabel | None:
        truth = self._labels.truth(self._plan.world.benign, self._plan.load)
        put(self._folder / TRUTH, truth.model_dump_json(indent=1, by_alias=True) + "\n")
        put(self._folder / INCIDENTS, self._labels.found().model_dump_json(indent=1) + "\n")
        if self._case is None or len(truth.faults) != 1:
            return None
        (fault,) = truth.faults
        end = self._loop.now if fault.end is None else fault.end
        return self._case.finish(fault.begin, end, self._begin)

    def counts(self) -> RunCounts:
        labels, samples = self._labels, self._recorder.samples
        return RunCounts(
            faults=len(labels.faults),
            repaired=sum(one.ended_by is EndedBy.ACTION for one in labels.faults.values()),
            anomalies=labels.anomalies,
            incidents=sum(one.resolution is not Resolution.MERGED for one in labels.incidents.values()),
            actions=sum(one.applied is not None for one in labels.actions.values()),
            samples=samples.rows,
            missing=samples.missing,
            bytes=sum(path.stat().st_size for path in self._folder.iterdir()),
        )
