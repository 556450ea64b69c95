"""Commands that run something: the whole system, its demo, the loop in one process, the tests."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from nms.plan import MAX_LOAD, MAX_SEED, MAX_SPEED, MIN_SPEED, ROOT, Options, parse_scale, read_topology
from shared.errors import NmsError
from shared.kinds import FaultKind

Port = Annotated[int | None, typer.Option(min=0, max=65_535, help="Port of the page; 0: any that is free.")]
NatsUrl = Annotated[str | None, typer.Option(help="Use this NATS server instead of starting one.")]
Scale = Annotated[list[str] | None, typer.Option(help="More replicas, as in detector=3; may be repeated.")]
Seed = Annotated[int | None, typer.Option(min=0, max=MAX_SEED, help="What all chance derives from.")]
TopologyFile = Annotated[Path | None, typer.Option(help="A file with nodes and links: JSON, GraphML or GML.")]
Nodes = Annotated[int | None, typer.Option(min=3, max=20_000, help="A network of this many nodes.")]
SPEED = typer.Option(min=MIN_SPEED, max=MAX_SPEED, help="Network seconds a second.")
Speed = Annotated[float | None, SPEED]
Load = Annotated[
    float | None, typer.Option(min=0.0, max=MAX_LOAD, help="Demand between servers, as a multiple of the usual.")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Forget all state and begin anew.")]
Server = Annotated[str | None, typer.Option(help="Follow the system whose page is here.")]


def up(
    port: Port = None,
    nats_url: NatsUrl = None,
    scale: Scale = None,
    seed: Seed = None,
    topology: TopologyFile = None,
    nodes: Nodes = None,
    speed: Speed = None,
    load: Load = None,
    fresh: Fresh = False,
) -> None:
    """Run the whole system until stopped (also: server)."""
    from nms.running import run_up

    options = _options(port, nats_url, scale, seed, topology, nodes, speed, load, fresh)
    raise typer.Exit(run_up(options, Console(highlight=False)))


def demo(
    seed: Seed = None,
    speed: Annotated[float, SPEED] = 2.0,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the log of all processes too.")] = False,
) -> None:
    """Run five cycles that each strike, on a store of their own; exit 0 only if every fault was repaired."""
    from nms.demo import run_demo

    raise typer.Exit(run_demo(seed, speed, verbose, Console(highlight=False)))


def run(
    server: Server = None,
    port: Port = None,
    nats_url: NatsUrl = None,
    scale: Scale = None,
    seed: Seed = None,
    topology: TopologyFile = None,
    nodes: Nodes = None,
    speed: Speed = None,
    load: Load = None,
    fresh: Fresh = False,
) -> None:
    """Print endless cycles, of a system of its own or, with --server, of a running one."""
    from nms.running import follow, run_cycles

    console = Console(highlight=False)
    if server is not None:
        raise typer.Exit(follow(server, console))
    options = _options(port, nats_url, scale, seed, topology, nodes, speed, load, fresh)
    raise typer.Exit(run_cycles(options, console))


def simulate(
    faults: Annotated[int, typer.Option(min=1, max=1_000_000, help="Single faults to strike, one after another.")] = 80,
    kinds: Annotated[str, typer.Option(help="Kinds of fault, by commas; all where left out.")] = "",
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="What all chance derives from.")] = 1,
    nodes: Nodes = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the scorecard as JSON.")] = False,
) -> None:
    """Run the same loop in one process, without a broker, as fast as it goes; ends with the scorecard."""
    from nms.show import scorecard_table
    from nms.simulate import simulate as run_simulation

    chosen = tuple(_kind(word.strip()) for word in kinds.split(",") if word.strip()) or tuple(FaultKind)
    report = run_simulation(faults=faults, kinds=chosen, seed=seed, topology=read_topology(None, nodes))
    if json_:
        return Console().print_json(report.model_dump_json())
    return Console(highlight=False).print(scorecard_table(report))


def test(arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to pytest.")] = None) -> None:
    """Run the test suite; its exit status is ours."""
    if not (ROOT / "tests").is_dir():
        raise NmsError(f"there are no tests beside {ROOT / 'nms'}: run this from a checkout of the source")
    if importlib.util.find_spec("pytest") is None:
        raise NmsError("pytest is not installed: run `make setup` in the checkout first")
    quick = ["-m", "not slow and not docker and not browser and not soak"]
    command = [sys.executable, "-m", "pytest", *(arguments or quick)]
    raise typer.Exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(up)
    app.command("server", help="The same as up.")(up)
    app.command()(demo)
    app.command()(run)
    app.command()(simulate)
    app.command(context_settings={"ignore_unknown_options": True})(test)


def _kind(word: str) -> FaultKind:
    from shared.errors import SettingError

    if word not in tuple(FaultKind):
        raise SettingError(f"--kinds {word}: no such kind of fault; there are {', '.join(FaultKind)}")
    return FaultKind(word)


def _options(
    port: int | None,
    nats_url: str | None,
    scale: list[str] | None,
    seed: int | None,
    topology: Path | None,
    nodes: int | None,
    speed: float | None,
    load: float | None,
    fresh: bool,
) -> Options:
    """Return what the options ask for, and where one is left out the environment."""
    from nms.settings import SystemSettings

    given = {
        "port": port,
        "nats_url": nats_url,
        "seed": seed,
        "topology": read_topology(topology, nodes),
        "speed": speed,
        "load": load,
    }
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return replace(SystemSettings.load().options(), scale=parse_scale(scale or []), fresh=fresh, **chosen)
