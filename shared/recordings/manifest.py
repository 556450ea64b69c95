"""The manifest of a recording, manifest.json: written when the recording begins, and with all fields when it ends."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.domain.errors import TopologyError
from shared.domain.instant import Instant
from shared.domain.topology import Topology
from shared.recordings.choices import Family, Format
from shared.recordings.errors import Broken

NAME, TOPOLOGY = "manifest.json", "topology.json"
VERSION = 2
MAX_MANIFEST = 16 * 1024 * 1024
MAX_GAPS = 100
"""How many gaps are listed; the messages of further gaps are only counted."""
WARM_UP = 300.0
"""Seconds of network time after which a new detector decides like an older one: baselines adapt in about a
minute, and after five minutes the earlier samples have less than a hundredth of the weight."""


class _ManifestPart(BaseModel):
    model_config = ConfigDict(frozen=True)


class Span(_ManifestPart):
    begin: Instant
    end: Instant


class File(_ManifestPart):
    """A file of a recording: the number of its rows (lines of a journal or rows of a table), its size and checksum."""

    rows: int = Field(ge=0)
    size: int = Field(ge=0, description="bytes")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Gap(_ManifestPart):
    """A run of messages that a stream dropped before they were read: the numbers of the first and the last of them."""

    first: int
    last: int


class Read(_ManifestPart):
    messages: int = Field(default=0, ge=0)
    first: int | None = Field(default=None, description="number of the first message in its stream")
    last: int | None = Field(default=None, description="number of the last message in its stream")
    missing: int = Field(default=0, ge=0, description="messages that were dropped in between")
    gaps: tuple[Gap, ...] = Field(default=(), max_length=MAX_GAPS, description="the first of those gaps")
    not_understood: int = Field(default=0, ge=0, description="messages whose body is not JSON")


class Manifest(_ManifestPart):
    """The content of a recording's folder. `finished`: false if the writer ended before it could write the totals."""

    kind: Literal["nms-recording"] = "nms-recording"
    version: Literal[2] = 2
    product: str = Field(description="version of NMS that wrote it")
    format: Format
    families: tuple[Family, ...]
    partitions: int = Field(ge=1, description="number of partitions of telemetry")
    seed: int | None = Field(default=None, description="seed of the network, if it is known")
    speed: float | None = Field(default=None, description="network seconds a second, at the last tick")
    finished: bool = False
    ended_by: str | None = Field(default=None, description="why it ended")
    whole: bool = Field(default=False, description="telemetry begins with the first tick of the network")
    wall: Span | None = None
    network: Span | None = Field(default=None, description="of telemetry")
    judge_from: Instant | None = Field(
        default=None, description="network time from which a replay has the same results"
    )
    reconnects: int = Field(default=0, ge=0, description="how often the connection to the broker was lost and restored")
    reads: Mapping[Family, Read] = {}
    files: Mapping[str, File] = {}

    @property
    def missing(self) -> int:
        return sum(read.missing for read in self.reads.values())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """An older manifest is replaced atomically. Raises OSError."""
    put(folder / NAME, manifest.model_dump_json(indent=1) + "\n")


def put(path: Path, text: str) -> None:
    """Write a small file; an older file is replaced atomically. Raises OSError."""
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_text(text)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def read_manifest(folder: Path) -> Manifest:
    """Raises Broken if there is no valid one."""
    path = folder / NAME
    try:
        manifest = Manifest.model_validate_json(_read(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "body"
        if where == "version" and isinstance(first["input"], int):
            raise Broken(
                f"{path}: version {first['input']} is not supported, only {VERSION}: "
                "replay it with the NMS that wrote it"
            ) from None
        raise Broken(f"{path}: not a manifest of a recording: {where}: {first['msg']}") from None
    return manifest


def read_topology_of(folder: Path) -> Topology:
    """Raises Broken if there is no valid one."""
    path = folder / TOPOLOGY
    try:
        return Topology.model_validate_json(_read(path))
    except (ValidationError, TopologyError) as error:
        raise Broken(f"{path}: not a topology: {str(error).splitlines()[0]}") from None


def facts_of(path: Path, rows: int) -> File:
    """Raises OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(rows=rows, size=path.stat().st_size, sha256=digest)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MANIFEST + 1)
    except OSError as error:
        raise Broken(f"{path}: {error.strerror}; name the folder of a recording, as `nms record` makes it") from None
    if len(data) > MAX_MANIFEST:
        raise Broken(f"{path}: larger than the {MAX_MANIFEST} bytes that are read")
    return data
