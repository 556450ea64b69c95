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


def test_a_port_asked_for_by_number_is_refused_when_taken(taken: int) -> None:
    with pytest.raises(PortBusy, match=rf"port {taken} is taken: .*--port") as refusal:
        choose(5000, taken)
    assert refusal.value.exit_code == 4


def test_port_zero_means_any() -> None:
    assert is_free(choose(5000, 0))


def test_free_port_port_is_none_that_a_connection_going_out_may_take() -> None:
    begin = int(OUTGOING.read_text().split()[0])
    assert all(free_port() < begin for _ in range(50))


@pytest.mark.parametrize("text", ["", "many few", "1000 2000"])
def test_a_system_that_tells_nothing_of_use_has_a_free_port_too(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "range").write_text(text)
    monkeypatch.setattr("shared.platform.ports.OUTGOING", tmp_path / "range")
    assert is_free(free_port())
