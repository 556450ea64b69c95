"""Which driver is chosen, as `NMS_NETWORK` and `--network` write it. Imports no driver, so that help comes at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.domain.errors import SettingError

SIMULATOR, REPLAY = "simulator", "replay"
DRIVERS = {SIMULATOR: "", REPLAY: "FOLDER"}
"""The drivers, each with what is written behind its name and a colon."""
WRITTEN = tuple(f"{name}:{what}" if what else name for name, what in DRIVERS.items())
CHOICES = " or ".join(WRITTEN)


@dataclass(frozen=True)
class DriverChoice:
    """A driver by name; `folder` is the recording of a replay."""

    name: str = SIMULATOR
    folder: Path | None = None

    def __str__(self) -> str:
        """Return it as it is written, the folder absolute."""
        return self.name if self.folder is None else f"{self.name}:{self.folder.absolute()}"


def parse_choice(text: str) -> DriverChoice:
    """Return which driver is meant. Raises SettingError, naming what there is."""
    name, colon, what = text.partition(":")
    if name not in DRIVERS:
        raise SettingError(f"NMS_NETWORK={text}: there is no driver {name!r}; there are {', '.join(WRITTEN)}")
    if not DRIVERS[name]:
        if colon:
            raise SettingError(f"NMS_NETWORK={text}: nothing is written behind {name}; write NMS_NETWORK={name}")
        return DriverChoice(name)
    if not what:
        raise SettingError(f"NMS_NETWORK={text}: say which, as in NMS_NETWORK={name}:{DRIVERS[name]}")
    return DriverChoice(name, Path(what).expanduser())
