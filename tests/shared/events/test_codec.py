"""An encoded event decodes to itself, and any invalid message is refused with a reason."""

from __future__ import annotations

import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shared.domain.errors import MessageError
from shared.domain.events import EVENTS, Event, LogLine, StabilityStatus
from shared.domain.kinds import ElementKind, Level, NetworkState, ServiceName
from shared.domain.requests import AnyRequest, Reply, Request
from shared.domain.subjects import control
from shared.domain.telemetry import Columns, Rows, Tick, decode_pulse, decode_tick, encode_tick
from shared.platform.bus import codec
from shared.testing import NOON, telemetry
from tests.shared.events.strategies import instants, json_values, mutated, of_model, ticks
from tests.shared.helpers import kept_bytes

SCHEMAS = Path(__file__).parents[3] / "docs" / "reference" / "schemas"
REQUESTS: tuple[type[Request], ...] = get_args(get_args(AnyRequest)[0])
SUBJECTS = sorted({event.subject for event in EVENTS if event is not LogLine} | {f"log.rca.{level}" for level in Level})
COLUMNS = ("cpu_usage", "memory_usage", "latency", "packet_loss", "throughput", "reachable")
TRACE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")
each_event = pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.subject)
each_request = pytest.mark.parametrize("kind", REQUESTS, ids=lambda kind: kind.__name__)
FEW, SOME, MANY = 10, 50, 2_000
PHASES = [phase for phase in Phase if phase is not Phase.explain]  # which takes minutes and explains little here
codec_settings = settings(
    deadline=None,
    max_examples=FEW,
    phases=PHASES,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@cache
def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text()))


def schema_of(kind: type[Event]) -> Draft202012Validator:
    return schema("log" if kind is LogLine else kind.subject)


def name_of(kind: type[Request]) -> str:
    return f"{control(kind.service)}.{kind.model_fields['do'].default}"


# --- events ---------------------------------------------------------------------------------------------------------


@each_event
@codec_settings
@given(data=st.data())
def test_an_event_is_decoded_as_it_was_encoded(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(of_model(kind))
    body = codec.encode(event)
    again = codec.decode(codec.subject_of(event), body)
    assert again == event
    assert (again.id, again.about, again.traceparent) == (event.id, event.about, event.traceparent)
    schema_of(kind).validate(json.loads(body))


@each_event
@codec_settings
@given(data=st.data(), now=instants)
def test_the_headers_are_those_of_cloudevents(kind: type[Event], data: st.DataObject, now: float) -> None:
    event = data.draw(of_model(kind))
    headers = codec.headers_of(event, now, "detector-3f2a")
    assert all(value and value.isascii() and value.isprintable() for value in headers.values() if value)
    assert headers["Nats-Msg-Id"] == headers["ce-id"]
    assert unquote(headers["ce-id"]) == event.id
    assert unquote(headers["ce-subject"]) == event.about
    assert TRACE.fullmatch(headers["traceparent"])
    assert codec.time_of(headers, -1) == now


@each_event
@codec_settings
@given(data=st.data())
def test_an_id_derives_from_the_content(kind: type[Event], data: st.DataObject) -> None:
    """A repeated event has the same id; the trace is that of the root, the span that of the event."""
    one, other = data.draw(of_model(kind)), data.draw(of_model(kind))
    assert kind.model_validate(one.model_dump()).id == one.id
    _, trace, span, _ = one.traceparent.split("-")
    _, other_trace, other_span, _ = other.traceparent.split("-")
    assert (trace == other_trace) == (one.root == other.root)
    assert (span == other_span) == (one.id == other.id)


@pytest.mark.parametrize("word", ["stable", "recovering", "unstable", "blind"])
def test_every_network_state_is_in_the_schema_and_stored_ones_can_be_read(word: str) -> None:
    """Older stabilizers stored the state as any text; the stream may contain seven days of these."""
    stored = {"at": "2026-01-01T00:00:00.000Z", "number": 7, "state": word, "nodes": {"server-1": "healthy"}}
    stored |= {"healthy": 1, "degraded": 0, "down": 0, "health_percentage": 100.0}
    status = codec.decode("stability.status", json.dumps(stored).encode())
    assert isinstance(status, StabilityStatus)
    assert status.state is NetworkState(word)
    assert json.loads(codec.encode(status))["state"] == word
    assert word in schema_of(StabilityStatus).schema["$defs"]["NetworkState"]["enum"]


@each_event
@codec_settings
@given(data=st.data())
def test_an_event_that_the_schema_refuses_is_refused(kind: type[Event], data: st.DataObject) -> None:
    bodies = of_model(kind).map(lambda event: json.loads(codec.encode(event)))
    body = data.draw(mutated(bodies))
    subject = kind.subject
    if kind is LogLine and isinstance(body, dict):
        subject = f"log.{body.get('service')}.{body.get('level')}"
    understood = understands(subject, json.dumps(body).encode())
    assert not understood or schema_of(kind).is_valid(body)


def understands(subject: str, data: bytes) -> bool:
    """Whether a message can be decoded; if so, it can be encoded, with its headers."""
    try:
        event = codec.decode(subject, data)
    except MessageError as error:
        assert 5 < len(str(error)) < 700
        return False
    assert codec.decode(codec.subject_of(event), codec.encode(event)).id == event.id
    assert codec.headers_of(event, 0.0, "x-1")["traceparent"]
    return True


@settings(codec_settings, max_examples=SOME)
@given(subject=st.sampled_from(SUBJECTS), data=st.binary() | st.text().map(str.encode))
def test_any_bytes_on_any_subject_are_decoded_or_refused(subject: str, data: bytes) -> None:
    assert not understands(subject, data)


@settings(codec_settings, max_examples=SOME)
@given(subject=st.sampled_from(SUBJECTS) | st.text(max_size=40), value=json_values)
def test_any_json_on_any_subject_is_decoded_or_refused(subject: str, value: Any) -> None:
    assert not understands(subject, json.dumps(value).encode())


@codec_settings
@given(data=st.data())
def test_an_event_on_the_subject_of_another_is_refused_or_decoded_as_the_other(data: st.DataObject) -> None:
    event = data.draw(st.one_of([of_model(kind) for kind in EVENTS]))
    subject = data.draw(st.sampled_from(SUBJECTS))
    kind = "log" if subject.startswith("log.") else subject
    assert not understands(subject, codec.encode(event)) or schema(kind).is_valid(json.loads(codec.encode(event)))


@pytest.mark.soak
@pytest.mark.timeout(1_200)
@settings(codec_settings, max_examples=MANY)
@given(data=st.data())
def test_every_kind_of_event_with_many_examples(data: st.DataObject) -> None:
    event = data.draw(st.sampled_from(EVENTS).flatmap(of_model))
    subject, valid = codec.subject_of(event), schema_of(type(event))
    assert codec.decode(subject, codec.encode(event)) == event
    body = data.draw(mutated(st.just(event).map(lambda event: json.loads(codec.encode(event)))))
    assert not understands(subject, json.dumps(body).encode()) or valid.is_valid(body)


# --- requests and replies -------------------------------------------------------------------------------------------


@each_request
@codec_settings
@given(data=st.data())
def test_a_request_is_decoded_as_it_was_encoded(kind: type[Request], data: st.DataObject) -> None:
    request = data.draw(of_model(kind))
    body = request.model_dump_json().encode()
    assert codec.decode_request(body) == request
    schema(name_of(kind)).validate(json.loads(body))


@each_request
@codec_settings
@given(data=st.data())
def test_a_request_that_the_schema_refuses_is_refused(kind: type[Request], data: st.DataObject) -> None:
    body = data.draw(mutated(of_model(kind).map(lambda request: json.loads(request.model_dump_json()))))
    try:
        read = codec.decode_request(json.dumps(body).encode())
    except MessageError as error:
        assert 5 < len(str(error)) < 700
    else:
        schema(name_of(type(read))).validate(body)


@each_request
@codec_settings
@given(data=st.data(), more=st.dictionaries(st.text(min_size=1, max_size=5), json_values, min_size=1, max_size=2))
def test_a_request_with_an_unknown_field_is_refused(
    kind: type[Request], data: st.DataObject, more: dict[str, Any]
) -> None:
    body = json.loads(data.draw(of_model(kind)).model_dump_json())
    unknown = {name: value for name, value in more.items() if name not in body} or {"unknown": 1}
    with pytest.raises(MessageError):
        codec.decode_request(json.dumps(body | unknown).encode())


@settings(codec_settings, max_examples=SOME)
@given(data=st.binary() | st.text().map(str.encode) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_as_a_request_are_decoded_or_refused(data: bytes) -> None:
    with pytest.raises(MessageError):
        codec.decode_request(data)


@codec_settings
@given(reply=of_model(Reply))
def test_a_reply_is_decoded_as_it_was_encoded(reply: Reply) -> None:
    body = reply.model_dump_json()
    assert Reply.model_validate_json(body) == reply
    schema("control.reply").validate(json.loads(body))


def test_each_service_has_a_subject_for_requests() -> None:
    asked = {kind.service for kind in REQUESTS}
    assert asked == {ServiceName.INJECTOR, ServiceName.NETWORK, ServiceName.CORRELATOR, ServiceName.REMEDIATOR}


# --- telemetry ------------------------------------------------------------------------------------------------------


@codec_settings
@given(tick=ticks())
def test_a_tick_is_decoded_as_it_was_encoded(tick: Tick) -> None:
    body = encode_tick(tick)
    assert decode_tick(body) == tick
    pulse = decode_pulse(body)
    assert (pulse.at, pulse.tick, pulse.speed) == (tick.at, tick.tick, tick.speed)
    schema("metrics").validate(json.loads(body))


@codec_settings
@given(nothing=st.sampled_from([math.nan, math.inf, -math.inf]), column=st.sampled_from(COLUMNS))
def test_nan_and_infinity_are_sent_as_missing_samples(nothing: float, column: str) -> None:
    changed = telemetry(1, NOON, nodes=(["server-1", "server-2"], {column: [nothing, 1.0]}))
    assert decode_tick(encode_tick(changed)).of(ElementKind.NODE).column(column) == [None, 1.0]


@codec_settings
@given(column=st.sampled_from(COLUMNS), more=st.integers(1, 3), kind=st.sampled_from(ElementKind))
def test_a_column_of_another_length_is_refused(column: str, more: int, kind: ElementKind) -> None:
    wrong = {kind: Columns(["one"], {column: [1.0] * (1 + more)})}
    good = telemetry(1, NOON)
    for tick in (
        msgspec.structs.replace(good, elements=wrong),
        msgspec.structs.replace(good, late=[Rows(0, wrong)]),
    ):
        with pytest.raises(MessageError, match=f"column {column} of {kind} has"):
            decode_tick(encode_tick(tick))


def test_a_long_refused_name_of_a_metric_is_not_remembered() -> None:
    good, long, messages = telemetry(1, NOON), 100_000, 20

    def refuse() -> None:
        for number in range(messages):
            named = {ElementKind.NODE: Columns(["one"], {f"X{number}".ljust(long): [1.0]})}
            with pytest.raises(MessageError, match="is not the name of a metric"):
                decode_tick(encode_tick(msgspec.structs.replace(good, elements=named)))

    assert kept_bytes(refuse) < messages * long / 4


@codec_settings
@given(body=mutated(ticks().map(lambda tick: json.loads(encode_tick(tick)))))
def test_a_tick_that_the_schema_refuses_is_refused(body: Any) -> None:
    data = json.dumps(body).encode()
    try:
        tick = decode_tick(data)
    except MessageError as error:
        assert 5 < len(str(error)) < 700
    else:
        schema("metrics").validate(body)
        assert math.isfinite(tick.instant)


@pytest.mark.parametrize("read", [decode_tick, decode_pulse], ids=["tick", "pulse"])
@settings(codec_settings, max_examples=SOME)
@given(data=st.binary() | st.text().map(str.encode) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_as_telemetry_are_decoded_or_refused(read: Any, data: bytes) -> None:
    with pytest.raises(MessageError):
        read(data)
