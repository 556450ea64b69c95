"""The group `nms bench`: the product measured by public benchmarks. Each command is in a module of its own."""

from __future__ import annotations

import typer

from nms.commands import bench_nika
from nms.commands.shape import RUN, epilog

MEMBERS = (bench_nika,)


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Measure the whole loop by public benchmarks, on a laboratory.")
    for member in MEMBERS:
        member.register(group)
    examples = [example for member in MEMBERS for example in member.EXAMPLES]
    app.add_typer(group, name="bench", rich_help_panel=RUN, epilog=epilog(examples))
