"""Commands that control a running system: faults, incidents, actions, settings."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Annotated
from uuid import uuid4

import typer

from nms.client import Body, Client, path
from nms.client import Json as Value
from nms.commands import completion
from nms.commands.ask import live_faults, named
from nms.commands.shape import (
    A_FAULT,
    A_FLAP,
    A_METRIC,
    CONTROL,
    By,
    Incident,
    Json,
    Server,
    add,
    client,
    epilog,
    the_span,
    who,
)
from nms.show.columns import mappings
from nms.terminal import say, say_json
from shared.domain.catalogue import UNRESOLVED, WAITING
from shared.domain.errors import OutcomeUnknown, Refused, SettingError, UnknownTarget
from shared.domain.printable import printable

UNDECIDED = WAITING
"""The states of an action that a person can decide on; blocked by the gate is one of them."""
LASTING = 1.0, 86_400.0
"""The shortest and the longest duration of a fault, in seconds."""
MAX_INCIDENTS = 50
"""In how many incidents of each state to search for actions that wait for a person."""


def start(server: Server = None, json_: Json = False) -> None:
    """Start injecting faults; repair is not affected."""
    _say(client(server).post(path("start")), "message", json_)


def stop(server: Server = None, json_: Json = False) -> None:
    """Stop injecting faults; repair goes on."""
    _say(client(server).post(path("stop")), "message", json_)


def inject(
    kind: Annotated[
        str,
        typer.Argument(
            help="What is to break; `nms catalogue faults` lists the kinds.",
            metavar="KIND",
            autocompletion=completion.kinds,
        ),
    ],
    target: Annotated[str, typer.Argument(help="A node, or a link written a--b.", autocompletion=completion.targets)],
    duration: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="After how long it ends by itself, in seconds or as in 5m; default 60."),
    ] = None,
    strength: Annotated[float | None, typer.Option(help="0 to 1; default 1.")] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A name for the request: repeated with the same name, it injects once."),
    ] = None,
    server: Server = None,
    json_: Json = False,
) -> None:
    """Inject a fault; answers when the fault is active.

    Where no answer comes in time, the fault may be active or may become so: the exit code is 6, and the message names
    the key to repeat the request with.
    """
    body: dict[str, Value] = {"kind": kind, "target": target}
    lasting = None if duration is None else the_span("--duration", duration, *LASTING)
    body |= {key: value for key, value in (("duration", lasting), ("strength", strength)) if value is not None}
    name = key or uuid4().hex
    try:
        fault = client(server).post(path("faults"), body, {"Idempotency-Key": name})
    except OutcomeUnknown:
        again = shlex.join(["nms", "inject", kind, target, *_given(lasting, strength, server), "--key", name])
        raise OutcomeUnknown(
            f"it is not known whether {kind} on {target} is active, or will be: repeat it by "
            f"`{again}`, which injects it once at most",
            name,
        ) from None
    _say_fault(fault, json_)


def _given(duration: float | None, strength: float | None, server: str | None) -> list[str]:
    options = (("--duration", duration), ("--strength", strength), ("--server", server))
    return [word for name, value in options if value is not None for word in (name, str(value))]


def end(
    fault: Annotated[
        str, typer.Argument(help="The id of a fault, or the target where it is live.", autocompletion=completion.faults)
    ],
    server: Server = None,
    json_: Json = False,
) -> None:
    """End a fault that was injected."""
    asked = client(server)
    _say_fault(asked.delete(path("faults", _meant(asked.get(path("faults")), fault))), json_)


def _meant(body: Body, fault: str) -> str:
    if any(each.get("id") == fault for each in mappings(body.get("faults"))):
        return fault
    there = [str(each["id"]) for each in live_faults(body) if each.get("target") == fault]
    if not there:
        raise UnknownTarget(f"no fault is live at {fault!r}, nor is that the id of one: see `nms faults --live`")
    if len(there) > 1:
        raise Refused(f"{len(there)} faults are live at {fault}: name one of {', '.join(there)}")
    return there[0]


def ack(incident: Incident, by: By = None, server: Server = None, json_: Json = False) -> None:
    """Acknowledge an incident: a person has seen it."""
    asked = client(server)
    name, body = named(asked, incident), {"by": who(by)}
    answer = asked.post(path("incidents", name, "acknowledge"), body)
    _accepted(answer, f"{name} is acknowledged by {body['by']}", json_)


def comment(
    incident: Incident,
    text: Annotated[str, typer.Argument(help="The comment.")],
    by: By = None,
    server: Server = None,
    json_: Json = False,
) -> None:
    """Add a comment to the timeline of an incident."""
    asked = client(server)
    name, body = named(asked, incident), {"text": text, "by": who(by)}
    _accepted(asked.post(path("incidents", name, "comment"), body), f"{name} has a comment by {body['by']}", json_)


Action = Annotated[
    str | None, typer.Argument(help="The id of an action; where left out, the only one that waits for a person.")
]


def approve(action: Action = None, by: By = None, server: Server = None, json_: Json = False) -> None:
    """Let a proposed action run.

    In mode approve every action waits for this; `nms config set mode=approve`.
    """
    asked = client(server)
    name, body = action or _waiting(asked), {"by": who(by)}
    _accepted(asked.post(path("actions", name, "approve"), body), f"{name} is approved by {body['by']}", json_)


def reject(
    action: Action = None,
    reason: Annotated[str, typer.Option(help="Why not.")] = "",
    by: By = None,
    server: Server = None,
    json_: Json = False,
) -> None:
    """Refuse a proposed action."""
    asked = client(server)
    name, body = action or _waiting(asked), {"by": who(by), "reason": reason}
    _accepted(asked.post(path("actions", name, "reject"), body), f"{name} is rejected by {body['by']}", json_)


config = typer.Typer(invoke_without_command=True, no_args_is_help=False)


@config.callback()
def show_config(ctx: typer.Context, server: Server = None, json_: Json = False) -> None:
    """Show or change the desired state.

    The rate of faults, the detector's thresholds, and by mode how far repair may go: off, suggest, approve, auto.
    """
    from nms.show import network

    if ctx.invoked_subcommand is not None:
        ctx.obj = server
        return
    body = client(server).get(path("config"))
    say_json(body) if json_ else say(network.config(body))


def set_config(
    ctx: typer.Context,
    settings: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE...", help="What to change, as nms config shows it.", autocompletion=completion.settings
        ),
    ],
    server: Server = None,
    json_: Json = False,
) -> None:
    """Change settings: all that are named, or none if one is invalid.

    The change survives a restart. A list is written with commas, as in kinds=A,B; `nms catalogue faults` shows
    the kinds.
    """
    from nms.show import network

    asked = client(server or ctx.obj)
    body = asked.patch(path("config"), changes(settings, asked.get(path("config"))))
    say_json(body) if json_ else say(network.config(body))


def changes(settings: list[str], known: Body) -> Body:
    """Convert settings such as `thresholds.NAME=40` to a change of the desired state. Raises SettingError."""
    change: dict[str, Value] = {}
    for each in settings:
        name, equals, text = each.partition("=")
        if not equals:
            raise SettingError(f"{each}: give a value, as in {each}=VALUE; `nms config` shows what there is")
        room, _, inner = name.rpartition(".")
        before = known.get(room) if room else known
        if not isinstance(before, dict) or inner not in before:
            raise SettingError(f"there is no setting {name!r}: `nms config` shows what there is")
        value = _value(text, before[inner])
        change |= {room: {**_inside(change, room), inner: value}} if room else {inner: value}
    return change


def _inside(change: Body, room: str) -> Body:
    inside = change.get(room)
    return inside if isinstance(inside, dict) else {}


def _value(text: str, before: Value) -> Value:
    import json

    if isinstance(before, list):
        return [word.strip() for word in text.split(",") if word.strip()]
    if isinstance(before, str):
        return text
    try:
        value: Value = json.loads(text)
    except ValueError:
        return text
    return value


def _waiting(asked: Client) -> str:
    found = list(waiting(asked))
    if not found:
        raise UnknownTarget("no action waits for a person: `nms incidents latest` shows an incident's actions")
    if len(found) > 1:
        raise Refused(f"{len(found)} actions wait for a person: name one of {', '.join(found)}")
    return found[0]


def waiting(asked: Client) -> Iterator[str]:
    for incident in _unresolved(asked):
        for action in mappings(asked.get(path("incidents", incident)).get("actions")):
            if action.get("state") in UNDECIDED:
                yield str(action["id"])


def _unresolved(asked: Client) -> list[str]:
    """An incident that changes its state between the calls appears once."""
    found: dict[str, None] = {}
    for state in UNRESOLVED:
        body = asked.get(path("incidents"), {"state": state, "limit": MAX_INCIDENTS})
        found |= {str(incident["id"]): None for incident in mappings(body.get("recent_incidents"))}
    return list(found)


def _say(body: Body, key: str, as_json: bool) -> None:
    say_json(body) if as_json else say(printable(str(body.get(key))))


def _say_fault(body: Body, as_json: bool) -> None:
    from nms.show import network

    say_json(body) if as_json else say(network.fault(body))


def _accepted(body: Body, sentence: str, as_json: bool) -> None:
    say_json(body) if as_json else say(printable(sentence))


def register(app: typer.Typer) -> None:
    add(app, start, CONTROL, ("nms start",))
    add(app, stop, CONTROL, ("nms stop",))
    add(
        app,
        inject,
        CONTROL,
        (f"nms inject {A_FAULT} server-3", f"nms inject {A_FLAP} core-router-2--edge-switch-4 --strength 0.7"),
    )
    add(app, end, CONTROL, ("nms end server-3",))
    add(app, ack, CONTROL, ("nms ack latest",))
    add(app, comment, CONTROL, ("nms comment latest 'the rack was being moved'",))
    add(app, approve, CONTROL, ("nms approve", "nms approve --by alice --json"))
    add(app, reject, CONTROL, ("nms reject --reason 'not during the day'",))
    examples = ("nms config", f"nms config set mode=approve interval=5 thresholds.{A_METRIC}=85")
    add(config, set_config, CONTROL, examples[1:], name="set")
    app.add_typer(config, name="config", rich_help_panel=CONTROL, epilog=epilog(examples))
