"""How we write to a person: answers on stdout, everything else on stderr.

Rules
1. With `--json`, stdout carries JSON and nothing else; what went wrong is JSON on stderr.
2. No line is broken or cut by us, so that a name can be copied and searched for whole; the terminal may fold it.
3. Colours only on a terminal, never where NO_COLOR is set; FORCE_COLOR has them in a pipe too.
4. What a message says cannot steer the terminal: control characters are shown, not sent.
5. Progress is for a person who watches: on stderr, only where that is a terminal, and gone at the end.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nms.client import Body

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


class ReaderGone(Exception):
    """Raised when nobody reads our output any more, as after `| head`; that is no error."""


UNBROKEN = 100_000
"""A width that no line reaches."""


def console(stderr: bool = False) -> Console:
    """Return a console that keeps the rules above. Raises ReaderGone when it is written to."""
    from rich.console import Console

    class Unwatched(Console):
        def on_broken_pipe(self) -> None:
            raise ReaderGone

    return Unwatched(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True, width=UNBROKEN)


def say(said: RenderableType) -> None:
    """Answer with text."""
    console().print(said)


def say_json(body: Body) -> None:
    """Answer with one JSON document. Raises ReaderGone."""
    write(json.dumps(body, indent=2, ensure_ascii=False))


def write(line: str) -> None:
    """Write a line to stdout at once. Raises ReaderGone."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None


def remark(sentence: str) -> None:
    """Say on stderr what is worth knowing while we go on."""
    sys.stderr.write(f"nms: {sentence}\n")
    sys.stderr.flush()


def complain(detail: str, title: str, exit_code: int, as_json: bool) -> None:
    """Say on stderr what went wrong: a sentence, or a problem (RFC 9457) whose `exit_code` is ours."""
    if as_json:
        problem = {"title": title, "detail": detail, "exit_code": exit_code}
        sys.stderr.write(json.dumps(problem, ensure_ascii=False) + "\n")
    else:
        console(stderr=True).print(f"nms: {plain(detail)}", style="red")


def plain(text: str) -> str:
    """Return a text with every character that a terminal would obey, or that would break the line, written out."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show that something is going on."""
    from rich.console import Console

    watched = Console(stderr=True, highlight=False)
    if not watched.is_terminal:
        yield
        return
    with watched.status(what):
        yield


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show how much is done; call what is given to say that one more is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    watched = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=watched, transient=True, disable=not watched.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def as_written(out: Console, said: RenderableType) -> str:
    """Return what a console would write, without the end of the line."""
    with out.capture() as written:
        out.print(said, end="")
    return written.get()
