"""Writes the datasheet of a corpus, with the questions of Gebru et al., "Datasheets for Datasets" (2021). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nms.corpus.choices import Scenario
from nms.corpus.record import RunFacts
from nms.corpus.scenarios import SCENARIOS

MEGA = 1e6
PAGE = """\
# Datasheet of this corpus

Written by `nms corpus`. The questions are those of Gebru et al., "Datasheets for Datasets", Communications of the ACM
64 (12), 2021.

## Motivation

Public data sets for network operations have telemetry, or topologies, or labelled anomalies. We know of none that
joins, for the same moments, the telemetry, the topology, the faults as they were, the incidents that a system found,
the causes that it named, and the actions that it took. This corpus does. It was made to develop and compare methods
of detection, diagnosis and repair, and to teach them. The person who publishes this folder made it with the command
`nms corpus` of the open-source project NMS.

## Composition

- **What an instance is**: a run, that is a folder. It has a recording of one simulated network from its first second
  on, in the documented format of `nms record`, and the labels of that recording.
- **How many there are**: {runs} runs with {faults} faults, {bytes} MB in all. The table below counts them.
- **What a run has**: `manifest.json` and `topology.json`; the tables of telemetry (every node and link), settings,
  faults (the truth), anomalies, incidents, causes, actions and stability; `truth.json`, `incidents.json` and
  `run.json`. A run with one fault in a small network is also a case of `nms backtest diagnose` (`case.json`,
  `topology.csv`, `metrics.csv.gz`), and has one series for `nms backtest detect` (`symptom.csv.gz`; its labels are in
  `detect.json` of the corpus).
- **Labels**: the kind, the element, the strength, the begin and the end of each fault, as the simulator applied them.
  They are exact. Benign load, which is no fault, is named in `truth.json`. Anomalies, incidents, causes and actions
  are **not** labels: they are what NMS found and did, and may be wrong.
- **What is missing**: samples that never arrived, as in a real network; the table has their share. A missing sample
  is a row without values. Late samples come with a later tick and have the number of their own.
- **Whether it is a sample of a larger set**: yes. Kinds, elements, strengths and times of faults were drawn; other
  seeds give other runs.
- **Splits**: none is recommended. All runs of one size have the same topology; noise, traffic and usual levels are
  drawn for each run. To learn whether a method carries over, test it on a size and a world that it has not seen.
- **Personal or confidential data**: none. All names and figures are generated.

### Scenarios

{scenarios}

### Counts

`missing`: share of all samples. `repaired`: faults that an action of the loop ended.

{table}

## Collection process

The loop of NMS {products} ran in one process against its simulator, with all its decisions and in network time, and
every message was recorded. The command{plural}, without the folder:

{commands}

Each run has a seed of its own, which follows from `--seed`, the scenario, the size, the world and the number of the
run. The same command with the same version gives the same bytes; `index.json` has the checksums. The worlds are in
`worlds/`. A run begins with a warm-up without faults ({warm_ups} s). The first fault begins at a time that was drawn;
the length of a run does not depend on it. Network time begins at 2026-01-01T00:00:00Z in each run and has no relation
to the time of the making.

## Preprocessing

None. Values are rounded as the simulated poller rounds them. CSV and Parquet tables hold the same messages as JSON
Lines.

## Uses

Good for: developing, comparing and regression-testing methods on equal terms; ablations, since truth and every
decision are known; teaching; testing tools that read telemetry.

**Not to be used**:

- as proof that a method works in real networks. The network, its traffic, its noise and its faults are **simulated**.
  Figures that were earned on this corpus say how a method does in this simulation, and nothing about a real network;
- to tune NMS and then report how well NMS does on it: its loop was developed on the same simulator;
- to estimate how often faults happen: the scenarios decide that;
- to learn effects of actions as if they were independent of the faults: the loop chose each action because of what it
  saw;
- to rank methods by fields that carry the answer. A method may read telemetry and topology; not `faults`,
  `truth.json`, `run.json`, names of folders, nor, if it competes with NMS, the tables of anomalies, incidents, causes
  and actions.

## Distribution and licence

The corpus is made, not downloaded: publish the command, the version and the worlds, or the folder. The content has the
MIT licence of NMS. You may give your own world files another licence; then say so beside the folder.

## Maintenance

The corpus is as old as the version that made it: a later version may give other bytes, and then continues no folder
of an earlier one. Report errors to the maintainers of NMS, with `index.json`. Nobody keeps old corpora; keep yours.
"""


@dataclass(frozen=True)
class RunGroup:
    """The runs of one world, size and scenario."""

    world: str
    nodes: int
    scenario: Scenario
    runs: Sequence[RunFacts]

    def text(self) -> str:
        counts = [run.counts for run in self.runs]
        samples, missing = sum(one.samples for one in counts), sum(one.missing for one in counts)
        intervals = sorted({run.interval for run in self.runs})
        cells = (
            self.world,
            self.nodes,
            self.scenario,
            len(counts),
            ", ".join(f"{interval:g}" for interval in intervals),
            sum(one.faults for one in counts),
            sum(one.repaired for one in counts),
            sum(one.anomalies for one in counts),
            sum(one.incidents for one in counts),
            sum(one.actions for one in counts),
            f"{samples:,}",
            f"{missing / samples:.2%}" if samples else "",
            f"{sum(one.bytes for one in counts) / MEGA:.1f}",
        )
        return f"| {' | '.join(map(str, cells))} |"


COLUMNS = (
    *("world", "nodes", "scenario", "runs", "interval, s", "faults", "repaired"),
    *("anomalies", "incidents", "actions", "samples", "missing", "MB"),
)
HEAD = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def datasheet(commands: Sequence[str], runs: Sequence[RunFacts]) -> str:
    """`runs`: in the order in which they are listed."""
    made = {run.parameters.scenario for run in runs}
    scenarios = [scenario for scenario in Scenario if scenario in made]
    return PAGE.format(
        runs=len(runs),
        faults=sum(run.counts.faults for run in runs),
        bytes=f"{sum(run.counts.bytes for run in runs) / MEGA:,.1f}",
        scenarios="\n".join(f"- `{each}`: {SCENARIOS[each].says}" for each in Scenario if each in scenarios)
        or "None yet.",
        table="\n".join((HEAD, *(row.text() for row in _rows(runs)))),
        products=", ".join(sorted({run.parameters.product for run in runs})) or "(no run yet)",
        plural="s" if len(commands) > 1 else "",
        commands="\n".join(f"    {command}" for command in commands),
        warm_ups=_range(run.warm_up for run in runs),
    )


def _rows(runs: Sequence[RunFacts]) -> list[RunGroup]:
    groups: dict[tuple[str, int, Scenario], list[RunFacts]] = {}
    for run in runs:
        key = (run.parameters.world, run.parameters.nodes, run.parameters.scenario)
        groups.setdefault(key, []).append(run)
    return [RunGroup(*key, group) for key, group in groups.items()]


def _range(seconds: Iterable[float]) -> str:
    known = sorted(set(seconds))
    return f"{known[0]:g} to {known[-1]:g}" if len(known) > 1 else "".join(f"{each:g}" for each in known) or "none"
