"""Reads a YAML file into a pydantic model; an error names the file, the line and the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError

from shared.domain.errors import SettingError, TopologyError
from shared.domain.printable import printable
from shared.topologies.marked import Items, MarkedTable, Text, Value, read_marked

MAX_BYTES = 1024 * 1024
MAX_SHOWN = 64
Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class YamlFile(Generic[Model]):
    """A file that was read. `label`: the variable and the path, as errors name them."""

    label: str
    marked: Value
    content: Model

    def error(self, where: Sequence[str | int], why: str) -> SettingError:
        return _error(self.label, f"line {_line(self.marked, where)}: {why}")


def read_yaml(path: Path, variable: str, model: type[Model], largest: int = MAX_BYTES) -> YamlFile[Model]:
    """`variable`: the environment variable that names the file, or empty. `largest`: in bytes. Raises SettingError."""
    label = f"{variable}={path}" if variable else str(path)
    marked = read_yaml_file(path, label, largest)
    return YamlFile(label, marked, checked(label, marked, model))


def read_yaml_file(path: Path, label: str, largest: int = MAX_BYTES) -> Value:
    """Return the content of a file with its lines. `label`: what errors call the file. Raises SettingError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _error(label, f"{error.strerror or type(error).__name__}; name a readable file") from None
    if len(data) > largest:
        raise _error(label, f"more than {largest // 1024} KiB; name a file of this kind, or leave parts out")
    try:
        return read_marked(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _error(label, "not UTF-8; save it as UTF-8") from None
    except TopologyError as error:
        raise _error(label, str(error)) from None


def checked(label: str, marked: Value, model: type[Model]) -> Model:
    """Read a value, or a part of a file, into a model. Raises SettingError."""
    empty = isinstance(marked, Text) and marked.is_nothing
    try:
        return model.model_validate({} if empty else _plain(marked))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise _error(label, f"line {_line(marked, first['loc'])}: {where[:MAX_SHOWN]}: {first['msg']}") from None


def _error(label: str, why: str) -> SettingError:
    return SettingError(f"{label}: {printable(why)}")


def _plain(value: Value) -> Plain:
    """Return a value without its lines: text, list, table or None. The model converts texts to numbers."""
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
