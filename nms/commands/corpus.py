"""The command `nms corpus`: record labelled scenarios of the whole loop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nms.commands.shape import RUN, add
from nms.corpus.choices import MAX_RUNS, SHIPPED, SIZES, Scenario
from nms.limits import MAX_SEED, ONE_THREAD
from nms.terminal import progress, say
from shared.domain.errors import SettingError
from shared.domain.printable import printable
from shared.domain.sizes import MAX_NODES, MIN_NODES
from shared.domain.units import size as human_size
from shared.recordings.choices import Format

if TYPE_CHECKING:
    from nms.corpus.record import RunFacts, RunParameters
    from nms.corpus.worlds import NamedWorld

EXAMPLES = (
    "nms corpus --out corpus",
    "nms corpus --out small --nodes 16 --world default",
    "nms corpus --out leaks --scenario leak --nodes 16 --runs 20 --seed 7 --format csv",
    "nms corpus --out mine --scenario single --nodes 200 --world default --world slow-links.yaml",
)


def corpus(
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FOLDER", help="A new folder, or a corpus to add to."),
    ],
    scenario: Annotated[
        list[Scenario] | None, typer.Option("--scenario", help="What happens in a run; give several, else all.")
    ] = None,
    nodes: Annotated[
        list[int] | None,
        typer.Option(
            "--nodes",
            metavar="N",
            min=MIN_NODES,
            max=MAX_NODES,
            help=f"Size of a network; give several, else {', '.join(map(str, SIZES))}.",
        ),
    ] = None,
    world: Annotated[
        list[str] | None,
        typer.Option(
            "--world",
            metavar="FILE",
            help=f"A YAML file with a world, or {' or '.join(SHIPPED)}; give several, else {' and '.join(SHIPPED)}.",
        ),
    ] = None,
    runs: Annotated[
        int, typer.Option(min=1, max=MAX_RUNS, help="Runs of each scenario, size and world, with other faults.")
    ] = 1,
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Decides all that is drawn.")] = 1,
    form: Annotated[
        Format, typer.Option("--format", help="Of the recordings: JSON Lines, or csv and parquet, which are tables.")
    ] = Format.JSONL,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Record labelled scenarios of the whole loop: telemetry, topology, truth, incidents, causes and actions.

    Makes FOLDER/SCENARIO-NODES-WORLD-RUN for each combination: a recording that `nms replay` reads, with truth.json and
    incidents.json. FOLDER/datasheet.md describes the corpus, FOLDER/index.json lists the runs with their checksums.
    Everything is simulated, without a broker. The same command gives the same bytes. After an interruption, the same
    command goes on with what is missing.
    """
    # The matrices are small: a second thread of the linear algebra would only wait. It reads this when it is imported.
    for variable, threads in ONE_THREAD.items():
        os.environ.setdefault(variable, threads)
    from nms.corpus.folder import make_corpus
    from nms.corpus.worlds import find_worlds
    from nms.extras.recording.export import check_format

    check_format(form)
    worlds = find_worlds(world or SHIPPED)
    scenarios, sizes = tuple(dict.fromkeys(scenario or Scenario)), tuple(dict.fromkeys(nodes or SIZES))
    wanted = _wanted(scenarios, sizes, worlds, runs, seed, form)
    named = [f"--scenario {each}" for each in scenarios] + [f"--nodes {each}" for each in sizes]
    named += [f"--world {each.option}" for each in worlds]
    command = f"nms corpus {' '.join(named)} --runs {runs} --seed {seed} --format {form}"
    made: list[RunFacts] = []
    with progress("Runs", 0 if quiet else len(wanted)) as count_one:

        def each(facts: RunFacts) -> None:
            made.append(facts)
            count_one()

        present = make_corpus(out, command, wanted, worlds, each)
    if not quiet:
        size = human_size(sum(facts.counts.bytes for facts in made))
        before = f"; {present:,} were there" if present else ""
        say(f"{printable(str(out))}: {len(made):,} runs made, {size}{before}; read datasheet.md first")


def _wanted(
    scenarios: tuple[Scenario, ...],
    sizes: tuple[int, ...],
    worlds: list[NamedWorld],
    runs: int,
    seed: int,
    form: Format,
) -> list[RunParameters]:
    """Return the parameters of each run, the small networks first. Raises SettingError if there are too many."""
    from importlib.metadata import version

    from nms.corpus.choices import MAX_CORPUS
    from nms.corpus.record import RunParameters, own_catalogue_sha256

    count = len(scenarios) * len(sizes) * len(worlds) * runs
    if count > MAX_CORPUS:
        raise SettingError(f"that is {count:,} runs, more than the {MAX_CORPUS:,} of one corpus: make several")
    product, catalogue = version("nms"), own_catalogue_sha256()
    return [
        RunParameters(
            scenario=scenario,
            nodes=nodes,
            world=world.name,
            run=run,
            seed=seed,
            format=form,
            world_sha256=world.sha256,
            catalogue_sha256=catalogue,
            product=product,
        )
        for nodes in sizes
        for world in worlds
        for scenario in scenarios
        for run in range(1, runs + 1)
    ]


def register(app: typer.Typer) -> None:
    add(app, corpus, RUN, EXAMPLES)
