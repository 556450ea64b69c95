"""A slow, stopped or closed reader delays nobody; lost lines are counted, and memory is bounded."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from nms.extras.tap.outlet import Outlet
from nms.terminal import ReaderGone


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for file in (reader, writer):
        try:
            os.close(file)
        except OSError:
            continue


def read_all(reader: int, into: list[bytes]) -> None:
    while data := os.read(reader, 65_536):
        into.append(data)


def test_lines_arrive_complete_and_in_order(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    outlet, got = Outlet(writer, lines=100_000), list[bytes]()
    reading = threading.Thread(target=read_all, args=(reader, got))
    reading.start()
    lines = [f"line {number} {'x' * 50}" for number in range(20_000)]
    assert all(outlet.put(each) for each in lines)
    outlet.end(20)
    os.close(writer)
    reading.join(20)
    assert b"".join(got).decode().splitlines() == lines
    assert outlet.dropped == 0


def test_a_stopped_reader_costs_bounded_memory_and_gets_the_number_of_lost_lines(
    pipe: tuple[int, int],
) -> None:
    reader, writer = pipe
    outlet, got = Outlet(writer, lines=100, size=1_000_000), list[bytes]()
    taken = sum(outlet.put(f"line {number} {'x' * 1000}") for number in range(5_000))
    assert taken + outlet.dropped == 5_000
    assert outlet.dropped > 4_000
    outlet.end(0.2)  # it does not wait for a stopped reader
    reading = threading.Thread(target=read_all, args=(reader, got))
    reading.start()
    outlet.end(20)
    os.close(writer)
    reading.join(20)
    numbers = [int(line.split()[1]) for line in b"".join(got).decode().splitlines()]
    assert len(numbers) == taken
    assert numbers == sorted(numbers)


def test_a_line_larger_than_the_bound_is_dropped(pipe: tuple[int, int]) -> None:
    outlet = Outlet(pipe[1], size=10)
    assert not outlet.put("x" * 11)
    outlet.end(5)


def test_a_closed_output_ends_the_outlet(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.close(reader)
    outlet = Outlet(writer)
    outlet.put("nobody reads this")
    outlet.end(20)
    with pytest.raises(ReaderGone):
        outlet.check()
    with pytest.raises(ReaderGone):
        outlet.put("nor this")


def test_output_to_a_non_blocking_terminal_is_complete(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.set_blocking(writer, False)
    outlet, got = Outlet(writer), list[bytes]()
    lines = ["x" * 1000 for _ in range(500)]  # more than a pipe holds
    assert all(map(outlet.put, lines))
    reading = threading.Thread(target=read_all, args=(reader, got))
    reading.start()
    outlet.end(20)
    os.close(writer)
    reading.join(20)
    assert b"".join(got).decode().splitlines() == lines
