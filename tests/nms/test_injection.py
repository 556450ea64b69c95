"""No text of a person, a device or a message can control a terminal or forge a line of output."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.text import Text

from nms import terminal
from nms.commands.completion import _names
from nms.cycles import CycleUpdate, Inject, ShownPhases
from nms.cycles import text as cycle
from nms.extras.tap.lines import line
from nms.extras.tap.message import TappedMessage
from nms.log_view import TerminalLog
from nms.show.incidents import incident, incidents
from nms.show.log import log_line
from nms.show.network import fault, faults
from shared.domain.printable import GUTTER
from shared.platform import logs

FORGED = '\x1b[2J\n2026-01-31T12:00:00Z nms          info    NMS is fine\u202e\x9b\u2028{"event": "forged"}\r\x85'
hostile = (
    st.text() | st.text(st.sampled_from('\x1b[2J\n\r\x85\u2028\u202e\u200b\x9b\x07{"a'), max_size=12) | st.just(FORGED)
)
often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def harmless(written: str, lines: int | None = None) -> list[str]:
    found = written.removesuffix("\n").split("\n")
    assert all(each.isprintable() for each in found), repr(written)
    assert lines is None or len(found) == lines, repr(written)
    return found


def on_a_console(renderable: object) -> str:
    out = io.StringIO()
    terminal.console(file=out).print(renderable)
    return out.getvalue()


@often
@given(hostile, hostile)
def test_the_log_of_nms_up(text: str, key: str) -> None:
    out = io.StringIO()
    log = TerminalLog(terminal.console(file=out))
    renderable = {"event": text or "x", "level": text, key: text, "at": text}
    log.line("detector", json.dumps(renderable))
    log.line("detector", json.dumps({**renderable, "event": "failed", "exception": f"Traceback\n{text}"}))
    for raw in text.split("\n"):
        log.line("detector", raw)
        log.line("nats-server", f"[7] 2026/01/01 00:00:00.0 [WRN] {raw}")
    log.say(text, "warning")
    for shown in harmless(out.getvalue()):
        assert shown.startswith(GUTTER.rstrip()) or shown[:20].endswith("Z"), shown


def test_a_line_of_the_broker_is_not_parsed_as_json() -> None:
    out = io.StringIO()
    TerminalLog(terminal.console(file=out)).line("nats-server", '{"event": "ready", "level": "info"}')
    assert "error" in out.getvalue() and '{"event"' in out.getvalue()


SHOWN: dict[str, Callable[[str], object]] = {
    "log": lambda text: log_line({"message": text, "service": text, "level": text, "timestamp": text}),
    "incident": lambda text: incident({"comments": [text], "timeline": [{"at": text, "by": text, "what": text}]}),
    "incidents": lambda text: incidents({"recent_incidents": [{"id": text, "node_id": text, "timestamp": text}]}),
    "fault": lambda text: fault({"kind": text, "target": text, "ended": text, "ended_by": text}),
    "faults": lambda text: faults({"faults": [{"id": text, "kind": text, "started": text}]}),
    "tap": lambda text: line(
        TappedMessage(f"log.{text}", json.dumps({"at": text, "message": text}).encode(), {"ce-time": text})
    ),
    "dead letter": lambda text: line(
        TappedMessage("deadletter.rca", json.dumps({"service": text, "subject": text, "reason": text}).encode())
    ),
    "bytes": lambda text: line(TappedMessage("metrics.0", text.encode(errors="surrogatepass"), {"ce-subject": text})),
    "cycle": lambda text: cycle(
        CycleUpdate(cycle=1, phases=ShownPhases(inject=Inject(node_id=text, failure_type=text)))
    ),
    "nobody's": lambda text: Text(text),
}


@pytest.mark.parametrize("name", SHOWN)
@often
@given(hostile)
def test_hostile_text_adds_no_line_to_the_output(name: str, text: str) -> None:
    lines = None if name == "nobody's" else len(on_a_console(SHOWN[name]("x")).split("\n")) - 1
    harmless(on_a_console(SHOWN[name](text)), lines)


@often
@given(text=hostile)
def test_errors_and_json(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    terminal.remark(text)
    terminal.complain(text, text, 1, as_json=False)
    terminal.complain(text, text, 1, as_json=True)
    logs.say(text)
    terminal.write(text)
    written = capsys.readouterr()
    harmless(written.err, 4)
    harmless(written.out, 1)
    terminal.say_json({text: [text]})
    shown = capsys.readouterr().out
    harmless(shown, 5)
    assert json.loads(shown) == {text: [text]}
    assert json.loads(TappedMessage("log.info", json.dumps({text: text}).encode()).cloud_event())["data"] == {
        text: text
    }
    harmless(TappedMessage("log.info", json.dumps({text: text}).encode(), {"ce-subject": text}).cloud_event(), 1)


@pytest.mark.parametrize("form", ["json", "console"])
def test_the_log_of_a_process(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    before, hook, handlers = structlog.get_config(), sys.excepthook, logging.getLogger().handlers[:]
    logging.getLogger().handlers = []
    logs.configure("rca", "rca-1", form, colour=False)  # type: ignore[arg-type]
    try:
        structlog.get_logger("nms").warning(FORGED, **{FORGED: FORGED})
        logging.getLogger("nats").warning("a library says %s", FORGED)
        logging.getLogger("nats").warning("a library cannot count: %d", FORGED)
        written = harmless(capsys.readouterr().err, 3)
        try:
            raise ValueError(FORGED)
        except ValueError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        last = harmless(capsys.readouterr().err)
    finally:
        structlog.configure(**before)
        sys.excepthook = hook
        logging.getLogger().handlers = handlers
    if form == "json":
        assert [json.loads(each)["service"] for each in (*written, *last)] == ["rca"] * 4
    else:
        assert all(each[:20].endswith("Z") for each in (*written, last[0]))
        assert all(each.startswith(GUTTER.rstrip()) for each in last[1:])


def test_an_uncaught_exception_of_a_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    terminal.prepare()
    sys.excepthook(ValueError, ValueError(FORGED), None)
    first, *more = harmless(capsys.readouterr().err)
    assert first == "nms: ended by a defect"
    assert all(each.startswith(GUTTER.rstrip()) for each in more)


def test_completion_offers_only_ids_that_can_be_typed() -> None:
    assert _names([{"id": FORGED}, {"id": "server-1"}, {}]) == ["server-1"]
