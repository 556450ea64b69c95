"""Each line for the NATS tool in a document hears, without credentials, what the document says is heard there."""

from __future__ import annotations

import pytest

from benchmarks.running import Running
from tests.contract.ear import CHANNEL_OF, TOLD, Ear, obey
from tests.contract.nats_cli import Line, covers, every_line, parse
from tests.contract.rest import Rest

LINES = every_line()
SUBJECTS = sorted({line.subject for line in LINES})
STORY = frozenset({"fault.ended", "incident.resolved", "stability.verdict"})


def test_the_documents_show_how_to_listen_to_every_family() -> None:
    families = {channel.partition(".")[0] for channel in TOLD}
    assert {line.subject.partition(".")[0] for line in LINES} == families
    assert {"README.md", "docs/how-to/tap.md"} <= {line.page for line in LINES}


@pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.page}:{line.subject}")
def test_what_a_line_says_is_heard_there_are_the_events_of_its_subject(line: Line) -> None:
    heard = {subject.partition(".")[2] for subject in CHANNEL_OF if covers(line.subject, subject)}
    assert heard, "nothing is ever said there"
    assert not line.named & heard or line.named == heard


def test_every_line_hears_its_family_and_nothing_else(rest: Rest, system: Running) -> None:
    """One ear a subject, so that what arrives is what that very subscription brings."""
    ears = {subject: Ear(system.nats_url) for subject in SUBJECTS}
    for ear in ears.values():
        ear.__enter__()
    try:
        for subject, ear in ears.items():
            ear.listen(subject)
        fault = rest("inject_fault", send={"kind": "high_cpu", "target": "server-7"})
        with Ear(system.nats_url, *system.credentials("console")) as console:
            console.ask("control.correlator", f'{{"fault": "{fault["id"]}"}}'.encode())
        ears["stability.*"].wait("stability.verdict", lambda body: "server-7" in body["incident_id"])
        for subject, ear in ears.items():
            said = list(ear.heard)
            assert said, f"nothing was heard on {subject}"
            assert all(covers(subject, heard.subject) for heard in said)
            for heard in said:
                obey(heard)
            assert ear.refused == []
        everything = {heard.subject for ear in ears.values() for heard in ear.heard}
        assert everything >= STORY
    finally:
        for ear in ears.values():
            ear.__exit__()


def test_who_has_no_credentials_says_nothing_and_keeps_nothing(system: Running) -> None:
    with Ear(system.nats_url) as tap:
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
    ("pattern", "subject", "hears"),
    [
        ("anomaly.*", "anomaly.raised", True),
        ("anomaly.*", "anomaly", False),
        ("anomaly.*", "anomaly.raised.twice", False),
        ("anomaly.raised", "anomaly.cleared", False),
        (">", "anomaly.raised", True),
        ("anomaly.>", "anomaly", False),
    ],
)
def test_a_pattern_covers_what_nats_says_it_does(pattern: str, subject: str, hears: bool) -> None:
    assert covers(pattern, subject) == hears
