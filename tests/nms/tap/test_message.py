"""Every kind of event as a CloudEvent, as a readable line, and in the filters of the tap."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.extras.documents.messages import Message, messages
from nms.extras.tap.filters import Wanted, parse_where
from nms.extras.tap.lines import line
from nms.extras.tap.message import TappedMessage
from shared.domain.errors import SettingError
from shared.domain.events.base import trace_of

EVENTS = [message for message in messages() if not message.name.startswith("control.")]
each_event = pytest.mark.parametrize("message", EVENTS, ids=lambda message: message.name)
CONTEXT = {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"}


def tapped(message: Message) -> TappedMessage:
    more = {"metrics": ("partition",), "log": ("service", "level"), "deadletter": ("service",)}.get(message.name, ())
    subject = ".".join((message.name, *(str(message.payload[name]) for name in more)))
    return TappedMessage(subject, json.dumps(message.payload).encode(), message.headers)


def anomaly(element: str = "server-3") -> TappedMessage:
    body = {"anomaly": {"id": f"{element}.cpu_usage.77", "element": element, "metric": "cpu_usage", "value": 97.0}}
    trace = trace_of(f"{element}.cpu_usage.77")
    return TappedMessage(
        "anomaly.raised", json.dumps(body).encode(), {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    )


@each_event
def test_an_event_is_one_complete_line_of_cloudevents_json(message: Message) -> None:
    output = tapped(message).cloud_event()
    assert "\n" not in output
    event = json.loads(output)
    assert set(event) - {"traceparent"} == CONTEXT
    assert event["data"] == message.payload
    assert event["specversion"] == "1.0"
    assert event["type"].startswith(f"nms.{message.name}")
    assert all(isinstance(event[name], str) and event[name] for name in CONTEXT - {"data"})
    for name, header in (("traceparent", "traceparent"), ("id", "ce-id"), ("source", "ce-source"), ("time", "ce-time")):
        assert event.get(name) == message.headers.get(header, event.get(name))


@each_event
def test_an_event_is_one_readable_line(message: Message) -> None:
    output = line(tapped(message)).plain
    assert "\n" not in output
    assert "{" not in output, "it is shown raw: say it in words"
    assert tapped(message).subject in output


def test_a_percent_encoded_header_is_decoded() -> None:
    named = TappedMessage("anomaly.raised", b"{}", {"ce-id": "r%C3%A9seau", "ce-subject": "100%25"})
    event = json.loads(named.cloud_event())
    assert (event["id"], event["subject"]) == ("réseau", "100%")


@given(st.binary(max_size=200), st.sampled_from(["anomaly.raised", "metrics.0", "deadletter.rca", "log.rca.info"]))
def test_garbage_is_shown_with_control_characters_escaped(data: bytes, subject: str) -> None:
    garbage = TappedMessage(subject, data)
    output = line(garbage, "server-1").plain
    assert output.isprintable()
    event = json.loads(garbage.cloud_event())
    if "data" not in event:
        assert base64.b64decode(event["data_base64"]) == data


@pytest.mark.parametrize(
    ("element", "node", "wanted"),
    [
        ("server-3", "server-3", True),
        ("server-30", "server-3", False),
        ("edge-switch-3--server-3", "server-3", True),
        ("edge-switch-3--server-3", "edge-switch-3", True),
        ("edge-switch-3--server-3", "switch-3", False),
        ("edge-switch-3--server-3", "edge-switch-3--server-3", True),
        ("server-3", "edge-switch-3--server-3", False),
        ("core.1", "core.1", True),
        ("core.1", "core", False),
        ("core.1", "core11", False),
        ("Haupt Gebäude--Швитч 2", "Haupt Gebäude", True),
        ("Haupt Gebäude--Швитч 2", "Швитч 2", True),
    ],
)
def test_the_node_filter_matches_the_node_and_its_links(element: str, node: str, wanted: bool) -> None:
    assert Wanted(node=node)(anomaly(element)) is wanted
    only_an_id = TappedMessage("stability.verdict", json.dumps({"action_id": f"{element}.cpu_usage.77.a1"}).encode())
    assert Wanted(node=node)(only_an_id) is wanted


def test_the_incident_filter_matches_all_events_of_its_trace() -> None:
    assert Wanted(incident="server-3.cpu_usage.77")(anomaly())
    assert not Wanted(incident="server-3.cpu_usage.78")(anomaly())
    assert not Wanted(incident="server-3.cpu_usage.77")(TappedMessage("metrics.0", b"{}"))


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("anomaly.metric=cpu_usage", True),
        ("anomaly.metric=latency", False),
        ("anomaly.value=97", True),
        ("anomaly.value=97.0", True),
        ("anomaly.value=cpu", False),
        ("anomaly.nothing=null", False),
        ("anomaly=cpu_usage", False),
        ("anomaly.metric.deeper=cpu_usage", False),
    ],
)
def test_where_finds_a_value_in_the_body(condition: str, wanted: bool) -> None:
    assert Wanted(where=parse_where([condition]))(anomaly()) is wanted


def test_where_finds_any_item_of_a_list() -> None:
    diagnosis = TappedMessage(
        "diagnosis.made", b'{"causes": [{"kind": "high_cpu"}, {"kind": "node_down"}], "tags": ["a", "b"]}'
    )
    assert Wanted(where=parse_where(["causes.kind=node_down", "tags=b"]))(diagnosis)
    assert not Wanted(where=parse_where(["causes.kind=link_down"]))(diagnosis)


@pytest.mark.parametrize("condition", ["metric", "=x", "a..b=c", ".a=b"])
def test_an_invalid_where_is_refused(condition: str) -> None:
    with pytest.raises(SettingError, match="write PATH=VALUE"):
        parse_where([condition])


@given(st.binary(max_size=100))
def test_no_filter_fails_on_garbage(data: bytes) -> None:
    Wanted("server-3", "server-3.cpu_usage.1", (("a.b", "1"),))(TappedMessage("x.y", data, {"traceparent": "nonsense"}))
    Wanted(node="server-3", where=(("a.b", "[1"),))(TappedMessage("x.y", data))
