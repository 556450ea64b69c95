"""Commands that talk to a running system: what a person asks of it and tells it."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer
from rich.console import Console

from nms.client import Body, Client, find_server
from nms.show import incidents_table, scorecard_table, services_table, summary
from services.gateway.scorecard import ScorecardReport

Server = Annotated[str | None, typer.Option(help="The page of the system; else the one that runs on this machine.")]
Json = Annotated[bool, typer.Option("--json", help="Print what the system answered, as JSON.")]
INCIDENTS = 20


def status(server: Server = None, json_: Json = False) -> None:
    """Say whether the loop runs, and how network and processes are."""
    client = _client(server)
    state, metrics = client.get("/api/status"), client.get("/api/metrics")
    if json_:
        return _json({**state, "summary": metrics.get("summary")})
    _console().print(summary(client.server, state, metrics))
    return _console().print(services_table(client.get("/api/services")))


def start(server: Server = None) -> None:
    """Let faults be injected; repair runs anyway."""
    _console().print(_client(server).post("/api/start").get("message"))


def stop(server: Server = None) -> None:
    """Inject no more faults; repair goes on."""
    _console().print(_client(server).post("/api/stop").get("message"))


def inject(
    kind: Annotated[str, typer.Argument(help="A kind of fault, such as high_cpu.")],
    target: Annotated[str, typer.Argument(help="A node, or a link written a--b.")],
    duration: Annotated[float | None, typer.Option(help="Seconds until it ends by itself.")] = None,
    strength: Annotated[float | None, typer.Option(help="0 to 1.")] = None,
    server: Server = None,
    json_: Json = False,
) -> None:
    """Break something; answers when the fault has landed."""
    wish: dict[str, str | float] = {"kind": kind, "target": target}
    wish |= {key: value for key, value in (("duration", duration), ("strength", strength)) if value is not None}
    fault = _client(server).post("/api/faults", wish)
    if json_:
        return _json(fault)
    return _console().print(
        f"{fault.get('kind')} on {fault.get('target')} since {fault.get('started')}: {fault.get('id')}"
    )


def incidents(
    state: Annotated[str | None, typer.Option(help="open, escalated or resolved.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = INCIDENTS,
    server: Server = None,
    json_: Json = False,
) -> None:
    """List the latest incidents, the newest last."""
    wanted = f"&state={state}" if state else ""
    body = _client(server).get(f"/api/incidents?limit={limit}{wanted}")
    _json(body) if json_ else _console().print(incidents_table(body))


def scorecard(server: Server = None, json_: Json = False) -> None:
    """Show how the loop has done against the truth."""
    body = _client(server).get("/api/scorecard")
    _json(body) if json_ else _console().print(scorecard_table(ScorecardReport.model_validate(body)))


def tap(
    subject: Annotated[str, typer.Argument(help="A subject of NATS, such as 'anomaly.*'.")],
    node: Annotated[str | None, typer.Option(help="Only what concerns this node.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many messages.")] = None,
    nats_url: Annotated[
        str | None, typer.Option(help="The NATS server; else the one that runs on this machine.")
    ] = None,
) -> None:
    """Print what is said on NATS, read-only."""
    from nms.tap import find_nats
    from nms.tap import tap as listen

    def show(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    asyncio.run(listen(find_nats(nats_url), subject, show, node, count))


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (status, inject, incidents, start, stop, tap, scorecard):
        app.command()(command)


def _client(server: str | None) -> Client:
    return Client(find_server(server))


def _console() -> Console:
    return Console(highlight=False)


def _json(body: Body) -> None:
    _console().print_json(data=body)
