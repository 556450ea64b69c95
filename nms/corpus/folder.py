"""The folder of a corpus: makes the runs that are missing in it, and writes its index.

Rules

1. A run has its name only once it is complete: it is written to a folder whose name begins with a dot, and renamed.
2. A run that is there stays as it is. If it was made with other parameters, that is an error.
3. The index names every run of the folder, also those of earlier commands.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from nms.corpus.choices import MAX_CORPUS
from nms.corpus.datasheet import datasheet
from nms.corpus.record import RUN, RunFacts, RunParameters, plan_of, record_run
from nms.corpus.worlds import SUFFIX, NamedWorld
from shared.domain.errors import DiskFull, NmsError, SettingError
from shared.domain.topology import sized_topology
from shared.recordings.manifest import put

INDEX, DATASHEET, DETECT, WORLDS, LOCK = "index.json", "datasheet.md", "detect.json", "worlds", ".lock"
PART = ".part-"
"""The name of a run's folder begins with this until the run is complete."""


class CorpusIndex(BaseModel):
    """`commands`: those that made runs of the corpus, without the folder that they wrote to."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["nms-corpus"] = "nms-corpus"
    version: Literal[1] = 1
    commands: tuple[str, ...]
    runs: tuple[RunFacts, ...]


class CorpusFolder:
    """A folder that only this process writes to. `commands`: those that made its runs so far."""

    def __init__(self, folder: Path, commands: tuple[str, ...]) -> None:
        self.folder, self.commands = folder, commands

    def add_world(self, world: NamedWorld) -> None:
        """Copy the file of a world. Raises OSError, SettingError."""
        path = self.folder / WORLDS / f"{world.name}{SUFFIX}"
        if path.exists():
            if path.read_bytes() != world.text:
                raise SettingError(
                    f"{path} differs from the world {world.name} that was given: rename the file, or name another "
                    "folder with --out"
                )
            return
        path.parent.mkdir(exist_ok=True)
        put(path, world.text.decode())

    def missing(self, wanted: Sequence[RunParameters]) -> list[RunParameters]:
        """Raises SettingError if a run was made with other parameters."""
        return [parameters for parameters in wanted if not self._has(parameters)]

    def _has(self, wanted: RunParameters) -> bool:
        folder = self.folder / wanted.name
        if not folder.exists():
            return False
        made = _facts(folder).parameters
        for name in RunParameters.model_fields:
            before, now = getattr(made, name), getattr(wanted, name)
            if before != now:
                raise SettingError(
                    f"{folder} was made with {name} {before}, not {now}: name another folder with --out, or remove "
                    "this one"
                )
        return True

    def make(self, parameters: RunParameters, world: NamedWorld) -> RunFacts:
        """Raises OSError, DiskFull, SettingError."""
        part = self.folder / f"{PART}{parameters.name}"
        part.mkdir()
        try:
            facts = record_run(part, parameters, world.world)
            part.rename(self.folder / parameters.name)
        except BaseException:
            with suppress(OSError):
                shutil.rmtree(part)
            raise
        return facts

    def write_index(self, command: str) -> None:
        """Name all runs of the folder, and this command. Raises OSError, SettingError."""
        if command not in self.commands:
            self.commands = (*self.commands, command)
        folders = sorted(path.parent for path in self.folder.glob(f"[!.]*/{RUN}"))
        if len(folders) > MAX_CORPUS:
            raise SettingError(f"{self.folder} has more than {MAX_CORPUS:,} runs: name another folder with --out")
        runs = sorted(map(_facts, folders), key=lambda facts: facts.parameters.place)
        index = CorpusIndex(commands=self.commands, runs=tuple(runs))
        put(self.folder / INDEX, index.model_dump_json(indent=1) + "\n")
        detect = {f"{one.parameters.name}/{one.detect.file}": one.detect.rows() for one in runs if one.detect}
        put(self.folder / DETECT, json.dumps(detect, indent=1) + "\n")
        put(self.folder / DATASHEET, datasheet(self.commands, runs))


class _Head(BaseModel):
    """The part of the index that a later command needs."""

    kind: Literal["nms-corpus"]
    version: Literal[1]
    commands: tuple[str, ...]


def _facts(folder: Path) -> RunFacts:
    """Raises SettingError if it is no run of a corpus."""
    try:
        return RunFacts.model_validate_json((folder / RUN).read_bytes())
    except (OSError, ValidationError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not the description of a run"
        raise SettingError(f"{folder / RUN}: {reason}: remove {folder}, or name another folder with --out") from None


@contextmanager
def corpus_in(folder: Path) -> Iterator[CorpusFolder]:
    """Claim a folder for this process. Raises SettingError if it is neither empty nor a corpus; DiskFull, NmsError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        commands = _commands(folder)
        with (folder / LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise NmsError(f"{folder}: another `nms corpus` writes to it; wait for its end") from None
            for part in folder.glob(f"{PART}*"):
                shutil.rmtree(part)
            yield CorpusFolder(folder, commands)
    except (OSError, DiskFull) as error:
        why = (error.strerror or str(error)) if isinstance(error, OSError) else str(error).partition(";")[0]
        raise DiskFull(
            f"{folder}: cannot be written ({why}): free space and give the same command again, since complete runs "
            "stay; or name another folder with --out"
        ) from None


def _commands(folder: Path) -> tuple[str, ...]:
    path = folder / INDEX
    if not path.is_file():
        if any(each.name != LOCK for each in folder.iterdir()):
            raise SettingError(f"{folder} is not empty and no corpus: name another folder with --out")
        return ()
    try:
        return _Head.model_validate_json(path.read_bytes()).commands
    except ValidationError:
        raise SettingError(
            f"{path} is not the index of a corpus that this NMS can continue: name another folder with --out"
        ) from None


def _check_plans(wanted: Sequence[RunParameters], worlds: Mapping[str, NamedWorld]) -> None:
    """Raise SettingError if a network cannot have a run, before anything is written."""
    networks = {nodes: sized_topology(nodes) for nodes in {one.nodes for one in wanted}}
    for one in wanted:
        plan_of(one, networks[one.nodes], worlds[one.world].world)


OnRun = Callable[[RunFacts], None]


def make_corpus(
    folder: Path, command: str, wanted: Sequence[RunParameters], worlds: Sequence[NamedWorld], on_run: OnRun
) -> int:
    """Make the runs that are missing, and return how many were there already. `on_run` is called with each new one.

    Raises SettingError, DiskFull, and NmsError if another process writes to the folder.
    """
    by_name = {world.name: world for world in worlds}
    _check_plans(wanted, by_name)
    with corpus_in(folder) as corpus:
        missing = corpus.missing(wanted)
        if not (folder / INDEX).exists():  # first, so that a folder that is left by a kill is known as a corpus
            corpus.write_index(command)
        for world in worlds:
            corpus.add_world(world)
        corpus.write_index(command)
        try:
            for parameters in missing:
                on_run(corpus.make(parameters, by_name[parameters.world]))
        except BaseException:
            with suppress(OSError):  # the runs that are complete can be used
                corpus.write_index(command)
            raise
        corpus.write_index(command)
    return len(wanted) - len(missing)
