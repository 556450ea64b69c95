"""Which port is chosen, and what is said when the one asked for is taken."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from nms.ports import any_free, choose, is_free
from shared.errors import PortBusy


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_the_usual_port_is_taken_when_it_is_free() -> None:
    usual = any_free()
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
