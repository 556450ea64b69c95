"""One connection carries all programs of a device; a device that misbehaves gives a reason and never an exception."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from network.devices.console import Answer, NoAnswer, Trouble
from network.devices.inventory.reading import read_device_inventory
from network.devices.ssh.console import SshConsole, console_of
from network.devices.ssh.host_keys import KnownHosts, presented_key
from tests.network.devices.bed import HOME, START_SSHD, Bed, TestDevice, bed, sh, skip_unless_possible

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    skip_unless_possible("zebra", "vtysh")
    with bed(tmp_path_factory.mktemp("bed")) as made:
        made.add("r1")
        made.trust()
        made.inventory()
        yield made


@pytest.fixture
def r1(ground: Bed) -> TestDevice:
    return ground.devices["r1"]


@pytest.fixture
async def console(ground: Bed) -> AsyncIterator[SshConsole]:
    made = console_of_device(ground, "r1")
    yield made
    await made.close()


def console_of_device(ground: Bed, name: str) -> SshConsole:
    inventory = read_device_inventory(ground.folder / "inventory.yaml")
    found = console_of(inventory.by_name[name], inventory)
    assert isinstance(found, SshConsole)
    return found


def good(answer: Answer | NoAnswer) -> Answer:
    assert isinstance(answer, Answer), answer
    return answer


def bad(answer: Answer | NoAnswer, trouble: Trouble) -> str:
    assert isinstance(answer, NoAnswer) and answer.trouble is trouble, answer
    return answer.reason


async def test_programs_share_one_connection_and_keep_apart(console: SshConsole, r1: TestDevice) -> None:
    assert good(await console.run(["id", "-un"])).text == "nms\n"
    assert good(await console.run(["id", "-un"], root=True)).text == "root\n"
    assert good(await console.run(["printf", "%s", "a b'c\n$HOME `id`"])).text == "a b'c\n$HOME `id`"
    assert good(await console.run(["sh", "-c", "echo out; echo err >&2; exit 7"])) == Answer(7, b"out\nerr\n")
    assert good(await console.script("cd /; exit 3")).status == 3
    assert good(await console.script("pwd")).text.strip() == HOME
    assert good(await console.run(["cat"])) == Answer(0, b"")
    assert good(await console.run(["no-such-program"])).status == 127
    answers = await asyncio.gather(*(console.run(["echo", str(n)]) for n in range(20)))
    assert [good(answer).text for answer in answers] == [f"{n}\n" for n in range(20)]
    assert good(await console.run(["sh", "-c", "command -v tc"])).status == 0
    assert len(r1.sshd_pids()) == 3


async def test_a_word_cannot_leave_its_place(console: SshConsole) -> None:
    assert "NUL" in bad(await console.run(["echo", "a\0b"]), Trouble.NOT_ASKED)
    assert "key of the line editor" in bad(await console.routing(["show version\nconfigure"]), Trouble.NOT_ASKED)


async def test_a_hanging_program_is_killed_and_the_next_one_works(console: SshConsole, r1: TestDevice) -> None:
    for root in (False, True):
        began = time.monotonic()
        assert "within 0.5 s" in bad(await console.run(["sleep", "1234"], root=root, within=0.5), Trouble.TIMED_OUT)
        assert time.monotonic() - began < 5
        assert good(await console.run(["echo", "next"], root=root)).text == "next\n"
        assert "1234" not in r1.run("ps", "-ef")


async def test_a_flood_is_cut_off(console: SshConsole) -> None:
    whole = good(await console.run(["head", "-c", "3000000", "/dev/zero"], within=30))
    assert len(whole.output) == 3_000_000
    assert "more than 4000000 bytes" in bad(await console.run(["cat", "/dev/zero"], within=30), Trouble.GARBAGE)
    assert good(await console.run(["echo", "next"])).text == "next\n"


async def test_a_full_disk_and_a_killed_shell_are_answers(console: SshConsole) -> None:
    full = good(await console.script("echo text >/dev/full"))
    assert full.status != 0
    bad(await console.script("kill -KILL $$"), Trouble.CLOSED)
    assert good(await console.run(["echo", "next"])).text == "next\n"


async def test_turns_and_cancelled_callers(console: SshConsole) -> None:
    slow = asyncio.create_task(console.run(["sleep", "1"]))
    await asyncio.sleep(0.3)
    assert "busy with earlier commands" in bad(await console.run(["true"], within=0.2), Trouble.NOT_ASKED)
    good(await slow)
    task = asyncio.create_task(console.run(["sh", "-c", "sleep 1; echo late"]))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert good(await console.run(["echo", "mine"])).text == "mine\n"


async def test_vtysh_stays_open(console: SshConsole, r1: TestDevice) -> None:
    assert "vtysh answers" in bad(await console.routing(["show version"]), Trouble.REFUSED)
    r1.run("sh", "-c", "mount -t tmpfs none /run/frr; chown frr:frr /run/frr")
    r1.run("/usr/lib/frr/zebra", "-d", "-A", "127.0.0.1", "-f", "/dev/null")
    version = good(await console.routing(["show version"]))
    assert version.status == 0 and version.text.startswith("FRRouting 8") and "show version" not in version.text
    words = "x" * 300
    made = await console.routing(
        ["configure terminal", "ip prefix-list p permit 192.0.2.0/24", f"route-map {words} deny 7"]
    )
    assert good(made).output == b""
    shown = good(await console.routing(["show running-config", "nonsense", "show ip prefix-list ?"]))
    assert f"route-map {words} deny 7\n" in shown.text
    assert "% Unknown command: nonsense\n" in shown.text and "There is no matched" not in shown.text
    assert shown.status == 1
    assert good(await console.routing(["show ip route json"])).text.strip().startswith("{")
    r1.run("sh", "-c", "kill -STOP $(cat /run/frr/zebra.pid)")
    bad(await console.routing(["show ip route"], within=0.7), Trouble.TIMED_OUT)
    r1.run("sh", "-c", "kill -CONT $(cat /run/frr/zebra.pid)")
    good(await console.routing(["show ip route"]))


async def test_a_stream_has_bounded_lines_and_a_reason_for_its_end(console: SshConsole) -> None:
    stream = await console.stream(["sh", "-c", "echo one; head -c 100000 /dev/zero; echo; echo two; exit 1"])
    assert not isinstance(stream, NoAnswer)
    assert [line async for line in stream.lines()] == ["one", "two"]
    assert stream.ended is not None and "the program ended after" in stream.ended.reason


async def test_sessions_are_limited(console: SshConsole) -> None:
    streams = [await console.stream(["sleep", "60"]) for _ in range(9)]
    refused = streams[-1]
    assert isinstance(refused, NoAnswer) and "all 8 sessions are in use" in refused.reason
    for stream in streams[:-1]:
        assert not isinstance(stream, NoAnswer)
        stream.close()
    await asyncio.sleep(0.2)
    good(await console.run(["true"]))


async def test_a_device_that_hangs_and_comes_back(console: SshConsole, r1: TestDevice) -> None:
    good(await console.run(["true"]))
    stopped = r1.sshd_pids()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        bad(await console.run(["true"], within=1), Trouble.TIMED_OUT)
        console.connection.drop()
        assert "does not answer SSH in time" in bad(await console.run(["true"], within=1), Trouble.TIMED_OUT)
        assert "it is tried again in" in bad(await console.run(["true"], within=1), Trouble.TIMED_OUT)
        assert time.monotonic() - began < 20
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    await asyncio.sleep(0.6)
    good(await console.run(["true"]))


async def test_a_restarted_sshd_costs_one_command(console: SshConsole, r1: TestDevice) -> None:
    good(await console.run(["true"]))
    for pid in r1.sshd_pids():
        os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.2)
    assert "start sshd there" in bad(await console.run(["true"]), Trouble.REFUSED)
    r1.run("sh", "-c", START_SSHD.format(folder=r1.folder) + "\nsleep 0.3")
    await asyncio.sleep(0.6)
    good(await console.run(["true"]))


async def test_host_keys(ground: Bed, r1: TestDevice) -> None:
    inventory = read_device_inventory(ground.folder / "inventory.yaml")
    device, known = inventory.by_name["r1"], KnownHosts(inventory.known_hosts)
    before = inventory.known_hosts.read_text()
    try:
        sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(ground.folder / "other"))
        other = (ground.folder / "other.pub").read_text()
        inventory.known_hosts.write_text(f"{r1.address},192.0.2.9 {other}")
        console = console_of_device(ground, "r1")
        assert "presents the host key ssh-ed25519 SHA256:" in bad(await console.run(["true"]), Trouble.HOST_KEY)
        key = await presented_key(device)
        assert not isinstance(key, NoAnswer)
        known.record(device, [key])
        assert inventory.known_hosts.read_text().startswith("192.0.2.9 ")
        console = console_of_device(ground, "r1")
        good(await console.run(["true"]))
        await console.close()
        inventory.known_hosts.write_text("")
        console = console_of_device(ground, "r1")
        assert "no host key is recorded" in bad(await console.run(["true"]), Trouble.HOST_KEY)
    finally:
        inventory.known_hosts.write_text(before)


async def test_a_wrong_key_and_a_missing_key_file(ground: Bed) -> None:
    right = ground.key.read_text()
    try:
        ground.key.write_text((ground.folder / "r1" / "host_key").read_text())
        assert "authorized_keys" in bad(await console_of_device(ground, "r1").run(["true"]), Trouble.REFUSED)
        ground.key.write_text("no key")
        assert "no private key" in bad(await console_of_device(ground, "r1").run(["true"]), Trouble.NOT_ASKED)
        ground.key.unlink()
        assert "No such file" in bad(await console_of_device(ground, "r1").run(["true"]), Trouble.NOT_ASKED)
    finally:
        ground.key.write_text(right)


@pytest.mark.parametrize(
    ("greeting", "trouble"),
    [
        (b"", Trouble.CLOSED),
        (b"220 mail ready\r\n", Trouble.CLOSED),
        (b"SSH-1.5-old\r\n", Trouble.GARBAGE),
        (b"SSH-2.0-odd\r\n" + b"\xff" * 4096, Trouble.GARBAGE),
    ],
    ids=["closes", "speaks mail", "old version", "garbage"],
)
async def test_a_device_that_speaks_something_else(greeting: bytes, trouble: Trouble, ground: Bed) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    path = Path(ground.folder / "other.yaml")
    path.write_text(
        "defaults: {role: server, ssh: {user: nms, key: {file: id}}}\n"
        f"devices:\n  odd: {{address: 127.0.0.1, ssh: {{port: {port}}}}}\n  gone: {{address: 172.29.86.99}}\n"
    )
    inventory = read_device_inventory(path)
    line = (ground.folder / "id.pub").read_text()
    with inventory.known_hosts.open("a") as opened:
        opened.write(f"[127.0.0.1]:{port} {line}172.29.86.99 {line}")
    odd, gone = (console_of(device, inventory) for device in inventory.devices)
    assert isinstance(odd, SshConsole) and isinstance(gone, SshConsole)
    bad(await odd.run(["true"]), trouble)
    bad(await gone.run(["true"]), Trouble.UNREACHABLE)
    server.close()
