"""The Markdown page of the command line. Its commands, options and examples come from the code behind `--help`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from nms.cli import NAME, app
from nms.commands.shape import PANELS, examples_of
from shared.domain.errors import EXIT_CODES

PAGE = """\
# Command line

Written by `make docs` from `nms/commands/`. `nms COMMAND --help` shows the same; `python -m nms` is the same program.

## Selecting a system

A command that queries or controls a system uses the one that runs on this machine. Select another by `--server URL`
or the variable `NMS_SERVER`; `nms tap` connects to the broker instead, given by `--nats-url` or `NMS_NATS_URL`.

## Output

- Results go to stdout, everything else to stderr. Lines are never broken or cut, so that a name can be copied.
- `--json` prints one JSON document, the body of the [API](api.md)'s answer. `nms tap` and `nms logs --follow` do not
  end and print one per line. After an error stdout is empty, and stderr has one line of JSON: `{{"title": ...,
  "detail": ..., "exit_code": ...}}`.
- Colours are for a terminal only. `NO_COLOR` disables them, `FORCE_COLOR` enables them in a pipe too.
- Times are network time, in UTC and with the day: `2026-01-31T12:00:00Z`. Only the start of a process is in wall
  time. `--since` accepts each time as it is printed; also another zone (`2026-01-31T13:00:00+01:00`), no zone (UTC),
  a day alone (its midnight), a time of day (`12:00:00Z`, the last one) and how long ago (`10m`, `2h`). Network time
  equals wall time at the first start and runs at the rate of `--speed`; with another speed than 1 the two differ.
- A character that would control the terminal or break a line is escaped (`\\x1b`, in JSON `\\u001b`) in all output;
  in input it is refused by its name.
- Progress is shown on stderr, only if that is a terminal.
- `nms --install-completion` sets up your shell to complete commands, options, kinds of fault, subjects and, from the
  running system, nodes, links, incidents and faults; `nms --show-completion` prints what it would install.

## Exit codes

| code | meaning |
|---|---|
{codes}
{panels}"""
PANEL = """
## {title}

{commands}
"""


def text() -> str:
    by_panel: dict[str, list[str]] = {panel: [] for panel in PANELS}
    for name, command in commands():
        by_panel[panel_of(name)].append(_section(name, command))
    panels = (PANEL.format(title=panel, commands="\n\n".join(sections)) for panel, sections in by_panel.items())
    codes = "\n".join(f"| {code} | {why} |" for code, why in EXIT_CODES.items())
    return PAGE.format(codes=codes, panels="".join(panels))


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command with its name, in the order of the help. A name includes the group, as in `config set`."""
    yield from _inside(typer.main.get_command(app), "")


def panel_of(name: str) -> str:
    group: Any = typer.main.get_command(app)
    return str(group.commands[name.partition(" ")[0]].rich_help_panel)


def _inside(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        yield f"{prefix}{name}", command
        if hasattr(command, "commands"):
            yield from _inside(command, f"{prefix}{name} ")


def _section(name: str, command: Any) -> str:
    context = typer.Context(command, info_name=f"{NAME} {name}")
    parts = [f"### {NAME} {name}", f"`{' '.join((NAME, name, *_usage(command)))}`", _paragraphs(command.help)]
    if rows := [row for parameter in command.params if (row := _row(parameter, context))]:
        parts.append("\n".join(("| argument or option | what it is |", "|---|---|", *rows)))
    if examples := examples_of(command.epilog):
        parts.append("\n".join(f"- `{example}`" for example in examples))
    return "\n\n".join(parts)


def _usage(command: Any) -> Iterator[str]:
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            yield _argument(parameter) if parameter.required else f"[{_argument(parameter)}]"
    yield "[OPTIONS]"


def _paragraphs(help_text: str | None) -> str:
    paragraphs = (help_text or "").strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _row(parameter: Any, context: typer.Context) -> str | None:
    if "--help" in parameter.opts:
        return None
    is_option = parameter.param_type_name == "option"
    names = [*parameter.opts, *parameter.secondary_opts] if is_option else [_argument(parameter)]
    return (
        f"| {', '.join(f'`{name}`' for name in names)}{_in_a_cell(_takes(parameter, context))} | {_says(parameter)} |"
    )


def _argument(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _takes(parameter: Any, context: typer.Context) -> str:
    if getattr(parameter, "is_flag", False):
        return ""
    if parameter.type_descriptor.is_choice:
        return " " + ", ".join(f"`{choice}`" for choice in parameter.type_descriptor.choices)
    if parameter.param_type_name == "argument":
        return ""
    return f" {parameter.metavar or parameter.bare_type() or parameter.display_type(context)}"


def _says(parameter: Any) -> str:
    parts = [parameter.help or ""]
    bounds = [str(bound) for bound in (parameter.min, parameter.max) if bound is not None]
    if bounds:
        parts.append(f"From {bounds[0]}." if len(bounds) == 1 else f"{bounds[0]} to {bounds[1]}.")
    if parameter.default not in (None, False, "", ()) and parameter.show_default:
        parts.append(f"Else {parameter.default}.")
    if parameter.envvar:
        parts.append(f"Else from `{parameter.envvar}`.")
    return _in_a_cell(" ".join(parts))


def _in_a_cell(parts: str) -> str:
    return parts.replace("|", "\\|")
