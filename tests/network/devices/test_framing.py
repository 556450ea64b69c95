"""An answer is found whole, however the device cuts it into pieces, and nothing in it ends it early."""

from __future__ import annotations

import subprocess
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.devices.ssh.framing import (
    Framing,
    NotFramed,
    Overflow,
    exit_status,
    routing_answer,
    routing_framing,
    routing_status,
    shell_framing,
    shell_input,
)
from network.devices.ssh.pacing import LONGEST_PAUSE, BackOff, CommandRate

MARK = "nms-0123456789abcdef"
SOME_BYTES, CUTS = st.binary(max_size=300), st.lists(st.integers(0, 2000), max_size=20)


def fed(framing: Framing, data: bytes, cuts: list[int]) -> tuple[bytes, bytes] | None:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        if found := framing.feed(data[start:end]):
            return found
    return None


@given(SOME_BYTES, SOME_BYTES, st.integers(0, 255), CUTS)
def test_any_output_in_any_pieces(before: bytes, output: bytes, status: int, cuts: list[int]) -> None:
    data = before + f"\n{MARK}<\n".encode() + output + f"\n{MARK}> {status}\n".encode() + b"next"
    found = fed(shell_framing(MARK), data, cuts)
    assert found is not None
    assert (found[0], exit_status(found[1])) == (output, status)


@given(st.binary(max_size=2000), CUTS)
def test_garbage_gives_no_answer(data: bytes, cuts: list[int]) -> None:
    assert fed(shell_framing(MARK), data, cuts) is None


def test_a_flood_and_a_wrong_status_are_refused() -> None:
    with pytest.raises(Overflow):
        fed(Framing(b"", b"end", limit=1000), b"x" * 2000, [])
    for rest in (b"", b" x", b" 1 2", b" 12345"):
        with pytest.raises(NotFramed):
            exit_status(rest)


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
@pytest.mark.parametrize(
    ("lines", "output", "status"),
    [
        ("printf 'no end'", b"no end", 0),
        ("echo out; echo err >&2; exit 9", b"out\nerr\n", 9),
        ("cat; cd /; false", b"", 1),
        ("cat <<'X'\na $b\nX", b"a $b\n", 0),
    ],
)
def test_real_shells(shell: str, lines: str, output: bytes, status: int) -> None:
    words = [shell, "sh"] if shell == "busybox" else [shell]
    try:
        done = subprocess.run(words, input=shell_input(lines, MARK), capture_output=True, timeout=10, check=False)
    except FileNotFoundError:
        pytest.skip(f"needs {shell}")
    found = fed(shell_framing(MARK), done.stdout, [])
    assert found is not None
    assert (found[0], exit_status(found[1])) == (output, status)


def test_vtysh_repeats_its_input() -> None:
    text = (
        f"\nHello, this is FRRouting.\n\nr1# {MARK}<\n% Unknown command: {MARK}<\n"
        f"r1# show x\nline r1# no echo\nr1(config-router)# nothing\nr1# end\n"
        f"r1# {MARK}>\n% Unknown command: {MARK}>\nr1# "
    )
    found = fed(routing_framing(MARK), text.encode(), [7, 50, 90])
    assert found is not None
    answer = routing_answer(found[0], ["show x", "nothing"], MARK)
    assert answer == b"line r1# no echo\n"
    assert [routing_status(each) for each in (answer, b"a\n% BGP instance not found\n", b"bgpd is not running\n")] == [
        0,
        1,
        1,
    ]


def test_a_device_is_not_hurried() -> None:
    rate = CommandRate(10)
    assert [round(rate.delay(100), 3) for _ in range(13)] == [0] * 10 + [0.1, 0.2, 0.3]
    assert rate.delay(200) == 0
    back_off, pauses = BackOff(), []
    for _ in range(9):
        back_off.failed(0, 0)
        pauses.append(back_off.remaining(0))
    assert pauses[:3] == [0.5, 1, 2] and pauses[-1] == LONGEST_PAUSE
    back_off.succeeded()
    assert back_off.remaining(0) == 0
