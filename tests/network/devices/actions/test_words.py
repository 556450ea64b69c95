"""No text of a device, a file or a person becomes a line for a shell: every word of every plan is quoted."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.devices.actions import device_scripts, rendering
from network.devices.actions.device_verbs import VERBS
from network.devices.actions.live import LiveDetails, LiveFilters, LiveProcess, LiveRoute, LiveRule
from network.devices.actions.plans import DevicePlan, record_name, staged
from network.devices.actions.playbooks.table import PLAYBOOKS
from network.devices.actions.request import ActionRequest, DeviceCare, ServiceCare
from network.devices.console import quoted
from network.devices.evidence.difference import StateDifference
from network.devices.evidence.snapshot import DeviceSnapshot, joined
from tests.network.devices.actions.cases import FACTS, MANAGEMENT, MANAGER

NASTY = [
    *("'", '"', "$(touch /run/owned)", "`reboot`", ";", "\n", "|", "&", ">", "<", "\\", "*", "~", "#", "!", " ", "\t"),
    *("eth0", "é", "-rf", "--", "{}", "${IFS}", "\r"),
]
characters = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=5)
texts = st.lists(st.sampled_from(NASTY) | characters, min_size=1, max_size=5).map("".join)
names = texts.map(lambda text: text.replace("/", "_"))

HASH = "0" * 64


def everything_named(name: str) -> ActionRequest:
    """A device on which everything has the same name, and on which everything differs."""
    target = f"n:{name}"
    rule = joined("nft", f"inet {name}", "chain c", "rule", name)
    differing = [
        (joined("link", name, "mtu"), "1500", "1400"),
        (joined("address", name, "10.0.0.1/24"), "global", None),
        (joined("address", name, "10.0.0.2/24"), None, "global"),
        (joined("qdisc", name, "root"), f"tbf {name}", f"tbf x {name}"),
        (joined("route", "main", "10.5.0.0/16"), None, f"via 10.0.0.1 dev {name}"),
        (joined("route", "main", "default"), f"via 10.0.0.1 dev {name}", None),
        (joined("neighbour", name, "10.0.0.9"), "02:00:00:00:00:09", None),
        (joined("nft", f"inet {name}x"), None, "table"),
        (rule, None, "1"),
        (joined("busy", name), None, "cpu"),
        (joined("frr", "bgpd", f"router bgp 1 > neighbor {name} remote-as 2"), None, "present"),
        (joined("frr", "zebra", f"interface {name} > description {name}"), "present", None),
        ("resolver/nameserver/1", "10.0.0.2", name),
        ("resolver/search", name, None),
    ]
    facts = {
        joined("link", name, "admin"): "up",
        joined("nft", f"inet {name}"): "table",
        joined("nft", f"inet {name}", "chain c"): "regular",
        joined("frr", "ospfd", "router ospf > network 10.0.0.0/24 area 0"): "present",
        joined("frr", "bgpd", f"router bgp 1 > neighbor {name} remote-as 3"): "present",
        joined("neighbour", name, "10.0.0.8"): name,
        **FACTS,
        **{path: found for path, _, found in differing if found is not None},
    }
    care = ServiceCare(name, (name, name), (name,), (name, "FILE"))
    path = f"/etc/{name.replace('/', '_')}"
    return ActionRequest(
        action_id=f"inc-{name}.a1",
        kind="",
        target=target,
        snapshot=DeviceSnapshot("n", facts),
        differences=tuple(StateDifference(*each) for each in differing),
        care=DeviceCare(MANAGEMENT, MANAGER, {name: care}, (name, "restart"), (name,), {path: name}),
        live=LiveDetails(
            LiveFilters(
                ({"table": {"family": "inet", "name": f"{name}x"}},),
                {rule: LiveRule(("inet", name, "c"), 0, 7, {"expr": [], "comment": name})},
            ),
            (LiveProcess(77, 1, 5, name),),
            (
                LiveRoute("-4", "main", ("10.5.0.0/16", "via", "10.0.0.1", "dev", name)),
                LiveRoute("-4", "main", ("default", "dev", name)),
            ),
            HASH,
            {path: HASH, "/etc/resolv.conf": HASH, "/etc/frr/frr.conf": HASH},
        ),
        arguments={"path": path, "neighbor": name, "source": "10.0.0.66", "zone": name},
    )


def plans_of(name: str) -> Iterator[DevicePlan]:
    asked = everything_named(name)
    for kind, playbook in PLAYBOOKS.items():
        for target in (asked.target, "n", f"{name}/n"):
            fields = {**asked.__dict__, "kind": kind, "target": target}
            fields = {key: value for key, value in fields.items() if key in ActionRequest.__dataclass_fields__}
            made = playbook.recipe(ActionRequest(**fields))
            if isinstance(made, DevicePlan):
                yield made


def test_the_device_of_these_tests_gets_a_plan_of_nearly_every_kind() -> None:
    assert set(PLAYBOOKS) - {plan.kind for plan in plans_of("eth9")} == {"enable_interface", "undrain_link"}


CALL = re.compile(r"(step|back|check) [0-9]+ [0-9]+ ")


def all_lines(plan: DevicePlan) -> list[tuple[str, list[tuple[str, ...]]]]:
    """The texts that a shell of the device reads, each with the words that it has to read."""
    back = [words for step in reversed(plan.steps) for words in step.undo]
    expected = [("nms_expect", text.expected, text.path) for text in plan.texts]
    stage = [("nms_stage", str(at), text.path, staged(text.path, plan.action_id)) for at, text in enumerate(plan.texts)]
    return [
        (rendering.todo(plan), [step.command for step in plan.steps]),
        (rendering.way_back(plan), back),
        (rendering.checks(plan), [*expected, *stage, *plan.checks]),
    ]


@given(names)
def test_each_line_of_a_plan_is_a_verb_of_ours_and_quoted_words(name: str) -> None:
    made = list(plans_of(name))
    assert {plan.kind for plan in made} >= {"remove_filter", "limit_source", "stop_process"} or not name.isalnum()
    for plan in made:
        for text, words in all_lines(plan):
            rest = text
            for each in words:
                call = CALL.match(rest)
                assert call, rest
                rest = rest[call.end() :]
                assert rest.startswith(quoted(each) + "\n"), (rest, each)
                rest = rest[len(quoted(each)) + 1 :]
            assert rest == ""


@settings(max_examples=25)
@given(names)
def test_a_shell_reads_exactly_the_words_of_a_plan(name: str) -> None:
    """The lines go through a real shell, in which the verbs only print what they get."""
    printing = 'step() { shift 2; printf \'%s\\0\' "$@" .; }; back() { step "$@"; }; check() { step "$@"; }\n'
    for plan in plans_of(name):
        for text, words in all_lines(plan):
            done = subprocess.run(
                ["dash"], input=(printing + text).encode(), capture_output=True, check=True, timeout=20
            )
            read = done.stdout.decode().split("\0")
            assert read == [*(word for each in words for word in (*each, ".")), ""]
            assert done.stderr == b""


@settings(max_examples=15)
@given(names)
def test_the_whole_script_is_constants_and_quoted_words(name: str) -> None:
    for plan in plans_of(name):
        script = rendering.arming(plan, 5.0)
        opening, rest = "(\nset -- ", device_scripts.COMMON + device_scripts.REPORT + device_scripts.ARM
        assert script.startswith(opening) and script.endswith(f"\n{rest}\n) </dev/null\n")
        line = script[len(opening) : -len(f"\n{rest}\n) </dev/null\n")]
        words = shlex.split(line)
        assert quoted(words) == line
        assert words[1] == record_name(plan.action_id)


@given(texts)
def test_the_name_of_a_record_is_a_plain_name(action_id: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", record_name(action_id))
    assert record_name(action_id) == record_name(action_id)


@given(names)
def test_the_same_state_gives_the_same_plan(name: str) -> None:
    assert list(plans_of(name)) == list(plans_of(name))


@given(names)
def test_every_verb_of_a_plan_exists(name: str) -> None:
    known = set(re.findall(r"^(nms_\w+)\(\)", VERBS, re.MULTILINE))
    for plan in plans_of(name):
        for _, every in all_lines(plan):
            verbs = {word for words in every for word in words if word.startswith("nms_") and word != name}
            assert verbs <= known


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_the_scripts_are_read_by_each_shell(shell: str) -> None:
    words = {"dash": ["dash", "-n"], "bash": ["bash", "--posix", "-n"], "busybox": ["busybox", "sh", "-n"]}[shell]
    worker = device_scripts.COMMON + VERBS + device_scripts.WORKER
    for script in (worker, device_scripts.COMMON + device_scripts.REPORT + device_scripts.ARM + device_scripts.SEND):
        done = subprocess.run(words, input=script.encode(), capture_output=True, check=False, timeout=20)
        assert (done.returncode, done.stderr) == (0, b"")
