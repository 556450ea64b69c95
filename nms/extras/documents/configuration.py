"""The Markdown page of settings: environment variables and the desired state, from the classes that read the settings.

Rule: a variable that no settings class reads is listed in `OUTSIDE`; a test finds variables that are missing there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel

from network.settings import NetworkSettings
from nms.plan import ROOT
from nms.settings import SystemSettings
from services.gateway.settings import GatewaySettings
from services.injector.settings import InjectorSettings
from services.remediator.settings import RemediatorSettings
from shared.domain.config import Desired, Thresholds
from shared.platform.bootstrap import BootstrapSettings
from shared.platform.settings import PREFIX, ServiceSettings

Part: TypeAlias = Mapping[str, Any]
Row: TypeAlias = tuple[str, ...]

READERS: Mapping[type[ServiceSettings], str] = {
    SystemSettings: "`nms up`, `run`",
    BootstrapSettings: "bootstrap",
    NetworkSettings: "network",
    InjectorSettings: "injector",
    RemediatorSettings: "remediator",
    GatewaySettings: "gateway",
}
"""The reader of each settings class, in the order of the page. Every process reads the settings of the base class."""
OUTSIDE: tuple[Row, ...] = (
    ("`NMS_SERVER`", "unset", "a URL", "commands that talk to a system", "its address, as in `--server`"),
    ("`NMS_CATALOGUE`", "unset", "a file", "every process", "YAML with further metrics, kinds of fault and playbooks"),
    ("`XDG_STATE_HOME`", "`~/.local/state`", "a folder", "`nms`", "state is stored in its folder `nms`"),
    ("`NMS_SETUP_DIR`", "`/setup`", "a folder", "setup in containers", "where credentials and the broker's file go"),
)
FOR_COMPOSE = re.compile(r"\$\{(NMS_[A-Z_]+):-([^}]*)\}")
WORDS = {
    "boolean": "true, false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "string": "text",
}
PAGE = """\
# Configuration

Written by `make docs` from the classes that read the settings.

There are two places. The **environment** configures the start of a process: the address of the broker, ports. The
**desired state** configures the loop; it is stored in the broker (KV `config`), can be changed while the system runs,
takes effect in every replica at once, and survives a restart. Its first value comes from `NMS_DESIRED`.

An option of the command line overrides the environment. An empty variable counts as unset. An invalid value ends the
process with exit code 2 and a sentence that names the variable, its value and the remedy.

## The environment

{environment}

`nms up` passes its own environment on to every process that it starts, and sets `NMS_NATS_URL`, `NMS_CREDENTIALS`,
`NMS_REPLICA` and `NMS_HEALTH_PORT` of each itself.

### In docker-compose.yml

The file reads these from the shell or a file `.env` beside it.

{compose}

## The desired state

`GET /api/config` shows it, `PATCH /api/config` changes the fields of its body, `NMS_DESIRED` takes the same as JSON.
Seconds are network time. See [own thresholds](../how-to/own-thresholds.md).

{desired}

`thresholds` are the plain limits; the detector also learns the baseline of each element, and a value far from it is an
anomaly below these limits too.

{thresholds}
"""


def page() -> str:
    head = ("setting", "default", "range", "read by", "what it is")
    return PAGE.format(
        environment=_table(head, [*_environment(), *OUTSIDE]),
        compose=_table(("variable", "default", "passed on to"), _compose()),
        desired=_table(("part", "default", "range", "what it is"), _parts(Desired)),
        thresholds=_table(("part", "default", "range", "what it is"), _parts(Thresholds)),
    )


def _table(head: Row, rows: Iterable[Row]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows))


def _environment() -> Iterator[Row]:
    rows: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for name, part in _fields(ServiceSettings):
        rows[_key(name, part)] = [("every process", _about(part))]
    common = dict(_fields(ServiceSettings))
    for model, reader in READERS.items():
        for name, part in _fields(model):
            if common.get(name) != part:
                rows.setdefault(_key(name, part), []).append((reader, _about(part)))
    names = list(dict.fromkeys(name for name, _, _ in rows))
    for (name, default, span), readers in sorted(rows.items(), key=lambda row: names.index(row[0][0])):
        who = ", ".join(reader for reader, _ in readers)
        yield (f"`{name}`", default, span, who, readers[0][1])


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Part]]:
    for name, part in model.model_json_schema()["properties"].items():
        yield (name if name.isupper() else PREFIX + name.upper()), part


def _key(name: str, part: Part) -> tuple[str, str, str]:
    return name, _default(part), _range(part)


def _parts(model: type[BaseModel]) -> Iterator[Row]:
    schema = model.model_json_schema()
    for name, part in schema["properties"].items():
        reference = str(part.get("$ref", "")).rpartition("/")[2]
        whole = {**schema["$defs"][reference], **part} if reference else part
        items = whole.get("items", {}).get("$ref", "").rpartition("/")[2]
        known = {"enum": schema["$defs"][items]["enum"]} if items else {}
        yield (f"`{name}`", _default(whole), _range({**whole, **known}), _about(part))


def _about(part: Part) -> str:
    return str(part.get("description", ""))


def _default(part: Part) -> str:
    default = part.get("default")
    if default is None or default == "":
        return "unset"
    if isinstance(default, dict):
        return "below"
    if isinstance(default, list):
        return "all" if default else "`[]`"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _range(part: Part) -> str:
    choices = [choice for choice in part.get("anyOf", ()) if choice.get("type") != "null"]
    if choices:
        return _range(choices[0])
    if "enum" in part:
        return ", ".join(f"`{choice}`" for choice in part["enum"])
    if "pattern" in part:
        return f"matches `{part['pattern'].replace('|', chr(92) + '|')}`"
    if part.get("format") == "path":
        return "a path"
    if part.get("type") == "object":
        return "below"
    low, high = part.get("minimum"), part.get("maximum")
    above = part.get("exclusiveMinimum")
    if low is not None and high is not None:
        return f"{low:g} to {high:g}" if high < 1e9 else f"from {low:g}"
    if above is not None and high is not None:
        return f"above {above:g}, at most {high:g}"
    return f"from {low:g}" if low is not None else WORDS.get(str(part.get("type")), "")


def _compose() -> Iterator[Row]:
    found: dict[tuple[str, str], list[str]] = {}
    service = ""
    for line in (ROOT / "docker-compose.yml").read_text(encoding="utf-8").splitlines():
        if named := re.fullmatch(r"  ([a-z-]+):", line):
            service = named[1]
        for variable, default in FOR_COMPOSE.findall(line):
            found.setdefault((variable, default), []).append(service)
    for (variable, default), services in sorted(found.items()):
        yield (f"`{variable}`", f"`{default}`" if default else "unset", ", ".join(services))
