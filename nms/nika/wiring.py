"""Chooses the parts of a run: which laboratory, and which product."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from network.lab.building.layout import SUBNET, LabSettings, check_name
from network.lab.plan import LabPlan
from network.lab.scenarios.pack import plan_from
from nms.nika.cases import NikaCase
from nms.nika.course import CourseKind
from nms.nika.laboratory import NikaLaboratory
from nms.nika.parts import Arena, CaseLaboratory
from shared.domain.errors import SettingError


@dataclass(frozen=True)
class LabChoice:
    """`subnet`: the management network."""

    name: str
    subnet: IPv4Network


def choice_of(name: str, subnet: str | None) -> LabChoice:
    """Raises SettingError."""
    check_name(name)
    try:
        return LabChoice(name, IPv4Network(subnet) if subnet else SUBNET)
    except ValueError as error:
        raise SettingError(f"--subnet {subnet}: {error}: give a network such as {SUBNET}") from None


def arena(kind: CourseKind, choice: LabChoice) -> Arena:
    """Raises SettingError if this version has no such part."""
    if kind is not CourseKind.REHEARSAL:
        raise SettingError("this version of NMS cannot manage the laboratory yet: give --rehearse")

    def laboratory(case: NikaCase, plan: LabPlan) -> CaseLaboratory:
        return NikaLaboratory(case, plan, LabSettings(choice.name, subnet=choice.subnet))

    return Arena(_plan, laboratory)


def _plan(case: NikaCase, file: Path) -> LabPlan:
    """Raises NmsError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{file}: cannot be read ({type(error).__name__}): see its permissions") from None
    return plan_from(text, file.name)
