"""A page without a screen: combines the frames of `/ws` to a state, by the documented rules only."""

from __future__ import annotations

import asyncio
import copy
import json
from types import TracebackType
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 20.0
KEPT_LINES = 100
KEPT_PICTURES = 400


class Page:
    """`async with Page(url) as page`: read frames with `next`, `until`; `known` is their combined state."""

    def __init__(self, url: str, since: str | None = None) -> None:
        self._url = f"ws{url.removeprefix('http')}/ws" + (f"?since={since}" if since else "")
        self._socket: ClientConnection | None = None
        self.seq = since
        self.seqs: list[str] = []
        self.known: dict[str, Any] = {}
        self.pictures: dict[str, dict[str, Any]] = {}

    async def __aenter__(self) -> Self:
        self._socket = await connect(self._url, max_size=None, open_timeout=PATIENCE)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    @property
    def socket(self) -> ClientConnection:
        assert self._socket is not None, "connect first"
        return self._socket

    async def ask(self, kind: str) -> dict[str, Any]:
        await self.socket.send(json.dumps({"event": "request_data", "data": {"type": kind}}))
        while not (frame := await self.until(f"{kind}_update")).get("whole"):
            pass
        return frame

    async def until(self, event: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while (frame := await self.next())["event"] != event:
                pass
        return frame

    async def read_for(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.next()
        except TimeoutError:
            return

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.socket.recv())
        self._fold(frame)
        self.seq = frame["seq"]
        if not frame.get("whole") and frame["event"] != "error":
            self.seqs.append(frame["seq"])
            self.pictures[frame["seq"]] = copy.deepcopy(self.picture)
            while len(self.pictures) > KEPT_PICTURES:
                del self.pictures[next(iter(self.pictures))]
        return frame

    @property
    def picture(self) -> dict[str, Any]:
        return {name: self.known[name] for name in ("nodes", "links", "incidents", "stats") if name in self.known}

    def _fold(self, frame: dict[str, Any]) -> None:
        event, data = frame["event"], frame["data"]
        known, again = self.known, bool(frame.get("whole"))
        match event:
            case "snapshot":
                known.clear()
                known["nodes"] = _by_id(data["topology"]["nodes"])
                known["links"] = _by_id(data["topology"]["links"])
                known["incidents"] = _by_id(data["incidents"]["recent_incidents"])
                known["stats"], known["logs"] = data["incidents"]["stats"], list(data["logs"])
                known["status"], known["cycle"] = data["status"], data["cycle"]
            case "metrics_update" | "topology_update":
                for name in ("nodes", "links"):
                    if name in data:
                        known[name] = _changed({} if again else known.get(name, {}), data, name)
            case "incidents_update":
                known["incidents"] = _changed({} if again else known.get("incidents", {}), data, "recent_incidents")
                known["stats"] = data["stats"]
            case "logs_update":
                known["logs"] = data if again else (known.get("logs", []) + data)[-KEPT_LINES:]
            case "cycle_update":
                known["cycle"] = data
            case "status_update":
                known["status"] = data


def _by_id(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {item["id"]: item for item in items}


def _changed(before: dict[str, Any], data: dict[str, Any], name: str) -> dict[str, Any]:
    after = before | _by_id(data[name])
    return {key: item for key, item in after.items() if key not in data.get("removed", ())}
