"""Reads a catalogue file, and adds its rows; a process can add one file."""

from __future__ import annotations

from pathlib import Path

from shared.domain.catalogue.rows import CatalogueRows, add_rows, misfits
from shared.domain.errors import SettingError
from shared.platform.own_catalogue import VARIABLE
from shared.platform.yaml_model import read_yaml

_added: list[Path] = []


def add_file(path: Path) -> None:
    """Add the rows of a file; do nothing if it was added before.

    Raises SettingError if the file is invalid, or if another file was added.
    """
    whole = path.absolute()
    if whole in _added:
        return
    if _added:
        raise SettingError(f"{VARIABLE}={path}: the catalogue of {_added[0]} is in use already; name one file")
    add_rows(read_catalogue(whole))
    _added.append(whole)


def read_catalogue(path: Path) -> CatalogueRows:
    """Raises SettingError that names the line, if the line is known."""
    file = read_yaml(path, VARIABLE, CatalogueRows)
    if misfit := next(misfits(file.content), None):
        raise file.error(misfit.where, misfit.why)
    return file.content
