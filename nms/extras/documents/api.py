"""The Markdown page of the REST API, made from the OpenAPI document."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nms.commands.shape import A_CUT
from nms.extras.documents.openapi import document

Part = Mapping[str, Any]

SERVER = "http://127.0.0.1:5000"
QUIET = "curl -s"
BOUNDS = {"minimum": "from {}", "exclusiveMinimum": "above {}", "maximum": "to {}"}
LENGTHS = {"maxLength": "at most {} characters", "pattern": "{}"}
LONGEST_PATTERN = 40
LONG_PATTERN = "pattern in openapi.json"
"""The text that replaces a long pattern, which nobody would read."""
COUNTS = {"maxItems": "at most {}"}
PAGE = """\
# The REST API

Written by `make docs` from the gateway's own description, which a running one serves at `/openapi.json` and
shows at `/docs`. For machines: [openapi.json](openapi.json), OpenAPI 3.1. What goes over NATS is in
[events.md](events.md).

{about}

The lines with `curl` work on a system at `{server}`. Those about an incident or an action take the newest
one there is. This breaks something, so that there is one, and waits for it:

```bash
{setup}
```

{calls}
## Shapes

{shapes}"""
SETUP = f"""\
{QUIET} -X POST {SERVER}/api/faults -H 'Content-Type: application/json' \\
    -d '{{"kind": "{A_CUT}", "target": "server-5"}}'
until {QUIET} '{SERVER}/api/incidents?limit=1' | grep '"id"' > /dev/null; do sleep 1; done"""
FIND: Mapping[str, str] = {
    "fault_id": f"""fault=$({QUIET} {SERVER}/api/faults | grep -o '"id":"[^"]*"' | tail -1 | cut -d'"' -f4)""",
    "incident_id": f"""incident=$({QUIET} '{SERVER}/api/incidents?limit=1' | grep -o '"id":"[^"]*"' | cut -d'"' -f4)""",
    "action_id": "action=$incident.a1",
}
"""The shell commands that find each id in a path. The id of an action begins with the id of its incident."""


def page() -> str:
    return PAGE.format(
        about=document()["info"]["description"].partition("\n\n")[2].rstrip(),
        server=SERVER,
        setup=SETUP,
        calls="\n".join(_group(tag) for tag in document()["tags"]),
        shapes="\n".join(_shape(name, schema) for name, schema in document()["components"]["schemas"].items()),
    )


def _group(tag: Part) -> str:
    calls = [
        _call(path, method, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if operation["tags"] == [tag["name"]]
    ]
    return "\n".join((f"## {tag['name'].capitalize()}\n\n{tag['description']}\n", *calls))


def _call(path: str, method: str, operation: Part) -> str:
    old = "\n\nAn old form: a new client does without it." if operation.get("deprecated") else ""
    parts = [f"### `{method.upper()} {path}`", f"{operation['description']}{old}"]
    if rows := [_parameter(parameter) for parameter in operation.get("parameters", ())]:
        parts.append(_table(("parameter", "in", "type", "what it is"), rows))
    if body := operation.get("requestBody"):
        asked = "" if body.get("required") else ", which may be left out"
        parts.append(f"Body: {_type(_content(body)['schema'])}{asked}.")
    parts.append(f"```bash\n{_curl(path, method, operation)}\n```")
    code, answer = next((code, value) for code, value in operation["responses"].items() if code.startswith("2"))
    headers = "".join(
        f", and the header `{name}`: {value['description']}" for name, value in answer.get("headers", {}).items()
    )
    parts += [f"Answer: {code}, {_type(_content(answer)['schema'])}{headers}.", _example(answer)]
    parts.append(_table(("refused", "when", "for example"), _refusals(operation)))
    return "\n\n".join(parts) + "\n"


def _parameter(parameter: Part) -> tuple[str, ...]:
    needed = ", required" if parameter["required"] else ""
    kind = _type(parameter["schema"]) + _default(parameter["schema"])
    return f"`{parameter['name']}`", f"{parameter['in']}{needed}", kind, parameter["description"]


def _refusals(operation: Part) -> Iterator[tuple[str, ...]]:
    for code, value in operation["responses"].items():
        if not code.startswith("2"):
            refusal = _resolved(value)
            yield code, refusal["description"], _content(refusal)["example"]["detail"].replace("|", "\\|")


def _curl(path: str, method: str, operation: Part) -> str:
    names = [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"]
    found = [FIND["incident_id"]] if "action_id" in names else []
    found += [FIND[name] for name in names]
    for name in names:
        path = path.replace(f"{{{name}}}", f"${name.removesuffix('_id')}")
    query = "&".join(
        f"{parameter['name']}={parameter['example']}"
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and "example" in parameter
    )
    url = f"{SERVER}{path}{'?' + query if query else ''}"
    words = [QUIET, *([] if method == "get" else [f"-X {method.upper()}"]), f'"{url}"' if names else shlex.quote(url)]
    if body := operation.get("requestBody"):
        order = shlex.quote(json.dumps(_content(body)["example"]))
        words += ["-H 'Content-Type: application/json'", f"-d {order}"]
    return "\n".join((*found, " ".join(words)))


def _example(answer: Part) -> str:
    example = _content(answer)["example"]
    if isinstance(example, str):
        return f"```text\n{example.rstrip()}\n```"
    return f"```json\n{json.dumps(example, indent=2, ensure_ascii=False)}\n```"


def _shape(name: str, schema: Part) -> str:
    says = schema.get("description", "")
    if "enum" in schema:
        return f"### {name}\n\n{says}\n\nOne of {', '.join(f'`{word}`' for word in schema['enum'])}.\n"
    needed = schema.get("required", ())
    rows = [
        (f"`{field}`", _type(value) + ("" if field in needed else ", optional") + _default(value), _says(value))
        for field, value in schema["properties"].items()
    ]
    return f"### {name}\n\n{says}\n\n{_table(('field', 'type', 'what it is'), rows)}\n"


def _type(schema: Part) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if "const" in schema or "enum" in schema:
        return " or ".join(f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}{_limits(schema, COUNTS)}"
    if schema.get("type") == "object":
        return f"object of {_type(schema['additionalProperties'])} by name"
    kind = "time" if schema.get("format") == "date-time" else schema.get("type", "anything")
    return kind + _limits(schema, BOUNDS | LENGTHS)


def _limits(schema: Part, words: Mapping[str, str]) -> str:
    notes = [text.format(_figure(schema[key])) for key, text in words.items() if key in schema]
    return f" ({' '.join(notes)})" if notes else ""


def _figure(limit: str | float) -> str:
    if isinstance(limit, str):
        return f"`{limit}`" if len(limit) <= LONGEST_PATTERN else LONG_PATTERN
    return f"{limit:,.10g}"


def _default(schema: Part) -> str:
    if schema.get("default") is None:
        return ""
    return f"; left out: `{json.dumps(schema['default'])}`"


def _says(schema: Part) -> str:
    return str(schema.get("description") or _resolved(schema).get("description", ""))


def _content(value: Part) -> Part:
    content: Part = next(iter(value["content"].values()))
    return content


def _resolved(part: Part) -> Part:
    if "$ref" not in part:
        return part
    found: Part = document()
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows))
