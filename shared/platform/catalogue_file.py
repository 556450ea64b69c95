"""Reads a catalogue file, reports errors with their line, and adds the rows; a process can add one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from pydantic import ValidationError

from shared.domain.catalogue.rows import CatalogueRows, add_rows, misfits
from shared.domain.errors import SettingError, TopologyError
from shared.domain.printable import printable
from shared.platform.own_catalogue import VARIABLE
from shared.topologies.marked import Items, MarkedTable, Text, Value, read_marked

MAX_BYTES = 1024 * 1024
MAX_SHOWN = 64
Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"


class CatalogueError(SettingError):
    pass


_added: list[Path] = []


def add_file(path: Path) -> None:
    """Add the rows of a file; do nothing if it was added before.

    Raises CatalogueError if the file is invalid, or if another file was added.
    """
    whole = path.absolute()
    if whole in _added:
        return
    if _added:
        raise _error(path, f"the catalogue of {_added[0]} is in use already; name one file")
    add_rows(read_catalogue(whole))
    _added.append(whole)


def read_catalogue(path: Path) -> CatalogueRows:
    """Raises CatalogueError that names the line, if the line is known."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _error(path, f"{error.strerror or type(error).__name__}; name a readable file") from None
    if len(data) > MAX_BYTES:
        raise _error(path, f"more than {MAX_BYTES // 1024} KiB; a catalogue has at most a few hundred rows")
    try:
        marked = read_marked(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _error(path, "not UTF-8; save it as UTF-8") from None
    except TopologyError as error:
        raise _error(path, str(error)) from None
    return _checked(path, marked)


def _checked(path: Path, marked: Value) -> CatalogueRows:
    try:
        rows = CatalogueRows.model_validate(_plain(marked))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise _error(path, f"line {_line(marked, first['loc'])}: {where[:MAX_SHOWN]}: {first['msg']}") from None
    if misfit := next(misfits(rows), None):
        raise _error(path, f"line {_line(marked, misfit.where)}: {misfit.why}")
    return rows


def _error(path: Path, why: str) -> CatalogueError:
    return CatalogueError(f"{VARIABLE}={path}: {printable(why)}")


def _plain(value: Value) -> Plain:
    """Return a value without its line: text, list, table or None. The models of the rows convert texts to numbers."""
    if isinstance(value, Text):
        return None if value.is_nothing else value.value
    if isinstance(value, Items):
        return [_plain(item) for item in value.items]
    return {key: _plain(item) for key, item in value.entries.items()}


def _line(marked: Value, where: Sequence[str | int]) -> int:
    line = marked.line
    for step in where:
        if isinstance(marked, MarkedTable) and step in marked.entries:
            line, marked = marked.lines[str(step)], marked.entries[str(step)]
        elif isinstance(marked, Items) and isinstance(step, int) and step < len(marked.items):
            marked = marked.items[step]
            line = marked.line
        else:
            break
    return line
