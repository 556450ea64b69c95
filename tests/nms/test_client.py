"""Without an answer the command line says that the result is unknown, and how to learn it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from nms import client
from nms.cli import run
from shared.domain.errors import OutcomeUnknown

UNKNOWN = OutcomeUnknown.exit_code


class Gateway(BaseHTTPRequestHandler):
    over = Event()
    keys: list[str]

    def do_POST(self) -> None:
        """Read the request; do not answer, or answer that the result is unknown."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.keys.append(self.headers["Idempotency-Key"])
        how = self.path.split("/")[1]
        if how == "late":
            self.over.wait(30)
        elif how == "unsure":
            body = json.dumps({"detail": "nobody knows", "status": 504}).encode()
            self.send_response(504)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def gateway() -> Iterator[tuple[str, list[str]]]:
    """Serve during a test; yield the address and the idempotency keys received."""
    Gateway.keys, Gateway.over = [], Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", Gateway.keys
        finally:
            Gateway.over.set()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("how", ["late", "gone", "unsure"])
def test_a_command_without_an_answer_says_so_and_how_to_repeat_it(
    how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(client.Client.__init__, "__defaults__", (0.5,))
    with gateway() as (url, keys):
        server = ["--server", f"{url}/{how}"]
        assert run(["inject", "high_cpu", "server 3", "--strength", "0.5", *server]) == UNKNOWN
        errors = capsys.readouterr().err
        again = re.search(r"`nms (inject high_cpu 'server 3' --strength 0.5 --server \S+ --key (\S+))`", errors)
        assert again is not None, errors
        assert keys == [again[2]]
        assert run(shlex.split(again[1])) == UNKNOWN
        assert keys == [again[2]] * 2
        for command in (["start"], ["approve", "a.a1"], ["reject", "a.a1"], ["ack", "a"]):
            assert run([*command, *server]) == UNKNOWN, command
        assert re.search("not known|nobody knows", capsys.readouterr().err)


def test_a_refused_connection_means_that_nothing_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inject", "high_cpu", "server-3", "--server", "http://127.0.0.1:1"]) == 1
    assert "no NMS answers" in capsys.readouterr().err
