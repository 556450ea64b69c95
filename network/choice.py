"""Parses the name of the driver that `NMS_NETWORK` or `--network` sets. It imports no driver, so `--help` is fast."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.domain.errors import SettingError
from shared.platform.own_catalogue import DEVICES as DEVICES
from shared.platform.own_catalogue import INVENTORIES

SIMULATOR, REPLAY = "simulator", "replay"
DRIVERS = {SIMULATOR: "", REPLAY: "FOLDER", DEVICES: "FILE"}
"""Name of a driver -> the argument after the name and a colon; empty if the driver takes no argument."""
WRITTEN = tuple(f"{name}:{argument}" if argument else name for name, argument in DRIVERS.items())
CHOICES = " or ".join(WRITTEN)


@dataclass(frozen=True)
class DriverChoice:
    name: str = SIMULATOR
    path: Path | None = None

    def __str__(self) -> str:
        return self.name if self.path is None else f"{self.name}:{self.path.absolute()}"


def parse_choice(text: str) -> DriverChoice:
    """Raises SettingError for an unknown driver, or a missing or superfluous argument."""
    if text.endswith(INVENTORIES) and text.partition(":")[0] not in DRIVERS:
        text = f"{DEVICES}:{text}"
    name, colon, argument = text.partition(":")
    if name not in DRIVERS:
        raise SettingError(f"NMS_NETWORK={text}: there is no driver {name!r}; there are {', '.join(WRITTEN)}")
    if not DRIVERS[name]:
        if colon:
            raise SettingError(f"NMS_NETWORK={text}: {name} takes no argument; write NMS_NETWORK={name}")
        return DriverChoice(name)
    if not argument:
        raise SettingError(f"NMS_NETWORK={text}: the argument is missing; write NMS_NETWORK={name}:{DRIVERS[name]}")
    return DriverChoice(name, Path(argument).expanduser())
