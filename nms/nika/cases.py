"""Reads cases of NIKA as they are published: a file with `cases`, a list of cases, or one case.

An error names the file, the line and the field, and what to do. A case without an id gets its place in the file, as in
`dev-017`; the only case of a file gets the name of the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nms.nika.ontology import FAULT_IDS, HEALTHY
from nms.nika.resources import NikaPair, NikaResource, ResourceKind, interface, link, node
from shared.domain.errors import SettingError
from shared.domain.near import near
from shared.platform.yaml_model import checked, read_yaml_file
from shared.topologies.marked import Items, MarkedTable, Value

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""An id is the name of a file."""
CORE = "core"
MAX_SHOWN = 64
NEEDS: Mapping[ResourceKind, frozenset[str]] = {
    ResourceKind.NODE: frozenset({"node"}),
    ResourceKind.INTERFACE: frozenset({"node", "name"}),
    ResourceKind.LINK: frozenset({"name"}),
    ResourceKind.K8S: frozenset({"name", "namespace", "k8s_kind"}),
}
"""The fields of a resource of each kind."""


@dataclass(frozen=True)
class NikaCase:
    """`inject`: the parameters of the fault, texts as published. `truth`: empty if the case is healthy.

    `size`, `igp`, `bgp_mode`: which variant of the scenario; empty where the case does not name one. `place`: the file
    and the line, as errors name it.
    """

    id: str
    group: str
    scenario: str
    problem: str
    size: str = ""
    igp: str = ""
    bgp_mode: str = ""
    inject: Mapping[str, str] = field(default_factory=dict)
    truth: tuple[NikaPair, ...] = ()
    place: str = ""

    @property
    def healthy(self) -> bool:
        return not self.truth


class ResourceEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: ResourceKind
    node: str = ""
    name: str = ""
    namespace: str = ""
    k8s_kind: str = ""

    @model_validator(mode="after")
    def _has_its_fields(self) -> Self:
        given = {name for name in ("node", "name", "namespace", "k8s_kind") if getattr(self, name)}
        if given != NEEDS[self.kind]:
            raise ValueError(f"a resource of kind {self.kind} has exactly the fields {', '.join(NEEDS[self.kind])}")
        return self

    def resource(self) -> NikaResource:
        match self.kind:
            case ResourceKind.NODE:
                return node(self.node)
            case ResourceKind.INTERFACE:
                return interface(self.node, self.name)
            case ResourceKind.LINK:
                return link(self.name)
            case ResourceKind.K8S:
                return NikaResource(self.kind, name=self.name, namespace=self.namespace, k8s_kind=self.k8s_kind)


class RootCauseEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    resource: ResourceEntry
    fault_type: str

    @model_validator(mode="after")
    def _is_a_fault_of_nika(self) -> Self:
        _check_fault(self.fault_type)
        return self


class CaseFields(BaseModel):
    """A case as published, with two fields that a copy may add: `id` and `group`."""

    model_config = ConfigDict(extra="forbid")

    id: str = ""
    group: str = CORE
    scenario: str = Field(min_length=1)
    problem: str
    problems: list[str] = []
    inject: dict[str, str] | None = None
    topo_size: Literal["", "s", "m", "l"] = ""
    igp: str = ""
    bgp_mode: str = ""
    rpki: bool = False
    backend: str = ""
    device_profile: str = ""
    root_causes: list[RootCauseEntry]

    @model_validator(mode="after")
    def _is_one_problem(self) -> Self:
        if self.id and not ID.fullmatch(self.id):
            raise ValueError(f"the id {self.id[:MAX_SHOWN]!r} cannot name a file: use letters, digits, - _ and .")
        if self.problem != HEALTHY:
            _check_fault(self.problem)
        if self.problems not in ([], [self.problem]):
            raise ValueError("several problems in one case: make a case of each")
        if (self.problem == HEALTHY) != (not self.root_causes):
            raise ValueError(f"a case has no root causes if its problem is {HEALTHY}, and some if it is not")
        return self


class CaseFileHead(BaseModel):
    """What is beside `cases` in a published file."""

    model_config = ConfigDict(extra="forbid")

    seed: int | None = None


def read_cases(files: Sequence[Path]) -> tuple[NikaCase, ...]:
    """Return the cases of several files, in order. Raises SettingError, also if two cases have one id."""
    places: dict[str, NikaCase] = {}
    for file in files:
        for case in _cases_of(file):
            if case.id in places:
                raise SettingError(
                    f"{case.place}: {places[case.id].place} has the id {case.id} too: rename one, since each case has "
                    "its own result file"
                )
            places[case.id] = case
    if not places:
        raise SettingError(f"no case in {', '.join(map(str, files))}: name a file with cases")
    return tuple(places.values())


def _cases_of(file: Path) -> list[NikaCase]:
    label = str(file)
    marked = read_yaml_file(file, label)
    if isinstance(marked, MarkedTable) and "cases" in marked.entries:
        cases = marked.entries["cases"]
        others = {key: value for key, value in marked.entries.items() if key != "cases"}
        checked(label, MarkedTable(marked.line, others, marked.lines), CaseFileHead)
        if not isinstance(cases, Items):
            raise SettingError(f"{label}: line {cases.line}: cases: write a list of cases")
        return _listed(file, cases)
    if isinstance(marked, Items):
        return _listed(file, marked)
    return [_case(file, marked, file.stem)]


def _listed(file: Path, cases: Items) -> list[NikaCase]:
    return [_case(file, one, f"{file.stem}-{number:03}") for number, one in enumerate(cases.items, 1)]


def _case(file: Path, marked: Value, name: str) -> NikaCase:
    if not isinstance(marked, MarkedTable):
        raise SettingError(f"{file}: line {marked.line}: this is no case: write its fields, such as scenario")
    read = checked(str(file), marked, CaseFields)
    case_id = read.id or name
    if not ID.fullmatch(case_id):
        raise SettingError(f"{file}: line {marked.line}: {case_id[:MAX_SHOWN]!r} cannot name a result file: add an id")
    return NikaCase(
        id=case_id,
        group=read.group,
        scenario=read.scenario,
        problem=read.problem,
        size=read.topo_size,
        igp=read.igp,
        bgp_mode=read.bgp_mode,
        inject=read.inject or {},
        truth=tuple(NikaPair(cause.resource.resource(), cause.fault_type) for cause in read.root_causes),
        place=f"{file}: line {marked.line}",
    )


def _check_fault(fault: str) -> None:
    """Raises ValueError, which the model reports with its place."""
    if fault not in FAULT_IDS:
        meant = "".join(f"; did you mean {close}?" for close in near(fault, FAULT_IDS)[:1])
        raise ValueError(f"{fault[:MAX_SHOWN]!r} is no fault id of NIKA{meant}")


def scenario_files(case: NikaCase) -> tuple[str, ...]:
    """Return the names that the scenario file of a case may have; the first one that exists is meant.

    A case with a routing protocol names a variant by protocol and BGP mode, another one by its size, or has only one.
    """
    if case.igp and case.bgp_mode:
        return (f"{case.scenario}.{case.igp}.{case.bgp_mode}.yaml",)
    sized = (f"{case.scenario}.{case.size}.yaml",) if case.size else ()
    return (*sized, f"{case.scenario}.yaml")


def find_scenario(case: NikaCase, folder: Path) -> Path | None:
    """None if the folder has no file for this case."""
    names = [name for name in scenario_files(case) if Path(name).name == name]
    return next((folder / name for name in names if (folder / name).is_file()), None)
