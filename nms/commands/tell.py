"""Commands that tell a running system something: break this, try that, a person has seen it."""

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
from nms.commands.shape import TELL, By, Incident, Json, Server, add, client, epilog, the_span, who
from nms.show.columns import mappings
from nms.terminal import say, say_json
from shared.domain.catalogue import UNRESOLVED, WAITING
from shared.domain.errors import OutcomeUnknown, Refused, SettingError, UnknownTarget
from shared.domain.kinds import FaultKind
from shared.domain.printable import printable

UNDECIDED = WAITING
"""A person's word counts for what the gate blocks too: it was blocked before the mode asked for one."""
LASTING = 1.0, 86_400.0
"""Seconds that a fault may be asked to last."""
MAX_INCIDENTS = 50
"""Among so many incidents of each state an action that waits for a person is looked for."""


def start(server: Server = None, json_: Json = False) -> None:
    """Let faults be injected; repair runs anyway."""
    _say(client(server).post(path("start")), "message", json_)


def stop(server: Server = None, json_: Json = False) -> None:
    """Inject no more faults; repair goes on."""
    _say(client(server).post(path("stop")), "message", json_)


def inject(
    kind: Annotated[FaultKind, typer.Argument(help="What is to break.")],
    target: Annotated[str, typer.Argument(help="A node, or a link written a--b.", autocompletion=completion.targets)],
    duration: Annotated[
        str | None, typer.Option(metavar="SPAN", help="When it ends by itself, in seconds or as in 5m; else 60.")
    ] = None,
    strength: Annotated[float | None, typer.Option(help="0 to 1; else 1.")] = None,
    key: Annotated[
        str | None, typer.Option(metavar="NAME", help="A name for the request: asked again by it, it strikes once.")
    ] = None,
    server: Server = None,
    json_: Json = False,
) -> None:
    """Break something; answers when the fault has landed.

    Where no answer comes in time, the fault may have landed or may yet: the exit code is 6, and the sentence names the
    key to ask again with.
    """
    wish: dict[str, Value] = {"kind": kind.value, "target": target}
    lasting = None if duration is None else the_span("--duration", duration, *LASTING)
    wish |= {key: value for key, value in (("duration", lasting), ("strength", strength)) if value is not None}
    name = key or uuid4().hex
    try:
        fault = client(server).post(path("faults"), wish, {"Idempotency-Key": name})
    except OutcomeUnknown:
        again = shlex.join(["nms", "inject", kind.value, target, *_given(lasting, strength, server), "--key", name])
        raise OutcomeUnknown(
            f"it is not known whether {kind.value} on {target} has landed, or will: ask again by "
            f"`{again}`, which strikes once at most",
            name,
        ) from None
    _say_fault(fault, json_)


def _given(duration: float | None, strength: float | None, server: str | None) -> list[str]:
    """Return the options that were given, so that the same request is sent again, and to the same system."""
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
    """Return the id of the fault that is meant by its id or its target. Raises UnknownTarget, Refused."""
    if any(each.get("id") == fault for each in mappings(body.get("faults"))):
        return fault
    there = [str(each["id"]) for each in live_faults(body) if each.get("target") == fault]
    if not there:
        raise UnknownTarget(f"no fault is live at {fault!r}, nor is that the id of one: see `nms faults --live`")
    if len(there) > 1:
        raise Refused(f"{len(there)} faults are live at {fault}: name one of {', '.join(there)}")
    return there[0]


def ack(incident: Incident, by: By = None, server: Server = None, json_: Json = False) -> None:
    """Say that you have seen an incident."""
    asked = client(server)
    name, body = named(asked, incident), {"by": who(by)}
    answer = asked.post(path("incidents", name, "acknowledge"), body)
    _accepted(answer, f"{name} is acknowledged by {body['by']}", json_)


def comment(
    incident: Incident,
    text: Annotated[str, typer.Argument(help="What you have to say.")],
    by: By = None,
    server: Server = None,
    json_: Json = False,
) -> None:
    """Say something about an incident, for its timeline."""
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
    """Show what is wanted of the system, or set it.

    The pace of faults, the detector's thresholds, and by mode how far repair may go: off, suggest, approve, auto.
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
    """Change settings, all that are named or none.

    It holds from then on, after a restart too. A list is written with commas, as in kinds=high_cpu,node_down.
    """
    from nms.show import network

    asked = client(server or ctx.obj)
    body = asked.patch(path("config"), wishes(settings, asked.get(path("config"))))
    say_json(body) if json_ else say(network.config(body))


def wishes(settings: list[str], known: Body) -> Body:
    """Return `["thresholds.latency=40"]` as the body of a change. Raises SettingError."""
    wish: dict[str, Value] = {}
    for each in settings:
        name, equals, text = each.partition("=")
        if not equals:
            raise SettingError(f"{each}: say which value, as in {each}=VALUE; `nms config` shows what there is")
        room, _, inner = name.rpartition(".")
        before = known.get(room) if room else known
        if not isinstance(before, dict) or inner not in before:
            raise SettingError(f"there is no setting {name!r}: `nms config` shows what there is")
        value = _value(text, before[inner])
        wish |= {room: {**_inside(wish, room), inner: value}} if room else {inner: value}
    return wish


def _inside(wish: Body, room: str) -> Body:
    inside = wish.get(room)
    return inside if isinstance(inside, dict) else {}


def _value(text: str, before: Value) -> Value:
    """Read a value: a list by its commas, a number or true, false, null as JSON has them, else the text itself."""
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
    """Return the one action that waits for a person. Raises UnknownTarget, Refused."""
    found = list(waiting(asked))
    if not found:
        raise UnknownTarget("no action waits for a person: `nms incidents latest` shows an incident's actions")
    if len(found) > 1:
        raise Refused(f"{len(found)} actions wait for a person: name one of {', '.join(found)}")
    return found[0]


def waiting(asked: Client) -> Iterator[str]:
    """Yield the ids of the actions that have been proposed and not been decided on."""
    for incident in _unresolved(asked):
        for action in mappings(asked.get(path("incidents", incident)).get("actions")):
            if action.get("state") in UNDECIDED:
                yield str(action["id"])


def _unresolved(asked: Client) -> list[str]:
    """Return the ids of the newest unresolved incidents; one that is escalated in between is named once."""
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
    """Add these commands."""
    add(app, start, TELL, ("nms start",))
    add(app, stop, TELL, ("nms stop",))
    add(
        app,
        inject,
        TELL,
        ("nms inject high_cpu server-3", "nms inject link_flap core-router-2--edge-switch-4 --strength 0.7"),
    )
    add(app, end, TELL, ("nms end server-3",))
    add(app, ack, TELL, ("nms ack latest",))
    add(app, comment, TELL, ("nms comment latest 'the rack was being moved'",))
    add(app, approve, TELL, ("nms approve", "nms approve --by alice --json"))
    add(app, reject, TELL, ("nms reject --reason 'not during the day'",))
    examples = ("nms config", "nms config set mode=approve interval=5 thresholds.cpu_usage=85")
    add(config, set_config, TELL, examples[1:], name="set")
    app.add_typer(config, name="config", rich_help_panel=TELL, epilog=epilog(examples))
