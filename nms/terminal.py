"""How we write to a person: answers on stdout, everything else on stderr.

Rules
1. With `--json`, stdout carries JSON and nothing else; what went wrong is JSON on stderr.
2. No line is broken or cut by us, so that a name can be copied and searched for whole; the terminal may fold it.
3. Colours only on a terminal, never where NO_COLOR is set; FORCE_COLOR has them in a pipe too.
4. Text of a message can neither control the terminal nor forge a line. The code that builds a line escapes such text
   with `shared.domain.printable`; every console here escapes the whole line once more, line ends apart.
5. Progress is for a person who watches: on stderr, only where that is a terminal, and gone at the end.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, TYPE_CHECKING

from shared.domain.printable import guttered, printable, printable_json, printable_lines

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.segment import Segment


class ReaderGone(Exception):
    """Raised when nobody reads our output any more, as after `| head`; that is no error."""


UNBROKEN = 100_000
"""A width that no line reaches."""


def console(stderr: bool = False, file: IO[str] | None = None, width: int | None = UNBROKEN) -> Console:
    """Return a console that keeps the rules above. Raises ReaderGone when it is written to."""
    from rich.console import Console
    from rich.segment import Segment

    class Guarded(Console):
        def on_broken_pipe(self) -> None:
            raise ReaderGone

        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            for part in super().render(renderable, options):
                yield part if part.control else Segment(printable_lines(part.text), part.style)

    return Guarded(
        stderr=stderr, file=file, highlight=False, markup=False, emoji=False, soft_wrap=width is not None, width=width
    )


def say(said: RenderableType) -> None:
    """Answer with text."""
    console().print(said)


def say_json(body: object) -> None:
    """Answer with one JSON document. Raises ReaderGone."""
    say_document(json.dumps(body, indent=2, ensure_ascii=False))


def say_document(document: str) -> None:
    """Answer with a JSON document that is written already. Raises ReaderGone."""
    _write(printable_json(document))


def json_line(body: object) -> str:
    """Return a body as one line of JSON."""
    return printable_json(json.dumps(body, ensure_ascii=False))


def write(line: str) -> None:
    """Write a line to stdout at once. Raises ReaderGone."""
    _write(printable(line))


def write_text(text: str) -> None:
    """Write lines of our own to stdout at once, such as a help text. Raises ReaderGone."""
    _write(printable_lines(text))


def _write(text: str) -> None:
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None


def remark(sentence: str) -> None:
    """Say on stderr what is worth knowing while we go on."""
    sys.stderr.write(f"nms: {printable(sentence)}\n")
    sys.stderr.flush()


def complain(detail: str, title: str, exit_code: int, as_json: bool) -> None:
    """Say on stderr what went wrong: a sentence, or a problem (RFC 9457) whose `exit_code` is ours."""
    if as_json:
        problem = {"title": title, "detail": detail, "exit_code": exit_code}
        sys.stderr.write(f"{json_line(problem)}\n")
    else:
        console(stderr=True).print(f"nms: {printable(detail)}", style="red")


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show that something is going on."""
    watched = console(stderr=True, width=None)
    if not watched.is_terminal:
        yield
        return
    with watched.status(what):
        yield


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show how much is done; call what is given to say that one more is."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    watched = console(stderr=True, width=None)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=watched, transient=True, disable=not watched.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def as_written(out: Console, said: RenderableType) -> str:
    """Return what a console would write, without the end of the line."""
    with out.capture() as written:
        out.print(said, end="")
    return written.get()


def stdout_file() -> int:
    """Return the file behind stdout, with what was written before in it."""
    sys.stdout.flush()
    return sys.stdout.fileno()


def is_watched() -> bool:
    """Say whether a person reads along."""
    return os.isatty(sys.stdout.fileno())


def prepare() -> None:
    """Let a terminal that knows few letters show the others by their numbers, and a defect of ours steer nothing."""
    sys.excepthook = _defect
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell what ends us by a defect: what a system answered may be quoted in it."""
    told = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(f"nms: ended by a defect\n{guttered(told)}\n")


def finish() -> None:
    """Write what is still to be written; nobody may read it any more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        hush()


def hush() -> None:
    """Let nothing that is still to be written fail."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
