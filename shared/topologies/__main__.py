"""Writes a network as JSON: `python -m shared.topologies fat-tree 4`, `leaf-spine 2 4 8`, `read map.gml`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.domain.errors import TopologyError
from shared.domain.printable import printable_json
from shared.domain.topology import Topology
from shared.platform.logs import say, say_out
from shared.topologies import fat_tree, leaf_spine, read_map


def main(words: Sequence[str] | None = None) -> int:
    try:
        topology = _asked(_parser().parse_args(words))
    except TopologyError as error:
        say(str(error))
        return error.exit_code
    say_out(printable_json(topology.model_dump_json(indent=1)))
    return 0


def _asked(asked: argparse.Namespace) -> Topology:
    if asked.shape == "leaf-spine":
        return leaf_spine(asked.spines, asked.leaves, asked.servers_per_leaf)
    if asked.shape == "fat-tree":
        return fat_tree(asked.k)
    reading = read_map(asked.file)
    for warning in reading.warnings:
        say(f"{asked.file}: {warning}")
    return reading.topology


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.topologies", description="Writes a network as JSON.")
    shapes = parser.add_subparsers(dest="shape", required=True)
    wide = shapes.add_parser("leaf-spine", help="every leaf switch on every spine router")
    for name in ("spines", "leaves", "servers_per_leaf"):
        wide.add_argument(name, type=int)
    shapes.add_parser("fat-tree", help="switches with k ports in k pods").add_argument("k", type=int)
    shapes.add_parser("read", help="a .yaml, .graphml, .gml or .json file").add_argument("file", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
