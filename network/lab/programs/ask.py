"""`ask.py SERVER NAME SECONDS`: asks a DNS server for the addresses of a name; prints `CODE MILLISECONDS ADDRESS ...`.

`CODE`: that of the answer, `timeout`, or `refused` if nothing listens there.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from collections.abc import Iterator

PORT = 53
INTERNET, ADDRESS, ALIAS_MASK = 1, 1, 0xC0
LONGEST_ANSWER = 4_096


def question(number: int, name: str) -> bytes:
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split("."))
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, ADDRESS, INTERNET)


def after_name(answer: bytes, at: int) -> int:
    while answer[at]:
        if answer[at] & ALIAS_MASK == ALIAS_MASK:
            return at + 2
        at += answer[at] + 1
    return at + 1


def addresses(answer: bytes) -> Iterator[str]:
    questions, records = struct.unpack("!2H", answer[4:8])
    at = 12
    for _ in range(questions):
        at = after_name(answer, at) + 4
    for _ in range(records):
        at = after_name(answer, at)
        kind, _, _, length = struct.unpack("!2HIH", answer[at : at + 10])
        at += 10
        if kind == ADDRESS:
            yield socket.inet_ntoa(answer[at : at + length])
        at += length


def main(server: str, name: str, seconds: float) -> str:
    number = int.from_bytes(os.urandom(2), "big")
    begun = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as at:
        at.settimeout(seconds)
        try:
            at.connect((server, PORT))
            at.send(question(number, name))
            answer = at.recv(LONGEST_ANSWER)
        except TimeoutError:
            return f"timeout {1000 * seconds:.0f}"
        except OSError:
            return f"refused {1000 * (time.monotonic() - begun):.0f}"
    took = 1000 * (time.monotonic() - begun)
    return " ".join((str(answer[3] & 15), f"{took:.0f}", *addresses(answer)))


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1], sys.argv[2], float(sys.argv[3])) + "\n")
