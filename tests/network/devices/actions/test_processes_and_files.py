"""The playbooks of processes, services and files, each against the fault that it repairs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from network.devices.actions.actuator import DeviceActuator
from network.devices.actions.request import DeviceCare, ServiceCare
from network.port import Outcome, Receipt
from tests.network.devices.actions.cases import (
    CARE,
    carried_out,
    planned,
    refused,
    repair,
    request,
    taken_back,
)
from tests.network.devices.actions.nodes import LocalConsole, Node, until

NEEDED = {"dhcpd": "isc-dhcp-server", "named": "bind9", "nginx": "nginx", "stress-ng": "stress-ng"}


@pytest.fixture(autouse=True, scope="module")
def programs() -> None:
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    missing = [package for name, package in NEEDED.items() if shutil.which(name, path=path) is None]
    if missing:
        pytest.skip(f"these tests need the packages {', '.join(missing)}")


def running(node: Node, name: str) -> list[str]:
    return node.sh(f"ps -C {name} -o pid= --no-headers", check=False).split()


def care(**services: ServiceCare) -> DeviceCare:
    return DeviceCare(CARE.management, CARE.manager, services)


class TestStopProcess:
    async def test_the_processes_of_the_evidence_end(self, node: Node) -> None:
        node.start("stress-ng", "--cpu", "2", "--timeout", "120")
        assert until(lambda: len(running(node, "stress-ng-cpu")) == 2)
        node.start("sleep", "77")
        asked = request("stop_process", "a-near", ("busy/stress-ng-cpu", None, "cpu"))
        plan = await planned(node, asked)
        assert plan.commands[0].startswith("stop process ")
        assert plan.undo == ()
        await carried_out(node, plan)
        assert running(node, "stress-ng-cpu") == []
        assert len(running(node, "sleep")) >= 1
        node.sh("pkill -x stress-ng; pkill -f 'sleep 77'", check=False)

    @pytest.mark.slow
    async def test_a_process_that_ignores_term_is_killed(self, node: Node) -> None:
        node.sh("cp /bin/dash /run/stubborn")
        node.start("/run/stubborn", "-c", "trap '' TERM; while :; do sleep 0.1; done")
        assert until(lambda: len(running(node, "stubborn")) == 1)
        await carried_out(node, await planned(node, request("stop_process", "a-near", ("busy/stubborn", None, "cpu"))))
        assert running(node, "stubborn") == []

    async def test_another_process_with_the_id_is_left_alone(self, node: Node) -> None:
        node.sh("cp /bin/sleep /run/hog")
        node.start("/run/hog", "100")
        assert until(lambda: len(running(node, "hog")) == 1)
        plan = await planned(node, request("stop_process", "a-near", ("busy/hog", None, "cpu")))
        verb, tenths, pid, started, name = plan.steps[0].command
        step = plan.steps[0].__class__((verb, tenths, pid, str(int(started) + 1), name))
        other = plan.__class__(plan.action_id, plan.kind, plan.device, plan.target, (step,), plan.diff)
        await carried_out(node, other)
        assert running(node, "hog") == [pid], "the process started at another time, so it is not the one of the plan"
        node.run("kill", pid)

    @pytest.mark.parametrize("name", ["sshd", "systemd", "zebra"])
    async def test_what_the_device_needs_is_refused(self, node: Node, name: str) -> None:
        reason = await refused(node, request("stop_process", "a-near", (f"busy/{name}", None, "cpu")))
        assert "belongs to the device" in reason

    async def test_an_approved_daemon_is_refused(self, node: Node) -> None:
        facts = {"process/named": "running"}
        reason = await refused(node, request("stop_process", "a-near", ("busy/named", None, "cpu"), facts=facts))
        assert "restart its service" in reason

    @pytest.mark.parametrize("name", ["$(reboot)", "a b; c", "it's", 'x"y'])
    async def test_a_hostile_name_is_a_name(self, node: Node, name: str) -> None:
        node.run("cp", "/bin/sleep", f"/run/{name}")
        node.start(f"/run/{name}", "100")

        def alive() -> list[str]:
            return [line for line in node.run("ps", "ax", "-o", "comm=").splitlines() if line.strip() == name]

        assert until(lambda: len(alive()) == 1)
        await carried_out(node, await planned(node, request("stop_process", "a-near", (f"busy/{name}", None, "cpu"))))
        assert alive() == []


NGINX = """
pid /run/nginx.pid; error_log /run/nginx.err; events {{}}
http {{ access_log off; server {{ listen 127.0.0.1:8080; location / {{ return 200 "{answer}\\n"; }} }} }}
"""


@pytest.fixture
def nginx(node: Node) -> Iterator[ServiceCare]:
    node.run("sh", "-c", "mkdir -p /etc/nginx; cat > /etc/nginx/nginx.conf", text=NGINX.format(answer="right"))
    yield ServiceCare("nginx", ("/usr/sbin/nginx",))
    node.sh("pkill -x nginx; sleep 0.3", check=False)


def page(node: Node) -> str:
    return node.sh("curl -s --max-time 2 http://127.0.0.1:8080/", check=False).strip()


class TestRestartService:
    async def test_a_service_that_is_gone_is_started(self, node: Node, nginx: ServiceCare) -> None:
        asked = request("restart_service", "http/a-near", care=care(http=nginx))
        await repair(node, asked, page, "right", "nginx", undo=False)

    async def test_a_service_that_runs_is_started_again(self, node: Node, nginx: ServiceCare) -> None:
        node.run("/usr/sbin/nginx")
        before = running(node, "nginx")
        await carried_out(node, await planned(node, request("restart_service", "http/a-near", care=care(http=nginx))))
        assert not set(before) & set(running(node, "nginx"))
        assert page(node) == "right"

    async def test_a_program_in_the_foreground(self, node: Node, nginx: ServiceCare) -> None:
        foreground = ServiceCare("nginx", ("/usr/sbin/nginx", "-g", "daemon off;"))
        await carried_out(
            node, await planned(node, request("restart_service", "http/a-near", care=care(http=foreground)))
        )
        assert page(node) == "right"

    async def test_a_start_that_fails_is_a_failure(self, node: Node, nginx: ServiceCare) -> None:
        node.sh("echo nonsense > /etc/nginx/nginx.conf")
        plan = await planned(node, request("restart_service", "http/a-near", care=care(http=nginx)))
        receipt = await DeviceActuator(LocalConsole(node)).apply(plan, 0.0, 60.0)
        assert receipt.outcome is Outcome.FAILED and "the words that start nginx fail" in receipt.reason

    async def test_without_words_it_is_refused(self, node: Node) -> None:
        assert "inventory has no words" in await refused(node, request("restart_service", "http/a-near"))


def resolver(node: Node) -> str:
    return node.run("cat", "/etc/resolv.conf")


class TestResolver:
    @pytest.mark.parametrize("kind", ["file", "mount", "link", "gone"])
    async def test_the_approved_servers_come_back(self, node: Node, kind: str) -> None:
        """A file, one that is a mount of its own, a link, and none at all."""
        wrong = "nameserver 8.8.8.8\n"
        node.sh("rm -f /etc/resolv.conf /run/resolv.conf")
        match kind:
            case "file":
                node.sh(f"printf '{wrong}' > /etc/resolv.conf; chmod 640 /etc/resolv.conf")
            case "mount":
                node.sh(f"touch /etc/resolv.conf; printf '{wrong}' > /run/resolv.conf")
                node.run("mount", "--bind", "/run/resolv.conf", "/etc/resolv.conf")
            case "link":
                node.sh(f"printf '{wrong}' > /run/resolv.conf; ln -s ../run/resolv.conf /etc/resolv.conf")
        found = None if kind == "gone" else "8.8.8.8"
        asked = request(
            "restore_resolver",
            "a-near",
            ("resolver/nameserver/1", "10.0.0.2", found),
            ("resolver/search", "example.net", None),
        )
        before = node.sh("ls -la /etc/resolv.conf | cut -d ' ' -f 1-4", check=False)

        def text(node: Node) -> str:
            return node.sh("cat /etc/resolv.conf", check=False)

        await repair(node, asked, text, "nameserver 10.0.0.2\nsearch example.net\n", "replace /etc/resolv.conf")
        if kind != "gone":
            assert node.sh("ls -la /etc/resolv.conf | cut -d ' ' -f 1-4", check=False) == before
        if kind == "mount":
            node.run("umount", "/etc/resolv.conf")
        assert ".nms-" not in node.sh("ls -A /etc")

    async def test_a_file_that_changes_after_the_plan_is_left_alone(self, node: Node) -> None:
        node.sh("rm -f /etc/resolv.conf; echo nameserver 8.8.8.8 > /etc/resolv.conf")
        plan = await planned(
            node, request("restore_resolver", "a-near", ("resolver/nameserver/1", "10.0.0.2", "8.8.8.8"))
        )
        node.sh("echo nameserver 9.9.9.9 > /etc/resolv.conf")
        receipt = await DeviceActuator(LocalConsole(node)).apply(plan, 0.0, 60.0)
        assert receipt.outcome is Outcome.FAILED and "has changed since the plan" in receipt.reason
        assert resolver(node) == "nameserver 9.9.9.9\n"

    async def test_a_file_system_that_is_full(self, node: Node) -> None:
        node.sh("mkdir -p /run/small; mount -t tmpfs -o size=8k none /run/small; echo old > /run/small/conf")
        try:
            services = {"http": ServiceCare("nginx", check=("true",))}
            tall = DeviceCare(CARE.management, CARE.manager, services, approved_files={"/run/small/conf": "x" * 50_000})
            plan = await planned(
                node, request("restore_file", "http/a-near", care=tall, arguments={"path": "/run/small/conf"})
            )
            receipt = await DeviceActuator(LocalConsole(node)).apply(plan, 0.0, 60.0)
            assert receipt.outcome is Outcome.FAILED and receipt.reason.endswith("nothing was changed"), receipt
            assert node.sh("cat /run/small/conf; ls -A /run/small") == "old\nconf\n"
        finally:
            node.run("umount", "/run/small")


class TestRestoreFile:
    async def test_a_service_gets_its_file_back_and_reads_it(self, node: Node, nginx: ServiceCare) -> None:
        path = "/etc/nginx/nginx.conf"
        approved = node.run("cat", path)
        node.run("sh", "-c", f"cat > {path}", text=NGINX.format(answer="wrong"))
        node.run("/usr/sbin/nginx")
        assert until(lambda: page(node) == "wrong")
        asked = request(
            "restore_file",
            "http/a-near",
            care=DeviceCare(CARE.management, CARE.manager, {"http": nginx}, approved_files={path: approved}),
            arguments={"path": path},
        )
        plan = await planned(node, asked)
        pid = node.run("cat", "/run/nginx.pid")
        await carried_out(node, plan)
        assert until(lambda: page(node) == "right")
        await taken_back(node, plan)
        assert until(lambda: page(node) == "wrong")
        assert node.run("cat", "/run/nginx.pid") == pid, "it was restarted, and HUP would have been enough"

    async def test_a_text_that_its_program_refuses_never_gets_the_name(self, node: Node, nginx: ServiceCare) -> None:
        path = "/etc/nginx/nginx.conf"
        before = node.run("cat", path)
        asked = request(
            "restore_file",
            "http/a-near",
            care=DeviceCare(CARE.management, CARE.manager, {"http": nginx}, approved_files={path: "no such word;\n"}),
            arguments={"path": path},
        )
        receipt = await DeviceActuator(LocalConsole(node)).apply(await planned(node, asked), 0.0, 60.0)
        assert receipt.outcome is Outcome.FAILED
        assert "a check before the change failed" in receipt.reason and "unknown directive" in receipt.reason
        assert node.run("cat", path) == before
        assert ".nms-" not in node.sh("ls -A /etc/nginx")

    async def test_dhcpd_is_checked_and_restarted(self, node: Node) -> None:
        path, subnet = "/etc/dhcp/dhcpd.conf", "subnet 10.0.0.0 netmask 255.255.255.0 {{ option routers {}; }}\n"
        node.sh("ip address replace 10.0.0.2/24 dev eth0; mkdir -p /var/lib/dhcp; touch /var/lib/dhcp/dhcpd.leases")
        node.run("sh", "-c", f"cat > {path}", text=subnet.format("10.0.0.254"))
        start = ("/usr/sbin/dhcpd", "-4", "-pf", "/run/dhcpd.pid", "-cf", path, "eth0")
        node.run(*start)
        old = running(node, "dhcpd")
        approved = {path: subnet.format("10.0.0.1")}
        dhcp = DeviceCare(CARE.management, CARE.manager, {"dhcp": ServiceCare("dhcpd", start)}, approved_files=approved)
        plan = await planned(node, request("restore_file", "dhcp/a-near", care=dhcp, arguments={"path": path}))
        assert plan.checks[0][:3] == ("dhcpd", "-t", "-cf")
        await carried_out(node, plan)
        assert node.run("cat", path) == approved[path]
        assert len(running(node, "dhcpd")) == 1 and running(node, "dhcpd") != old
        await taken_back(node, plan)
        assert "10.0.0.254" in node.run("cat", path)
        assert len(running(node, "dhcpd")) == 1
        node.sh("pkill -x dhcpd", check=False)

    async def test_a_zone_is_checked_and_read_again(self, node: Node) -> None:
        zone = "$TTL 60\n@ IN SOA ns. root. (1 60 60 60 60)\n@ IN NS ns.example.\nns IN A 10.0.0.2\nweb IN A {}\n"
        options = 'options { directory "/run/zones"; listen-on { 127.0.0.1; }; pid-file none; recursion no; };\n'
        node.sh("mkdir -p /run/zones; chmod 777 /run/zones")
        main = 'zone "example" { type primary; file "/run/zones/example"; };\n'
        node.run("sh", "-c", "cat > /run/zones/named.conf", text=options + main)
        node.run("sh", "-c", "cat > /run/zones/example", text=zone.format("10.9.9.9"))
        node.start("/usr/sbin/named", "-g", "-4", "-c", "/run/zones/named.conf")

        def answer() -> str:
            return node.sh("dig +short +tries=1 +time=1 @127.0.0.1 web.example A", check=False).strip()

        assert until(lambda: answer() == "10.9.9.9")
        path = "/run/zones/example"
        dns = DeviceCare(CARE.management, CARE.manager, {"dns": ServiceCare("named")}, approved_files={
            path: zone.format("10.0.0.3")})  # fmt: skip
        arguments = {"path": path, "zone": "example"}
        plan = await planned(node, request("restore_file", "dns/a-near", care=dns, arguments=arguments))
        assert plan.checks[0][:2] == ("named-checkzone", "example")
        await carried_out(node, plan)
        assert until(lambda: answer() == "10.0.0.3")
        await taken_back(node, plan)
        assert until(lambda: answer() == "10.9.9.9")
        node.sh("pkill -x named", check=False)

    @pytest.mark.parametrize("path", ["etc/passwd", "/etc/../etc/shadow", "/run/a\nb"])
    async def test_a_path_that_is_not_plain(self, node: Node, path: str) -> None:
        approved = DeviceCare(CARE.management, CARE.manager, {"http": ServiceCare("nginx")}, approved_files={path: "x"})
        reason = await refused(node, request("restore_file", "http/a-near", care=approved, arguments={"path": path}))
        assert "no plain path" in reason

    @pytest.mark.parametrize("name", ["$(touch owned)", "it's; touch owned", 'a "b" c', "-rf"])
    async def test_a_hostile_name_of_a_file_is_a_name(self, node: Node, name: str) -> None:
        path = f"/run/hostile/{name}"
        node.sh("mkdir -p /run/hostile")
        node.run("sh", "-c", 'printf old > "$0"', path)
        approved = DeviceCare(
            CARE.management, CARE.manager, {"http": ServiceCare("nothing", check=("test", "-s", "FILE"))},
            approved_files={path: "$(reboot)'; exit\n"},
        )  # fmt: skip
        asked = request("restore_file", "http/a-near", care=approved, arguments={"path": path})
        await repair(node, asked, lambda node: node.run("cat", "--", path), "$(reboot)'; exit\n")
        assert "owned" not in node.sh("ls -A / /run /run/hostile /run/nms-actions").replace("touch owned", "")
        node.sh("rm -rf /run/hostile")


class TestReboot:
    async def test_it_is_refused_without_words(self, node: Node) -> None:
        assert "no words that restart it" in await refused(node, request("reboot_node", "a-near"))

    async def test_a_restart_that_ends_its_own_worker_is_done(self, node: Node) -> None:
        """The first process of the node is what a restart replaces; here its time of start is changed in the record."""
        words = ("sh", "-c", "sleep 20")
        asked = request("reboot_node", "a-near", care=DeviceCare(CARE.management, CARE.manager, reboot=words))
        plan = await planned(node, asked)
        assert plan.restarts
        actuator = DeviceActuator(LocalConsole(node))
        running_receipt = await actuator.apply(plan, 0.0, 1.0)
        assert running_receipt.outcome is Outcome.RUNNING
        place = f"/var/lib/nms-actions/{plan.action_id}"
        node.sh(f"echo another-boot > {place}/boot")
        workers = [
            line.split()[0] for line in node.run("ps", "ax", "-o", "pid,args").splitlines() if "/worker new" in line
        ]
        node.run("kill", "-9", *workers)
        resumed = await actuator.resume(plan.action_id, 5.0)
        assert isinstance(resumed, Receipt) and resumed.outcome is Outcome.DONE, resumed
        assert (await actuator.apply(plan, 0.0, 5.0)).outcome is Outcome.DONE
        assert "new" not in node.sh("ps ax -o args= | grep '[/]worker'", check=False)
