"""Each line for the NATS tool in a document receives, without credentials, the messages that the document names."""

from __future__ import annotations

import pytest

from benchmarks.running import Running
from tests.contract.listener import CHANNEL_OF, PUBLISHED, Listener, obey
from tests.contract.nats_cli import Line, covers, every_line, parse
from tests.contract.rest import Rest

LINES = every_line()
SUBJECTS = sorted({line.subject for line in LINES})
STORY = frozenset({"fault.ended", "incident.resolved", "stability.verdict"})


def test_the_documents_subscribe_to_every_family() -> None:
    families = {channel.partition(".")[0] for channel in PUBLISHED}
    assert {line.subject.partition(".")[0] for line in LINES} == families
    assert {"README.md", "docs/how-to/tap.md"} <= {line.page for line in LINES}


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.page}:{line.subject}")
def test_the_comment_of_a_line_names_the_events_of_its_subject(line: Line) -> None:
    received = {subject.partition(".")[2] for subject in CHANNEL_OF if covers(line.subject, subject)}
    assert received, "nothing is ever published there"
    assert not line.named & received or line.named == received


def test_every_line_receives_its_family_and_nothing_else(rest: Rest, system: Running) -> None:
    """Each subject has its own listener, so that the received messages are those of that subscription."""
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


def test_a_client_without_credentials_cannot_publish_or_store(system: Running) -> None:
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


def test_a_line_that_needs_credentials_is_refused() -> None:
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
def test_patterns_match_as_in_nats(pattern: str, subject: str, receives: bool) -> None:
    assert covers(pattern, subject) == receives
