"""The option `--nats-url`. It refuses a password, since every user of the machine can read a command line."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.domain.errors import SettingError
from shared.domain.logins import holds_login, shown_url


def without_password(context: typer.Context, parameter: typer.CallbackParam, url: str | None) -> str | None:
    """Return the URL. Raises SettingError if a URL from the command line contains a password or a token."""
    source = context.get_parameter_source(parameter.name or "")
    given_here = source is not None and source.name == "COMMANDLINE"
    if url is not None and given_here and holds_login(url):
        raise SettingError(
            f"--nats-url {shown_url(url)} holds a password, and others can read a command line: "
            "give the URL in NMS_NATS_URL, or user and password in a file that NMS_CREDENTIALS names"
        )
    return url


NatsUrl = Annotated[
    str | None,
    typer.Option(
        envvar="NMS_NATS_URL",
        metavar="URL",
        callback=without_password,
        help="The NATS server; else the one on this machine.",
    ),
]
"""The option for commands that connect to a running broker."""
