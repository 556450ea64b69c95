"""`hold.py ADDRESS COUNT`: holds connections to port 80 open by requests without an end, and replaces the lost."""

from __future__ import annotations

import contextlib
import socket
import sys
import time

PORT = 80
BEGUN = b"GET / HTTP/1.1\r\nHost: x\r\n"
ONE_MORE = b"X-A: b\r\n"
"""A further line of the header: a server closes a connection that is silent for too long."""
ROUND = 5.0
"""Seconds between two lines."""
CONNECTED_WITHIN = 3.0


def opened(address: str) -> socket.socket | None:
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(CONNECTED_WITHIN)
    try:
        connection.connect((address, PORT))
        connection.send(BEGUN)
    except OSError:
        connection.close()
        return None
    return connection


def main(address: str, count: int) -> None:
    held: list[socket.socket] = []
    while True:
        end = time.monotonic() + ROUND
        while len(held) < count and time.monotonic() < end:
            connection = opened(address)
            if connection is None:
                break
            held.append(connection)
        for connection in list(held):
            try:
                connection.send(ONE_MORE)
            except OSError:
                held.remove(connection)
                with contextlib.suppress(OSError):
                    connection.close()
        time.sleep(max(0.0, end - time.monotonic()))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
