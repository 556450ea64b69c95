"""Commands that run something: the system, the demo, the loop in one process, or the tests."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from network.choice import CHOICES
from nms.client import Body
from nms.commands import completion
from nms.commands.broker_url import without_password
from nms.commands.shape import A_CUT, A_FLAP, RUN, Server, add
from nms.limits import MAX_LOAD, MAX_QUIET_HOURS, MAX_SEED, MAX_SPEED, MIN_SPEED, ROOT
from nms.terminal import progress, say, say_json
from shared.domain.errors import INTERRUPTED, NmsError
from shared.domain.kinds import FaultKind
from shared.domain.sizes import MAX_LIVE, MAX_NODES, MIN_NODES

if TYPE_CHECKING:
    from nms.plan import Options
    from shared.domain.events import Event

Port = Annotated[
    int | None, typer.Option(min=0, max=65_535, help="Port of the page; 0: any free port. Else NMS_PORT, else 5000.")
]
NatsUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        callback=without_password,
        help="Use this NATS server instead of starting one. Else NMS_NATS_URL.",
    ),
]
Scale = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SERVICE=N", help="More replicas, as in detector=3; may be repeated.", autocompletion=completion.scales
    ),
]
CHANCE = "Seed of all random choices."
SHAPE = "A file with nodes and links, or a shape such as fat-tree:4."
SIZE = "A network of this many nodes."
Seed = Annotated[int | None, typer.Option(min=0, max=MAX_SEED, help=f"{CHANCE} Else NMS_SEED, else 1.")]
TopologyFile = Annotated[Path | None, typer.Option(help=f"{SHAPE} Else NMS_TOPOLOGY.")]
Nodes = Annotated[int | None, typer.Option(min=MIN_NODES, max=MAX_NODES, help=f"{SIZE} Else NMS_NODES, else 16.")]
SPEED = typer.Option(min=MIN_SPEED, max=MAX_SPEED, help="Network seconds per second. Else NMS_SPEED, else 1.")
Speed = Annotated[float | None, SPEED]
Load = Annotated[
    float | None,
    typer.Option(min=0.0, max=MAX_LOAD, help="Traffic between servers; 1 is normal. Else NMS_LOAD, else 1."),
]
Network = Annotated[
    str | None,
    typer.Option(
        metavar="DRIVER",
        help=f"The managed network: {CHOICES}: a recording played back, or the inventory of real devices. "
        "Else NMS_NETWORK, else the simulator.",
        autocompletion=completion.networks,
    ),
]
Catalogue = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A YAML file with further metrics, faults and playbooks. Else NMS_CATALOGUE."),
]
ABOUT_WORLD = "A YAML file: in which ways the simulated network differs from the default one."
World = Annotated[Path | None, typer.Option(metavar="FILE", help=f"{ABOUT_WORLD} Else NMS_WORLD.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Delete all state and start from the beginning.")]


def up(
    port: Port = None,
    nats_url: NatsUrl = None,
    scale: Scale = None,
    seed: Seed = None,
    topology: TopologyFile = None,
    nodes: Nodes = None,
    speed: Speed = None,
    load: Load = None,
    network: Network = None,
    world: World = None,
    catalogue: Catalogue = None,
    fresh: Fresh = False,
) -> None:
    """Run the whole system and show its log, until Ctrl-C.

    It continues from its stored state; --fresh deletes that first. `nms server` is the same.
    """
    _use_network(network)
    _use_catalogue(catalogue)
    from nms.running import run_up
    from nms.terminal import console

    _use_world(world)
    options = _options(port, nats_url, scale, seed, topology, nodes, speed, load, network, fresh)
    raise typer.Exit(run_up(options, console()))


def demo(
    seed: Annotated[int | None, typer.Option(min=0, max=MAX_SEED, help=f"{CHANCE} Else 1.")] = None,
    speed: Annotated[float, typer.Option(min=MIN_SPEED, max=MAX_SPEED, help="Network seconds per second.")] = 2.0,
    verbose: Annotated[bool, typer.Option("--verbose", help="Also show the log of all processes.")] = False,
) -> None:
    """Run five cycles with a fault in each, and show the scorecard.

    It uses a temporary store. The exit code is 0 only if every fault was repaired.
    """
    from nms.demo import run_demo
    from nms.terminal import console

    raise typer.Exit(run_demo(seed, speed, verbose, console()))


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
    network: Network = None,
    world: World = None,
    catalogue: Catalogue = None,
    fresh: Fresh = False,
) -> None:
    """Print cycle after cycle, of a running system or of its own.

    Without --server it starts a system as `nms up` does, and Ctrl-C stops it.
    """
    _use_network(network)
    _use_catalogue(catalogue)
    from nms.running import follow, run_cycles
    from nms.terminal import console

    if server is not None:
        raise typer.Exit(follow(server, console()))
    _use_world(world)
    options = _options(port, nats_url, scale, seed, topology, nodes, speed, load, network, fresh)
    raise typer.Exit(run_cycles(options, console()))


def simulate(
    faults: Annotated[int, typer.Option(min=1, max=1_000_000, help="Number of faults to inject.")] = 80,
    at_once: Annotated[
        int, typer.Option(min=1, max=MAX_LIVE, help="Most faults that are live at once; 1: one after another.")
    ] = 1,
    kinds: Annotated[
        str, typer.Option(help="Kinds of fault, separated by commas; else all.", autocompletion=completion.kinds)
    ] = "",
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help=CHANCE)] = 1,
    topology: Annotated[Path | None, typer.Option(help=SHAPE)] = None,
    nodes: Annotated[int | None, typer.Option(min=MIN_NODES, max=MAX_NODES, help=f"{SIZE} Else 16.")] = None,
    world: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=ABOUT_WORLD),
    ] = None,
    quiet_hours: Annotated[
        float, typer.Option(min=0, max=MAX_QUIET_HOURS, help="With --world: hours without faults, measured apart.")
    ] = 0.0,
    json_: Annotated[bool, typer.Option("--json", help="Print the scorecard as JSON.")] = False,
) -> None:
    """Run the loop in one process, as fast as possible, and print the scorecard.

    It needs no broker and is deterministic: for statistics over many faults. With --world it prints counts instead: of
    the faults, and of the hours without faults.
    """
    if world is not None:
        if kinds or at_once != 1:
            raise NmsError("--kinds and --at-once are keys of the world's file: faults.kinds, faults.together")
        return _in_world(world, faults, seed, quiet_hours, topology, nodes, json_)
    chosen = tuple(_kind(name.strip()) for name in kinds.split(",") if name.strip()) or tuple(FaultKind)
    report = _simulate(faults, at_once, chosen, seed, topology, nodes)
    if json_:
        return say_json(report)
    from nms.show.scorecard import scorecard

    return say(scorecard(report))


def _simulate(
    faults: int, at_once: int, kinds: tuple[FaultKind, ...], seed: int, topology: Path | None, nodes: int | None
) -> Body:
    from nms.plan import read_topology
    from nms.simulate import simulate

    network = read_topology(topology, nodes)
    with _count_of_faults(faults) as on_event:
        report = simulate(faults, kinds, seed, network, on_event, at_once)
    body: Body = report.model_dump(mode="json")
    return body


@contextmanager
def _count_of_faults(faults: int) -> Iterator[Callable[[Event, float], None]]:
    """Show how many faults have started, of the events that are passed to the function."""
    from shared.domain.events import FaultStarted

    with progress("Faults", faults) as count_one:

        def on_event(event: Event, time: float) -> None:
            if isinstance(event, FaultStarted):
                count_one()

        yield on_event


def _in_world(
    world: Path, faults: int, seed: int, quiet_hours: float, topology: Path | None, nodes: int | None, json_: bool
) -> None:
    from network.simulator.world_file import read_world
    from nms.plan import read_topology
    from nms.show.columns import columns
    from nms.worlds import OF_QUIET, WorldReport, measure

    made, network = read_world(world), read_topology(topology, nodes)
    with _count_of_faults(faults) as on_event:
        report = measure(made, faults, seed, quiet_hours, network, on_event)
    body: Body = report.model_dump(mode="json")
    if json_:
        return say_json(body)
    counted = {name: field for name, field in WorldReport.model_fields.items() if quiet_hours or name not in OF_QUIET}
    rows = [(f"{body[name]:g}", str(field.description)) for name, field in counted.items()]
    return say(columns(("", "counted"), rows, ""))


def check(
    file: Annotated[Path, typer.Argument(help=SHAPE)],
    json_: Annotated[bool, typer.Option("--json", help="Print nodes, links and warnings as JSON.")] = False,
) -> None:
    """Show the network that a file describes.

    Prints nodes with their types, links with their capacities, and a warning for each entry that was changed, left out
    or not understood. No system has to run. If the file is refused, the error names the line and the remedy, and the
    exit code is 2.
    """
    from nms.show import checked
    from shared.topologies import read_map

    reading = read_map(file)
    say_json(checked.as_json(reading)) if json_ else say(checked.as_text(reading))


def test(arguments: Annotated[list[str] | None, typer.Argument(help="Passed on to pytest.")] = None) -> None:
    """Run the test suite; the exit code is that of pytest."""
    if not (ROOT / "tests").is_dir():
        raise NmsError(f"there are no tests beside {ROOT / 'nms'}: run this from a checkout of the source")
    missing = [name for name in ("pytest", "xdist") if importlib.util.find_spec(name) is None]
    if missing:
        raise NmsError(f"{' and '.join(missing)} not installed: run `make setup` in the checkout first")
    quick = ["-m", "not slow and not docker and not browser and not soak"]
    command = [sys.executable, "-m", "pytest", *(arguments or quick)]
    raise typer.Exit(_status(command))


def _status(command: list[str]) -> int:
    """Ctrl-C reaches the command too; then wait until the command has ended."""
    import subprocess

    with subprocess.Popen(command, cwd=ROOT) as running:
        try:
            return running.wait()
        except KeyboardInterrupt:
            running.wait()
            return INTERRUPTED


EXAMPLES_OF_UP = (
    "nms up",
    "nms up --port 5001 --fresh --seed 7",
    "nms up --scale detector=3 --speed 4",
    "nms up --fresh --network replay:monday",
)


def register(app: typer.Typer) -> None:
    add(app, up, RUN, EXAMPLES_OF_UP)
    add(app, up, RUN, ("nms server",), name="server", says="The same as `nms up`.")
    add(app, demo, RUN, ("nms demo", "nms demo --speed 1 --verbose"))
    add(app, run, RUN, ("nms run", "nms run --server http://127.0.0.1:5000"))
    add(
        app,
        simulate,
        RUN,
        (
            "nms simulate --faults 20",
            "nms simulate --faults 200 --at-once 3",
            f"nms simulate --kinds {A_CUT},{A_FLAP} --json",
        ),
    )
    add(app, check, RUN, ("nms check leaf-spine:2x4x8", "nms check fat-tree:4 --json"))
    add(app, test, RUN, ("nms test",), context={"ignore_unknown_options": True})


def _use_world(path: Path | None) -> None:
    """The network process, which this process starts, reads the variable."""
    from network.simulator.world_file import VARIABLE

    if path is not None:
        os.environ[VARIABLE] = str(path.absolute())


def _use_network(network: str | None) -> None:
    """The rows of real devices have to be there before a module derives a table from the catalogue."""
    from shared.platform.own_catalogue import add_for_network

    if network is not None:
        add_for_network(network)


def _use_catalogue(path: Path | None) -> None:
    """The file also applies to each process that this process starts. Raises SettingError."""
    from shared.platform.catalogue_file import add_file
    from shared.platform.own_catalogue import VARIABLE

    if path is not None:
        os.environ[VARIABLE] = str(path.absolute())
        add_file(path)


def _kind(name: str) -> FaultKind:
    from shared.domain.errors import SettingError

    if name not in tuple(FaultKind):
        raise SettingError(f"--kinds {name}: no such kind of fault; there are {', '.join(FaultKind)}")
    return FaultKind(name)


def _options(
    port: int | None,
    nats_url: str | None,
    scale: list[str] | None,
    seed: int | None,
    topology: Path | None,
    nodes: int | None,
    speed: float | None,
    load: float | None,
    network: str | None,
    fresh: bool,
) -> Options:
    from nms.plan import parse_scale, read_topology, with_driver
    from nms.settings import SystemSettings

    given = {
        "port": port,
        "nats_url": nats_url,
        "seed": seed,
        "topology": read_topology(topology, nodes),
        "speed": speed,
        "load": load,
        "network": network,
    }
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    given_or_set = replace(SystemSettings.load().options(), scale=parse_scale(scale or []), fresh=fresh, **chosen)
    return with_driver(given_or_set)
