"""The mended client of the broker reads headers as they were sent, and keeps little of them."""

from __future__ import annotations

from shared.platform.bus.client import PatientClient
from tests.shared.helpers import kept_bytes


def headers_of(raw: bytes) -> dict[str, str]:
    return PatientClient._parse_header_lines(raw)


def test_headers_are_read_and_lines_without_a_name_are_left_out() -> None:
    raw = b"ce-id: a:b \r\nno colon\r\nnot one: word\r\n" + b"N" * 1_000 + b": long\r\n"
    assert headers_of(raw) == {"ce-id": "a:b", "N" * 1_000: "long"}


def test_a_long_name_of_a_header_is_not_remembered() -> None:
    long, messages = 100_000, 20

    def read() -> None:
        for number in range(messages):
            headers_of(b"%d" % number + b"X" * long + b": 1")

    assert kept_bytes(read) < messages * long / 4
