"""The generated files: what each has to say, and putting them where they belong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from nms.documents.asyncapi import document
from nms.documents.messages import messages
from nms.documents.table import page
from nms.documents.yaml import dump
from shared.errors import DiskFull

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SCHEMAS = "schemas"
HEAD = "# Written by `make docs`; change the classes in shared/ instead.\n"


def wanted() -> Mapping[str, str]:
    """Return the text of each file, by its path below docs/reference."""
    schemas = {f"{SCHEMAS}/{m.name}.json": json.dumps(m.schema, indent=2) + "\n" for m in messages()}
    return {"asyncapi.yaml": HEAD + dump(document()), "events.md": page(), **schemas}


def stale(folder: Path = REFERENCE) -> list[str]:
    """Return the files that are missing, say something else, or are of a message that is no more."""
    texts = wanted()
    there = {f"{SCHEMAS}/{path.name}" for path in (folder / SCHEMAS).glob("*")}
    differ = {name for name, text in texts.items() if not _says(folder / name, text)}
    return sorted(differ | (there - texts.keys()))


def write(folder: Path = REFERENCE) -> list[str]:
    """Make every file say what it has to; return those that were stale. Raises DiskFull."""
    texts, old = wanted(), stale(folder)
    try:
        (folder / SCHEMAS).mkdir(exist_ok=True)
        for name in old:
            if name in texts:
                (folder / name).write_text(texts[name], encoding="utf-8")
            else:
                (folder / name).unlink()
    except OSError as error:
        raise DiskFull(
            f"cannot write below {folder}: {error.strerror}; run this in a checkout that has space"
        ) from None
    return old


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
