"""`/ws` of the running system: every event and every request, and the same state for all clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.running import Running
from services.gateway.core.frames import KINDS, SERVER_FRAMES, AnyServerFrame
from tests.contract.pages import Page
from tests.contract.rest import Rest

pytestmark = pytest.mark.slow

FRAME: TypeAdapter[AnyServerFrame] = TypeAdapter(AnyServerFrame)
EVENTS = {frame.model_fields["event"].annotation.__args__[0]: frame for frame in SERVER_FRAMES}  # type: ignore[union-attr]
HEALED_WITHIN = 40.0
NONSENSE = (
    "",
    "not json",
    "[]",
    "null",
    "{}",
    '{"event":"dance"}',
    '{"event":"request_data"}',
    '{"event":"request_data","data":{"type":"secrets"}}',
    '{"event":"request_data","data":7}',
    '{"a":' * 5_000,
    '"\\ud800"',
    "x" * 65_536,
    b"",
    b"\x00\xff" * 32_768,
)


@pytest.fixture
def healed(system: Running) -> Iterator[None]:
    yield
    system.wait("no fault to be live", lambda: not _live(system), HEALED_WITHIN)
    system.wait("every incident to be over", lambda: not system.unresolved(), HEALED_WITHIN)


@pytest.fixture
def cycling(system: Running) -> Iterator[None]:
    """Run the campaign without faults, so that cycles are published."""
    before: Any = system.get("/api/config")
    system.configure(running=True, chance=0.0, interval=1.0)
    yield
    system.configure(**{name: before[name] for name in ("running", "chance", "interval")})


def _live(system: Running) -> list[Any]:
    faults: Any = system.get("/api/faults")["faults"]
    return [fault for fault in faults if fault["ended"] is None]


def _malformed(system: Running) -> float:
    text = httpx.get(system.url + "/metrics", timeout=10).text
    lines = [line for line in text.splitlines() if line.startswith('nms_malformed_total{family="websocket"}')]
    return float(lines[0].rpartition(" ")[2]) if lines else 0.0


async def _inject(system: Running, kind: str, target: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=system.url, timeout=10) as api:
        answer = await api.post("/api/faults", json={"kind": kind, "target": target})
        injected: dict[str, Any] = answer.raise_for_status().json()
        return injected


async def test_every_event_arrives_and_is_valid_by_its_model(
    system: Running, rest: Rest, healed: None, cycling: None
) -> None:
    missing = set(EVENTS)
    await asyncio.to_thread(rest.wait_until_learnt)
    async with Page(system.url) as page, httpx.AsyncClient(base_url=system.url, timeout=10) as api:
        (await api.patch("/api/config", json={"mode": "approve"})).raise_for_status()  # so that an action waits
        try:
            await asyncio.to_thread(rest.make_a_link_busy)
            await _inject(system, "high_cpu", "server-3")
            await page.socket.send("nonsense")
            async with asyncio.timeout(60):
                while missing:
                    missing.discard(_checked(await page.socket.recv()))
        finally:
            (await api.patch("/api/config", json={"mode": "auto"})).raise_for_status()


def _checked(raw: str | bytes) -> str:
    frame, body = FRAME.validate_json(raw), json.loads(raw)
    assert set(body) - {"whole"} == {"event", "seq", "data"}
    if not isinstance(frame.data, tuple):
        assert set(body["data"]) <= set(type(frame.data).model_fields), "a field that no document names"
    return frame.event


@pytest.mark.parametrize("kind", KINDS)
async def test_a_requested_body_is_complete_and_equal_to_that_of_rest(system: Running, kind: str) -> None:
    async with Page(system.url) as page, httpx.AsyncClient(base_url=system.url, timeout=10) as api:
        await page.until("snapshot")
        for call in ({"event": "request_data", "data": {"type": kind}}, {"event": "request_data", "type": kind}):
            await page.socket.send(json.dumps(call))
            while not (frame := await page.until(f"{kind}_update")).get("whole"):
                pass
            rest: Any = (await api.get(f"/api/{kind}")).raise_for_status().json()
            pushed, shown = frame["data"], rest["logs"] if kind == "logs" else rest
            if kind == "logs":
                assert pushed[: len(pushed) // 2] == shown[: len(pushed) // 2] or pushed[-1] in shown
            else:
                assert set(pushed) == set(shown)
            for items in ("nodes", "links", "recent_incidents"):
                if items in shown:
                    assert [item["id"] for item in pushed[items]] == [item["id"] for item in shown[items]]
                    assert [set(item) for item in pushed[items]] == [set(item) for item in shown[items]]


async def test_the_sum_of_all_changes_is_the_complete_state(system: Running, healed: None) -> None:
    async with Page(system.url) as page:
        await page.until("snapshot")
        link = next(name for name in page.known["links"] if name.endswith("server-4"))
        await _inject(system, "packet_loss", link)
        for _ in range(10):
            await page.read_for(0.5)
            for kind, name in (("topology", "links"), ("metrics", "nodes"), ("incidents", "incidents")):
                await page.socket.send(json.dumps({"event": "request_data", "data": {"type": kind}}))
                folded = page.known[name]
                while True:
                    before = dict(page.known[name])
                    frame = await page.next()
                    if frame.get("whole"):
                        folded = before
                        break
                assert folded == page.known[name]


async def test_late_and_reconnected_clients_have_the_same_state_as_rest(system: Running, healed: None) -> None:
    async with Page(system.url) as first:
        await first.until("snapshot")
        async with Page(system.url) as dropped:
            await dropped.until("snapshot")
            await asyncio.gather(first.read_for(1.0), dropped.read_for(1.0))
        await _inject(system, "high_cpu", "server-6")
        await first.until("incidents_update")
        async with Page(system.url) as late, Page(system.url, since=dropped.seq) as resumed:
            resumed.known = dropped.known
            await asyncio.gather(*(page.read_for(8.0) for page in (first, late, resumed)))
        assert "snapshot" not in {resumed.seqs[0]} and resumed.seqs[0] != late.seqs[0]
        for other in (late, resumed):
            common = [seq for seq in other.pictures if seq in first.pictures]
            assert len(common) > 20
            assert [other.pictures[seq] == first.pictures[seq] for seq in common] == [True] * len(common)
    _gapless(first.seqs, [*dropped.seqs, *resumed.seqs])
    system.wait("every incident to be over", lambda: not system.unresolved(), HEALED_WITHIN)
    async with Page(system.url) as page:
        await page.until("snapshot")
        rest: Any = system.get("/api/incidents")
        assert list(page.known["incidents"].values()) == rest["recent_incidents"]
        assert page.known["stats"] == rest["stats"]
        nodes: Any = system.get("/api/topology")["nodes"]
        assert {name: node["status"] for name, node in page.known["nodes"].items()} == {
            node["id"]: node["status"] for node in nodes
        }


def _gapless(all_of_them: list[str], some: list[str]) -> None:
    """Check that a client that reconnected got each frame of another client once, in order."""
    begin, end = all_of_them.index(some[1]), all_of_them.index(some[-1]) if some[-1] in all_of_them else None
    wanted = all_of_them[begin : end + 1 if end is not None else None]
    assert some[1 : 1 + len(wanted)] == wanted


async def test_an_unknown_seq_is_answered_by_a_snapshot(system: Running) -> None:
    for since in ("0000-7", "nonsense", "-1", "%00", "9" * 3_000):
        async with Page(system.url, since=since) as page:
            assert (await page.next())["event"] == "snapshot"


async def test_an_invalid_message_is_answered_and_counted_and_the_connection_stays(system: Running) -> None:
    before, logged = _malformed(system), system.log.read_text(errors="replace").count("is not understood")
    async with Page(system.url) as page:
        for garbage in NONSENSE:
            await page.socket.send(garbage)
            reply = (await page.until("error"))["data"]
            assert reply["message"] and reply["events"] == ["request_data"] and reply["types"] == list(KINDS)
        await page.ask("metrics")
    assert _malformed(system) - before == len(NONSENSE)
    assert system.log.read_text(errors="replace").count("is not understood") - logged <= 3


async def test_a_flood_of_invalid_messages_and_pings_is_only_counted(system: Running) -> None:
    before, logged = _malformed(system), system.log.read_text(errors="replace").count("is not understood")
    async with Page(system.url) as other, Page(system.url) as page:
        await other.until("snapshot")
        flood = asyncio.gather(*(page.socket.send("z") for _ in range(1_000)))
        pings = [await page.socket.ping(str(number)) for number in range(500)]
        await flood
        for _ in range(3):
            await other.until("metrics_update")
        await page.ask("topology")
        await asyncio.wait_for(pings[-1], 20)
    assert _malformed(system) - before == 1_000
    assert system.log.read_text(errors="replace").count("is not understood") - logged <= 5


@pytest.mark.parametrize(
    ("sent", "as_text", "code"),
    [
        (b"y" * 10_000_000, True, 1009),
        (b"y" * 10_000_000, False, 1009),
        (b"z" * 65_537, True, 1009),
        (b"\xff\xfe", True, 1007),
    ],
)
async def test_a_protocol_error_closes_the_connection_with_its_code(
    system: Running, sent: bytes, as_text: bool, code: int
) -> None:
    before = _malformed(system)
    async with connect(f"ws{system.url.removeprefix('http')}/ws", max_size=None) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.send(sent, text=as_text)
            async with asyncio.timeout(20):
                while True:
                    await socket.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == code
    assert _malformed(system) - before == 1
    system.get("/healthz")


def _starts(page: Page) -> int:
    return sum(line["message"] == "The loop was started" for line in page.known["logs"])


async def test_fifty_start_messages_are_one_start(system: Running) -> None:
    before: Any = system.get("/api/config")
    system.configure(running=False, chance=0.0, interval=1.0)
    try:
        async with httpx.AsyncClient(base_url=system.url, timeout=30) as api, Page(system.url) as page:
            await page.until("snapshot")
            page.known["logs"] = []
            clicks = [api.post("/api/start") if click % 3 else api.get("/api/start") for click in range(50)]
            answers = [answer.raise_for_status().json()["status"] for answer in await asyncio.gather(*clicks)]
            assert sorted(answers) == ["already_running"] * 49 + ["started"]
            while not (reply := _starts(page)):
                await page.next()
            assert reply == 1
            numbers = [(await page.until("cycle_update"))["data"]["cycle"] for _ in range(6)]
        pushed = sorted(set(numbers))
        assert pushed == list(range(pushed[0], pushed[0] + len(pushed)))
    finally:
        system.configure(**{name: before[name] for name in ("running", "chance", "interval")})
