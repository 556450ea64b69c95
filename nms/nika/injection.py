"""Turns a case into a request to the injector of the laboratory, and asks it for the proofs that a case needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from network.lab.errors import LabError
from network.lab.faults.injector import LabInjector
from network.lab.faults.journal import Journal
from network.lab.faults.opened import opened, start_watch
from network.lab.faults.proof import Landed, NotLanded
from network.lab.faults.recipe import MOST_SECONDS, FaultRequest, Recipe
from network.lab.faults.table import RECIPES
from nms.nika.cases import NikaCase
from nms.nika.parts import LabProof
from shared.domain.element_names import port_name
from shared.domain.kinds import ElementKind

FAULT_ID = "case"
"""One laboratory has one case, and its id names no fault."""
PLACES = ("host_name", "receiver_name", "forwarding_device")
"""Fields of a case that may name the node of the fault, in this order."""
PORT = "intf_name"
OTHER_NAMES: Mapping[str, str] = {"host_name_2": "client"}
"""Parameters that the laboratory calls otherwise."""
CABLE = "cable/"
"""What a change of a cable touches begins with it: no program of a node reaches a cable."""
IN_THE_CABLE = "the fault is in the cable, which no device reaches"


def request_of(case: NikaCase, recipes: Mapping[str, Recipe] = RECIPES) -> FaultRequest | NotLanded:
    """Return what to inject; fields of a case that only serve the probes of others are left out."""
    recipe = recipes.get(case.problem)
    if recipe is None:
        return NotLanded(f"the laboratory has no fault {case.problem}")
    node = next((case.inject[name] for name in PLACES if name in case.inject), "")
    if not node:
        return NotLanded(f"the case names no node: give one of the fields {', '.join(PLACES)}")
    known = {parameter.name for parameter in recipe.parameters}
    given = {OTHER_NAMES.get(name, name): value for name, value in case.inject.items()}
    at_port = PORT in case.inject and PORT not in known and ElementKind.INTERFACE in recipe.accepts
    target = port_name(node, case.inject[PORT]) if at_port else node
    parameters = {name: value for name, value in given.items() if name in known}
    return FaultRequest(FAULT_ID, case.problem, target, parameters, MOST_SECONDS)


@dataclass(frozen=True)
class CaseFault:
    """The fault of a case. `recipe`: of its kind. `touches`: what it changed, as paths."""

    injector: LabInjector
    recipe: Recipe
    touches: frozenset[str] = frozenset()

    @classmethod
    def made(cls, folder: Path, case: NikaCase) -> CaseFault:
        """Inject the fault of a case into the laboratory of a folder. Raises LabError."""
        injector = LabInjector(opened(folder), start_watch)
        request = request_of(case)
        if isinstance(request, NotLanded):
            raise LabError(request.reason)
        result = injector.inject(request)
        if isinstance(result, NotLanded):
            raise LabError(result.reason)
        entry = Journal(folder).read(FAULT_ID)
        return cls(injector, RECIPES[request.kind], entry.touches if entry else frozenset())

    def not_repairable(self) -> str:
        return IN_THE_CABLE if self.touches and all(each.startswith(CABLE) for each in self.touches) else ""

    def landed(self) -> LabProof:
        return _proof(self.injector.landed(FAULT_ID))

    def symptom(self) -> LabProof:
        """A kind of fault without a symptom of its own counts as its own effect."""
        if self.recipe.symptom is None:
            return self.landed()
        return _proof(self.injector.symptom(FAULT_ID, within=0.0))

    def undo(self) -> None:
        """Raises LabError."""
        left = self.injector.clear(FAULT_ID)
        if left is not None:
            raise LabError(left.reason)


def _proof(result: Landed | NotLanded) -> LabProof:
    if isinstance(result, Landed):
        return LabProof(True, result.proof)
    return LabProof(False, result.reason)
