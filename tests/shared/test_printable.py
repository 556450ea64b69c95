"""Characters that control a terminal are escaped on output and refused by name on input."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.gateway.api.orders import CommentOrder, ConfigOrder, FaultOrder, RejectOrder
from shared.domain.errors import MessageError
from shared.domain.names import flaw, shown
from shared.domain.printable import pattern, printable, printable_json, refusal
from shared.platform.bus.codec import decode_request

CLEAR = "\x1b[2J\n12:00 NMS is fine"
HARMFUL = [
    CLEAR,
    "\x9b2J",
    "\x07",
    "\x7f",
    "a\x85b",
    "a\u2028b",
    "a\u202eb",
    "a\u2066b",
    "a\u200bb",
    "\ufeff",
    "a\rb",
    "a\tb",
]
anything = st.text() | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Lo"]))


@given(anything)
def test_output_has_no_control_characters(text: str) -> None:
    escaped = printable(text)
    assert escaped.isprintable()
    assert len(escaped.splitlines()) <= 1
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in escaped)
    assert printable(escaped) == escaped


@given(st.recursive(anything, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3)))
def test_json_keeps_its_meaning_and_has_no_control_characters(body: object) -> None:
    document = printable_json(json.dumps(body, ensure_ascii=False))
    assert document.isprintable()
    assert json.loads(document) == json.loads(json.dumps(body))


@given(anything)
def test_the_schema_refuses_the_same_texts(text: str) -> None:
    beyond = re.search("[\ud800-\udfff\U000e0000-\U000e007f]", text)
    for joiners in (True, False):
        fits = re.search(pattern(joiners), text) is not None and not text.endswith("\n")
        assert (refusal(text, joiners) is None) == (fits and not beyond)


@pytest.mark.parametrize("text", HARMFUL)
@pytest.mark.parametrize(
    ("order", "body"),
    [
        (CommentOrder, {"text": None}),
        (CommentOrder, {"text": "so it is", "by": None}),
        (RejectOrder, {"reason": None}),
        (FaultOrder, {"kind": "high_cpu", "target": None}),
        (ConfigOrder, {"targets": [None]}),
    ],
)
def test_a_body_with_a_control_character_is_refused(
    order: type[CommentOrder], body: dict[str, object], text: str
) -> None:
    sent = {name: text if value is None else [text] if value == [None] else value for name, value in body.items()}
    with pytest.raises(ValidationError, match=r"has U\+[0-9A-F]{4} \(.*remove it"):
        order.model_validate_json(json.dumps(sent))


@pytest.mark.parametrize(
    "request_",
    [
        {"do": "acknowledge", "incident_id": "i", "by": CLEAR},
        {"do": "comment", "incident_id": "i", "text": CLEAR},
        {"do": "reject", "action_id": "a", "reason": CLEAR},
        {"do": "inject_fault", "request_id": CLEAR, "kind": "high_cpu", "target": "server-1"},
        {"do": "inject_fault", "request_id": "r", "kind": "high_cpu", "target": CLEAR},
        {"do": "split", "incident_id": "i", "members": [CLEAR]},
    ],
)
def test_a_request_with_a_control_character_is_refused_by_name(request_: dict[str, object]) -> None:
    with pytest.raises(MessageError, match=r"U\+001B \(ESCAPE\) as character 1") as refused:
        decode_request(json.dumps(request_).encode())
    assert str(refused.value).isprintable()


def test_an_unknown_field_is_escaped_in_the_error() -> None:
    with pytest.raises(MessageError) as refused:
        decode_request(json.dumps({"do": "acknowledge", "incident_id": "i", CLEAR: 1}).encode())
    assert str(refused.value).isprintable()


def test_a_name_of_any_script_is_accepted() -> None:
    for name in ("Ядро", "山田　太郎", "می خواهم", "O'Brien", "naïve 🙂"):
        assert CommentOrder(text="x", by=name).by == name
    assert FaultOrder(kind="high_cpu", target="ab\u200ccd").target  # type: ignore[arg-type]


def test_every_valid_name_of_a_device_can_be_requested() -> None:
    taken = (f"a{chr(code)}b" for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert [name for name in taken if flaw(name) is None and refusal(name, joiners=True)] == []


@given(text=st.text(max_size=8))
def test_a_name_in_an_error_is_escaped_by_the_same_rule(text: str) -> None:
    assert shown(text) == printable(text)
