"""The group `nms backtest`: the services' cores on recordings of one's own. Each command is in a module of its own."""

from __future__ import annotations

import typer

from nms.commands import backtest_detect, backtest_diagnose
from nms.commands.shape import RUN, epilog

MEMBERS = (backtest_detect, backtest_diagnose)


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Try the loop's judgement on your own recordings, without a broker.")
    for member in MEMBERS:
        member.register(group)
    examples = [example for member in MEMBERS for example in member.EXAMPLES]
    app.add_typer(group, name="backtest", rich_help_panel=RUN, epilog=epilog(examples))
