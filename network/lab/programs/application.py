"""`application.py SMALL SIZE PIECES DELAY`: a slow web application on port 8000 of the loopback, one request at a time.

`/small` answers at once with SMALL bytes. Any other path answers with SIZE bytes of HTML, in PIECES parts with DELAY
milliseconds before each.
"""

from __future__ import annotations

import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

PORT = 8000
NAME = "application"
"""The name of the process: it is not the name of the interpreter."""
QUEUE = 128
"""How many connections can wait to be accepted."""
PATIENCE = 5.0
"""Seconds that it waits for a request: until then it serves nobody else."""
HEAD, FOOT = b"<!doctype html><title>application</title><pre>\n", b"\n</pre>\n"


def page(size: int) -> bytes:
    line = b"The quick brown fox jumps over the lazy dog.\n"
    room = max(0, size - len(HEAD) - len(FOOT))
    return HEAD + (line * (room // len(line) + 1))[:room] + FOOT


class PageRequests(BaseHTTPRequestHandler):
    server_version = "application"
    timeout = PATIENCE
    small = b""
    large = b""
    pieces = 1
    delay = 0.0

    def do_GET(self) -> None:
        small = self.path.partition("?")[0] == "/small"
        body = self.small if small else self.large
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        step = len(body) if small else -(-len(body) // self.pieces)
        for start in range(0, len(body), step):
            if not small:
                time.sleep(self.delay)
            self.wfile.write(body[start : start + step])
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """The server in front of it has a log."""


class PageServer(HTTPServer):
    request_queue_size = QUEUE

    def handle_error(self, *_: object) -> None:
        """A client that goes away early is no error."""


def main() -> None:
    Path("/proc/self/comm").write_text(NAME)
    small, size, pieces, delay = (int(word) for word in sys.argv[1:5])
    PageRequests.small, PageRequests.large = page(small), page(size)
    PageRequests.pieces, PageRequests.delay = pieces, delay / 1000
    PageServer(("127.0.0.1", PORT), PageRequests).serve_forever()


if __name__ == "__main__":
    main()
