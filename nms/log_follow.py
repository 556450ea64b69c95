"""Follows the operator's log. Each line appears once, even if the gateway has to be connected again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing

from nms.client import Body, Json
from nms.live import LiveFrame, frames
from nms.show.columns import mappings
from nms.show.log import log_line
from nms.terminal import console, json_line, remark, write
from shared.domain.kinds import Level, ServiceName

REMEMBERED = 2_000
"""How many lines are remembered. A gateway stores a thousand, so a snapshot repeats no line that was forgotten here."""
Key = tuple[Json, ...]


class Lines:
    def __init__(self, level: Level | None, service: ServiceName | None, since: str | None = None) -> None:
        self._wanted = {"level": level, "service": service}
        self._since = since or ""
        self._seen: OrderedDict[Key, None] = OrderedDict()

    def new(self, lines: Iterable[Body]) -> Iterator[Body]:
        for line in lines:
            key = tuple(line.get(name) for name in ("timestamp", "service", "level", "message"))
            if key in self._seen or str(key[0]) < self._since:
                continue
            self._seen[key] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            if all(wanted is None or line.get(name) == wanted for name, wanted in self._wanted.items()):
                yield line


async def follow_log(server: str, body: Body, lines: Lines, as_json: bool) -> None:
    show = _json if as_json else _text()
    first = mappings(body.get("logs"))
    for line in lines.new(first):
        show(line)
    async with aclosing(frames(server, remark)) as updates:
        async for frame in updates:
            for line in lines.new(_of(frame)):
                if not first or str(line.get("timestamp")) >= str(first[0].get("timestamp")):
                    show(line)


def _of(frame: LiveFrame) -> list[Body]:
    if frame.event == "snapshot" and isinstance(frame.data, dict):
        return mappings(frame.data.get("logs"))
    return mappings(frame.data) if frame.event == "logs_update" else []


def _json(line: Body) -> None:
    write(json_line(line))


def _text() -> Callable[[Body], None]:
    out = console()

    def show(line: Body) -> None:
        out.print(log_line(line))
        out.file.flush()

    return show
