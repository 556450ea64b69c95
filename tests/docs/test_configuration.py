"""The page of settings is complete: it has every variable that a process reads."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

from nms.extras.documents.configuration import READERS, page
from shared.domain.config import Desired, Thresholds
from shared.platform.settings import ServiceSettings, Settings
from tests.docs.blocks import ROOT

ROOMS = ("shared", "network", "services", "nms")
VARIABLE = re.compile(r"\bNMS_[A-Z]+(?:_[A-Z]+)*\b")


def modules() -> Iterator[str]:
    for room in ROOMS:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not module.name.endswith("__main__") and module.name != "nms.child":
                yield module.name


def kinds(base: type[Settings]) -> Iterator[type[Settings]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_every_class_of_settings_is_on_the_page() -> None:
    for name in modules():
        importlib.import_module(name)
    ours = {kind for kind in kinds(Settings) if kind.__module__.split(".")[0] in ROOMS}
    assert ours == {ServiceSettings, *READERS}


def test_every_variable_that_the_code_names_is_on_the_page() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    text = page()
    named = {name for path in [*files, ROOT / "docker-compose.yml"] for name in VARIABLE.findall(path.read_text())}
    assert [name for name in sorted(named) if f"`{name}`" not in text] == []


def test_every_part_of_the_desired_state_is_on_the_page() -> None:
    parts = {*Desired.model_fields, *Thresholds.model_fields}
    text = page()
    assert [part for part in sorted(parts) if f"| `{part}` |" not in text] == []
