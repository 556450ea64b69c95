"""The reference of messages is complete, its references resolve, and the code reads and writes its examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft202012Validator

from nms.extras.documents import examples, frames, kept, websocket
from nms.extras.documents.asyncapi import HEADERS, document, text
from nms.extras.documents.messages import messages, readers, senders
from nms.extras.documents.table import page
from nms.extras.documents.tree import stale, wanted, write
from services.gateway.core.frames import SERVER_FRAMES
from shared.domain.events import EVENTS
from shared.domain.requests import AnyRequest, Reply
from shared.domain.subjects import Bucket, Stream
from shared.domain.telemetry import decode_tick
from shared.platform.access import TRUTH_READERS
from shared.platform.bus import codec

EVERY = (*messages(), *frames.sent(), *frames.received())


def resolve(root: Any, ref: str) -> Any:
    for step in ref.removeprefix("#/").split("/"):
        root = root[step]
    return root


def refs(value: Any) -> Iterator[str]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from refs(inner)
    if isinstance(value, dict) and "$ref" in value:
        yield value["$ref"]


def wrong(value: Any, schema: Any) -> list[str]:
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in validator.iter_errors(value)]


def test_every_message_has_one_example() -> None:
    assert [type(event) for event in examples.EVENTS] == list(EVENTS)
    assert [type(request) for request in examples.REQUESTS] == list(get_args(get_args(AnyRequest)[0]))


def test_an_example_obeys_its_schema() -> None:
    assert {message.schema["$schema"] for message in EVERY} == {Draft202012Validator.META_SCHEMA["$id"]}
    for message in EVERY:
        Draft202012Validator.check_schema(message.schema)
    found = {message.name: wrong(message.payload, message.schema) for message in EVERY}
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_a_schema_refuses_a_missing_field_and_a_wrong_type() -> None:
    lax = []
    for message in EVERY:
        for name in message.schema.get("required", []):
            without = {key: value for key, value in message.payload.items() if key != name}
            lax += [] if wrong(without, message.schema) else [f"{message.name}: {name} may be missing"]
        for name in message.payload:
            other = {**message.payload, name: object()}
            lax += [] if wrong(other, message.schema) else [f"{message.name}: {name} may be anything"]
    assert lax == []


def test_required_fields_exist() -> None:
    lost = {
        f"{message.name}: {name}"
        for message in EVERY
        for part in (message.schema, *message.schema.get("$defs", {}).values())
        for name in set(part.get("required", [])) - set(part.get("properties", {}))
    }
    assert lost == set()


def test_an_event_is_decoded_as_it_was_encoded(subtests: pytest.Subtests) -> None:
    shown = {message.name: message for message in messages()}
    for event in examples.EVENTS:
        with subtests.test(event.subject):
            subject, message = codec.subject_of(event), shown[event.subject]
            assert codec.decode(subject, json.dumps(message.payload).encode()) == event
            assert set(message.headers) == set(HEADERS)
            kind = subject.replace("log.detector", "log")
            assert message.headers["ce-type"] == f"nms.{kind}.v{event.version}"


def test_requests_reply_and_tick_are_decoded_as_they_were_encoded() -> None:
    payloads = {m.name: json.dumps(m.payload).encode() for m in messages()}
    for request in examples.REQUESTS:
        name = f"control.{request.service}.{request.model_dump()['do']}"
        assert codec.decode_request(payloads[name]) == request
    assert Reply.model_validate_json(payloads["control.reply"]) == examples.REPLY
    assert decode_tick(payloads["metrics"]) == examples.TICK


def test_every_reference_can_be_resolved() -> None:
    whole, files = document(), wanted()
    named = set(refs(whole))
    assert named
    for ref in named:
        assert resolve(whole, ref) if ref.startswith("#/") else ref in files, ref
    assert {ref for ref in named if not ref.startswith("#/")} == {name for name in files if name.startswith("schemas/")}
    for message in EVERY:
        assert all(resolve(message.schema, ref) for ref in refs(message.schema))


def test_an_operation_is_about_its_channel() -> None:
    whole = document()
    for name, operation in whole["operations"].items():
        who, does, channel = name.split(".", 2)
        assert operation["action"] == does.removesuffix("s")
        assert operation["channel"] == {"$ref": f"#/channels/{channel}"}
        assert all(m["$ref"].startswith(f"#/channels/{channel}/messages/") for m in operation["messages"]), who
    for channel in whole["channels"].values():
        assert re.findall(r"\{(\w+)\}", channel["address"] or "") == list(channel.get("parameters", {}))


def test_senders_and_readers_are_those_that_the_broker_permits() -> None:
    assert senders("anomaly.raised") == ("detector",)
    assert senders("remediation.executed") == ("network",)
    assert readers("incident.resolved") == ("remediator", "stabilizer", "gateway")
    assert readers("nothing.known") == senders("nothing.known") == ()
    assert all(message.senders and message.readers for message in messages() if message.name != "control.reply")
    truth = [message for message in messages() if message.name.startswith("fault.")]
    assert len(truth) == 3
    assert all(set(message.readers) <= TRUTH_READERS for message in truth)


def test_the_page_has_a_row_for_each_message() -> None:
    linked = set(re.findall(r"\]\(schemas/(.+?)\.json\)", page()))
    assert linked == {message.name for message in messages()}
    rows = [line for line in page().splitlines() if line.startswith("|")]
    assert {row.count(" | ") for row in rows} <= {1, 3}


def test_every_channel_is_on_a_server() -> None:
    whole = document()
    for name, channel in whole["channels"].items():
        (server,) = channel["servers"]
        assert resolve(whole, server["$ref"])["protocol"] == ("ws" if name == frames.CHANNEL else "nats")


def test_every_frame_of_the_gateway_is_documented() -> None:
    assert {frame.name.partition(".")[2] for frame in frames.sent()} == {
        frame.model_fields["event"].annotation.__args__[0] for frame in SERVER_FRAMES
    }
    linked = set(re.findall(r"\]\(schemas/(.+?)\.json\)", websocket.page()))
    assert linked == {frame.name for frame in (*frames.sent(), *frames.received())}
    (channel,) = [one for name, one in document()["channels"].items() if name == frames.CHANNEL]
    assert set(channel["messages"]) == linked
    assert "A snapshot is always one frame" in channel["description"]


def test_the_storage_page_names_every_stream_and_bucket_with_its_writers() -> None:
    rows = {cells[0]: cells for cells in (*kept.stream_rows(), *kept.bucket_rows())}
    one_each = {"LOG", "DEADLETTER", "leases"}
    names = {name.replace("<service>", "").rstrip("_-`") + "`" for name in rows}
    assert names == {f"`{name}`" for name in (*Stream, *Bucket)}
    assert {name.strip("`")[: -len("_<service>")] for name in rows if "<service>" in name} == one_each
    assert rows["`actions`"][2:] == ("remediator", "network, remediator")
    assert rows["`faults`"][2:] == ("network", "network"), "the ground truth is kept from the diagnosis plane"
    assert rows["`METRICS`"][2:] == ("10 minutes", "192 MiB")
    assert rows["`FAULT`"][2] == "until it is full"
    assert all(f"`{bucket}" in kept.in_words() for bucket in Bucket)


def test_yaml_is_readable_and_equal_to_its_source() -> None:
    assert json.dumps(yaml.safe_load(text())) == json.dumps(document())  # in the same order
    assert "  description: |-\n" in text()
    assert [event for event in yaml.parse(text()) if isinstance(event, yaml.AliasEvent)] == []


def test_only_stale_files_are_rewritten(tmp_path: Path) -> None:
    assert set(write(tmp_path)) == set(wanted())
    assert stale(tmp_path) == write(tmp_path) == []
    (tmp_path / "events.md").write_text("something else")
    (tmp_path / "schemas" / "log.json").unlink()
    (tmp_path / "schemas" / "gone.json").write_text("{}")
    assert write(tmp_path) == ["events.md", "schemas/gone.json", "schemas/log.json"]
    assert stale(tmp_path) == []
