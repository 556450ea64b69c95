"""Output for a person: results on stdout, everything else on stderr.

Rules

1. With `--json`, stdout has JSON and nothing else; an error is JSON on stderr.
2. Lines are never broken or cut, so that a name can be copied and searched for; the terminal may fold long lines.
3. Output has colours only on a terminal, and never if NO_COLOR is set. With FORCE_COLOR, a pipe gets colours too.
4. Text from a message can neither control the terminal nor forge a line. The code that builds a line escapes such text
   with `shared.domain.printable`. Every console here escapes the whole line again, except its end.
5. Progress goes to stderr, only if stderr is a terminal, and is removed at the end.
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
    """Raised when the reader of the output has closed the pipe, as `| head` does. This is no error."""


UNBROKEN = 100_000
"""A width that no line reaches."""


def console(stderr: bool = False, file: IO[str] | None = None, width: int | None = UNBROKEN) -> Console:
    """Return a console that follows the rules of this module. Writing to the console raises ReaderGone if its reader is
    gone.
    """
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


def say(text: RenderableType) -> None:
    console().print(text)


def say_json(body: object) -> None:
    """Raises ReaderGone."""
    say_document(json.dumps(body, indent=2, ensure_ascii=False))


def say_document(document: str) -> None:
    """Raises ReaderGone."""
    _write(printable_json(document))


def json_line(body: object) -> str:
    return printable_json(json.dumps(body, ensure_ascii=False))


def write(line: str) -> None:
    """Raises ReaderGone."""
    _write(printable(line))


def write_text(text: str) -> None:
    """Only for text of NMS itself, such as a help text, because its line breaks stay. Raises ReaderGone."""
    _write(printable_lines(text))


def _write(text: str) -> None:
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None


def remark(sentence: str) -> None:
    sys.stderr.write(f"nms: {printable(sentence)}\n")
    sys.stderr.flush()


def complain(detail: str, title: str, exit_code: int, as_json: bool) -> None:
    """In JSON, the error is a problem (RFC 9457) with the extra field `exit_code`."""
    if as_json:
        problem = {"title": title, "detail": detail, "exit_code": exit_code}
        sys.stderr.write(f"{json_line(problem)}\n")
    else:
        console(stderr=True).print(f"nms: {printable(detail)}", style="red")


@contextmanager
def waiting(what: str) -> Iterator[None]:
    watched = console(stderr=True, width=None)
    if not watched.is_terminal:
        yield
        return
    with watched.status(what):
        yield


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
    """The function that is yielded moves the bar by one step at each call."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    watched = console(stderr=True, width=None)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=watched, transient=True, disable=not watched.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def as_written(out: Console, text: RenderableType) -> str:
    with out.capture() as written:
        out.print(text, end="")
    return written.get()


def stdout_file() -> int:
    sys.stdout.flush()
    return sys.stdout.fileno()


def is_watched() -> bool:
    return os.isatty(sys.stdout.fileno())


def prepare() -> None:
    """Configure the output, so that unsupported characters are escaped, and a traceback cannot control the terminal."""
    sys.excepthook = _defect
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The text is escaped, because it may contain text from a system's answer."""
    trace_text = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(f"nms: ended by a defect\n{guttered(trace_text)}\n")


def finish() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        hush()


def hush() -> None:
    """Discard pending output to stdout, so that closing stdout cannot fail."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
