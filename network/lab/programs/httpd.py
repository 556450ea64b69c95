"""`httpd.py FOLDER [NAME=BYTES ...]`: serves the files of a folder by HTTP on port 80, one thread for each connection.

It makes each named object at its start if the folder does not have it: as long as asked, and empty on the disk.
"""

from __future__ import annotations

import functools
import socket
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PORT = 80
NAME = "httpd"
"""The name of the process: it is not the name of the interpreter."""
QUEUE = 128
"""How many connections can wait to be accepted."""


class FolderRequests(SimpleHTTPRequestHandler):
    server_version = "httpd"

    def log_message(self, *_: object) -> None:
        """A log of each request would fill the disk during an attack."""


class FolderServer(ThreadingHTTPServer):
    request_queue_size = QUEUE

    def server_bind(self) -> None:
        """Without a look-up of the own name, which can take seconds where DNS does not answer."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = str(self.server_address[0]), PORT


def make_objects(folder: Path, objects: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for each in objects:
        name, _, size = each.rpartition("=")
        path = folder / name
        if not path.exists():
            with path.open("wb") as file:
                file.truncate(int(size))


def main() -> None:
    Path("/proc/self/comm").write_text(NAME)
    folder = Path(sys.argv[1])
    make_objects(folder, sys.argv[2:])
    FolderServer(("", PORT), functools.partial(FolderRequests, directory=str(folder))).serve_forever()


if __name__ == "__main__":
    main()
