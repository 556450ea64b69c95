"""Finds the worlds of a corpus: those of the package by name, and those of a user by file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from network.simulator import World
from network.simulator.world_file import read_world
from nms.corpus.choices import SHIPPED
from shared.domain.errors import SettingError

FILES = Path(__file__).parent / "world_files"
SUFFIX = ".yaml"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class NamedWorld:
    """`name`: the file's stem, by which the corpus knows the world. `text`: the file as it is."""

    name: str
    text: bytes
    world: World

    @property
    def option(self) -> str:
        """How a command in the folder of the corpus names this world."""
        is_shipped = self.name in SHIPPED and self.text == _shipped(self.name).read_bytes()
        return self.name if is_shipped else f"worlds/{self.name}{SUFFIX}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text).hexdigest()


def _shipped(name: str) -> Path:
    return FILES / f"{name}{SUFFIX}"


def find_worlds(given: Sequence[str]) -> list[NamedWorld]:
    """Return a world for each text, which names a world of the package or a file. Raises SettingError."""
    worlds = [_read(_shipped(text) if text in SHIPPED else Path(text)) for text in given]
    names = [world.name for world in worlds]
    for name in names:
        if names.count(name) > 1:
            raise SettingError(f"--world: two worlds are called {name}: give each once, or rename a file")
        if not NAME.fullmatch(name):
            raise SettingError(f"--world {name}: rename the file: letters, digits, dots, _ and - only, 64 at most")
    return worlds


def _read(path: Path) -> NamedWorld:
    if not path.exists():
        raise SettingError(f"--world {path}: no such file; name a YAML file, or one of {', '.join(SHIPPED)}")
    try:
        return NamedWorld(path.stem, path.read_bytes(), read_world(path))
    except SettingError as error:
        reason = str(error).partition("=")[2]  # the text begins with the variable that names a world elsewhere
        raise SettingError(f"--world {reason}") from None
    except OSError as error:
        raise SettingError(f"--world {path}: {error.strerror}; name a readable file") from None
