"""The chosen port, and the error if the requested one is taken."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.ports import choose
from shared.domain.errors import PortBusy
from shared.platform.ports import OUTGOING, free_port, is_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_the_usual_port_is_taken_when_it_is_free() -> None:
    usual = free_port()
    assert choose(usual, None) == usual


def test_another_port_is_chosen_when_the_usual_one_is_taken(taken: int) -> None:
    other = choose(taken, None)
    assert other != taken
    assert is_free(other)


def test_a_requested_port_that_is_taken_is_refused(taken: int) -> None:
    with pytest.raises(PortBusy, match=rf"port {taken} is taken: .*--port") as refusal:
        choose(5000, taken)
    assert refusal.value.exit_code == 4


def test_port_zero_means_any() -> None:
    assert is_free(choose(5000, 0))


def test_a_free_port_is_outside_the_range_of_outgoing_connections() -> None:
    begin = int(OUTGOING.read_text().split()[0])
    assert all(free_port() < begin for _ in range(50))


@pytest.mark.parametrize("text", ["", "many few", "1000 2000"])
def test_a_free_port_is_found_without_the_kernels_port_range(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "range").write_text(text)
    monkeypatch.setattr("shared.platform.ports.OUTGOING", tmp_path / "range")
    assert is_free(free_port())
