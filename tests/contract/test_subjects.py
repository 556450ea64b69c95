"""Each line for the NATS tool in a document receives, without credentials, what the document says is received there."""

from __future__ import annotations

import pytest

from benchmarks.running import Running
from tests.contract.listener import CHANNEL_OF, PUBLISHED, Listener, obey
from tests.contract.nats_cli import Line, covers, every_line, parse
from tests.contract.rest import Rest

LINES = every_line()
SUBJECTS = sorted({line.subject for line in LINES})
STORY = frozenset({"fault.ended", "incident.resolved", "stability.verdict"})


def test_the_documents_show_how_to_listen_to_every_family() -> None:
    families = {channel.partition(".")[0] for channel in PUBLISHED}
    assert {line.subject.partition(".")[0] for line in LINES} == families
    assert {"README.md", "docs/how-to/tap.md"} <= {line.page for line in LINES}


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.page}:{line.subject}")
def test_what_a_line_says_is_heard_there_are_the_events_of_its_subject(line: Line) -> None:
    received = {subject.partition(".")[2] for subject in CHANNEL_OF if covers(line.subject, subject)}
    assert received, "nothing is ever published there"
    assert not line.named & received or line.named == received


def test_every_line_hears_its_family_and_nothing_else(rest: Rest, system: Running) -> None:
    """One listener a subject, so that what arrives is what that very subscription brings."""
    listeners = {subject: Listener(system.nats_url) for subject in SUBJECTS}
    for listener in listeners.values():
        listener.__enter__()
    try:
        for subject, listener in listeners.items():
            listener.listen(subject)
        fault = rest("inject_fault", send={"kind": "high_cpu", "target": "server-7"})
        with Listener(system.nats_url, *system.credentials("console")) as console:
            console.ask("control.correlator", f'{{"fault": "{fault["id"]}"}}'.encode())
        listeners["stability.*"].wait("stability.verdict", lambda body: "server-7" in body["incident_id"])
        for subject, listener in listeners.items():
            published = list(listener.received)
            assert published, f"nothing was received on {subject}"
            assert all(covers(subject, received.subject) for received in published)
            for received in published:
                obey(received)
            assert listener.refused == []
        everything = {received.subject for listener in listeners.values() for received in listener.received}
        assert everything >= STORY
    finally:
        for listener in listeners.values():
            listener.__exit__()


def test_who_has_no_credentials_says_nothing_and_keeps_nothing(system: Running) -> None:
    with Listener(system.nats_url) as tap:
        for subject in (
            "anomaly.raised",
            "control.injector",
            "$SRV.PING",
            "$JS.API.STREAM.NAMES",
            "$KV.config.desired",
        ):
            tap.say(subject, b"{}")
            assert tap.was_refused(subject), subject
        for subject in (">", "*.>", "$KV.>", "$JS.>", "_INBOX_gateway.>", "control.*"):
            tap.listen(subject)
            assert tap.was_refused(subject), subject


def test_a_line_that_needs_rights_is_not_for_a_document() -> None:
    with pytest.raises(ValueError, match="the tap user may do nothing else"):
        parse("x.md", "nats stream ls")
    assert parse("x.md", "nats sub 'a.*'   # raised, cleared").named == {"raised", "cleared"}
    assert parse("x.md", "nats sub 'a.*'   # one action's life: proposed ... verified").named == frozenset()


@pytest.mark.parametrize(
    ("pattern", "subject", "receives"),
    [
        ("anomaly.*", "anomaly.raised", True),
        ("anomaly.*", "anomaly", False),
        ("anomaly.*", "anomaly.raised.twice", False),
        ("anomaly.raised", "anomaly.cleared", False),
        (">", "anomaly.raised", True),
        ("anomaly.>", "anomaly", False),
    ],
)
def test_a_pattern_covers_what_nats_says_it_does(pattern: str, subject: str, receives: bool) -> None:
    assert covers(pattern, subject) == receives
