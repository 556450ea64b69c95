"""Talks to the gateway of a running system, over REST and WebSocket, as any client would."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, Mapping
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from nms.cycles import CycleUpdate
from nms.ports import GATEWAY_PORT
from nms.store import read_runtime
from shared.errors import NmsError, Refused, SettingError, UnknownTarget
from shared.settings import state_home

Json: TypeAlias = "str | int | float | bool | list[Json] | Mapping[str, Json] | None"
Body: TypeAlias = Mapping[str, Json]

TIMEOUT = 10.0
RECONNECT = 0.5
MAX_FRAME = 64 * 1024 * 1024
DEFAULT_SERVER = f"http://127.0.0.1:{GATEWAY_PORT}"
UNKNOWN = (404, 422)


def find_server(server: str | None) -> str:
    """Return the server asked for, else the one that runs on this machine, else the usual. Raises SettingError."""
    if server is None:
        runtime = read_runtime(state_home())
        return runtime.url if runtime else DEFAULT_SERVER
    if urlsplit(server).scheme not in ("http", "https") or not urlsplit(server).netloc:
        raise SettingError(f"--server {server}: not a URL; write it as in --server {DEFAULT_SERVER}")
    return server.rstrip("/")


class Client:
    """The calls of the gateway that the command line needs. Raises NmsError with the remedy."""

    def __init__(self, server: str) -> None:
        self.server = server

    def get(self, path: str) -> Body:
        """Return the JSON body of a path."""
        return self._call("GET", path, None)

    def post(self, path: str, body: Body | None = None) -> Body:
        """Post a JSON body and return that of the answer."""
        return self._call("POST", path, body if body is not None else {})

    async def cycles(self) -> AsyncGenerator[CycleUpdate, None]:
        """Yield every `cycle_update` as it comes, for as long as it is asked; reconnect when the gateway went away."""
        url = f"ws{self.server.removeprefix('http')}/ws"
        while True:
            try:
                async with connect(url, max_size=MAX_FRAME, open_timeout=TIMEOUT) as socket:
                    async for message in socket:
                        frame = json.loads(message)
                        if frame.get("event") == "cycle_update":
                            yield CycleUpdate.model_validate(frame["data"])
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(RECONNECT)

    def _call(self, method: str, path: str, body: Body | None) -> Body:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.server + quote(path, safe="/?=&"), data=data, method=method)
        request.add_header("Accept", "application/json")
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                found: Body = json.load(answer)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except (OSError, ValueError):
            raise NmsError(
                f"no NMS answers at {self.server}: start one with `nms up`, or name another by --server"
            ) from None
        return found


def _refusal(error: urllib.error.HTTPError) -> NmsError:
    try:
        problem = json.load(error)
        said = str(problem.get("detail") or problem.get("title") or error.reason)
    except (ValueError, AttributeError):
        said = f"{error.url} answered {error.code} {error.reason}; is it an NMS?"
    return UnknownTarget(said) if error.code in UNKNOWN else Refused(said)
